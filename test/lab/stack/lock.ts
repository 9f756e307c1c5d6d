import { readFileSync, rmSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startedAt } from './machine.ts';

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  /** See {@link startedAt}: a lock whose process is gone is free, even when its pid lives again. */
  readonly started: string;
  readonly command: string;
  readonly since: string;
}

/** The lock is held by a process that runs. */
export class LockHeld extends Error {
  readonly code = 'LOCK_HELD';
}

/** One process at a time. The file says who. */
export class Lock implements Disposable {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  /**
   * Takes the lock, at once or within `waitSeconds`.
   * @param advice what to do instead of waiting, for the error
   * @throws {LockHeld} naming the process that has it
   */
  static async take(file: string, what: string, waitSeconds: number, advice = ''): Promise<Lock> {
    await mkdir(dirname(file), { recursive: true });
    const end = Date.now() + waitSeconds * 1000;
    for (;;) {
      if (await claim(file)) return new Lock(file);
      const holder = read(file);
      if (!holder || startedAt(holder.pid) !== holder.started) {
        rmSync(file, { force: true });
        continue;
      }
      if (Date.now() >= end) {
        const waited = waitSeconds > 0 ? ` (waited ${waitSeconds} s)` : '';
        throw new LockHeld(
          `${what} is held by process ${holder.pid} (${holder.command}) since ${holder.since}${waited}.${advice}`,
        );
      }
      await delay(500);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#file, { force: true });
  }
}

async function claim(file: string): Promise<boolean> {
  const mine: Holder = {
    pid: process.pid,
    started: startedAt(process.pid) ?? '',
    command: process.argv.slice(1).join(' '),
    since: new Date().toISOString(),
  };
  try {
    await using handle = await open(file, 'wx');
    await handle.writeFile(JSON.stringify(mine));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}
