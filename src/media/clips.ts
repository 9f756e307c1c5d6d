/** The sounds that Asterisk may fetch now. They are kept in memory, and only for as long as they are wanted. */
import { randomBytes } from 'node:crypto';
import { MediaError } from './errors.ts';

/** A sound that is kept. */
export interface Kept {
  /** 128 random bits. In small letters: Asterisk's deny-list of words for an Originate is in capitals. */
  readonly id: string;
  readonly wav: Buffer;
  /** ms since the epoch. */
  readonly until: number;
  /** How often it was fetched. */
  fetched: number;
}

export interface ClipsOptions {
  /** Bytes of all together. */
  readonly most: number;
  readonly now?: () => number;
  readonly random?: (bytes: number) => Buffer;
}

export class Clips {
  readonly #most: number;
  readonly #now: () => number;
  readonly #random: (bytes: number) => Buffer;
  readonly #kept = new Map<string, Kept>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #size = 0;

  constructor({ most, now = Date.now, random = randomBytes }: ClipsOptions) {
    this.#most = most;
    this.#now = now;
    this.#random = random;
  }

  /**
   * @param lifetime ms
   * @throws MediaError when there are too many
   */
  keep(wav: Buffer, lifetime: number): Kept {
    if (this.#size + wav.length > this.#most)
      throw new MediaError(
        'unavailable',
        `Announcements of ${Math.round(this.#size / 1e6)} MB are being played: wait for some to end.`,
      );
    const id = this.#random(16).toString('hex');
    const kept = { id, wav, until: this.#now() + lifetime, fetched: 0 };
    this.#kept.set(id, kept);
    this.#size += wav.length;
    this.#timers.set(
      id,
      setTimeout(() => this.drop(id), lifetime),
    );
    return kept;
  }

  /** One that lives. */
  get(id: string): Kept | undefined {
    return this.#kept.get(id);
  }

  drop(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#kept.delete(id);
    this.#size -= kept.wav.length;
  }

  clear(): void {
    for (const id of [...this.#kept.keys()]) this.drop(id);
  }
}
