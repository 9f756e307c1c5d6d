/**
 * What is to be retained on the broker, and what is known to be. Publishes differences alone: Home Assistant need
 * not take in again what it has, and what nobody wants any more is cleared.
 */
export class Retained {
  readonly #publish: (topic: string, payload: string) => void;
  readonly #wanted = new Map<string, string>();
  /** What the broker holds; null while that is not known. */
  #held: Map<string, string> | null = null;

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
    if (this.#held?.delete(topic)) this.#publish(topic, '');
  }

  /** The broker holds exactly this: sends what it lacks. */
  adopt(held: ReadonlyMap<string, string>): void {
    this.#held = new Map(held);
    for (const [topic, payload] of this.#wanted) this.#send(topic, payload);
  }

  /** The broker is gone; what it will hold when it comes back is not known. */
  forget(): void {
    this.#held = null;
  }

  /** Sends everything again, for somebody who has just come. */
  repeat(): void {
    if (this.#held === null) return;
    for (const [topic, payload] of this.#wanted) this.#publish(topic, payload);
  }

  /** Topics that the broker holds and that nobody wants. */
  unwanted(): string[] {
    return [...(this.#held?.keys() ?? [])].filter((topic) => !this.#wanted.has(topic));
  }

  #send(topic: string, payload: string): void {
    if (this.#held === null || this.#held.get(topic) === payload) return;
    this.#held.set(topic, payload);
    this.#publish(topic, payload);
  }
}
