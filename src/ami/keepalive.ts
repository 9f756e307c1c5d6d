/** Notices that the other side has gone silent, as a stopped process does whose sockets stay open. */
import { setImmediate } from 'node:timers/promises';
import { AmiTimeout } from './errors.ts';

export interface KeepaliveOptions {
  /** ms of silence before a Ping, and that its answer may take. */
  readonly intervalMs: number;
  readonly now: () => number;
  /** Sends a Ping; rejects with AmiTimeout when there is no answer in time. */
  readonly ping: () => Promise<unknown>;
  /** Nothing came, the answer to a Ping included. */
  readonly onSilent: () => void;
}

export class Keepalive {
  readonly #options: KeepaliveOptions;
  #heardAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: KeepaliveOptions) {
    this.#options = options;
  }

  start(): void {
    this.heard();
    this.#watch();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = this.#options.now();
  }

  #watch(): void {
    if (this.#stopped) return;
    const { intervalMs, now } = this.#options;
    const quiet = Math.max(0, now() - this.#heardAt);
    this.#timer = setTimeout(
      () => {
        if (now() - this.#heardAt < intervalMs) this.#watch();
        else void this.#ping();
      },
      Math.max(1, intervalMs - quiet),
    );
  }

  async #ping(): Promise<void> {
    const { now, ping, onSilent } = this.#options;
    const sent = now();
    try {
      await ping();
    } catch (error) {
      if (error instanceof AmiTimeout) {
        // when this process was busy, the answer may be waiting to be read: let it be
        await setImmediate();
        if (this.#heardAt <= sent) onSilent();
      }
    }
    this.#watch();
  }
}
