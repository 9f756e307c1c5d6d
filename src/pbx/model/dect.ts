/** DECT bases and their handsets. */
import type { Party } from '../happenings.ts';
import type { Collection } from './collection.ts';

/** A DECT base with its handsets, or handsets with lines of their own that belong together. */
export interface DectBaseOptions {
  readonly name: string;
  /** Endpoint of the one line that the base is dialled on; handsets with a `digit` need it. */
  readonly line?: string | undefined;
  /** s after its own answer between which the base gives up when no handset answers. */
  readonly no_answer: readonly [number, number];
  /** Extensions that ring all its handsets: digit 0. */
  readonly all: readonly string[];
  readonly handsets: readonly DectHandsetOptions[];
}

/** Dialled by a digit on the base's line, or on a line of its own. */
export interface DectHandsetOptions {
  readonly name: string;
  readonly digit?: string | undefined;
  readonly line?: string | undefined;
  /** s that the dialplan lets a handset ring that has a line of its own. */
  readonly ring_time: number;
  readonly extensions: readonly string[];
  readonly mailbox?: string | undefined;
}

/**
 * How a handset was known: by the extension that was dialled and the settings, by Dial's arguments, or by a UserEvent
 * of the dialplan.
 */
export type DectWay = 'extension' | 'dial' | 'user_event';

export interface DectBase {
  /** From the line, so that it outlives a new name: `pjsip_2001`. */
  readonly id: string;
  readonly name: string;
  /** `''` where all handsets have lines of their own. */
  readonly line: string;
  /** A call is on the line, in whichever direction: a base has room for one. */
  readonly busy: boolean;
  /** Whose call is on the way to a handset or with it, or null. */
  readonly caller: Party | null;
  /** What the base was sent for that call; `0` is all its handsets. */
  readonly digit: string | null;
  /** s */
  readonly noAnswer: readonly [number, number];
  /** How the handset of the last call was known, or null before the first. */
  readonly knownBy: DectWay | null;
  /** Ids. */
  readonly handsets: readonly string[];
}

export interface DectHandset {
  /** From base and digit, or from its own line: `pjsip_2001_3`. */
  readonly id: string;
  readonly name: string;
  /** Id of its base. */
  readonly base: string;
  readonly line: string;
  readonly digit: string | null;
  readonly extensions: readonly string[];
  readonly mailbox: string | null;
  /** Behind a base, `in_call` when the time is past at which the base gives up: only then it is known. */
  readonly state: 'free' | 'ringing' | 'in_call';
  /** Who rings or talks, or null. */
  readonly caller: Party | null;
  /** It rings with all others of its base: which of them answers, nobody can tell. */
  readonly all: boolean;
  /** ms since the epoch, or null. */
  readonly since: number | null;
  /** When it will have stopped ringing, ms since the epoch; null when it does not ring or that is not known. */
  readonly until: number | null;
  readonly lastCaller:
    | (Party & {
        readonly time: string;
        readonly outcome:
          | 'ringing'
          | 'answered'
          | 'missed'
          | 'busy'
          | 'unreachable'
          | 'unclear'
          | 'elsewhere';
      })
    | null;
  /** Since the counter was last reset or the companion started. */
  readonly missed: number;
}

export interface Dect {
  readonly bases: Collection<DectBase>;
  readonly handsets: Collection<DectHandset> & {
    /** A handset from what a person would write: its id, name or one of its extensions. */
    find(text: string): DectHandset | undefined;
  };
  /** Sets a handset's missed count back to 0. */
  resetMissed(id: string): void;
}
