/** Who waits in queues, in which order and for how long. */
import type { AmiEvent } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import type { QueueHappening } from './happenings.ts';
import type { QueueCaller } from './model.ts';
import { type CallerRow, place, type QueueRow, take } from './queue-row.ts';
import type { QueueReader, QueueRows, Told } from './queue-rows.ts';
import type { SubjectContext } from './subject.ts';
import { Table } from './table.ts';
import type { Timers } from './timers.ts';

type CallerEvent = AmiEvent<'QueueCallerJoin' | 'QueueCallerLeave' | 'QueueCallerAbandon'>;

/** ms between two looks at how long the longest has waited, while anybody waits. */
const STEP = 5_000;
/** ms until the order is read when somebody has changed it. */
const SOON = 200;
/** s that a caller must have waited for the missing event to count as missing: events follow a list. */
const OVERDUE = 5;

export class QueueCallers {
  readonly #context: SubjectContext;
  readonly #calls: Calls;
  readonly #queues: QueueRows;
  readonly #reader: QueueReader;
  readonly #timers: Timers;
  /** By Uniqueid. */
  readonly #rows = new Table<CallerRow>();
  /** Who left the queue for a member whose connecting is to be told yet, by Uniqueid. */
  readonly #connecting = new Map<string, CallerRow>();

  constructor(context: SubjectContext, calls: Calls, queues: QueueRows, reader: QueueReader, timers: Timers) {
    this.#context = context;
    this.#calls = calls;
    this.#queues = queues;
    this.#reader = reader;
    this.#timers = timers;
  }

  /** Those in a queue, by position. */
  of(row: QueueRow): QueueCaller[] {
    return row.order.flatMap((call, index) => {
      const found = this.#rows.get(call);
      if (found === undefined) return [];
      const { caller, channel, since, priority } = found;
      return [{ position: index + 1, caller, call, channel, since, priority }];
    });
  }

  // --- what is told

  joins(event: CallerEvent): void {
    const row = this.#queues.toldOf(event.Queue);
    if (row === undefined) return;
    const known = this.#rows.get(event.Uniqueid);
    this.#rows.set(event.Uniqueid, {
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
    this.#keepTime();
    this.#tell('joined', event, row, { position: Number(event.Position) });
  }

  leaves(event: CallerEvent): void {
    const row = this.#queues.toldOf(event.Queue);
    if (row === undefined) return;
    const at = row.order.indexOf(event.Uniqueid) + 1;
    // Somebody changed a priority: only the list knows the order.
    if (at > 0 && at !== Number(event.Position)) this.#reader.figuresIn(row, SOON);
    const caller = this.#rows.delete(event.Uniqueid);
    take(row, event.Uniqueid);
    this.#context.changed('queue', row.id);
    if (caller !== undefined && this.#answered(caller)) this.#connecting.set(event.Uniqueid, caller);
    else {
      const waited = caller === undefined ? {} : { waited: this.#seconds(caller.since) };
      this.#tell(caller?.hungUp ? 'abandoned' : 'left', event, row, waited);
    }
  }

  hangsUp(call: string): void {
    const caller = this.#rows.get(call);
    if (caller !== undefined) caller.hungUp = true;
  }

  /** A channel that is gone waits nowhere, whatever was told before. Gives the queue that it waited in. */
  gone(call: string): QueueRow | undefined {
    const caller = this.#connecting.get(call) ?? this.#rows.get(call);
    if (caller === undefined) return undefined;
    this.#connecting.delete(call);
    this.#rows.delete(call);
    const row = this.#queues.byName.get(caller.queue);
    if (row === undefined) return undefined;
    take(row, call);
    // To a login that is told nothing, it may as well have been connected.
    if (this.#queues.told)
      this.#queues.happened('abandoned', row.queue, {
        call,
        caller: caller.caller,
        waiting: row.order.length,
        waited: this.#seconds(caller.since),
      });
    this.#context.changed('queue', row.id);
    return row;
  }

  /** A member's channel begins to ring for a caller, or rang in vain. */
  rings({ Uniqueid: call, DestUniqueid: channel }: AmiEvent<'AgentCalled'>): void {
    this.#rows.get(call)?.rung.add(channel);
  }

  ringsNoMore(call: string, channel: string): void {
    this.#rows.get(call)?.rung.delete(channel);
  }

  connected(call: string): void {
    this.#connecting.delete(call);
  }

  /** A new link: nobody tells any more how it went on with those who had been answered. */
  forgetConnecting(): void {
    this.#connecting.clear();
  }

  // --- lists

  /** To be called before the list is asked for. */
  beginList(): void {
    this.#rows.beginList();
  }

  /** @param anew a new link: what is not listed is gone. Else an event that says so may be on its way */
  endList(items: readonly AmiEvent<'QueueEntry'>[], anew: boolean): void {
    const listed = new Map<string, CallerRow>();
    for (const item of items) {
      const known = this.#rows.get(item.Uniqueid);
      const wait = Number(item.Wait) || 0;
      if (!anew && known === undefined && wait > OVERDUE && !this.#rows.isTouched(item.Uniqueid))
        this.#queues.untold();
      listed.set(item.Uniqueid, this.#listed(item, known, wait));
    }
    for (const row of this.#rows.values()) {
      if (anew || listed.has(row.call) || this.#rows.isTouched(row.call)) continue;
      // Its leaving may be told in a moment.
      if (row.missing) this.#queues.untold();
      else if (this.#queues.byName.has(row.queue)) listed.set(row.call, { ...row, missing: true });
    }
    this.#rows.endList(listed);
    this.#order(listed.values());
    this.#keepTime();
  }

  #listed(item: AmiEvent<'QueueEntry'>, known: CallerRow | undefined, wait: number): CallerRow {
    return {
      queue: item.Queue,
      call: item.Uniqueid,
      channel: item.Channel,
      caller: this.#context.partyOf(item.CallerIDNum, item.CallerIDName),
      since: known?.since ?? this.#context.now() - wait * 1000,
      priority: Number(item.Priority) || 0,
      rung: known?.rung ?? new Set(),
      seen: known?.seen ?? false,
      hungUp: known?.hungUp ?? false,
      missing: false,
    };
  }

  /** Places everybody as the list has them; who came meanwhile is behind. */
  #order(listed: Iterable<CallerRow>): void {
    const orders = new Map<string, string[]>();
    for (const { call, queue } of listed) {
      if (this.#rows.get(call) === undefined) continue;
      const order = orders.get(queue) ?? [];
      order.push(call);
      orders.set(queue, order);
    }
    for (const row of this.#queues.all()) {
      const order = orders.get(row.queue) ?? [];
      const known = new Set(order);
      const came = row.order.filter((call) => !known.has(call) && this.#rows.get(call) !== undefined);
      row.order = [...order, ...came];
    }
  }

  // --- the rest

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

  /** How long the longest has waited changes by itself: it is shown in steps, while anybody waits. */
  #keepTime(): void {
    if (this.#rows.size === 0) return;
    this.#timers.later('longest wait', STEP, () => {
      for (const row of this.#queues.all()) if (row.order.length > 0) this.#context.changed('queue', row.id);
      this.#keepTime();
    });
  }

  #tell(type: QueueHappening['type'], event: CallerEvent, row: QueueRow, more: Told): void {
    this.#context.changed('queue', row.id);
    this.#queues.happened(type, event.Queue, {
      call: event.Uniqueid,
      caller: this.#context.partyOf(event.CallerIDNum, event.CallerIDName),
      waiting: row.order.length,
      ...more,
    });
  }

  #seconds(since: number): number {
    return Math.round((this.#context.now() - since) / 1000);
  }
}
