/** The queues that there are, what their owner calls them, and what happens in them. */
import type { AmiEvent } from '../ami/index.ts';
import type { QueueHappening } from './happenings.ts';
import { idOf } from './ids.ts';
import type { QueueOptions } from './model.ts';
import { paramsOf, type QueueRow, queueRow } from './queue-row.ts';
import type { SubjectContext } from './subject.ts';

/** What a happening says beside its queue. */
export type Told = Partial<Omit<QueueHappening, 'time' | 'pbx' | 'subject' | 'type' | 'queue' | 'name'>>;

/** Asks Asterisk what no event tells. */
export interface QueueReader {
  /** Everything, in a moment. */
  allSoon(): void;
  /** A queue's figures and the order of its callers, in `ms`. */
  figuresIn(row: QueueRow, ms: number): void;
}

export class QueueRows {
  readonly options: readonly QueueOptions[];
  readonly #context: SubjectContext;
  readonly #reader: QueueReader;
  readonly #hidden: ReadonlySet<string>;
  readonly #rows = new Map<string, QueueRow>();
  #told = true;

  constructor(context: SubjectContext, reader: QueueReader, options: readonly QueueOptions[]) {
    this.#context = context;
    this.#reader = reader;
    this.options = options;
    this.#hidden = new Set(options.filter(({ hidden }) => hidden).map(({ queue }) => queue));
  }

  /** By Asterisk's name. */
  get byName(): ReadonlyMap<string, QueueRow> {
    return this.#rows;
  }

  all(): Iterable<QueueRow> {
    return this.#rows.values();
  }

  isHidden(queue: string): boolean {
    return this.#hidden.has(queue);
  }

  nameOf(queue: string): string {
    return this.options.find((option) => option.queue === queue)?.name ?? queue;
  }

  /** The queue of an event; undefined of a hidden one. One that is not known yet is read soon. */
  toldOf(queue: string): QueueRow | undefined {
    if (!this.#told) {
      this.#told = true;
      this.#context.log.info({}, 'Asterisk tells of queues again');
      this.#context.changed('queue', '*');
    }
    const known = this.#rows.get(queue);
    if (known !== undefined || this.isHidden(queue)) return known;
    const row = queueRow(queue);
    this.#rows.set(queue, row);
    this.#context.changed('queue', '*');
    this.#reader.allSoon();
    return row;
  }

  /** Takes the list over, and gives whether a queue came or went. */
  takeParams(items: readonly AmiEvent<'QueueParams'>[]): boolean {
    const listed = new Set(items.map(({ Queue: queue }) => queue));
    let set = false;
    for (const queue of this.#rows.keys()) if (!listed.has(queue)) set = this.#rows.delete(queue);
    for (const item of items) {
      const known = this.#rows.get(item.Queue);
      const row = known ?? queueRow(item.Queue);
      row.params = paramsOf(item);
      this.#rows.set(item.Queue, row);
      set ||= known === undefined;
    }
    return set;
  }

  /** False: callers come and go and no event says so. */
  get told(): boolean {
    return this.#told;
  }

  /** Notes that something has happened of which no event told. */
  untold(): void {
    if (!this.#told) return;
    this.#told = false;
    this.#context.log.warn(
      {},
      'Callers come and go in queues and Asterisk does not say so: in manager.conf, add agent to the read classes of the AMI user and reload manager. Until then, queues are looked at every few seconds and nothing happens in them',
    );
  }

  happened(type: QueueHappening['type'], queue: string, more: Told): void {
    this.#context.happened({
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'queue',
      type,
      queue: idOf(queue),
      name: this.nameOf(queue),
      ...more,
    });
  }
}
