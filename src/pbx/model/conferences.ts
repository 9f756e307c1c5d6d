/** Conferences, and who is in them. */
import type { Party, PhoneRef } from '../happenings.ts';
import type { Collection } from './collection.ts';

export interface ConferenceOptions {
  /** Asterisk's name of it: the first argument of `ConfBridge()`. */
  readonly room: string;
  readonly name?: string | undefined;
  /** Extensions that lead in, as an ordinary member and as a marked one. Default: what the dialplan says. */
  readonly extension?: string | undefined;
  readonly marked_extension?: string | undefined;
  /** Profiles of confbridge.conf, likewise. */
  readonly bridge_profile?: string | undefined;
  readonly user_profile?: string | undefined;
  readonly marked_profile?: string | undefined;
  /** Folder for its recordings, as Asterisk sees it. Default: where Asterisk puts them. */
  readonly record_folder?: string | undefined;
}

/** Somebody in a conference. */
export interface ConferenceMember {
  /** Uniqueid of the channel. */
  readonly call: string;
  /** The channel's present name: for actions. */
  readonly channel: string;
  readonly caller: Party;
  /** The phone that it is, or null. */
  readonly phone: PhoneRef | null;
  readonly admin: boolean;
  /** Asterisk says this and `waiting` a moment after somebody joined. */
  readonly marked: boolean;
  /** Waits for a marked user, and hears and speaks to nobody. */
  readonly waiting: boolean;
  readonly muted: boolean;
  /** Only known of users whose profile says `talk_detection_events = yes`. */
  readonly talking: boolean;
  /** ms since the epoch. Of one who was there before the companion: since the channel was answered. */
  readonly since: number;
}

export interface ConferenceRef {
  /** Id for topics and unique ids. */
  readonly id: string;
  /** Asterisk's name of it. */
  readonly room: string;
  /** What the owner calls it, else `room`. */
  readonly name: string;
}

export interface Conference extends ConferenceRef {
  /** The first to join first. */
  readonly members: readonly ConferenceMember[];
  readonly locked: boolean;
  readonly recording: boolean;
  /** When the first one joined, ms since the epoch; null while nobody is in. */
  readonly since: number | null;
  /** The ways in, as an ordinary member and as a marked one. */
  readonly entrances: { readonly plain: Entrance; readonly marked: Entrance };
  /** Whether members' profiles tell who talks (`talk_detection_events`); null where that is not known. */
  readonly talkDetection: boolean | null;
  /** Where the owner wants its recordings, as Asterisk sees it, or null. */
  readonly recordFolder: string | null;
}

/** How to bring somebody into a conference; null is what the owner's Asterisk does not tell. */
export interface Entrance {
  readonly extension: string | null;
  /** Bridge profile of confbridge.conf. */
  readonly bridge: string | null;
  /** User profile of confbridge.conf. */
  readonly profile: string | null;
}

export interface Conferences extends Collection<Conference> {
  /** A room by id, name or Asterisk's name. */
  find(text: string): Conference | undefined;
  /** Where a channel is in a conference, by its Uniqueid. */
  of(uniqueid: string): { readonly room: ConferenceRef; readonly member: ConferenceMember } | undefined;
  /** Reads which rooms are locked now, instead of in a few seconds: there is no event for it. */
  refresh(): Promise<void>;
}
