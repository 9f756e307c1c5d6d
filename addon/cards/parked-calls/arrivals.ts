import type { Lot, ParkedCall } from './entities.ts';

/** Tells calls that have just been parked from those that were there when the card was opened. */
export class Arrivals {
  /** Keys of the calls in each lot, by entity. */
  readonly #seen = new Map<string, ReadonlySet<string>>();

  /** The calls that are new since the last time. An unavailable lot keeps what it held. */
  take(lots: readonly Lot[]): readonly ParkedCall[] {
    return lots.filter((lot) => lot.status === 'ok').flatMap((lot) => this.#takeLot(lot));
  }

  #takeLot(lot: Lot): readonly ParkedCall[] {
    const before = this.#seen.get(lot.entityId);
    this.#seen.set(lot.entityId, new Set(lot.calls.map((call) => call.key)));
    return before ? lot.calls.filter((call) => !before.has(call.key)) : [];
  }
}
