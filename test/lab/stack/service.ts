import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, until } from './machine.ts';
import type { Place } from './place.ts';

/** The environment variable that marks every process of a lab with its run folder. */
export const MARK = 'LAB_RUN';

/**
 * A program of the lab that runs in the background. It is known by its pid file, so any process of the same
 * run can stop, freeze or start it: a test file as well as the one that brought the lab up.
 */
export class Service {
  readonly name: string;
  /** What the program prints. */
  readonly log: string;
  readonly #place: Place;
  readonly #pidFile: string;

  constructor(place: Place, name: string) {
    this.name = name;
    this.#place = place;
    this.#pidFile = join(place.run, 'pids', name);
    this.log = join(place.run, 'logs', `${name}.log`);
  }

  /** The pid, or undefined when it does not run. */
  get pid(): number | undefined {
    try {
      const pid = Number(readFileSync(this.#pidFile, 'utf8'));
      return isRunning(pid) ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  /** Starts the program; it goes on when this process ends. */
  async launch(argv: readonly string[], options: { env?: Record<string, string> } = {}): Promise<void> {
    if (this.pid !== undefined) throw new Error(`${this.name} runs already, as ${this.pid}`);
    await mkdir(join(this.#place.run, 'pids'), { recursive: true });
    await mkdir(join(this.#place.run, 'logs'), { recursive: true });
    const [file = '', ...args] = argv;
    const out = openSync(this.log, 'a');
    try {
      const child = spawn(file, args, {
        detached: true,
        stdio: ['ignore', out, out],
        env: { ...process.env, ...options.env, [MARK]: this.#place.run },
      });
      if (child.pid === undefined) throw new Error(`${file} could not be started`);
      child.unref();
      await writeFile(this.#pidFile, String(child.pid));
    } finally {
      closeSync(out);
    }
  }

  /** Waits until `probe` gives something. Ends early, with the program's last words, when it dies. */
  async ready<T>(probe: () => T | Promise<T>, seconds: number): Promise<void> {
    let died = false;
    await until(
      `${this.name} to be ready`,
      async () => {
        died = this.pid === undefined;
        return died || (await probe());
      },
      { seconds, everyMs: 100 },
    ).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}\n${this.lastWords()}`, { cause: error });
    });
    if (died) throw new Error(`${this.name} ended while it started:\n${this.lastWords()}`);
  }

  /** The end of the log. */
  lastWords(lines = 20): string {
    try {
      return readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    } catch {
      return '';
    }
  }

  /** Sends a signal to the program alone. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    process.kill(pid, signal);
  }

  /** Ends it as an init system would: SIGTERM, and SIGKILL to it and its children after `graceSeconds`. */
  async stop(graceSeconds = 10): Promise<void> {
    const { pid } = this;
    if (pid !== undefined) {
      process.kill(pid, 'SIGCONT');
      process.kill(pid, 'SIGTERM');
      await until('its end', () => !isRunning(pid), { seconds: graceSeconds }).catch(() => this.kill());
    }
    await rm(this.#pidFile, { force: true });
  }

  /** Ends it as a power cut would: SIGKILL to it and its children. */
  async kill(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    process.kill(-pid, 'SIGKILL');
    await until(`${this.name} to be gone`, () => !isRunning(pid));
    await rm(this.#pidFile, { force: true });
  }
}
