/** Keeps what a dialplan in a loop sends from drowning those who listen, and the log. */

/** ms without one too many, until it counts as over. */
const QUIET = 10_000;

export interface FloodLimit {
  /** That many a second pass in the long run. */
  readonly perSecond: number;
  /** That many pass at once. */
  readonly burst: number;
}

/** What is said, once each, of a flood however long. */
export interface FloodSayer {
  began(): void;
  /** @param leftOut how many did not pass */
  over(leftOut: number): void;
}

/** Lets through so many a second, and a burst; counts the rest. */
export class Flood {
  readonly #limit: FloodLimit;
  readonly #say: FloodSayer;
  readonly #now: () => number;
  #tokens: number;
  #at: number;
  #leftOut = 0;
  /** When the last one was left out. */
  #lastAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param now ms, monotonic */
  constructor(limit: FloodLimit, say: FloodSayer, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#say = say;
    this.#now = now;
    this.#tokens = limit.burst;
    this.#at = now();
  }

  /** Whether one may pass. */
  pass(): boolean {
    const now = this.#now();
    const { perSecond, burst } = this.#limit;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return true;
    }
    this.#lastAt = now;
    this.#leftOut += 1;
    if (this.#timer === undefined) {
      this.#say.began();
      this.#wait(QUIET);
    }
    return false;
  }

  /** Ends the waiting for its end. What was left out so far is said. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    this.#say.over(leftOut);
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#lastAt + QUIET - this.#now();
      if (left > 0) this.#wait(left);
      else this.stop();
    }, ms);
  }
}
