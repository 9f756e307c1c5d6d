/** Queues (app_queue): who waits, who answers, and how it goes. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import { AmiActionError, AmiDisconnected } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import type { PhoneRef, QueueHappening, QueueMemberRef } from './happenings.ts';
import { findBy, idOf } from './ids.ts';
import { listIfAny } from './lists.ts';
import type { FormerMember, Queue, QueueOptions, Queues as QueuesView } from './model.ts';
import type { Phones } from './phones.ts';
import type { MemberEvent, MemberRow } from './queue-member.ts';
import { QueueMembers } from './queue-members.ts';
import {
  type CallerRow,
  configOf,
  isTrue,
  paramsOf,
  place,
  type QueueRow,
  queueRow,
  take,
} from './queue-row.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';
import { Table } from './table.ts';
import { Timers } from './timers.ts';

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
  /** By Asterisk's name. */
  readonly #queues = new Map<string, QueueRow>();
  /** By Uniqueid. */
  readonly #callers = new Table<CallerRow>();
  readonly #members: QueueMembers;
  /** Callers who left the queue for a member whose connecting is to be told yet, by Uniqueid. */
  readonly #connecting = new Map<string, CallerRow>();
  /** Members who rang in vain for a caller, by Uniqueid. */
  readonly #unanswered = new Map<string, { event: AgentEvent; members: QueueMemberRef[] }>();
  readonly #timers: Timers;
  #ami: AmiLists | null = null;
  /** One reading at a time: two would take each other's rows for news. */
  #reading: Promise<void> = Promise.resolve();
  #absenceSaid = false;
  #told = true;
  readonly #saidOfInterfaceVar = new Set<string>();

  constructor(context: SubjectContext, calls: Calls, phones: Phones, options: readonly QueueOptions[]) {
    this.#context = context;
    this.#calls = calls;
    this.options = options;
    this.#timers = new Timers((error) => {
      // The next snapshot makes good what a lost link breaks.
      if (!(error instanceof AmiDisconnected))
        context.log.warn({ err: error }, 'Could not read the state of the queues');
    });
    this.#members = new QueueMembers(context, phones, this.#queues, this.#timers);
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

  get members(): QueuesView['members'] {
    return this.#members.view;
  }

  former(phone: PhoneRef): readonly FormerMember[] {
    return this.#members.former(phone);
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
      const row = this.#memberChanged(event);
      if (row !== undefined)
        this.#happened('member_added', event.Queue, { member: this.#members.refOf(row) });
    },
    QueueMemberRemoved: (event) => {
      const row = this.#row(event.Queue);
      if (row !== undefined)
        this.#happened('member_removed', event.Queue, { member: this.#members.remove(event, row) });
    },
    QueueMemberPause: (event) => this.#paused(event),
    Load: (event) => this.#moduleChanged(event.Module),
    Unload: (event) => this.#moduleChanged(event.Module),
    QueueMemberPenalty: (event) => void this.#memberChanged(event),
    QueueMemberRinginuse: (event) => void this.#memberChanged(event),
    QueueMemberStatus: (event) => void this.#memberChanged(event),
  };

  async snapshot(ami: AmiLists): Promise<void> {
    this.#ami = ami;
    this.#connecting.clear();
    for (const row of this.#queues.values()) row.configured = false;
    await this.#inTurn(() => this.#read(ami, true));
  }

  rest(): void {
    this.#ami = null;
    this.#timers.cancelAll();
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
      this.#timers.later(`order ${row.queue}`, SOON, () => this.#figures(row));
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
    const row = this.#queues.get(caller.queue);
    if (row === undefined) return;
    take(row, call);
    // To a login that is told nothing, it may as well have been connected.
    if (this.#told)
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
    gathered.members.push(this.#members.refOfCall(event));
    this.#unanswered.set(event.Uniqueid, gathered);
    this.#timers.later(`in vain ${event.Uniqueid}`, GATHER, () => this.#tellUnanswered(event.Uniqueid));
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
    this.#members.setCaller(row, event.Interface, caller);
    this.#happened('connected', event.Queue, {
      call: event.Uniqueid,
      caller,
      waiting: row.order.length,
      member: this.#members.refOfCall(event),
      waited: Number(event.HoldTime) || 0,
    });
    this.#figuresSoon(event.Queue);
    if (row.setInterfaceVar === null) void this.#lookForInterfaceVar(row, event.Channel);
  }

  #completes(event: AmiEvent<'AgentComplete'>): void {
    const row = this.#row(event.Queue);
    if (row === undefined) return;
    this.#members.setCaller(row, event.Interface, null);
    const by = ENDED_BY[event.Reason];
    this.#happened('completed', event.Queue, {
      call: event.Uniqueid,
      caller: this.#context.partyOf(event.CallerIDNum, event.CallerIDName),
      waiting: row.order.length,
      member: this.#members.refOfCall(event),
      waited: Number(event.HoldTime) || 0,
      talked: Number(event.TalkTime) || 0,
      ...(by === undefined ? {} : { ended_by: by }),
    });
    this.#figuresSoon(event.Queue);
  }

  #memberChanged(event: MemberEvent): MemberRow | undefined {
    const row = this.#row(event.Queue);
    return row === undefined ? undefined : this.#members.take(event, row);
  }

  #paused(event: MemberEvent): void {
    const was = this.#members.get(event.Queue, event.Interface)?.paused;
    const row = this.#memberChanged(event);
    if (row === undefined || was === row.paused) return;
    this.#happened(row.paused ? 'member_paused' : 'member_unpaused', row.queue, {
      member: this.#members.refOf(row),
      ...(row.paused && row.pausedReason !== '' ? { reason: row.pausedReason } : {}),
    });
  }

  // --- lists

  /** @param anew a new link: what is not listed is gone. Else an event that says so may be on its way */
  async #read(ami: AmiLists, anew: boolean): Promise<void> {
    // Before the list, which may fail: the next one is then asked for all the same.
    this.#timers.cancel('poll');
    this.#timers.later('poll', this.#told ? POLL : POLL_UNTOLD, () => this.refresh());
    this.#members.beginList();
    this.#callers.beginList();
    const items = await listIfAny(ami, 'QueueStatus');
    if (items === null || this.#ami === null) this.#timers.cancel('poll');
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
    this.#members.endList(
      shown.filter((item) => item.Event === 'QueueMember'),
      anew,
    );
    if (set) this.#context.changed('queue', '*');
    for (const row of this.#queues.values())
      if (anew || before.get(row.queue) !== JSON.stringify(this.#view(row)))
        this.#context.changed('queue', row.id);
    await this.#readConfig(ami);
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
    if (row !== undefined) this.#timers.later(`figures ${queue}`, FIGURES, () => this.#figures(row));
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
    if (module.replace(/\.so$/, '') === 'app_queue')
      this.#timers.later('new queue', SOON, () => this.refresh());
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
    this.#timers.later('new queue', SOON, () => this.refresh());
    return row;
  }

  #nameOf(queue: string): string {
    return this.options.find((option) => option.queue === queue)?.name ?? queue;
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
}
