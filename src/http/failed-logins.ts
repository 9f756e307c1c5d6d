/** Wrong tokens by address: who tries too many has to wait, with a right one too. */

const MINUTE = 60_000;
/** Addresses that are remembered; beyond it the oldest is forgotten. */
const MOST_ADDRESSES = 10_000;

export class FailedLogins {
  readonly #most: number;
  readonly #now: () => number;
  /** When the last of each address came, at most `most` of them, oldest first. */
  readonly #failures = new Map<string, readonly number[]>();

  /** @param most wrong tokens that an address may send a minute */
  constructor(most: number, now: () => number = Date.now) {
    this.#most = most;
    this.#now = now;
  }

  /** Whether this address has to wait. */
  blocked(address: string): boolean {
    const times = this.#failures.get(address) ?? [];
    return times.length >= this.#most && (times[0] ?? 0) + MINUTE > this.#now();
  }

  failed(address: string): void {
    const times = [...(this.#failures.get(address) ?? []), this.#now()].slice(-this.#most);
    this.#failures.delete(address);
    this.#failures.set(address, times);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
  }
}
