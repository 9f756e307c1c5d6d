import type { Fields } from '../wire/shapes.ts';
import { type Activity, type Channel, IDLE, snapshot } from './channel.ts';
import { Dial } from './dial.ts';
import type { Endpoint } from './endpoint.ts';
import type { Switchboard } from './switchboard.ts';

export interface QueueOptions {
  readonly name: string;
  /** Interfaces of those who are always in it. */
  readonly members: readonly string[];
}

/** The queue of the demo's dialplan. */
export const QUEUE = { exten: '650', name: 'support' };

/** s; as in the lab's queues.conf. */
const RING = 15;
const SERVICE_LEVEL = 20;
/** ms until the members are rung again. */
const RETRY_MS = 1000;

/** Device states in Asterisk's numbers (devicestate.h). */
const STATUS: Readonly<Record<string, number>> = {
  NOT_INUSE: 1,
  INUSE: 2,
  BUSY: 3,
  UNAVAILABLE: 5,
  RINGING: 6,
  RINGINUSE: 7,
};

interface Member {
  readonly endpoint: Endpoint;
  readonly name: string;
  readonly membership: 'static' | 'dynamic';
  /** s since the epoch, 0: never. */
  readonly loginTime: number;
  lastCall: number;
  lastPause: number;
  penalty: number;
  inCall: boolean;
  callsTaken: number;
  paused: boolean;
  reason: string;
  /** As it was last told. */
  status: number;
}

interface Caller {
  readonly channel: Channel;
  /** ms since the epoch */
  readonly since: number;
  /** What rings for it now. */
  dial: Dial | null;
  again: () => void;
  /** s that the caller waited, and when somebody answered, in ms since the epoch; 0 until then. */
  held: number;
  answeredAt: number;
}

export interface NewMember {
  readonly endpoint: Endpoint;
  readonly name: string;
  readonly penalty: number;
  readonly paused: boolean;
}

/** Callers in a line, and who takes them: all members that are free ring for the first caller. */
export class Queue {
  readonly name: string;
  readonly #switchboard: Switchboard;
  readonly #members: Member[] = [];
  readonly #callers: Caller[] = [];
  #completed = 0;
  #abandoned = 0;
  #inTime = 0;
  #holdTime = 0;
  #talkTime = 0;

  constructor(switchboard: Switchboard, { name, members }: QueueOptions) {
    this.name = name;
    this.#switchboard = switchboard;
    for (const device of members) {
      const endpoint = switchboard.endpoints.get(device);
      if (endpoint === undefined) continue;
      const wish = { endpoint, name: endpoint.caller.name, penalty: 0, paused: false };
      this.#members.push(this.#made(wish, 'static'));
    }
    switchboard.devices.onChange((device) => this.#deviceChanged(device));
  }

  member(device: string): Member | undefined {
    return this.#members.find(({ endpoint }) => endpoint.device === device);
  }

  add(wish: NewMember): void {
    const member = this.#made(wish, 'dynamic');
    // The newest is listed first.
    this.#members.unshift(member);
    this.#tellPause(member);
    this.#say('QueueMemberAdded', member);
    this.#tellFree();
    this.#callNext();
  }

  remove(member: Member): void {
    this.#members.splice(this.#members.indexOf(member), 1);
    this.#say('QueueMemberRemoved', member);
    this.#tellFree();
  }

  pause(member: Member, paused: boolean, reason: string): void {
    Object.assign(member, { paused, reason: paused ? reason : '' });
    if (paused) member.lastPause = this.#now;
    this.#tellPause(member);
    this.#tellFree();
    this.#say('QueueMemberPause', member);
    if (!paused) this.#callNext();
  }

  penalise(member: Member, penalty: number): void {
    member.penalty = penalty;
    this.#say('QueueMemberPenalty', member);
  }

  /** A channel that is up and free comes into the line. */
  enter(channel: Channel): void {
    const caller: Caller = {
      ...{ channel, since: this.#switchboard.timers.now(), dial: null },
      ...{ again: () => {}, held: 0, answeredAt: 0 },
    };
    this.#callers.push(caller);
    this.#switchboard.devices.set(`Queue:${this.name}`, 'RINGING');
    const position = this.#callers.length;
    this.#switchboard.say('QueueCallerJoin', {
      ...snapshot(channel),
      ...{ Queue: this.name, Position: position, Count: position },
    });
    this.#switchboard.say('MusicOnHoldStart', { ...snapshot(channel), Class: 'default' });
    channel.activity = this.#waiting(caller);
    this.#callNext();
  }

