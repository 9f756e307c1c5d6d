/** Doorbells, and what became of a press. */
import type { AttemptsKnownBy } from '../attempts.ts';
import type { Party, PhoneRef } from '../happenings.ts';
import type { Collection } from './collection.ts';

export interface DoorbellOptions {
  readonly name: string;
  readonly endpoint: string;
  /** Only calls to these extensions count: several buttons on one unit dial different numbers. Empty: all. */
  readonly extensions: readonly string[];
  /** Phones, as endpoints, that may be rung for this door. */
  readonly answer_on: readonly string[];
}

/** `waiting`: in a conference in which nobody is to talk to yet. */
export type DoorbellState = 'idle' | 'ringing' | 'parked' | 'waiting' | 'answered';

export interface Doorbell {
  /** From the endpoint (and extensions), so that it outlives a new name: `pjsip_8000`. */
  readonly id: string;
  readonly name: string;
  readonly endpoint: string;
  readonly answer_on: readonly string[];
  readonly state: DoorbellState;
  /** The press that is alive, or null. */
  readonly press: Press | null;
  /** The last visitor, ended or not. */
  readonly last: (Party & { readonly time: string; readonly outcome: Press['outcome'] }) | null;
}

export interface Press {
  /** Uniqueid of the doorbell's channel. */
  readonly call: string;
  /** The channel's present name: for actions. */
  readonly channel: string;
  readonly caller: Party;
  readonly extension: string;
  readonly since: number;
  /** The first who answered, null when that was no known phone. */
  readonly answeredBy: PhoneRef | null;
  readonly answeredAt: number | null;
  /** All phones that answered, in that order: in a conference several may. */
  readonly by: readonly PhoneRef[];
  /** Who is with the visitor now, as people call them. */
  readonly talkingTo: readonly string[];
  /** Where it is parked, or null. */
  readonly parked: { readonly lot: string; readonly space: string } | null;
  /** The conference in which the visitor waits for somebody, or null. `room` is Asterisk's name of it. */
  readonly waiting: { readonly room: string; readonly name: string } | null;
  /** How often phones were dialled for this press. */
  readonly attempts: number;
  /** How that is known; null as long as there was no attempt. */
  readonly attemptsKnownBy: AttemptsKnownBy | null;
  readonly outcome: 'ringing' | 'answered' | 'missed' | 'cancelled' | 'lost';
}

export interface Doorbells extends Collection<Doorbell> {
  /** A doorbell from what a person would write: its id, name or endpoint. */
  find(text: string): Doorbell | undefined;
  /** Notes that somebody sent the visitor away: the end of this press is then `cancelled`, not `missed`. */
  dismiss(id: string, who: string): void;
  /** Ends the press as `cancelled` at once: the visitor was moved on, and the call may last. */
  moveOn(id: string, who: string): void;
  /** Notes that the door was opened: the happening `opened`. */
  opened(id: string, way: string, who: string): void;
}
