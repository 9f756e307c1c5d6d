/** What the other rooms may read of a PBX: its state now, and how to hear of changes. */
import type { AmiClient } from '../ami/index.ts';
import type { Happening } from './happenings.ts';
import type { Announcements, GroupOptions, Groups } from './model/announcements.ts';
import type { Calls } from './model/calls.ts';
import type { ConferenceOptions, Conferences } from './model/conferences.ts';
import type { Dect, DectBaseOptions } from './model/dect.ts';
import type { DeviceStates } from './model/device-states.ts';
import type { DoorbellOptions, Doorbells } from './model/doorbells.ts';
import type { HintOptions, Hints } from './model/hints.ts';
import type { Messages, UserEvents } from './model/messages.ts';
import type { LotOptions, Parking } from './model/parking.ts';
import type { PhoneOptions, Phones } from './model/phones.ts';
import type { Presences } from './model/presence.ts';
import type { QueueOptions, Queues } from './model/queues.ts';
import type { RecordingOptions, Recordings } from './model/recordings.ts';
import type { RingGroupOptions, RingGroups } from './model/ring-groups.ts';
import type { MailboxOptions, Voicemail } from './model/voicemail.ts';
import type { Names } from './party.ts';

export type * from './model/announcements.ts';
export type * from './model/calls.ts';
export type * from './model/collection.ts';
export type * from './model/conferences.ts';
export type * from './model/dect.ts';
export type * from './model/device-states.ts';
export type * from './model/doorbells.ts';
export type * from './model/hints.ts';
export type * from './model/messages.ts';
export type * from './model/parking.ts';
export type * from './model/phones.ts';
export type * from './model/presence.ts';
export type * from './model/queues.ts';
export type * from './model/recordings.ts';
export type * from './model/ring-groups.ts';
export type * from './model/voicemail.ts';

/** One Asterisk, and how its owner named what is on it. */
export interface PbxOptions {
  /** Short id `[a-z0-9_]+`, in every unique id and topic. */
  readonly id: string;
  readonly phones: readonly PhoneOptions[];
  readonly doorbells: readonly DoorbellOptions[];
  readonly ringGroups?: readonly RingGroupOptions[];
  readonly dect?: readonly DectBaseOptions[];
  readonly parking?: readonly LotOptions[];
  readonly blf?: HintOptions;
  readonly conferences?: readonly ConferenceOptions[];
  readonly recordings?: RecordingOptions;
  /** File that what is known of recordings is kept in; without one, only the files tell. */
  readonly recordingIndex?: string | null;
  /** Whether phones have a presence, unless their own option says otherwise. Default: true. */
  readonly presence?: boolean;
  /** Dialplan context in which numbers are dialled. Default: `default`. */
  readonly context?: string;
  /** Names and phones of mailboxes; all that there are are found by themselves. */
  readonly mailboxes?: readonly MailboxOptions[];
  /** Asterisk's voicemail folder as this machine sees it. */
  readonly voicemailSpool?: string | undefined;
  readonly groups?: readonly GroupOptions[];
  readonly queues?: readonly QueueOptions[];
  /** Text messages: whether phones have entities for them (default: true), and who they are from (default: home). */
  readonly messages?: { readonly entities?: boolean; readonly from?: string };
  /** Names of the dialplan's user events that are news; `*` at the end of one stands for anything. Default: all. */
  readonly userEvents?: readonly string[];
  /** What the owner's sources call a number; without it, names are the PBX's. */
  readonly names?: Names;
}

export interface PbxStatus {
  /** Connected, logged in and the snapshot is done: what the model says is true. */
  readonly up: boolean;
  /** ISO time of the last change of `up`. */
  readonly since: string;
  /** Asterisk's version, `''` until known; kept while the link is down. */
  readonly version: string;
  /** What is wrong and what to do about it, or null. */
  readonly problem: string | null;
}

/** What changed; `*` as id: the set itself (one came, one went, or one was renamed). */
export interface Change {
  readonly subject:
    | 'pbx'
    | 'call'
    | 'phone'
    | 'doorbell'
    | 'ring_group'
    | 'parking'
    | 'conference'
    | 'presence'
    | 'voicemail'
    | 'dect'
    | 'handset'
    | 'queue'
    | 'queue_member'
    | 'user_event'
    | 'recording'
    | 'hint'
    | 'blf'
    | 'device_state';
  readonly id: string;
}

export interface PbxView {
  readonly id: string;
  readonly status: PbxStatus;
  readonly calls: Calls;
  readonly phones: Phones;
  readonly doorbells: Doorbells;
  readonly ringGroups: RingGroups;
  readonly parking: Parking;
  readonly dect: Dect;
  readonly hints: Hints;
  readonly deviceStates: DeviceStates;
  readonly conferences: Conferences;
  readonly presence: Presences;
  readonly voicemail: Voicemail;
  readonly groups: Groups;
  readonly announcements: Announcements;
  readonly queues: Queues;
  readonly messages: Messages;
  readonly userEvents: UserEvents;
  readonly recordings: Recordings;
  /** The wire, for `actions` alone. */
  readonly ami: Pick<AmiClient, 'send' | 'list' | 'originate' | 'status'>;
  /**
   * A second link without events, for lists that take Asterisk long: an action keeps back the events of its own link
   * (one thread a session). Connects when it is first used.
   */
  readonly slow: Pick<AmiClient, 'send' | 'list'>;
  /** Hears every change of state, at once; not coalesced. Returns the way to stop. */
  onChange(listener: (change: Change) => void): () => void;
  onHappening(listener: (happening: Happening) => void): () => void;
}
