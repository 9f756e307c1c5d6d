/** What was chosen in Home Assistant and is kept over restarts: the phone that a lot is retrieved on, the language. */
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DeviceRef, keyOf } from './entities/model.ts';
import type { HomeLog } from './log.ts';

/** The name that an entity's choice is kept under. */
export function choiceKey(device: DeviceRef, key: string): string {
  return `${keyOf(device)}-${key}`;
}

export class Choices {
  readonly #file: string | null;
  readonly #log: HomeLog;
  readonly #chosen = new Map<string, string>();
  #writing: Promise<void> = Promise.resolve();

  /** @param folder where it is kept; null: for this run only */
  constructor(folder: string | null, log: HomeLog) {
    this.#file = folder === null ? null : join(folder, 'choices.json');
    this.#log = log;
  }

  start(): void {
    if (this.#file === null) return;
    try {
      const kept: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      if (typeof kept !== 'object' || kept === null) return;
      for (const [key, chosen] of Object.entries(kept)) {
        if (typeof chosen === 'string') this.#chosen.set(key, chosen);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.#log.warn(
        { err: error, file: this.#file },
        'What was chosen before cannot be read; starting anew',
      );
    }
  }

  get(key: string): string | null {
    return this.#chosen.get(key) ?? null;
  }

  set(key: string, chosen: string): void {
    this.#chosen.set(key, chosen);
    this.#writing = this.#writing.then(() => this.#write());
  }

  /** Everything is on disk when this is done. */
  async stop(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    if (this.#file === null) return;
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFile(`${this.#file}.new`, JSON.stringify(Object.fromEntries(this.#chosen)));
      await rename(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.#log.warn({ err: error, file: this.#file }, 'What was chosen cannot be kept over a restart');
    }
  }
}
