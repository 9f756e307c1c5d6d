/**
 * What is to be retained on the broker, and what is known to be. Publishes differences alone: Home Assistant need
 * not take in again what it has, and what nobody wants any more is cleared.
 *
 * Many at once are paced: Home Assistant takes milliseconds for each device that it meets, and a broker drops what
 * waits too long in the queue of a slow subscriber.
 */

/** Messages that may go at once, and ms until as many may follow. */
const PACE = { messages: 20, ms: 50 } as const;

export class Retained {
  readonly #publish: (topic: string, payload: string) => void;
  readonly #wanted = new Map<string, string>();
  /** What the broker holds, or is about to; null while that is not known. */
  #held: Map<string, string> | null = null;
  /** What waits to be published, the latest of each topic. */
  readonly #waiting = new Map<string, string>();
  #free: number = PACE.messages;
  #timer: NodeJS.Timeout | null = null;
  #whenIdle: (() => void)[] = [];

  /** @param publish sends a retained message; an empty payload clears the topic */
  constructor(publish: (topic: string, payload: string) => void) {
    this.#publish = publish;
  }

  set(topic: string, payload: string): void {
    this.#wanted.set(topic, payload);
    this.#send(topic, payload);
  }

  wanted(topic: string): string | undefined {
    return this.#wanted.get(topic);
  }

  /** Clears the topic wherever it is still held. */
  clear(topic: string): void {
    this.#wanted.delete(topic);
    if (this.#held?.delete(topic)) this.#queue(topic, '');
  }

  /** The broker holds exactly this: sends what it lacks. */
  adopt(held: ReadonlyMap<string, string>): void {
    this.#held = new Map(held);
    for (const [topic, payload] of this.#wanted) this.#send(topic, payload);
  }

  /** The broker is gone; what it will hold when it comes back is not known. */
  forget(): void {
    this.#held = null;
    this.#waiting.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#free = PACE.messages;
    this.#idle();
  }

  /** Sends everything again, for somebody who has just come. */
  repeat(): void {
    if (this.#held === null) return;
    for (const [topic, payload] of this.#wanted) this.#queue(topic, payload);
  }

  /** Topics that the broker holds and that nobody wants. */
  unwanted(): string[] {
    return [...(this.#held?.keys() ?? [])].filter((topic) => !this.#wanted.has(topic));
  }

  /** Resolves when nothing waits any more. */
  async flushed(): Promise<void> {
    if (this.#waiting.size === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #send(topic: string, payload: string): void {
    if (this.#held === null || this.#held.get(topic) === payload) return;
    this.#held.set(topic, payload);
    this.#queue(topic, payload);
  }

  #queue(topic: string, payload: string): void {
    this.#waiting.set(topic, payload);
    this.#drain();
  }

  #drain(): void {
    for (const [topic, payload] of this.#waiting) {
      if (this.#free === 0) break;
      this.#free -= 1;
      this.#waiting.delete(topic);
      this.#publish(topic, payload);
    }
    if (this.#waiting.size === 0) this.#idle();
    this.#timer ??= setTimeout(() => this.#refill(), PACE.ms);
  }

  #refill(): void {
    this.#timer = null;
    this.#free = PACE.messages;
    if (this.#waiting.size > 0) this.#drain();
  }

  #idle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
