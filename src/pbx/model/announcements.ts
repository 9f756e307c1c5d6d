/** Groups of phones, and what is played on them. */
import type { AnnouncementHappening } from '../happenings.ts';
import type { Collection } from './collection.ts';

export interface GroupOptions {
  readonly name: string;
  /** Endpoints. */
  readonly phones: readonly string[];
}

/** Phones that are announced on together. */
export interface Group {
  readonly id: string;
  readonly name: string;
  /** Endpoints, as the owner wrote them. */
  readonly phones: readonly string[];
}

export interface Groups extends Collection<Group> {
  /** A group by id or name. */
  find(text: string): Group | undefined;
}

export interface Announcements {
  /** Follows a channel that is to play an announcement. Returns the way to forget it. */
  expect(call: string): () => void;
  /**
   * Whether Asterisk could play it on that channel, if only until somebody hung up; undefined while it plays, or when
   * the login may not see it.
   */
  played(call: string): boolean | undefined;
  /** Q.850 cause of its end; undefined before. */
  cause(call: string): number | undefined;
  /** Tells what became of an announcement: the happening. */
  ended(result: Omit<AnnouncementHappening, 'time' | 'pbx' | 'subject'>): void;
}
