import type { Clock } from '../../src/demo/clock.ts';

interface Due {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that only moves when told to. */
export class HandClock implements Clock {
  #now = 1_800_000_000_000;
  #due: Due[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const due = { at: this.#now + ms, run };
    this.#due.push(due);
    return () => this.#drop(due);
  }

  /** How many things are set to happen. */
  get pending(): number {
    return this.#due.length;
  }

  /** Lets `ms` pass: what falls due happens, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let due = this.#next(end); due !== undefined; due = this.#next(end)) {
      this.#drop(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = end;
  }

  #next(end: number): Due | undefined {
    return this.#due.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
  }

  #drop(due: Due): void {
    this.#due = this.#due.filter((other) => other !== due);
  }
}
