/** Queues (app_queue): who waits, who answers, and how it goes. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import { AmiActionError, AmiDisconnected } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import type { Party, PhoneRef, QueueHappening, QueueMemberRef } from './happenings.ts';
import { findBy, idOf } from './ids.ts';
import { listIfAny } from './lists.ts';
import type { FormerMember, Queue, QueueMember, QueueOptions, Queues as QueuesView } from './model.ts';
import type { Phones } from './phones.ts';
import {
  type MemberEvent,
  type MemberRow,
  memberId,
  memberKey,
  memberOf,
  numberIn,
  sameMember,
  stateOf,
} from './queue-member.ts';
import {
  type CallerRow,
  configOf,
  count,
  isTrue,
  paramsOf,
  place,
  type QueueRow,
  queueRow,
  take,
} from './queue-row.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';
import { Table } from './table.ts';

type CallerEvent = AmiEvent<'QueueCallerJoin' | 'QueueCallerLeave' | 'QueueCallerAbandon'>;
type AgentEvent = AmiEvent<
  'AgentCalled' | 'AgentConnect' | 'AgentComplete' | 'AgentRingNoAnswer' | 'AgentDump'
>;
type Told = Partial<Omit<QueueHappening, 'time' | 'pbx' | 'subject' | 'type' | 'queue' | 'name'>>;

/**
 * ms between two readings of everything. No event tells of `queue reload`, `queue reset stats` and a changed
 * priority (tried on Asterisk 22.10).
 */
const POLL = 15_000;
/** The same while nothing is told at all. */
const POLL_UNTOLD = 5_000;
/** ms after a call's end until its queue's figures are read: they are in no event. */
const FIGURES = 500;
/** ms until an unknown queue is read. */
const SOON = 200;
/** s that a caller must have waited for the missing event to count as missing: events follow a list. */
const OVERDUE = 5;
/** ms in which members who rang in vain at once are gathered: all of a queue that rings all. */
const GATHER = 50;
/** Members that a happening names. */
const NAMED = 20;

const ENDED_BY: Readonly<Record<string, QueueHappening['ended_by']>> = {
  caller: 'caller',
  agent: 'member',
  transfer: 'transfer',
};

export class Queues implements Subject, QueuesView {
  readonly modules = ['app_queue'];
  readonly options: readonly QueueOptions[];
  readonly #context: SubjectContext;
  readonly #calls: Calls;
  readonly #phones: Phones;
  /** By Asterisk's name. */
  readonly #queues = new Map<string, QueueRow>();
  /** By Uniqueid. */
  readonly #callers = new Table<CallerRow>();
  /** By queue and interface. */
  readonly #members = new Table<MemberRow>();
  readonly #memberIds = new Map<string, MemberRow>();
  /** Callers who left the queue for a member whose connecting is to be told yet, by Uniqueid. */
  readonly #connecting = new Map<string, CallerRow>();
  /** Members who rang in vain for a caller, by Uniqueid. */
  readonly #unanswered = new Map<string, { event: AgentEvent; members: QueueMemberRef[] }>();
  /** By queue and interface. */
  readonly #former = new Map<string, FormerMember>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #ami: AmiLists | null = null;
  /** One reading at a time: two would take each other's rows for news. */
  #reading: Promise<void> = Promise.resolve();
  #absenceSaid = false;
  #told = true;
  readonly #saidOfInterfaceVar = new Set<string>();

  constructor(context: SubjectContext, calls: Calls, phones: Phones, options: readonly QueueOptions[]) {
    this.#context = context;
    this.#calls = calls;
    this.#phones = phones;
    this.options = options;
  }

