/** How often a visitor's call was dialled to phones: once by a plain Dial, many times by a loop. */

/** How the count is known: each round that the dialplan begins, or only those in which a phone rang. */
export type AttemptsKnownBy = 'dialplan' | 'ringing';

/** ms between two counts that are worth telling: a loop without a pause makes thousands a second. */
const WORTH_TELLING = 500;
/** Rounds, and the ms in which only a loop without a pause makes as many. */
const SPIN_ROUNDS = 50;
const SPIN_MS = 5_000;

export class Attempts {
  /** Rounds that the dialplan began: Dial and RetryDial empty DIALSTATUS at the start of each (app_dial.c). */
  #dialled = 0;
  /** Rounds in which a phone rang, which alone an AMI user without the class `dialplan` hears of. */
  #rung = 0;
  /** Uniqueids of the channels that are dialled now. */
  readonly #ringing = new Set<string>();
  #told = Number.NEGATIVE_INFINITY;
  #window = 0;
  #spins = false;

  get count(): number {
    return Math.max(this.#dialled, this.#rung);
  }

  /** Null as long as there was none. */
  get knownBy(): AttemptsKnownBy | null {
    if (this.#dialled > 0) return 'dialplan';
    return this.#rung > 0 ? 'ringing' : null;
  }

  /** The dialplan begins a round. Gives whether the new count is worth telling. */
  dial(now: number): boolean {
    this.#dialled += 1;
    if (now - this.#told < WORTH_TELLING) return false;
    this.#told = now;
    return true;
  }

  /** To be asked after each {@link dial}: true once, when the dialplan goes round and round without a pause. */
  spins(now: number): boolean {
    if (this.#spins || this.#dialled % SPIN_ROUNDS !== 1) return false;
    this.#spins = this.#dialled > 1 && now - this.#window < SPIN_MS;
    this.#window = now;
    return this.#spins;
  }

  /** A channel is dialled: the first of a round counts. Gives whether it is that. */
  ring(uniqueid: string): boolean {
    const first = this.#ringing.size === 0;
    if (first) this.#rung += 1;
    this.#ringing.add(uniqueid);
    return first;
  }

  /** The channel is dialled no more. */
  rest(uniqueid: string): void {
    this.#ringing.delete(uniqueid);
  }

  /** What was dialled is no longer known. */
  restAll(): void {
    this.#ringing.clear();
  }
}
