/** Where recordings lie: the media folder, where it can be seen from here, and the index of what is known of them. */
import { mkdir, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { PbxLog } from './listeners.ts';
import type { Recording, RecordingOptions } from './model.ts';

/** What is kept of a recording. Of one that runs, also where: after a restart of ours it may still do. */
export type KeptRecording = Recording & { readonly channel: string; readonly monitor: string };

const ref = z.object({ id: z.string(), endpoint: z.string(), name: z.string() });

const KEPT: z.ZodType<KeptRecording> = z.object({
  id: z.string(),
  state: z.enum(['recording', 'saving', 'saved', 'failed']),
  phone: ref.nullable(),
  other: z.object({ number: z.string(), name: z.string() }),
  people: z.array(z.string()),
  startedBy: z.string(),
  call: z.string(),
  since: z.number(),
  seconds: z.number().nullable(),
  file: z.string(),
  folder: z.string(),
  kept: z.boolean(),
  mailbox: z.string().nullable(),
  message: z.string().nullable().default(null),
  bytes: z.number().nullable(),
  problem: z.string().nullable(),
  channel: z.string(),
  monitor: z.string(),
});

/** The names that we give: nothing else in the folder is ours to show, move or delete. */
const NAME = /^(\d{8}-\d{6}_\w{1,40}_\w{0,20}_\w{4})\.wav$/;
const FOLDER = /^[\w-]{1,40}$/;

/** Most that the index holds. */
export const MOST_KEPT = 1000;

/** A file of ours in the media folder. */
export interface FoundFile {
  readonly id: string;
  readonly folder: string;
  readonly bytes: number;
}

export class RecordingStore {
  readonly #options: RecordingOptions;
  readonly #index: string | null;
  readonly #log: PbxLog;
  #writing: Promise<void> = Promise.resolve();
  /** What is to be written next. */
  #next: readonly KeptRecording[] | null = null;
  #failed = false;

  /** @param index file of the index, or null: nothing is kept over a restart but the files */
  constructor(options: RecordingOptions, index: string | null, log: PbxLog) {
    this.#options = options;
    this.#index = index;
    this.#log = log;
  }

  /** A folder that is shared with Asterisk. Without `dir` nobody knows where Asterisk's own is here. */
  get root(): string | null {
    return this.#options.dir === null ? null : this.#options.mediaDir;
  }

  /** A path of Asterisk's as it is called here; null where it cannot be seen. */
  pathOf(file: string): string | null {
    const { dir } = this.#options;
    if (this.root === null || dir === null || !file.startsWith(`${dir}/`)) return null;
    const rest = file.slice(dir.length + 1);
    return rest.split('/').every((part) => part !== '' && part !== '..') ? join(this.root, rest) : null;
  }

  /** Bytes of a file, or null: there is none. */
  async size(path: string): Promise<number | null> {
    return stat(path).then(
      (found) => found.size,
      () => null,
    );
  }

  async space(): Promise<number | null> {
    if (this.root === null) return null;
    return statfs(this.root).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => null,
    );
  }

  /** Our files in the folder and its folders; null where they cannot be seen. */
  async files(): Promise<readonly FoundFile[] | null> {
    const { root } = this;
    if (root === null) return null;
    const top = await readdir(root, { withFileTypes: true }).catch(() => null);
    if (top === null) return null;
    const folders = top.filter((entry) => entry.isDirectory() && FOLDER.test(entry.name));
    const names: [folder: string, name: string][] = top
      .filter((entry) => entry.isFile())
      .map((entry) => ['', entry.name]);
    for (const { name: folder } of folders)
      for (const name of await readdir(join(root, folder)).catch(() => [])) names.push([folder, name]);
    const found: FoundFile[] = [];
    for (const [folder, name] of names) {
      const id = NAME.exec(name)?.[1];
      const bytes = id === undefined ? null : await this.size(join(root, folder, name));
      if (id !== undefined && bytes !== null) found.push({ id, folder, bytes });
    }
    return found;
  }

  async move(from: string, to: string): Promise<void> {
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
  }

  async remove(path: string): Promise<void> {
    await rm(path);
  }

  /** What was kept. A file that cannot be read is said once and then written over. */
  async read(): Promise<readonly KeptRecording[]> {
    if (this.#index === null) return [];
    try {
      return z.array(KEPT).parse(JSON.parse(await readFile(this.#index, 'utf8')));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.warn({ err: error, file: this.#index }, 'What was kept of the recordings cannot be read');
      return [];
    }
  }

  /** Writes the index, one at a time and the newest alone of what has come meanwhile. A full disk is said once; the recordings themselves go on. */
  write(rows: readonly KeptRecording[]): Promise<void> {
    const index = this.#index;
    if (index === null) return Promise.resolve();
    const waits = this.#next !== null;
    this.#next = rows;
    if (waits) return this.#writing;
    this.#writing = this.#writing.then(async () => {
      const text = JSON.stringify(this.#next?.slice(0, MOST_KEPT));
      this.#next = null;
      try {
        await mkdir(dirname(index), { recursive: true });
        await writeFile(`${index}.new`, text, { mode: 0o600 });
        await rename(`${index}.new`, index);
        this.#failed = false;
      } catch (error) {
        if (!this.#failed)
          this.#log.warn(
            { err: error, file: index },
            'Who was on a recording cannot be kept over a restart: is the disk full or the folder read-only?',
          );
        this.#failed = true;
      }
    });
    return this.#writing;
  }

  /** Done when what was written is on disk. */
  flush(): Promise<void> {
    return this.#writing;
  }
}