  all(): readonly Queue[] {
    return [...this.#queues.values()].map((row) => this.#view(row));
  }

  get(id: string): Queue | undefined {
    for (const row of this.#queues.values()) if (row.id === id) return this.#view(row);
    return undefined;
  }

  find(text: string): Queue | undefined {
    const row = findBy(this.#queues.values(), text, ({ id, queue }) => [queue, id, this.#nameOf(queue)]);
    return row === undefined ? undefined : this.#view(row);
  }

  readonly members: QueuesView['members'] = {
    all: () => [...this.#members.values()].map((row) => this.#member(row)),
    get: (id) => {
      const row = this.#memberIds.get(id);
      return row === undefined ? undefined : this.#member(row);
    },
    of: (id) => {
      const found: QueueMember[] = [];
      for (const row of this.#queues.values())
        if (row.id === id)
          for (const location of row.counted.keys()) {
            const member = this.#members.get(memberKey(row.queue, location));
            if (member !== undefined) found.push(this.#member(member));
          }
      return found;
    },
  };

  former(phone: PhoneRef): readonly FormerMember[] {
    return [...this.#former.values()].filter(
      (former) => this.#phoneOf(former)?.id === phone.id && this.#queues.has(former.queue),
    );
  }

  async refresh(): Promise<void> {
    const ami = this.#ami;
    if (ami !== null) await this.#inTurn(() => this.#read(ami, false));
  }

  readonly on: EventHandlers = {
    QueueCallerJoin: (event) => this.#joins(event),
    QueueCallerLeave: (event) => this.#leaves(event),
    QueueCallerAbandon: (event) => this.#figuresSoon(event.Queue),
    HangupRequest: (event) => this.#hangsUp(event.Uniqueid),
    SoftHangupRequest: (event) => this.#hangsUp(event.Uniqueid),
    Hangup: (event) => this.#gone(event.Uniqueid),
    AgentCalled: (event) => void this.#callers.get(event.Uniqueid)?.rung.add(event.DestUniqueid),
    AgentRingNoAnswer: (event) => this.#inVain(event),
    AgentDump: (event) => this.#inVain(event),
    AgentConnect: (event) => this.#connects(event),
    AgentComplete: (event) => this.#completes(event),
    QueueMemberAdded: (event) => {
      const row = this.#takeMember(event);
      this.#former.delete(memberKey(event.Queue, event.Interface));
      if (row !== undefined) this.#happened('member_added', event.Queue, { member: this.#refOf(row) });
    },
    QueueMemberRemoved: (event) => this.#removed(event),
    QueueMemberPause: (event) => {
      const was = this.#members.get(memberKey(event.Queue, event.Interface))?.paused;
      const row = this.#takeMember(event);
      if (row === undefined || was === row.paused) return;
      const reason = row.paused && row.pausedReason !== '' ? { reason: row.pausedReason } : {};
      this.#happened(row.paused ? 'member_paused' : 'member_unpaused', row.queue, {
        member: this.#refOf(row),
        ...reason,
      });
    },
    Load: (event) => this.#moduleChanged(event.Module),
    Unload: (event) => this.#moduleChanged(event.Module),
    QueueMemberPenalty: (event) => void this.#takeMember(event),
    QueueMemberRinginuse: (event) => void this.#takeMember(event),
    QueueMemberStatus: (event) => void this.#takeMember(event),
  };

  async snapshot(ami: AmiLists): Promise<void> {
    this.#ami = ami;
    this.#connecting.clear();
    for (const row of this.#queues.values()) row.configured = false;
    await this.#inTurn(() => this.#read(ami, true));
  }

  rest(): void {
    this.#ami = null;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  // --- callers

  #joins(event: CallerEvent): void {
    const row = this.#row(event.Queue);
    if (row === undefined) return;
    const known = this.#callers.get(event.Uniqueid);
    this.#callers.set(event.Uniqueid, {
      queue: event.Queue,
      call: event.Uniqueid,
      channel: event.Channel,
      caller: this.#context.partyOf(event.CallerIDNum, event.CallerIDName),
      since: known?.since ?? this.#context.now(),
      priority: known?.priority ?? 0,
      rung: new Set(),
      seen: true,
      hungUp: false,
      missing: false,
    });
    place(row, event.Uniqueid, Number(event.Position));
    this.#tellCaller('joined', event, row, { position: Number(event.Position) });
  }

  #leaves(event: CallerEvent): void {
    const row = this.#row(event.Queue);
    if (row === undefined) return;
    this.#tellUnanswered(event.Uniqueid);
    const at = row.order.indexOf(event.Uniqueid) + 1;
    // Somebody changed a priority: only the list knows the order.
    if (at > 0 && at !== Number(event.Position))
      this.#later(`order ${row.queue}`, SOON, () => this.#figures(row));
    const caller = this.#callers.delete(event.Uniqueid);
    take(row, event.Uniqueid);
    this.#context.changed('queue', row.id);
    if (caller !== undefined && this.#answered(caller)) this.#connecting.set(event.Uniqueid, caller);
    else {
      const waited = caller === undefined ? {} : { waited: this.#seconds(caller.since) };
      this.#tellCaller(caller?.hungUp ? 'abandoned' : 'left', event, row, waited);
    }
    this.#figuresSoon(row.queue);
  }

  /** Whether a member whom the queue called for this caller has picked up. */
  #answered({ call, rung, seen }: CallerRow): boolean {
    for (const id of rung) if (this.#calls.channel(id)?.state === 'Up') return true;
    if (seen) return false;
    // Who rang before we looked is only in the call itself.
    const own = this.#calls.channel(call);
    const channels = own === undefined ? [] : (this.#calls.get(own.linkedid)?.channels ?? []);
    return channels.some(
      ({ uniqueid, direction, state }) => uniqueid !== call && direction === 'out' && state === 'Up',
    );
  }

  #hangsUp(call: string): void {
    const caller = this.#callers.get(call);
    if (caller !== undefined) caller.hungUp = true;
  }

  /** A channel that is gone waits nowhere, whatever was told before. */
  #gone(call: string): void {
    const caller = this.#connecting.get(call) ?? this.#callers.get(call);
    if (caller === undefined) return;
    this.#connecting.delete(call);
    this.#callers.delete(call);
    const row = this.#row(caller.queue);
    if (row === undefined) return;
    take(row, call);
    this.#happened('abandoned', row.queue, {
      call,
      caller: caller.caller,
      waiting: row.order.length,
      waited: this.#seconds(caller.since),
    });
    this.#context.changed('queue', row.id);
    this.#figuresSoon(row.queue);
  }

  #tellCaller(type: QueueHappening['type'], event: CallerEvent, row: QueueRow, more: Told): void {
    this.#context.changed('queue', row.id);
    this.#happened(type, event.Queue, {
      call: event.Uniqueid,
      caller: this.#context.partyOf(event.CallerIDNum, event.CallerIDName),
      waiting: row.order.length,
      ...more,
    });
  }

  // --- members and callers together

  #inVain(event: AgentEvent): void {
    this.#callers.get(event.Uniqueid)?.rung.delete(event.DestUniqueid);
    if (this.#row(event.Queue) === undefined) return;
    const gathered = this.#unanswered.get(event.Uniqueid) ?? { event, members: [] };
    gathered.members.push(this.#refOfEvent(event));
    this.#unanswered.set(event.Uniqueid, gathered);
    this.#later(`in vain ${event.Uniqueid}`, GATHER, () => this.#tellUnanswered(event.Uniqueid));
  }

  #tellUnanswered(call: string): void {
    const gathered = this.#unanswered.get(call);
    if (gathered === undefined) return;
    this.#unanswered.delete(call);
    const { event, members } = gathered;
    this.#happened('no_answer', event.Queue, {
      call,
      caller: this.#context.partyOf(event.CallerIDNum, event.CallerIDName),
      waiting: this.#queues.get(event.Queue)?.order.length ?? 0,
      members: members.slice(0, NAMED),
      count: members.length,
    });
  }

  #connects(event: AmiEvent<'AgentConnect'>): void {
    const row = this.#row(event.Queue);
    this.#connecting.delete(event.Uniqueid);
    if (row === undefined) return;
    const caller = this.#context.partyOf(event.CallerIDNum, event.CallerIDName);
    this.#setCaller(event, caller);
    this.#happened('connected', event.Queue, {
      call: event.Uniqueid,
      caller,
      waiting: row.order.length,
      member: this.#refOfEvent(event),
      waited: Number(event.HoldTime) || 0,
    });
    this.#figuresSoon(event.Queue);
    if (row.setInterfaceVar === null) void this.#lookForInterfaceVar(row, event.Channel);
  }

  #completes(event: AmiEvent<'AgentComplete'>): void {
    const row = this.#row(event.Queue);
    if (row === undefined) return;
    this.#setCaller(event, null);
    const by = ENDED_BY[event.Reason];
    this.#happened('completed', event.Queue, {
      call: event.Uniqueid,
      caller: this.#context.partyOf(event.CallerIDNum, event.CallerIDName),
      waiting: row.order.length,
      member: this.#refOfEvent(event),
      waited: Number(event.HoldTime) || 0,
      talked: Number(event.TalkTime) || 0,
      ...(by === undefined ? {} : { ended_by: by }),
    });
    this.#figuresSoon(event.Queue);
  }

  /** The call's own event is the first to say that it is on, and for a phone the only one. */
  #setCaller({ Queue: queue, Interface: location }: AgentEvent, caller: Party | null): void {
    const key = memberKey(queue, location);
    const member = this.#members.get(key);
    const row = this.#queues.get(queue);
    if (member === undefined || row === undefined) return;
    member.caller = caller;
    this.#members.touch(key);
    this.#show(row, member);
  }

  // --- members

  #takeMember(event: MemberEvent): MemberRow | undefined {
    const row = this.#row(event.Queue);
    if (row === undefined) return undefined;
    const member = memberOf(event);
    const key = memberKey(event.Queue, event.Interface);
    this.#inherit(member, this.#members.get(key), row);
    this.#members.set(key, member);
    this.#show(row, member);
    return member;
  }

  /** What only the moment tells: whom it talks to, and from when on it is to be left alone. */
  #inherit(member: MemberRow, known: MemberRow | undefined, row: QueueRow): void {
    // The call's own event may come before or after the member's.
    member.caller = known?.caller ?? null;
    member.wrapUpUntil = known?.wrapUpUntil ?? null;
    const seconds = member.wrapUpTime || row.wrapUpTime;
    if (member.lastCall === null || member.lastCall === known?.lastCall) return;
    const end = known === undefined ? member.lastCall : this.#context.now();
    member.wrapUpUntil = seconds > 0 ? end + seconds * 1000 : null;
  }

  /** Counts a member, and says so where it shows. */
  #show(row: QueueRow, member: MemberRow): void {
    const now = this.#context.now();
    const penalties = row.penalties > 0;
    this.#memberIds.set(member.id, member);
    if (count(row, member.interface, stateOf(member, now), member.penalty > 0))
      this.#context.changed('queue', row.id);
    this.#context.changed('queue_member', member.id);
    // Where the queue uses penalties, each of its members shows its own.
    if (penalties !== row.penalties > 0)
      for (const each of this.members.of(row.id)) this.#context.changed('queue_member', each.id);
    if (member.wrapUpUntil !== null && member.wrapUpUntil > now)
      this.#later(`wrap-up ${member.id}`, member.wrapUpUntil - now, () => {
        const still = this.#memberIds.get(member.id);
        if (still !== undefined) this.#show(row, still);
      });
  }

  #removed(event: MemberEvent): void {
    const row = this.#row(event.Queue);
    if (row === undefined) return;
    const key = memberKey(event.Queue, event.Interface);
    const member = this.#members.delete(key) ?? memberOf(event);
    const { queue, interface: location, stateInterface, name, penalty } = member;
    this.#former.set(key, { queue, interface: location, stateInterface, name, penalty });
    const ref = this.#refOf(member);
    this.#forget(row, member);
    this.#happened('member_removed', event.Queue, { member: ref });
  }

  #forget(row: QueueRow, member: MemberRow): void {
    this.#memberIds.delete(member.id);
    count(row, member.interface, null);
    this.#cancel(`wrap-up ${member.id}`);
    this.#context.changed('queue', row.id);
    this.#context.changed('queue_member', member.id);
  }

  // --- lists

  /** @param anew a new link: what is not listed is gone. Else an event that says so may be on its way */
  async #read(ami: AmiLists, anew: boolean): Promise<void> {
    this.#members.beginList();
    this.#callers.beginList();
    const items = await listIfAny(ami, 'QueueStatus');
    if (items === null && !this.#absenceSaid)
      this.#context.log.info({}, 'This Asterisk has no app_queue loaded: no queues');
    this.#absenceSaid = items === null;
    const hidden = this.#hidden;
    const shown = (items ?? []).filter(({ Queue: queue }) => !hidden.has(queue));
    const before = new Map(
      [...this.#queues.values()].map((row) => [row.queue, JSON.stringify(this.#view(row))]),
    );
    const set = this.#takeParams(shown.filter((item) => item.Event === 'QueueParams'));
    this.#takeEntries(
      shown.filter((item) => item.Event === 'QueueEntry'),
      anew,
    );
    this.#takeMembers(shown.filter((item) => item.Event === 'QueueMember'));
    if (set) this.#context.changed('queue', '*');
    for (const row of this.#queues.values())
      if (anew || before.get(row.queue) !== JSON.stringify(this.#view(row)))
        this.#context.changed('queue', row.id);
    await this.#readConfig(ami);
    if (items === null || this.#ami === null) this.#cancel('poll');
    else this.#later('poll', this.#told ? POLL : POLL_UNTOLD, () => this.refresh(), true);
  }

  get #hidden(): ReadonlySet<string> {
    return new Set(this.options.filter(({ hidden }) => hidden).map(({ queue }) => queue));
  }

  /** Gives whether a queue came or went. */
  #takeParams(items: readonly AmiEvent<'QueueParams'>[]): boolean {
    const listed = new Set(items.map(({ Queue: queue }) => queue));
    let set = false;
    for (const queue of this.#queues.keys()) if (!listed.has(queue)) set = this.#queues.delete(queue);
    for (const item of items) {
      const known = this.#queues.get(item.Queue);
      const row = known ?? queueRow(item.Queue);
      row.params = paramsOf(item);
      this.#queues.set(item.Queue, row);
      set ||= known === undefined;
    }
    return set;
  }

  #takeEntries(items: readonly AmiEvent<'QueueEntry'>[], anew: boolean): void {
    const now = this.#context.now();
    const listed = new Map<string, CallerRow>();
    for (const item of items) {
      const known = this.#callers.get(item.Uniqueid);
      const wait = Number(item.Wait) || 0;
      if (!anew && known === undefined && wait > OVERDUE && !this.#callers.isTouched(item.Uniqueid))
        this.#untold();
      listed.set(item.Uniqueid, {
        queue: item.Queue,
        call: item.Uniqueid,
        channel: item.Channel,
        caller: this.#context.partyOf(item.CallerIDNum, item.CallerIDName),
        since: known?.since ?? now - wait * 1000,
        priority: Number(item.Priority) || 0,
        rung: known?.rung ?? new Set(),
        seen: known?.seen ?? false,
        hungUp: known?.hungUp ?? false,
        missing: false,
      });
    }
    for (const row of this.#callers.values()) {
      if (anew || listed.has(row.call) || this.#callers.isTouched(row.call)) continue;
      // Its leaving may be told in a moment.
      if (row.missing) this.#untold();
      else if (this.#queues.has(row.queue)) listed.set(row.call, { ...row, missing: true });
    }
    this.#callers.endList(listed);
    const orders = new Map<string, string[]>();
    for (const { call, queue } of listed.values()) {
      if (this.#callers.get(call) === undefined) continue;
      const order = orders.get(queue) ?? [];
      order.push(call);
      orders.set(queue, order);
    }
    for (const row of this.#queues.values()) {
      const order = orders.get(row.queue) ?? [];
      const known = new Set(order);
      const came = row.order.filter((call) => !known.has(call) && this.#callers.get(call) !== undefined);
      row.order = [...order, ...came];
    }
  }

  #takeMembers(items: readonly AmiEvent<'QueueMember'>[]): void {
    const listed = new Map<string, MemberRow>();
    for (const item of items) {
      const key = memberKey(item.Queue, item.Location);
      const known = this.#members.get(key);
      const row = this.#queues.get(item.Queue);
      if (row === undefined) continue;
      const member = memberOf(item);
      this.#inherit(member, known, row);
      if (!member.inCall) member.caller = null;
      listed.set(key, known !== undefined && sameMember(known, member) ? known : member);
    }
    const before = new Map([...this.#memberIds.values()].map((row) => [row.id, row]));
    for (const member of this.#members.endList(listed)) {
      const row = this.#queues.get(member.queue);
      if (row !== undefined) this.#forget(row, member);
      else {
        this.#memberIds.delete(member.id);
        this.#context.changed('queue_member', member.id);
      }
    }
    for (const member of this.#members.values()) {
      const row = this.#queues.get(member.queue);
      if (row !== undefined && before.get(member.id) !== member) this.#show(row, member);
    }
  }

  /** A queue's figures, and the order of those who wait. */
  async #figures(row: QueueRow): Promise<void> {
    const ami = this.#ami;
    if (ami === null) return;
    // No member has this name: only the queue and its callers are listed.
    const items = await ami.list({ Action: 'QueueStatus', Queue: row.queue, Member: '-' });
    const before = JSON.stringify(this.#view(row));
    const order = new Map<string, number>();
    for (const item of items) {
      if (item.Event === 'QueueParams') row.params = paramsOf(item);
      if (item.Event === 'QueueEntry') order.set(item.Uniqueid, order.size);
    }
    const at = (call: string) => order.get(call) ?? order.size;
    row.order.sort((one, other) => at(one) - at(other));
    if (before !== JSON.stringify(this.#view(row))) this.#context.changed('queue', row.id);
  }

  #figuresSoon(queue: string): void {
    const row = this.#queues.get(queue);
    if (row !== undefined) this.#later(`figures ${queue}`, FIGURES, () => this.#figures(row));
  }

  /** What only queues.conf says. It may be out of reach: a link, a database, a right that the AMI user lacks. */
  async #readConfig(ami: AmiLists): Promise<void> {
    for (const row of this.#queues.values()) {
      if (row.configured) continue;
      row.configured = true;
      try {
        const answer = await ami.send({ Action: 'GetConfig', Filename: 'queues.conf', Category: row.queue });
        const config = configOf(answer);
        row.wrapUpTime = Number(config.get('wrapuptime')) || 0;
        this.#takeInterfaceVar(row, isTrue(config.get('setinterfacevar')));
      } catch (error) {
        if (error instanceof AmiDisconnected) throw error;
        if (error instanceof AmiActionError && error.code !== 'failed') return;
      }
    }
  }

  /** Where the configuration cannot be read, a caller who has been connected tells. */
  async #lookForInterfaceVar(row: QueueRow, channel: string): Promise<void> {
    try {
      const answer = await this.#ami?.send({
        Action: 'Getvar',
        Channel: channel,
        Variable: 'MEMBERINTERFACE',
      });
      if (answer !== undefined) this.#takeInterfaceVar(row, answer.get('Value') !== '');
    } catch {
      // The channel is gone: the next one tells.
    }
  }

  #takeInterfaceVar(row: QueueRow, value: boolean): void {
    if (row.setInterfaceVar !== value) this.#context.changed('queue', row.id);
    row.setInterfaceVar = value;
    if (value || this.#saidOfInterfaceVar.has(row.queue)) return;
    this.#saidOfInterfaceVar.add(row.queue);
    this.#context.log.info(
      { queue: row.queue },
      'setinterfacevar is off in queues.conf: the dialplan and phones are not told which member answered (MEMBERINTERFACE)',
    );
  }

  #untold(): void {
    if (!this.#told) return;
    this.#told = false;
    this.#context.log.warn(
      {},
      'Callers come and go in queues and Asterisk does not say so: in manager.conf, add agent to the read classes of the AMI user and reload manager. Until then, queues are looked at every few seconds and nothing happens in them',
    );
  }

  // --- the rest

  /** A load and an unload are no reload. */
  #moduleChanged(module: string): void {
    if (module.replace(/\.so$/, '') === 'app_queue') this.#later('new queue', SOON, () => this.refresh());
  }

  /** None of a hidden queue. One that is not known yet is read soon. */
  #row(queue: string): QueueRow | undefined {
    if (!this.#told) {
      this.#told = true;
      this.#context.log.info({}, 'Asterisk tells of queues again');
    }
    const known = this.#queues.get(queue);
    if (known !== undefined || this.#hidden.has(queue)) return known;
    const row = queueRow(queue);
    this.#queues.set(queue, row);
    this.#context.changed('queue', '*');
    this.#later('new queue', SOON, () => this.refresh());
    return row;
  }

  #nameOf(queue: string): string {
    return this.options.find((option) => option.queue === queue)?.name ?? queue;
  }

  #phoneOf({ stateInterface, interface: location }: Pick<MemberRow, 'interface' | 'stateInterface'>) {
    const number = numberIn(stateInterface) ?? numberIn(location);
    return (
      this.#phones.ref(stateInterface) ??
      this.#phones.ref(location) ??
      (number === null ? null : refOf(this.#phones.find(number)))
    );
  }

  /** A member that has no name of its own is called like its phone. */
  #refOf(row: MemberRow): QueueMemberRef {
    const phone = this.#phoneOf(row);
    const named = row.name !== '' && row.name !== row.interface;
    return {
      id: row.id,
      name: named ? row.name : (phone?.name ?? row.interface),
      interface: row.interface,
      phone,
    };
  }

  #refOfEvent(event: AgentEvent): QueueMemberRef {
    const { Queue: queue, Interface: location, MemberName: name } = event;
    const member = this.#members.get(memberKey(queue, location));
    if (member !== undefined) return this.#refOf(member);
    return {
      id: memberId(queue, location),
      name,
      interface: location,
      phone: this.#phoneOf({ interface: location, stateInterface: location }),
    };
  }

  #view(row: QueueRow): Queue {
    const callers = row.order.flatMap((call, index) => {
      const found = this.#callers.get(call);
      if (found === undefined) return [];
      const { caller, channel, since, priority } = found;
      return [{ position: index + 1, caller, call, channel, since, priority }];
    });
    return {
      id: row.id,
      queue: row.queue,
      name: this.#nameOf(row.queue),
      ...row.params,
      callers,
      members: { total: row.counted.size, ...row.counts },
      penalties: row.penalties > 0,
      setInterfaceVar: row.setInterfaceVar,
      told: this.#told,
    };
  }

  #member(row: MemberRow): QueueMember {
    const now = this.#context.now();
    const state = stateOf(row, now);
    return {
      ...this.#refOf(row),
      queue: idOf(row.queue),
      stateInterface: row.stateInterface,
      membership: row.membership,
      state,
      paused: row.paused,
      pausedReason: row.paused ? row.pausedReason : '',
      pausedSince: row.paused ? row.lastPause : null,
      penalty: row.penalty,
      callsTaken: row.callsTaken,
      lastCall: row.lastCall,
      loggedInSince: row.loggedInSince,
      caller: row.caller,
      wrapUpUntil: state === 'wrap_up' ? row.wrapUpUntil : null,
    };
  }

  #seconds(since: number): number {
    return Math.round((this.#context.now() - since) / 1000);
  }

  #happened(type: QueueHappening['type'], queue: string, more: Told): void {
    this.#context.happened({
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'queue',
      type,
      queue: idOf(queue),
      name: this.#nameOf(queue),
      ...more,
    });
  }

  #inTurn(read: () => Promise<void>): Promise<void> {
    const turn = this.#reading.then(read);
    this.#reading = turn.catch(() => undefined);
    return turn;
  }

  /** Does it once, however often it is asked for until then. `again`: a timer that runs already is set anew. */
  #later(name: string, ms: number, run: () => unknown, again = false): void {
    if (again) this.#cancel(name);
    if (this.#timers.has(name)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      void this.#tried(run);
    }, ms);
    this.#timers.set(name, timer);
  }

  #cancel(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  /** The next snapshot makes good what a lost link breaks. */
  async #tried(run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof AmiDisconnected))
        this.#context.log.warn({ err: error }, 'Could not read the state of the queues');
    }
  }
}

function refOf(phone: PhoneRef | undefined): PhoneRef | null {
  return phone === undefined ? null : { id: phone.id, endpoint: phone.endpoint, name: phone.name };
}
