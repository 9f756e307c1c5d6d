/** What people say of being there. */
import type { PhoneRef } from '../happenings.ts';
import type { Collection } from './collection.ts';

/** Asterisk's words (presencestate.c); `xa`: away for longer, `not_set`: nobody has said anything yet. */
export type PresenceState = 'available' | 'away' | 'xa' | 'chat' | 'dnd' | 'unavailable' | 'not_set';

/** What a person says of being there. */
export interface Presence {
  /** The phone's id; made of the presentity where that is no phone's. */
  readonly id: string;
  /** Whose presence it is, such as `CustomPresence:6001`. Two phones may have the same. */
  readonly presentity: string;
  readonly phone: PhoneRef | null;
  readonly state: PresenceState;
  readonly subtype: string;
  /** May have several lines. */
  readonly message: string;
}

export interface Presences extends Collection<Presence> {
  /** False while the module that tells of presence is not loaded: there is none then. */
  readonly loaded: boolean;
  /** What a presentity says, known or not. */
  at(presentity: string): Presence;
}
