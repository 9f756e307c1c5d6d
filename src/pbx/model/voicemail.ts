/** Mailboxes and their messages. */
import type { Party } from '../happenings.ts';
import type { Collection } from './collection.ts';

/** A message in a mailbox, or a recorded call that is kept there. */
export interface VoicemailMessage {
  /** Asterisk's id of it; it keeps it wherever it is moved or forwarded. */
  readonly id: string;
  /** As people are shown it: Asterisk's own name, but `Recordings` for Cust5. */
  readonly folder: string;
  readonly caller: Party;
  /** When it was begun, ISO 8601; null where that cannot be told. */
  readonly time: string | null;
  readonly seconds: number;
  /** Asterisk's word: `Urgent`, `PRIORITY`, or `''`. */
  readonly flag: string;
  /** Path at the companion's own server where it can be heard; null where the spool cannot be read. */
  readonly audio: string | null;
}

export interface MailboxOptions {
  /** `6001@default`; without a context, `default`. */
  readonly mailbox: string;
  readonly name?: string | undefined;
  /** Endpoint of the phone that its messages are played on. */
  readonly phone?: string | undefined;
  readonly hidden?: boolean;
}

export interface Mailbox {
  /** Id for topics and unique ids, such as `6001_default`. */
  readonly id: string;
  /** Asterisk's name of it, such as `6001@default`. */
  readonly mailbox: string;
  readonly name: string;
  /** Endpoint of its phone as the owner named it, or null. */
  readonly phone: string | null;
  /** Not heard yet, urgent ones included. */
  readonly new: number;
  readonly old: number;
  readonly urgent: number;
  /** Messages in each folder that has some, as last listed. */
  readonly folders: Readonly<Record<string, number>>;
  /** The newest of the new and of the old ones, newest first. */
  readonly newest: readonly VoicemailMessage[];
  /** Why its messages cannot be listed, or null. */
  readonly problem: string | null;
}

export interface Voicemail extends Collection<Mailbox> {
  /** Whether messages can be heard over HTTP: Asterisk's spool can be read. */
  readonly audible: boolean;
  /** A mailbox by id, by Asterisk's name of it, by number or by name. */
  find(text: string): Mailbox | undefined;
  /** Everything in a mailbox, newest first. Asks Asterisk, over the slow link. */
  messages(id: string): Promise<readonly VoicemailMessage[]>;
}
