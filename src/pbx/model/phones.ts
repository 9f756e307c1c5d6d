/** Phones. */
import type { Party, PhoneRef } from '../happenings.ts';
import type { Collection } from './collection.ts';
import type { RecordingRule } from './recordings.ts';

export interface PhoneOptions {
  readonly endpoint: string;
  /** Whether its calls are recorded. */
  readonly record?: RecordingRule;
  /** Asterisk's name of its mailbox, such as `6001@default`; without it, what its endpoint says. */
  readonly mailbox?: string | undefined;
  readonly name?: string | undefined;
  readonly hidden?: boolean;
  /** Whether it has a presence, or its presentity, such as `CustomPresence:bob`. */
  readonly presence?: string | boolean | undefined;
}

export type PhoneState = 'unavailable' | 'idle' | 'dialing' | 'ringing' | 'in_call' | 'on_hold' | 'busy';

export interface Phone extends PhoneRef {
  readonly state: PhoneState;
  readonly registered: boolean;
  /** Whom the phone talks to, or who rings on it. */
  readonly connected: Party | null;
  readonly lastCaller: (Party & { readonly time: string }) | null;
  /** The number that this phone dialled last, `''` when none is known. */
  readonly lastDialled: string;
  /** Since the counter was last reset or the companion started. */
  readonly missed: number;
  /** Uniqueids of its channels, oldest first. */
  readonly channels: readonly string[];
}

export interface Phones extends Collection<Phone> {
  /** A phone from what a person would write: its id, endpoint, bare number or name. */
  find(text: string): Phone | undefined;
  byEndpoint(endpoint: string): Phone | undefined;
  /** Sets a phone's missed count back to 0. */
  resetMissed(id: string): void;
  /** Notes a number that was dialled for the phone, as its own calls are noted. */
  noteDialled(id: string, number: string): void;
  /**
   * Notes that we press a key for the phone on a channel, by its Uniqueid: it may be one of a PIN, so that Asterisk
   * hears it is told to nobody. Returns the way to forget it, for one that was not pressed.
   */
  pressing(channel: string, key: string): () => void;
}
