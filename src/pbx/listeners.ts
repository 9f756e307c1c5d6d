/** The one thing that listeners need of a log. */
export interface PbxLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Listeners of one kind of news. One that throws is named in the log and does not keep the others from hearing. */
export class Listeners<T> {
  readonly #of: string;
  readonly #log: PbxLog;
  readonly #listeners = new Set<(news: T) => void>();

  /** @param of what is heard here, for the log */
  constructor(of: string, log: PbxLog) {
    this.#of = of;
    this.#log = log;
  }

  /** Returns the way to stop listening. */
  add(listener: (news: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(news: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(news);
      } catch (error) {
        this.#log.error({ err: error, news: this.#of }, 'A listener failed; the others go on');
      }
    }
  }
}
