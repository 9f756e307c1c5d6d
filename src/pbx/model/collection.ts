/** What there are several of. */

export interface Collection<T> {
  all(): readonly T[];
  get(id: string): T | undefined;
}
