/** Recordings that have ended: whether their file is whole, and where they are kept. */
import type { PbxLog } from './listeners.ts';
import { HEAD, type RecordingRow, rowOfFile, secondsOf } from './recording-row.ts';
import { MOST_KEPT, type RecordingStore } from './recording-store.ts';

/** ms between looks for a file that Asterisk is still writing, and how many. */
const LOOK = 400;
const LOOKS = 12;

export interface EndedPorts {
  readonly log: PbxLog;
  /** Folder of the files as Asterisk sees it. */
  readonly dir: string | null;
  readonly store: RecordingStore;
  /** It runs: the file is its own. */
  runs(id: string): boolean;
  changed(): void;
  /** @param told its end was seen, so this is news */
  failed(row: RecordingRow, told: boolean): void;
  /** The file is whole, or Asterisk is believed. */
  whole(row: RecordingRow): void;
  /** It is where it was to go. */
  saved(row: RecordingRow, told: boolean): void;
}

export class EndedRecordings {
  readonly #ports: EndedPorts;
  /** By id, oldest first. */
  readonly #rows = new Map<string, RecordingRow>();
  readonly #looking = new Map<string, NodeJS.Timeout>();
  /** Those that are on their way into a mailbox alone. */
  readonly #leaving = new Set<string>();
  #visible = false;

  constructor(ports: EndedPorts) {
    this.#ports = ports;
  }

  get visible(): boolean {
    return this.#visible;
  }

  get(id: string): RecordingRow | undefined {
    return this.#rows.get(id);
  }

  /** Newest first. */
  rows(): readonly RecordingRow[] {
    return [...this.#rows.values()].reverse();
  }

  /** Takes up what an earlier run has kept. */
  recall(row: RecordingRow): void {
    this.#rows.set(row.id, row);
  }

  /** Takes one that has ended now, and looks for its file. */
  add(row: RecordingRow, told: boolean): void {
    row.state = 'saving';
    this.#rows.set(row.id, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > MOST_KEPT && oldest !== undefined) this.#rows.delete(oldest);
    this.#settle(row, told);
  }

  /** Goes on with those that nobody has looked for. */
  resume(): void {
    for (const row of this.#rows.values())
      if (row.state === 'saving') this.#settle(row, row.seconds !== null);
  }

  rest(): void {
    for (const timer of this.#looking.values()) clearTimeout(timer);
    this.#looking.clear();
  }

  /** Notes how it went with the mailbox. A file that was not to stay does where it did not get there. */
  delivered(id: string, message: string | null, problem: string | null): void {
    const row = this.#rows.get(id);
    this.#leaving.delete(id);
    if (row === undefined) return;
    row.message = message;
    row.problem = problem;
    if (problem !== null) {
      row.kept = true;
      this.#ports.failed(row, true);
    }
    if (row.state === 'saving') this.#saved(row, true);
    this.#ports.changed();
  }

  async move(id: string, folder: string): Promise<void> {
    const { store } = this.#ports;
    const row = this.#rows.get(id);
    const from = row && store.pathOf(row.file);
    const file = this.#pathIn(folder, id);
    const target = store.pathOf(file);
    if (!row || !from || !target) return;
    await store.move(from, target);
    Object.assign(row, { file, folder });
    this.#ports.changed();
  }

  async remove(id: string): Promise<void> {
    const { store } = this.#ports;
    const row = this.#rows.get(id);
    const path = row && store.pathOf(row.file);
    if (row === undefined || !path) return;
    await store.remove(path);
    this.#rows.delete(id);
    this.#ports.changed();
  }

  async scan(): Promise<void> {
    const files = await this.#ports.store.files();
    this.#visible = files !== null;
    if (files === null) return;
    const found = new Map(files.map((file) => [file.id, file]));
    let changed = false;
    for (const row of this.#rows.values()) {
      const mine = this.#ports.store.pathOf(row.file) !== null && row.kept && row.state === 'saved';
      if (mine && !found.has(row.id)) changed = this.#rows.delete(row.id);
    }
    for (const file of files) {
      if (this.#ports.runs(file.id)) continue;
      const row = this.#rows.get(file.id);
      if (row !== undefined && row.folder === file.folder) continue;
      const path = this.#pathIn(file.folder, file.id);
      if (row === undefined) this.#rows.set(file.id, rowOfFile(file, path));
      else Object.assign(row, { folder: file.folder, file: path });
      changed = true;
    }
    if (!changed) return;
    const sorted = [...this.#rows.values()].sort((a, b) => a.since - b.since);
    this.#rows.clear();
    for (const row of sorted.slice(-MOST_KEPT)) this.#rows.set(row.id, row);
    this.#ports.changed();
  }

  #pathIn(folder: string, id: string): string {
    return [this.#ports.dir, folder, `${id}.wav`].filter((part) => part !== '').join('/');
  }

  /** Looks for the file until it is whole. Where it cannot be seen, Asterisk is believed. */
  #settle(row: RecordingRow, told: boolean, looks = LOOKS): void {
    if (this.#looking.has(row.id) || this.#leaving.has(row.id)) return;
    const path = this.#ports.store.pathOf(row.file);
    if (path === null) {
      this.#whole(row, null, told);
      return;
    }
    const timer = setTimeout(async () => {
      const bytes = await this.#ports.store.size(path);
      if (this.#looking.get(row.id) !== timer) return;
      this.#looking.delete(row.id);
      const whole = bytes !== null && bytes > HEAD && bytes === row.bytes;
      row.bytes = bytes;
      if (whole) this.#whole(row, bytes, told);
      else if (looks > 1) this.#settle(row, told, looks - 1);
      else this.#lost(row, told);
    }, LOOK);
    this.#looking.set(row.id, timer);
  }

  #whole(row: RecordingRow, bytes: number | null, told: boolean): void {
    row.bytes = bytes;
    row.problem = null;
    row.seconds ??= bytes === null ? null : secondsOf(bytes);
    if (row.kept || row.mailbox === null) this.#saved(row, told);
    else this.#leaving.add(row.id);
    this.#ports.changed();
    this.#ports.whole(row);
  }

  #saved(row: RecordingRow, told: boolean): void {
    row.state = 'saved';
    this.#ports.saved(row, told);
  }

  #lost(row: RecordingRow, told: boolean): void {
    row.bytes = null;
    row.state = 'failed';
    row.problem = `Asterisk wrote no sound to ${row.file}: may it write there, and is there room?`;
    this.#ports.log.warn({ recording: row.id, file: row.file }, 'A recording was lost');
    this.#ports.failed(row, told);
    this.#ports.changed();
  }
}
