/** Asks the thread that has the call log's file. */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { CallPage, CallQuery } from '../actions/call-log.ts';
import type { CallRow, NoteRow } from './database.ts';

interface Asks {
  write: { readonly calls: readonly CallRow[]; readonly notes: readonly NoteRow[] };
  page: { readonly query: CallQuery };
  running: object;
  purge: { readonly before: number };
  close: object;
}

interface Answers {
  write: null;
  page: CallPage;
  running: CallRow[];
  purge: number;
  close: null;
}

export type Question = { [A in keyof Asks]: { readonly id: number; readonly ask: A } & Asks[A] }[keyof Asks];
export type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class Thread {
  readonly #file: string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #asked = 0;
  #stopped = false;

  /** @param file where the log is; `:memory:`: for this run only */
  constructor(file: string) {
    this.#file = file;
  }

  /** @throws Error in SQLite's words, that the thread has ended, or that it was stopped */
  async ask<A extends keyof Asks>(ask: A, about: Asks[A]): Promise<Answers[A]> {
    if (this.#stopped) throw new Error('the companion stops');
    this.#worker ??= this.#start();
    this.#asked += 1;
    const id = this.#asked;
    this.#worker.postMessage({ id, ask, ...about });
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
    });
  }

  async stop(): Promise<void> {
    const closed = this.#worker === null ? undefined : this.ask('close', {}).catch(() => undefined);
    this.#stopped = true;
    await closed;
    await this.#worker?.terminate();
  }

  #start(): Worker {
    // The image has it bundled.
    const [entry] = ['./worker.ts', './worker.js']
      .map((name) => new URL(name, import.meta.url))
      .filter((url) => existsSync(url));
    if (entry === undefined) throw new Error('the call log’s thread is not where it should be');
    const worker = new Worker(entry, { workerData: { file: this.#file } });
    worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('error' in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer.value);
    });
    worker.on('error', (error) => this.#ended(worker, error as Error));
    worker.on('exit', () => this.#ended(worker, new Error('the call log’s thread has ended')));
    return worker;
  }

  /** The next question starts another. */
  #ended(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
