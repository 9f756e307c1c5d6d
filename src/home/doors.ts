/**
 * What each door's lock shows. A strike lets go for some seconds and locks by itself; that it did cannot be
 * known, so `OPEN` is shown for as long as one usually takes.
 */
import type { DoorbellHappening } from '../pbx/happenings.ts';
import { CLOSED, type DoorState } from './entities/doorbells.ts';
import { type DeviceRef, keyOf } from './entities/model.ts';

/** ms */
const STAYS_OPEN = 5_000;

export class Doors {
  readonly #onChange: (ref: DeviceRef) => void;
  readonly #states = new Map<string, DoorState>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** @param onChange hears of each door that looks different */
  constructor(onChange: (ref: DeviceRef) => void) {
    this.#onChange = onChange;
  }

  state(ref: DeviceRef): DoorState {
    return this.#states.get(keyOf(ref)) ?? CLOSED;
  }

  /** Somebody asked for it through the lock. */
  opening(ref: DeviceRef): void {
    this.#set(ref, { state: 'OPENING' });
  }

  /** It was opened, whatever the way. */
  opened(happening: DoorbellHappening): void {
    const ref: DeviceRef = { pbx: happening.pbx, subject: 'doorbell', id: happening.doorbell };
    const openedBy = happening.who ?? null;
    this.#set(ref, { state: 'OPEN', problem: null, openedBy, openedAt: happening.time });
    const timer = setTimeout(() => {
      this.#timers.delete(keyOf(ref));
      this.#set(ref, { state: 'LOCKED' });
    }, STAYS_OPEN);
    this.#timers.set(keyOf(ref), timer);
  }

  /** The answer to an opening that was asked for; one that succeeded was told by its happening, or is over now. */
  answered(ref: DeviceRef, problem: string | null): void {
    if (problem === null && this.state(ref).state === 'OPEN') return;
    this.#set(ref, { state: 'LOCKED', problem });
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #set(ref: DeviceRef, change: Partial<DoorState>): void {
    clearTimeout(this.#timers.get(keyOf(ref)));
    this.#timers.delete(keyOf(ref));
    this.#states.set(keyOf(ref), { ...this.state(ref), ...change });
    this.#onChange(ref);
  }
}