  /** The rows that QueueStatus lists, by their events' names. */
  status(): (readonly [event: string, fields: Fields])[] {
    const perf = (of: number) => (of === 0 ? 0 : (100 * this.#inTime) / of).toFixed(1);
    const params = {
      ...{ Queue: this.name, Max: 0, Strategy: 'ringall', Calls: this.#callers.length },
      ...{ Holdtime: this.#holdTime, TalkTime: this.#talkTime, Completed: this.#completed },
      ...{ Abandoned: this.#abandoned, ServiceLevel: SERVICE_LEVEL },
      ...{ ServicelevelPerf: perf(this.#completed), Weight: 0 },
      ServicelevelPerf2: perf(this.#completed + this.#abandoned),
    };
    return [
      ['QueueParams', params],
      ...this.#members.map((member) => {
        const { MemberName, Interface, Ringinuse: _only, ...rest } = this.#fields(member);
        return ['QueueMember', { ...rest, Name: MemberName ?? '', Location: Interface ?? '' }] as const;
      }),
      ...this.#callers.map((caller, index) => {
        const { CallerIDNum = '', CallerIDName = '' } = snapshot(caller.channel);
        return [
          'QueueEntry',
          {
            ...{ Queue: this.name, Position: index + 1, Channel: caller.channel.name },
            ...{ Uniqueid: caller.channel.uniqueid, CallerIDNum, CallerIDName },
            ...{ ConnectedLineNum: 'unknown', ConnectedLineName: 'unknown' },
            ...{ Wait: this.#seconds(caller), Priority: 0 },
          },
        ] as const;
      }),
    ];
  }

  get #now(): number {
    return Math.floor(this.#switchboard.timers.now() / 1000);
  }

  #seconds({ since }: Caller): number {
    return Math.floor((this.#switchboard.timers.now() - since) / 1000);
  }

  #made({ endpoint, name, penalty, paused }: NewMember, membership: Member['membership']): Member {
    return {
      ...{ endpoint, name, penalty, paused, membership, reason: '', loginTime: this.#now },
      ...{ callsTaken: 0, inCall: false, lastCall: 0, lastPause: 0, status: this.#statusOf(endpoint) },
    };
  }

  #statusOf({ device }: Endpoint): number {
    return STATUS[this.#switchboard.devices.of(device)] ?? 0;
  }

  /** The first caller is rung for, if anybody is free. */
  #callNext(): void {
    const [caller] = this.#callers;
    if (caller === undefined || caller.dial !== null) return;
    const free = this.#members.filter((member) => !member.paused && this.#statusOf(member.endpoint) === 1);
    const lowest = Math.min(...free.map(({ penalty }) => penalty));
    const rung = free.filter(({ penalty }) => penalty === lowest);
    if (rung.length > 0) this.#ring(caller, rung);
  }

  #ring(caller: Caller, rung: readonly Member[]): void {
    const { channel } = caller;
    const began = this.#switchboard.timers.now();
    const memberOf = (leg: Channel) => rung.find(({ endpoint }) => endpoint.device === leg.device);
    const dial = new Dial(this.#switchboard, {
      caller: channel,
      targets: rung.map(({ endpoint }) => ({ endpoint, dialString: endpoint.number })),
      timeout: RING * 1000,
      holds: true,
      unanswered: () => this.#unanswered(caller),
      called: (leg) => this.#agent('AgentCalled', channel, leg, memberOf(leg)),
      missed: (leg) =>
        this.#agent('AgentRingNoAnswer', channel, leg, memberOf(leg), {
          RingTime: this.#switchboard.timers.now() - began,
        }),
      answered: (leg) => this.#answered(caller, leg, memberOf(leg), began),
      talks: (leg) => {
        this.#follow(caller, leg, memberOf(leg));
        this.#callNext();
      },
    });
    caller.dial = dial;
    dial.start();
    channel.activity = this.#waiting(caller);
  }

  #unanswered(caller: Caller): void {
    caller.dial = null;
    caller.channel.activity = this.#waiting(caller);
    caller.again = this.#switchboard.timers.after(RETRY_MS, () => this.#callNext());
  }

  #answered(caller: Caller, leg: Channel, member: Member | undefined, began: number): void {
    caller.held = this.#seconds(caller);
    caller.answeredAt = this.#switchboard.timers.now();
    this.#switchboard.say('MusicOnHoldStop', snapshot(caller.channel));
    this.#leave(caller);
    this.#completed += 1;
    if (caller.held <= SERVICE_LEVEL) this.#inTime += 1;
    this.#holdTime = caller.held;
    const rang = Math.floor((caller.answeredAt - began) / 1000);
    const times = { HoldTime: caller.held, RingTime: rang };
    // As setinterfacevar says.
    caller.channel.variables.set('MEMBERINTERFACE', leg.device);
    this.#agent('AgentConnect', caller.channel, leg, member, times);
    if (member !== undefined) member.inCall = true;
  }

