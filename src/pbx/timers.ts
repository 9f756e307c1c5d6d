/** Timers by name: what is to happen once, however often it is asked for until then. */
export class Timers {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #failed: (error: unknown) => void;

  /** @param failed hears what something that was run has thrown */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Runs it in `ms`, unless something of that name is to run already. */
  later(name: string, ms: number, run: () => unknown): void {
    if (this.#timers.has(name)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      void this.#run(run);
    }, ms);
    this.#timers.set(name, timer);
  }

  cancel(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  cancelAll(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #run(run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#failed(error);
    }
  }
}
