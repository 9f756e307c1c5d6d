/** A member of a queue, as the events and the list of app_queue tell it. */
import type { AmiEvent } from '../ami/index.ts';
import type { Party } from './happenings.ts';
import { idOf } from './ids.ts';
import type { QueueMember, QueueMemberState } from './model.ts';

export interface MemberRow {
  readonly id: string;
  /** Asterisk's name of the queue. */
  readonly queue: string;
  /** As the queue has it: often the interface once more. */
  readonly name: string;
  readonly interface: string;
  readonly stateInterface: string;
  readonly membership: QueueMember['membership'];
  readonly penalty: number;
  readonly callsTaken: number;
  /** ms since the epoch, or null. */
  readonly lastCall: number | null;
  readonly lastPause: number | null;
  readonly loggedInSince: number | null;
  readonly inCall: boolean;
  /** AST_DEVICE_… (devicestate.h). */
  readonly status: string;
  readonly paused: boolean;
  readonly pausedReason: string;
  /** s of its own; 0: the queue's. */
  readonly wrapUpTime: number;
  /** Whom it talks to: the connecting event alone says so. */
  caller: Party | null;
  /** ms since the epoch, or null. */
  wrapUpUntil: number | null;
}

export type MemberEvent = AmiEvent<
  | 'QueueMemberAdded'
  | 'QueueMemberRemoved'
  | 'QueueMemberPause'
  | 'QueueMemberPenalty'
  | 'QueueMemberRinginuse'
  | 'QueueMemberStatus'
>;

/** A queue may call the same interface under one name only: the two are its key. */
export function memberKey(queue: string, location: string): string {
  return `${queue}\n${location}`;
}

export function memberId(queue: string, location: string): string {
  return `${idOf(queue)}__${idOf(location)}`;
}

/** The list's words for what events call otherwise. */
export function memberOf(item: MemberEvent | AmiEvent<'QueueMember'>): MemberRow {
  const [name, location] =
    item.Event === 'QueueMember' ? [item.Name, item.Location] : [item.MemberName, item.Interface];
  return {
    id: memberId(item.Queue, location),
    queue: item.Queue,
    name,
    interface: location,
    stateInterface: item.StateInterface,
    membership: membershipOf(item.Membership),
    penalty: Number(item.Penalty) || 0,
    callsTaken: Number(item.CallsTaken) || 0,
    lastCall: time(item.LastCall),
    lastPause: time(item.LastPause),
    loggedInSince: time(item.LoginTime),
    inCall: item.InCall === '1',
    status: item.Status,
    paused: item.Paused === '1',
    pausedReason: item.PausedReason,
    wrapUpTime: Number(item.Wrapuptime) || 0,
    caller: null,
    wrapUpUntil: null,
  };
}

/** AST_DEVICE_…, in the order of devicestate.h; a technology that knows no states (0) may be called. */
const STATES: readonly QueueMemberState[] = [
  'available',
  'available',
  'busy',
  'busy',
  'unreachable',
  'unreachable',
  'ringing',
  'ringing',
  'on_hold',
];

export function stateOf(row: MemberRow, now: number): QueueMemberState {
  const device = STATES[Number(row.status)] ?? 'available';
  if (row.inCall || row.caller !== null) return device === 'on_hold' ? 'on_hold' : 'in_call';
  if (device !== 'available') return device;
  if (row.paused) return 'paused';
  return row.wrapUpUntil !== null && row.wrapUpUntil > now ? 'wrap_up' : 'available';
}

/** Whether both say the same of the member. */
export function sameMember(one: MemberRow, other: MemberRow): boolean {
  return (Object.keys(one) as (keyof MemberRow)[]).every((key) => one[key] === other[key]);
}

/** The number in `Local/6001@from-queue/n` and `hint:6001@ext-local`, FreePBX's ways to name a phone. */
export function numberIn(location: string): string | null {
  return /^(?:Local\/|hint:)([^@/]+)@/i.exec(location)?.[1] ?? null;
}

function membershipOf(text: string): QueueMember['membership'] {
  return text === 'static' || text === 'realtime' ? text : 'dynamic';
}

function time(seconds: string): number | null {
  const value = Number(seconds);
  return value > 0 ? value * 1000 : null;
}
