/** Parking lots, and who waits in them. */
import type { Party } from '../happenings.ts';
import type { Collection } from './collection.ts';

/** What the owner says of a lot. */
export interface LotOptions {
  /** Asterisk's name of it. */
  readonly lot: string;
  readonly name?: string | undefined;
  /** Phones, as endpoints, that see this lot. Empty: all. */
  readonly phones: readonly string[];
}

/**
 * How a call was parked: transferred blind or attended, by the phone's feature code, by itself (the dialplan's
 * `Park()`), or because we were asked for it.
 */
export type ParkedHow = 'blind' | 'attended' | 'one_touch' | 'self' | 'action';

export interface ParkedCall {
  /** Asterisk's name of the lot. */
  readonly lot: string;
  readonly space: string;
  readonly call: string;
  readonly channel: string;
  readonly caller: Party;
  /** A phone's or doorbell's name, else Asterisk's dial string. */
  readonly parkedBy: string;
  /** Null where nobody saw it: it was parked before the companion looked. */
  readonly how: ParkedHow | null;
  /** ms since the epoch. */
  readonly since: number;
  /** ms since the epoch, or null when the lot keeps calls for ever. */
  readonly until: number | null;
}

export interface ParkingLot {
  /** Id for topics and unique ids, such as `default`. */
  readonly id: string;
  /** Asterisk's name of it. */
  readonly name: string;
  readonly spaces: { readonly first: string; readonly last: string };
  /** s; 0 when calls are kept for ever. */
  readonly timeout: number;
  /** What the owner calls it, or null. */
  readonly label: string | null;
  /** Endpoints of the phones that see this lot. Empty: all. */
  readonly phones: readonly string[];
  /** By space. */
  readonly parked: readonly ParkedCall[];
  /** Calls whose time was over and that ring at who parked them. */
  readonly callingBack: readonly ParkedCall[];
}

export interface Parking extends Collection<ParkingLot> {
  /** Notes that we park a channel now, by its Uniqueid: nothing else tells it from a phone's feature code. */
  asked(uniqueid: string): void;
  /** A lot by id or by Asterisk's name. */
  find(text: string): ParkingLot | undefined;
}
