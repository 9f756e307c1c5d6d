/** Custom device states: what a dialplan makes up for lamps, and to be asked for. */
import type { Collection } from './collection.ts';

/** Asterisk's words (devicestate.c). */
export type DeviceStateWord =
  | 'not_inuse'
  | 'inuse'
  | 'busy'
  | 'ringing'
  | 'ringinuse'
  | 'onhold'
  | 'unavailable'
  | 'invalid'
  | 'unknown';

export interface DeviceState {
  /** Such as `Custom:night`. */
  readonly device: string;
  /** `unknown`: a hint names it, and it was never set. */
  readonly state: DeviceStateWord;
}

/** Those whose names begin alike: at most a hundred with numbers. */
export interface DeviceStateGroup {
  readonly id: string;
  /** What their names begin with, such as `DND1xx`; `''` for those that do not end in a number of three digits. */
  readonly name: string;
  readonly states: readonly DeviceState[];
}

export type DeviceStates = Collection<DeviceStateGroup>;
