/** Queues, their members and callers. */
import type { Party, PhoneRef } from '../happenings.ts';
import type { Collection } from './collection.ts';

/** What a member may see of a queue, in the words of phones' queue applications; each includes those before it. */
export type QueuePermission = 'none' | 'status' | 'overview' | 'details';

/** Whom a member may log in and out, pause and so on. `all` includes the callers. */
export type QueueControl = 'none' | 'own' | 'all';

export interface QueueOptions {
  /** Asterisk's name of it. */
  readonly queue: string;
  readonly name?: string | undefined;
  readonly hidden?: boolean;
  /** Who may log in here by `queue_log_in`. Their rights are the queue's where they have none of their own. */
  readonly members: readonly QueueMemberOptions[];
  /** Of everybody who is not a member here. */
  readonly permission: QueuePermission;
  readonly control: QueueControl;
}

export interface QueueMemberOptions {
  /** Endpoint of the member's phone. */
  readonly phone: string;
  /** What the queue calls; default: the phone itself. */
  readonly interface?: string | undefined;
  readonly name?: string | undefined;
  readonly penalty: number;
  /** Home Assistant's user who answers this phone: the id, or the name. */
  readonly user?: string | undefined;
  readonly permission?: QueuePermission | undefined;
  readonly control?: QueueControl | undefined;
}

export interface QueueCaller {
  /** 1 is next. */
  readonly position: number;
  readonly caller: Party;
  /** The channel's Uniqueid, and its name. */
  readonly call: string;
  readonly channel: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly priority: number;
}

/**
 * `busy`: in a call that is not the queue's. `available`: the queue would call it. While paused or in wrap-up it
 * would not; `unreachable` is a phone that is not registered.
 */
export type QueueMemberState =
  | 'available'
  | 'ringing'
  | 'in_call'
  | 'busy'
  | 'on_hold'
  | 'wrap_up'
  | 'paused'
  | 'unreachable';

export interface Queue {
  /** Id for topics and unique ids, such as `support`. */
  readonly id: string;
  /** Asterisk's name of it. */
  readonly queue: string;
  /** What its owner calls it. */
  readonly name: string;
  readonly strategy: string;
  /** By position. */
  readonly callers: readonly QueueCaller[];
  /** When the one who has waited longest came, ms since the epoch; null: nobody waits. */
  readonly waitingSince: number | null;
  /** s since then, 0 when nobody waits. A change of it alone is told every 5 s. */
  readonly longestWait: number;
  /** How many there are, and how many in each state. */
  readonly members: { readonly total: number } & Readonly<Record<QueueMemberState, number>>;
  /** A member has a penalty. */
  readonly penalties: boolean;
  /** Asterisk counts these from its start, `queue reset stats` or the queue's birth. */
  readonly completed: number;
  readonly abandoned: number;
  /** s, averages. */
  readonly holdTime: number;
  readonly talkTime: number;
  /** Percent of calls that were answered within so many seconds; 0 s: the queue has none. */
  readonly serviceLevel: { readonly percent: number; readonly seconds: number };
  /** Whether the dialplan and phones are told who answered; null: nobody could say so far. */
  readonly setInterfaceVar: boolean | null;
  /** False: callers come and go and no event says so. The AMI user lacks the read class `agent`. */
  readonly told: boolean;
}

export interface QueueMember {
  /** Id for topics and unique ids, such as `support__pjsip_6001`. */
  readonly id: string;
  /** The queue's id. */
  readonly queue: string;
  readonly name: string;
  /** What the queue calls, and the device whose state it watches. */
  readonly interface: string;
  readonly stateInterface: string;
  /** The phone behind it, or null. */
  readonly phone: PhoneRef | null;
  /** `static` members are in queues.conf and cannot be removed. */
  readonly membership: 'dynamic' | 'static' | 'realtime';
  readonly state: QueueMemberState;
  readonly paused: boolean;
  readonly pausedReason: string;
  /** ms since the epoch, or null. */
  readonly pausedSince: number | null;
  readonly penalty: number;
  readonly callsTaken: number;
  /** ms since the epoch, or null. */
  readonly lastCall: number | null;
  readonly loggedInSince: number | null;
  /** The queue's caller that it talks to, or null. */
  readonly caller: Party | null;
  /** ms since the epoch, or null: when the wrap-up ends. */
  readonly wrapUpUntil: number | null;
}

/** A membership that ended while we looked. */
export interface FormerMember {
  readonly queue: string;
  readonly interface: string;
  readonly stateInterface: string;
  readonly name: string;
  readonly penalty: number;
}

export interface Queues extends Collection<Queue> {
  /** A queue by id, Asterisk's name or its owner's. */
  find(text: string): Queue | undefined;
  readonly members: Collection<QueueMember> & {
    of(queue: string): readonly QueueMember[];
  };
  /** Memberships of a phone that ended while we looked, and that it does not have again. */
  former(phone: PhoneRef): readonly FormerMember[];
  /** What the settings say of queues. */
  readonly options: readonly QueueOptions[];
  /** Reads everything anew: for what no event tells. */
  refresh(): Promise<void>;
}
