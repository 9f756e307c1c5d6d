/** What a PBX's subjects know that Asterisk cannot tell again: kept in a file over restarts of the companion. */
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { PbxLog } from './listeners.ts';
import type { DectHandset, Doorbell, Phone } from './model.ts';

export interface PbxMemory {
  /** By id. */
  readonly phones: Readonly<Record<string, Pick<Phone, 'missed' | 'lastCaller' | 'lastDialled'>>>;
  /** By id. */
  readonly doorbells: Readonly<Record<string, LastPress>>;
  /** By id; none in a file of an earlier version. */
  readonly handsets?: Readonly<Record<string, Pick<DectHandset, 'missed' | 'lastCaller'>>> | undefined;
}

/** The last press, as {@link Doorbell.last} and a redial need it. */
export type LastPress = NonNullable<Doorbell['last']> & { readonly call: string; readonly extension: string };

const party = { number: z.string(), name: z.string(), time: z.iso.datetime() };

const FILE: z.ZodType<PbxMemory> = z.object({
  phones: z.record(
    z.string(),
    z.object({ missed: z.int().min(0), lastCaller: z.object(party).nullable(), lastDialled: z.string() }),
  ),
  doorbells: z.record(
    z.string(),
    z.object({
      ...party,
      outcome: z.enum(['ringing', 'answered', 'missed', 'cancelled', 'lost']),
      call: z.string(),
      extension: z.string(),
    }),
  ),
  handsets: z
    .record(
      z.string(),
      z.object({
        missed: z.int().min(0),
        lastCaller: z
          .object({
            ...party,
            outcome: z.enum(['ringing', 'answered', 'missed', 'busy', 'unreachable', 'unclear', 'elsewhere']),
          })
          .nullable(),
      }),
    )
    .optional(),
});

/** ms in which changes are gathered before they are written. */
const GATHER = 1000;

export class MemoryFile {
  readonly #path: string;
  readonly #log: PbxLog;
  #gathering: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failed = false;
  /** Most changes of a phone are none of what is kept: the disk is spared. */
  #written = '';

  constructor(path: string, log: PbxLog) {
    this.#path = path;
    this.#log = log;
  }

  /** What was kept, or null. A file that cannot be read is said once and then written over. */
  read(): PbxMemory | null {
    try {
      return FILE.parse(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.warn({ err: error, file: this.#path }, 'What was kept of the last run cannot be read');
      return null;
    }
  }

  /** Writes soon what `remember` gives by then. */
  changed(remember: () => PbxMemory): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#writing = this.#writing.then(() => this.#write(remember()));
    }, GATHER);
  }

  /** Writes at once what waits, and is done when it is on disk. */
  async flush(remember: () => PbxMemory): Promise<void> {
    if (this.#gathering !== undefined) {
      clearTimeout(this.#gathering);
      this.#gathering = undefined;
      this.#writing = this.#writing.then(() => this.#write(remember()));
    }
    await this.#writing;
  }

  async #write(memory: PbxMemory): Promise<void> {
    const text = JSON.stringify(memory);
    if (text === this.#written) return;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFile(`${this.#path}.new`, text, { mode: 0o600 });
      await rename(`${this.#path}.new`, this.#path);
      this.#written = text;
      this.#failed = false;
    } catch (error) {
      if (!this.#failed)
        this.#log.warn(
          { err: error, file: this.#path },
          'Missed calls and last visitors cannot be kept over a restart: is the disk full or the folder read-only?',
        );
      this.#failed = true;
    }
  }
}
