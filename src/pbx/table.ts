/**
 * Rows that events change one by one and that a list rebuilds whole. Events and the list race after a connect:
 * a row that an event touched while the list was running is newer than what the list says of it.
 */
export class Table<T> {
  readonly #rows = new Map<string, T>();
  /** Keys that events touched since the running list began; null when none runs. */
  #touched: Set<string> | null = null;

  get size(): number {
    return this.#rows.size;
  }

  /** Notes that an event changed the row itself. */
  touch(key: string): void {
    this.#touched?.add(key);
  }

  /** Whether an event has touched the key since the running list began. */
  isTouched(key: string): boolean {
    return this.#touched?.has(key) === true;
  }

  get(key: string): T | undefined {
    return this.#rows.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#rows.keys();
  }

  values(): IterableIterator<T> {
    return this.#rows.values();
  }

  entries(): IterableIterator<[string, T]> {
    return this.#rows.entries();
  }

  set(key: string, row: T): void {
    this.#rows.set(key, row);
    this.#touched?.add(key);
  }

  /** Gives what was deleted. A key that a running list may still name stays deleted. */
  delete(key: string): T | undefined {
    const row = this.#rows.get(key);
    this.#rows.delete(key);
    this.#touched?.add(key);
    return row;
  }

  /** To be called before the list is asked for. */
  beginList(): void {
    this.#touched = new Set();
  }

  /** Takes the list's rows over and gives those that are gone. */
  endList(rows: ReadonlyMap<string, T>): T[] {
    const touched = this.#touched ?? new Set();
    this.#touched = null;
    const gone: T[] = [];
    for (const [key, row] of this.#rows) {
      if (rows.has(key) || touched.has(key)) continue;
      this.#rows.delete(key);
      gone.push(row);
    }
    for (const [key, row] of rows) {
      if (!touched.has(key)) this.#rows.set(key, row);
    }
    return gone;
  }
}
