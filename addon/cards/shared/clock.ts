import type { Hass } from './hass.ts';

/** Below this a difference is the network's and the header's rounding, not the clock's. */
const NOISE_MS = 2000;
const ASK_AGAIN_MS = 10 * 60_000;

/**
 * The server's time as this browser can know it: wall tablets keep bad clocks, and a waiting time that starts
 * at minus three minutes helps nobody. Asks the server once for its `Date`, and never lags behind a state that
 * the server has already stamped.
 */
export class ServerClock {
  /** Server minus browser, ms. */
  #offset = 0;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** ms since the epoch. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** Takes note of a moment that has passed at the server. @param stamp ms since the epoch, or null */
  passed(stamp: number | null): void {
    if (stamp === null) return;
    const ahead = stamp - this.now();
    if (ahead > NOISE_MS) this.#offset += ahead;
  }

  /**
   * Compares clocks with the server, at most every ten minutes. Keeps what it knows when that fails.
   * @returns whether `now` has changed by it
   */
  async compare(hass: Hass): Promise<boolean> {
    if (!hass.fetchWithAuth || Date.now() - this.#askedAt < ASK_AGAIN_MS) return false;
    const sent = Date.now();
    this.#askedAt = sent;
    try {
      const response = await hass.fetchWithAuth('/api/', { cache: 'no-store' });
      const date = Date.parse(response.headers.get('date') ?? '');
      if (Number.isNaN(date)) return false;
      // The header is cut to whole seconds, and was written about half-way through the request.
      const offset = date + 500 - (sent + Date.now()) / 2;
      const before = this.#offset;
      this.#offset = Math.abs(offset) > NOISE_MS ? offset : 0;
      return this.#offset !== before;
    } catch {
      // Offline, or a proxy that does not let it through: the next state says enough.
      return false;
    }
  }
}

/** All cards on a page share one browser clock and one server. */
export const serverClock = new ServerClock();
