/** Calls that are recorded. */
import type { Party, PhoneRef } from '../happenings.ts';
import type { Channel } from './calls.ts';
import type { Collection } from './collection.ts';

/** `always`: by itself, once answered. `never`: not even when asked. */
export type RecordingRule = 'always' | 'never' | 'on_demand';

/** Where recordings go, and how. */
export interface RecordingOptions {
  /** `media`: kept as a file. `mailbox`: as a message in the folder `Recordings`. */
  readonly to: readonly ('media' | 'mailbox')[];
  /** Folder as Asterisk sees it; null: Asterisk's own, `monitor` in its spool. */
  readonly dir: string | null;
  /** The same folder as it is seen here; null: it is not. */
  readonly mediaDir: string | null;
  /** The same folder in Home Assistant's media browser, such as `local/recordings`; null: not said. */
  readonly mediaSource: string | null;
  /** s between beeps; 0: none. */
  readonly beep: number;
  /** Mailbox of calls that are of no phone with one. */
  readonly mailbox: string | null;
}

/** A call that is recorded, or was. */
export interface Recording {
  /** The file's name without its ending: `20261125-213500_6001_8000_k3f9`. */
  readonly id: string;
  /** `saving`: it ended, and its file is not whole yet, or on its way into a mailbox alone. */
  readonly state: 'recording' | 'saving' | 'saved' | 'failed';
  /** Whose call it is, or null. */
  readonly phone: PhoneRef | null;
  /** Whom the phone talked to when it began. */
  readonly other: Party;
  /** Names of all who were on it, in the order in which they came. */
  readonly people: readonly string[];
  /** Who asked for it. */
  readonly startedBy: string;
  /** The Linkedid of the call. */
  readonly call: string;
  /** ms since the epoch. */
  readonly since: number;
  /** Null while it runs, and where nobody saw its end. */
  readonly seconds: number | null;
  /** Its path as Asterisk sees it. */
  readonly file: string;
  /** Folder within the media folder; '' for the folder itself. */
  readonly folder: string;
  /** The file stays, beside what goes into a mailbox. */
  readonly kept: boolean;
  /** Mailbox that gets it, such as `6001@default`, or null. */
  readonly mailbox: string | null;
  /** Asterisk's id of the message there; null where it is not there, or cannot be listed. */
  readonly message: string | null;
  /** Null where the folder cannot be seen from here. */
  readonly bytes: number | null;
  /** Why there is no file, or no message. */
  readonly problem: string | null;
}

/** A recording that is about to begin. */
export interface RecordingPlan {
  readonly id: string;
  readonly phone: PhoneRef | null;
  readonly other: Party;
  readonly startedBy: string;
  readonly channel: Channel;
  readonly file: string;
  readonly kept: boolean;
  readonly mailbox: string | null;
}

/** Asterisk ended a recording because its channel left a call that goes on: by a transfer of its own. */
export interface RecordingLeft {
  readonly recording: Recording;
  /** Uniqueid of the one who stayed. */
  readonly stayed: string;
}

export interface Recordings extends Collection<Recording> {
  /** Asterisk has MixMonitor and lets us use it. */
  readonly possible: boolean;
  readonly options: RecordingOptions;
  /** The files can be seen, moved and deleted from here. */
  readonly visible: boolean;
  running(): readonly Recording[];
  /** That of the call which a channel is part of, by Uniqueid, if one runs now. */
  of(channel: string): Recording | undefined;
  /** The channel's Uniqueid and the MixMonitor's id of one that runs; to be stopped, unless said otherwise. */
  handle(id: string, toStop?: boolean): { readonly channel: string; readonly monitor: string } | undefined;
  /** Those that have ended, newest first. */
  ended(): readonly Recording[];
  /** One by its id or file name. */
  find(text: string): Recording | undefined;
  rule(phone: string): RecordingRule;
  /** Endpoints whose calls are to be recorded by themselves. */
  readonly always: ReadonlySet<string>;
  /** What the settings say is a phone's mailbox, or null. */
  mailbox(phone: string): string | null;
  /** Notes what is asked for now: the MixMonitor that begins on this channel next is it. */
  plan(plan: RecordingPlan): void;
  /** What Asterisk called it: `file` is its whole path. */
  named(id: string, monitor: string, file: string): void;
  /** Takes a plan back that Asterisk refused. */
  dropPlan(id: string): void;
  /** Notes how the way into the mailbox ended: the message's id where it is known, or what went wrong. */
  delivered(id: string, message: string | null, problem: string | null): void;
  /** Looks at the folder again. */
  scan(): Promise<void>;
  /** The file as it is called here, and its folder; null where it cannot be seen. */
  fileOf(id: string): { readonly root: string; readonly file: string } | null;
  /** Bytes that are left where they go; null where it cannot be seen. */
  space(): Promise<number | null>;
  /** @throws what the file system says */
  move(id: string, folder: string): Promise<void>;
  /** @throws what the file system says */
  remove(id: string): Promise<void>;
  /** Hears of recordings that could go on elsewhere. Returns the way to stop. */
  onLeft(listener: (left: RecordingLeft) => void): () => void;
  /** Hears of those whose file is whole, also of those that ended while we were away. Returns the way to stop. */
  onWhole(listener: (recording: Recording) => void): () => void;
  /** Hears of those that are where they were to go, also of those that ended while we were away. Returns the way to stop. */
  onSaved(listener: (recording: Recording) => void): () => void;
  /** Hears of those whose channel was joined with somebody else. Returns the way to stop. */
  onJoined(listener: (recording: Recording) => void): () => void;
  /** Notes that a MixMonitor ends and another goes on at once in the same file; null: it did not come to that. */
  renew(id: string, monitor: string | null): void;
  /** Hears of channels, by Uniqueid, whose user pressed the key to begin or end one. Returns the way to stop. */
  onKey(listener: (uniqueid: string) => void): () => void;
}
