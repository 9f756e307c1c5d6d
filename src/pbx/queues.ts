/** Queues (app_queue): who waits, who answers, and how it goes. Each has a file of its own; here they come together. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import { AmiDisconnected } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import type { PhoneRef } from './happenings.ts';
import { findBy } from './ids.ts';
import { listIfAny } from './lists.ts';
import type { FormerMember, Queue, QueueOptions, Queues as QueuesView } from './model.ts';
import type { Phones } from './phones.ts';
import { QueueCallers } from './queue-callers.ts';
import { QueueCalls } from './queue-calls.ts';
import { QueueConfig } from './queue-config.ts';
import type { MemberEvent, MemberRow } from './queue-member.ts';
import { QueueMembers } from './queue-members.ts';
import { paramsOf, type QueueRow } from './queue-row.ts';
import { QueueRows } from './queue-rows.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';
import { Timers } from './timers.ts';

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

export class Queues implements Subject, QueuesView {
  readonly modules = ['app_queue'];
  readonly #context: SubjectContext;
  readonly #timers: Timers;
  readonly #rows: QueueRows;
  readonly #callers: QueueCallers;
  readonly #members: QueueMembers;
  readonly #inCalls: QueueCalls;
  readonly #config: QueueConfig;
  #ami: AmiLists | null = null;
  /** One reading at a time: two would take each other's rows for news. */
  #reading: Promise<void> = Promise.resolve();
  #absenceSaid = false;

  constructor(context: SubjectContext, calls: Calls, phones: Phones, options: readonly QueueOptions[]) {
    this.#context = context;
    this.#timers = new Timers((error) => {
      // The next snapshot makes good what a lost link breaks.
      if (!(error instanceof AmiDisconnected))
        context.log.warn({ err: error }, 'Could not read the state of the queues');
    });
    const reader = {
      allSoon: () => this.#timers.later('new queue', SOON, () => this.refresh()),
      figuresIn: (row: QueueRow, ms: number) => this.#figuresIn(row, ms),
    };
    this.#rows = new QueueRows(context, reader, options);
    this.#callers = new QueueCallers(context, calls, this.#rows, reader, this.#timers);
    this.#members = new QueueMembers(context, phones, this.#rows.byName, this.#timers);
    this.#inCalls = new QueueCalls(context, this.#rows, this.#callers, this.#members, this.#timers);
    this.#config = new QueueConfig(context);
  }

  get options(): readonly QueueOptions[] {
    return this.#rows.options;
  }

  all(): readonly Queue[] {
    return [...this.#rows.all()].map((row) => this.#view(row));
  }

  get(id: string): Queue | undefined {
    for (const row of this.#rows.all()) if (row.id === id) return this.#view(row);
    return undefined;
  }

  find(text: string): Queue | undefined {
    const row = findBy(this.#rows.all(), text, ({ id, queue }) => [queue, id, this.#rows.nameOf(queue)]);
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
    QueueCallerJoin: (event) => this.#callers.joins(event),
    QueueCallerLeave: (event) => {
      this.#inCalls.tellInVain(event.Uniqueid);
      this.#callers.leaves(event);
      this.#figuresSoon(event.Queue);
    },
    QueueCallerAbandon: (event) => this.#figuresSoon(event.Queue),
    HangupRequest: (event) => this.#callers.hangsUp(event.Uniqueid),
    SoftHangupRequest: (event) => this.#callers.hangsUp(event.Uniqueid),
    Hangup: (event) => this.#figuresSoon(this.#callers.gone(event.Uniqueid)?.queue),
    AgentCalled: (event) => this.#callers.rings(event),
    AgentRingNoAnswer: (event) => this.#inCalls.inVain(event),
    AgentDump: (event) => this.#inCalls.inVain(event),
    AgentConnect: (event) => this.#connects(event),
    AgentComplete: (event) => {
      this.#inCalls.completes(event);
      this.#figuresSoon(event.Queue);
    },
    QueueMemberAdded: (event) => {
      const row = this.#memberChanged(event);
      if (row !== undefined)
        this.#rows.happened('member_added', event.Queue, { member: this.#members.refOf(row) });
    },
    QueueMemberRemoved: (event) => {
      const row = this.#rows.toldOf(event.Queue);
      if (row !== undefined)
        this.#rows.happened('member_removed', event.Queue, { member: this.#members.remove(event, row) });
    },
    QueueMemberPause: (event) => this.#paused(event),
    QueueMemberPenalty: (event) => void this.#memberChanged(event),
    QueueMemberRinginuse: (event) => void this.#memberChanged(event),
    QueueMemberStatus: (event) => void this.#memberChanged(event),
    Load: (event) => this.#moduleChanged(event.Module),
    Unload: (event) => this.#moduleChanged(event.Module),
  };

  async snapshot(ami: AmiLists): Promise<void> {
    this.#ami = ami;
    for (const row of this.#rows.all()) row.configured = false;
    await this.#inTurn(() => this.#read(ami, true));
  }

  rest(): void {
    this.#ami = null;
    this.#timers.cancelAll();
    this.#inCalls.rest();
    this.#callers.forgetConnecting();
  }

  // --- events

  #connects(event: AmiEvent<'AgentConnect'>): void {
    const row = this.#inCalls.connects(event);
    this.#figuresSoon(event.Queue);
    if (row !== undefined && this.#ami !== null) void this.#config.lookAt(this.#ami, row, event.Channel);
  }

  #memberChanged(event: MemberEvent): MemberRow | undefined {
    const row = this.#rows.toldOf(event.Queue);
    return row === undefined ? undefined : this.#members.take(event, row);
  }

  #paused(event: MemberEvent): void {
    const was = this.#members.get(event.Queue, event.Interface)?.paused;
    const row = this.#memberChanged(event);
    if (row === undefined || was === row.paused) return;
    this.#rows.happened(row.paused ? 'member_paused' : 'member_unpaused', row.queue, {
      member: this.#members.refOf(row),
      ...(row.paused && row.pausedReason !== '' ? { reason: row.pausedReason } : {}),
    });
  }

  /** A load and an unload are no reload. */
  #moduleChanged(module: string): void {
    if (module.replace(/\.so$/, '') === 'app_queue')
      this.#timers.later('new queue', SOON, () => this.refresh());
  }

  // --- lists

  /** @param anew a new link: what is not listed is gone. Else an event that says so may be on its way */
  async #read(ami: AmiLists, anew: boolean): Promise<void> {
    // Before the list, which may fail: the next one is then asked for all the same.
    this.#timers.cancel('poll');
    this.#timers.later('poll', this.#rows.told ? POLL : POLL_UNTOLD, () => this.refresh());
    this.#members.beginList();
    this.#callers.beginList();
    const items = await listIfAny(ami, 'QueueStatus');
    if (items === null || this.#ami === null) this.#timers.cancel('poll');
    if (items === null && !this.#absenceSaid)
      this.#context.log.info({}, 'This Asterisk has no app_queue loaded: no queues');
    this.#absenceSaid = items === null;
    const shown = (items ?? []).filter(({ Queue: queue }) => !this.#rows.isHidden(queue));
    const before = new Map([...this.#rows.all()].map((row) => [row.queue, JSON.stringify(this.#view(row))]));
    const set = this.#rows.takeParams(shown.filter((item) => item.Event === 'QueueParams'));
    this.#callers.endList(
      shown.filter((item) => item.Event === 'QueueEntry'),
      anew,
    );
    this.#members.endList(
      shown.filter((item) => item.Event === 'QueueMember'),
      anew,
    );
    if (set) this.#context.changed('queue', '*');
    for (const row of this.#rows.all())
      if (anew || before.get(row.queue) !== JSON.stringify(this.#view(row)))
        this.#context.changed('queue', row.id);
    await this.#config.read(ami, this.#rows.all());
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

  #figuresSoon(queue: string | undefined): void {
    const row = queue === undefined ? undefined : this.#rows.byName.get(queue);
    if (row !== undefined) this.#figuresIn(row, FIGURES);
  }

  #figuresIn(row: QueueRow, ms: number): void {
    this.#timers.later(`figures ${ms} ${row.queue}`, ms, () => this.#figures(row));
  }

  #inTurn(read: () => Promise<void>): Promise<void> {
    const turn = this.#reading.then(read);
    this.#reading = turn.catch(() => undefined);
    return turn;
  }

  #view(row: QueueRow): Queue {
    const callers = this.#callers.of(row);
    // A changed priority may have put one in front who came later.
    const since = callers.reduce((first, caller) => Math.min(first, caller.since), Number.POSITIVE_INFINITY);
    const waits = callers.length > 0;
    return {
      id: row.id,
      queue: row.queue,
      name: this.#rows.nameOf(row.queue),
      ...row.params,
      callers,
      waitingSince: waits ? since : null,
      longestWait: waits ? Math.max(0, Math.floor((this.#context.now() - since) / 1000)) : 0,
      members: { total: row.counted.size, ...row.counts },
      penalties: row.penalties > 0,
      setInterfaceVar: row.setInterfaceVar,
      told: this.#rows.told,
    };
  }
}
