/** The call log: follows the PBXs, writes within a moment, and goes on when the disk takes no more. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CallLog, CallPage, CallQuery, LoggedCall } from '../actions/call-log.ts';
import type { PbxView } from '../pbx/index.ts';
import type { CallRow, NoteRow } from './database.ts';
import { Journal } from './journal.ts';
import { Thread } from './thread.ts';

export interface HistoryOptions {
  /** Where it is kept; null: for this run only. */
  readonly file: string | null;
  /** Days that a call is kept. */
  readonly days: number;
  readonly pbxes: readonly PbxView[];
  readonly log: HistoryLog;
  /** ms since the epoch; for tests. */
  readonly now?: () => number;
}

export interface HistoryLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** ms in which what happens is gathered before it is written: a process that is killed loses no more. */
const GATHER = 200;
/** ms before what could not be written is tried again. */
const RETRY = 10_000;
/** ms between two looks for what is too old. */
const PURGE = 6 * 3_600_000;
const DAY = 86_400_000;
/** Rows that wait for a disk that takes nothing; the oldest go. */
const MOST_WAITING = 2_000;
const NEWEST = 10;

export class History implements CallLog {
  readonly #options: HistoryOptions;
  readonly #thread: Thread;
  readonly #now: () => number;
  readonly #journals: readonly Journal[];
  readonly #newest = new Map<string, readonly LoggedCall[]>();
  readonly #listeners = new Set<(pbx: string | null) => void>();
  /** What has not been written yet, the newest row of each call. */
  #calls = new Map<string, CallRow>();
  #notes: NoteRow[] = [];
  #problem: string | null = null;
  /** Whether the file has told which calls an earlier run did not see the end of. */
  #recalled = false;
  #forgotten = 0;
  #timer: NodeJS.Timeout | undefined;
  #purging: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #stopped = false;

  /** Only takes note; {@link start} works. */
  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#thread = new Thread(options.file ?? ':memory:');
    this.#journals = options.pbxes.map((view) => new Journal(view, () => this.#schedule(GATHER)));
  }

  get problem(): string | null {
    return this.#problem;
  }

  /** Returns when it follows the PBXs; a file that cannot be read or written is a problem that it says, no error. */
  async start(): Promise<void> {
    const { pbxes } = this.#options;
    await this.#open();
    for (const journal of this.#journals) journal.start();
    await this.#refresh(pbxes.map(({ id }) => id));
    this.#purging = setInterval(() => void this.#purge(), PURGE);
    await this.#purge();
  }

  /** What happened until now is written when this is done, if the disk takes it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#purging);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    await this.#write();
    for (const journal of this.#journals) journal.stop();
    await this.#thread.stop();
  }

  newest(pbx: string): readonly LoggedCall[] {
    return this.#newest.get(pbx) ?? [];
  }

  async page(query: CallQuery): Promise<CallPage> {
    await this.flush();
    return this.#thread.ask('page', { query });
  }

  /** Writes at once what waits: who asks right after a call wants to see it. */
  async flush(): Promise<void> {
    if (this.#timer === undefined || this.#problem !== null) return this.#writing;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  onChange(listener: (pbx: string | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #open(): Promise<void> {
    const { file, log } = this.#options;
    try {
      await this.#recall();
    } catch (error) {
      this.#failed(error);
      if (file !== null) log.info({ file }, 'The call log is tried again with the next call');
    }
  }

  async #recall(): Promise<void> {
    if (this.#recalled) return;
    const { file, pbxes } = this.#options;
    if (file !== null) await mkdir(dirname(file), { recursive: true });
    const unended = await this.#thread.ask('running', {});
    this.#recalled = true;
    for (const [index, journal] of this.#journals.entries())
      journal.recall(unended.filter(({ pbx }) => pbx === pbxes[index]?.id));
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => this.#write());
    }, ms);
  }

  async #write(): Promise<void> {
    for (const journal of this.#journals) {
      const { calls, notes } = journal.take();
      for (const row of calls) this.#calls.set(`${row.pbx} ${row.call}`, row);
      this.#notes.push(...notes);
    }
    this.#spare();
    const [calls, notes] = [this.#calls, this.#notes];
    if (calls.size + notes.length === 0) return;
    this.#calls = new Map();
    this.#notes = [];
    try {
      await this.#recall();
      await this.#thread.ask('write', { calls: [...calls.values()], notes });
    } catch (error) {
      // What came meanwhile is newer.
      this.#calls = new Map([...calls, ...this.#calls]);
      this.#notes = [...notes, ...this.#notes];
      this.#failed(error);
      this.#schedule(RETRY);
      return;
    }
    this.#recovered();
    await this.#refresh([...new Set([...calls.values(), ...notes].map(({ pbx }) => pbx))]);
  }

  #spare(): void {
    for (const key of this.#calls.keys()) {
      if (this.#calls.size <= MOST_WAITING) break;
      this.#calls.delete(key);
      this.#forgotten += 1;
    }
    this.#notes.splice(0, Math.max(0, this.#notes.length - MOST_WAITING));
  }

  async #refresh(pbxes: readonly string[]): Promise<void> {
    for (const pbx of pbxes) {
      const page = await this.#thread.ask('page', { query: { limit: NEWEST, pbx } }).catch(() => null);
      if (page === null) continue;
      this.#newest.set(pbx, page.calls);
      this.#tell(pbx);
    }
  }

  async #purge(): Promise<void> {
    const before = this.#now() - this.#options.days * DAY;
    const gone = await this.#thread.ask('purge', { before }).catch(() => 0);
    if (gone > 0)
      this.#options.log.info({ calls: gone, days: this.#options.days }, 'Old calls were forgotten');
  }

  #failed(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    const { file, log } = this.#options;
    const first = this.#problem === null;
    this.#problem = `The call log cannot be written (${why}): ${remedyOf(why)}. Everything else goes on.`;
    if (!first) return;
    log.warn({ file, again: RETRY }, this.#problem);
    this.#tell(null);
  }

  #recovered(): void {
    if (this.#problem === null) return;
    this.#problem = null;
    this.#options.log.info({ forgotten: this.#forgotten }, 'The call log is written again');
    this.#forgotten = 0;
    this.#tell(null);
  }

  #tell(pbx: string | null): void {
    for (const listener of this.#listeners) listener(pbx);
  }
}

/** What to do, by what SQLite, the file system or the file says. */
const REMEDIES: readonly (readonly [why: RegExp, remedy: string])[] = [
  [/full/i, 'the disk is full, so make room'],
  [/readonly|read-only|unable to open|EACCES|EROFS/i, 'let the companion write to its data folder'],
  [/malformed|not a database|corrupt/i, 'move the file away, and a new one is begun'],
  [/locked/i, 'end what else has the file open, such as a second companion'],
  [/newer version/i, 'update the companion, or move the file away'],
];

function remedyOf(why: string): string {
  return REMEDIES.find(([pattern]) => pattern.test(why))?.[1] ?? 'the log of the companion has more';
}