  /** Tells once when one of the two who talk leaves. */
  #follow({ channel, held, answeredAt }: Caller, leg: Channel, member: Member | undefined): void {
    let over = false;
    for (const one of [leg, channel]) {
      const { activity } = one;
      const leaves = () => {
        if (over) return;
        over = true;
        this.#talkTime = Math.floor((this.#switchboard.timers.now() - answeredAt) / 1000);
        if (member !== undefined) {
          member.callsTaken += 1;
          member.inCall = false;
          member.lastCall = this.#now;
        }
        const times = { HoldTime: held, TalkTime: this.#talkTime };
        const Reason = one === leg ? 'agent' : 'caller';
        this.#agent('AgentComplete', channel, leg, member, { ...times, Reason });
      };
      one.activity = {
        hungUp(_channel, ending) {
          leaves();
          activity.hungUp(one, ending);
        },
        taken(_channel, how) {
          leaves();
          activity.taken(one, how);
        },
      };
    }
  }

  #waiting(caller: Caller): Activity {
    const { channel } = caller;
    const gone = () => {
      caller.again();
      this.#switchboard.say('MusicOnHoldStop', snapshot(channel));
      const position = this.#callers.indexOf(caller) + 1;
      this.#abandoned += 1;
      this.#switchboard.say('QueueCallerAbandon', {
        ...snapshot(channel),
        ...{ Queue: this.name, Position: position, OriginalPosition: position },
        HoldTime: this.#seconds(caller),
      });
      this.#leave(caller);
      channel.activity = IDLE;
      this.#callNext();
    };
    return {
      hungUp(_channel, ending) {
        caller.dial?.hungUp(channel, ending);
        channel.cause = 0;
        gone();
      },
      taken(_channel, how) {
        caller.dial?.taken(channel, how);
        gone();
      },
    };
  }

  #leave(caller: Caller): void {
    const position = this.#callers.indexOf(caller) + 1;
    this.#callers.splice(position - 1, 1);
    if (this.#callers.length === 0) this.#switchboard.devices.set(`Queue:${this.name}`, 'NOT_INUSE');
    this.#switchboard.say('QueueCallerLeave', {
      ...snapshot(caller.channel),
      ...{ Queue: this.name, Position: position, Count: this.#callers.length },
    });
  }

  #deviceChanged(device: string): void {
    const member = this.member(device);
    if (member === undefined) return;
    const status = this.#statusOf(member.endpoint);
    if (status === member.status) return;
    member.status = status;
    this.#say('QueueMemberStatus', member);
    this.#tellFree();
    if (status === 1) this.#callNext();
  }

  #tellPause({ endpoint, paused }: Member): void {
    const device = `Queue:${this.name}_pause_${endpoint.device}`;
    this.#switchboard.devices.tell(device, paused ? 'INUSE' : 'NOT_INUSE');
  }

  #tellFree(): void {
    const free = this.#members.some(({ paused, status }) => !paused && status !== STATUS.UNAVAILABLE);
    this.#switchboard.devices.tell(`Queue:${this.name}_avail`, free ? 'NOT_INUSE' : 'INUSE');
  }

  #fields(member: Member): Fields {
    const { endpoint, name, membership, penalty, callsTaken, lastCall, lastPause, loginTime } = member;
    return {
      ...{ Queue: this.name, MemberName: name, Interface: endpoint.device, StateInterface: endpoint.device },
      ...{ Membership: membership, Penalty: penalty, CallsTaken: callsTaken, LastCall: lastCall },
      ...{ LastPause: lastPause, LoginTime: loginTime, InCall: Number(member.inCall), Status: member.status },
      ...{ Paused: Number(member.paused), PausedReason: member.reason, Ringinuse: 1, Wrapuptime: 0 },
    };
  }

  #say(event: string, member: Member): void {
    this.#switchboard.say(event, this.#fields(member));
  }

  #agent(event: string, channel: Channel, leg: Channel, member: Member | undefined, more: Fields = {}): void {
    if (member === undefined) return;
    this.#switchboard.say(event, {
      ...{ ...snapshot(channel), ...snapshot(leg, 'Dest') },
      ...{ Queue: this.name, Interface: member.endpoint.device, MemberName: member.name, ...more },
    });
  }
}
