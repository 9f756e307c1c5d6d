/** Wrong tokens by address: who tries too many has to wait, with a right one too. */

const MINUTE = 60_000;
/** Addresses that are remembered; beyond it the oldest is forgotten. */
const MOST_ADDRESSES = 10_000;

export class FailedLogins {
  readonly #most: number;
  readonly #now: () => number;
  readonly #failures = new Map<string, { count: number; until: number }>();

  /** @param most wrong tokens that an address may send a minute */
  constructor(most: number, now: () => number = Date.now) {
    this.#most = most;
    this.#now = now;
  }

  /** Whether this address has to wait. */
  blocked(address: string): boolean {
    const failures = this.#failures.get(address);
    if (failures === undefined) return false;
    if (failures.until > this.#now()) return failures.count >= this.#most;
    this.#failures.delete(address);
    return false;
  }

  failed(address: string): void {
    const count = (this.#failures.get(address)?.count ?? 0) + 1;
    this.#failures.delete(address);
    this.#failures.set(address, { count, until: this.#now() + MINUTE });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
  }
}
