/** A queue with those who wait in it and the count of its members. */
import type { AmiEvent, AmiResponse } from '../ami/index.ts';
import type { Party } from './happenings.ts';
import { idOf } from './ids.ts';
import type { Queue, QueueMemberState } from './model.ts';

export interface QueueRow {
  readonly id: string;
  readonly queue: string;
  params: Pick<Queue, 'strategy' | 'completed' | 'abandoned' | 'holdTime' | 'talkTime' | 'serviceLevel'>;
  setInterfaceVar: boolean | null;
  /** queues.conf has been asked for the two. */
  configured: boolean;
  /** s, of members that have none of their own. */
  wrapUpTime: number;
  /** Uniqueids by position. */
  order: string[];
  readonly counts: Record<QueueMemberState, number>;
  /** By interface: how it is counted, and whether with a penalty. */
  readonly counted: Map<string, { readonly state: QueueMemberState; readonly penalty: boolean }>;
  penalties: number;
}

export interface CallerRow {
  readonly queue: string;
  readonly call: string;
  channel: string;
  caller: Party;
  /** ms since the epoch. */
  since: number;
  priority: number;
  /** Uniqueids of members' channels that ring for this caller. */
  readonly rung: Set<string>;
  /** We saw the caller come, and so all who rang. */
  readonly seen: boolean;
  /** Somebody hung the channel up while it waited. */
  hungUp: boolean;
  /** The last list did not have it, and no event had said so. */
  missing: boolean;
}

export function queueRow(queue: string): QueueRow {
  return {
    id: idOf(queue),
    queue,
    params: {
      strategy: '',
      completed: 0,
      abandoned: 0,
      holdTime: 0,
      talkTime: 0,
      serviceLevel: { percent: 0, seconds: 0 },
    },
    setInterfaceVar: null,
    configured: false,
    wrapUpTime: 0,
    order: [],
    counts: {
      available: 0,
      ringing: 0,
      in_call: 0,
      busy: 0,
      on_hold: 0,
      wrap_up: 0,
      paused: 0,
      unreachable: 0,
    },
    counted: new Map(),
    penalties: 0,
  };
}

export function paramsOf(item: AmiEvent<'QueueParams'>): QueueRow['params'] {
  return {
    strategy: item.Strategy,
    completed: Number(item.Completed) || 0,
    abandoned: Number(item.Abandoned) || 0,
    holdTime: Number(item.Holdtime) || 0,
    talkTime: Number(item.TalkTime) || 0,
    serviceLevel: { percent: Number(item.ServicelevelPerf) || 0, seconds: Number(item.ServiceLevel) || 0 },
  };
}

/** Puts a caller where the event or the list says; a second time moves it. */
export function place(row: QueueRow, call: string, position: number): void {
  take(row, call);
  row.order.splice(Math.max(0, Math.min(position - 1, row.order.length)), 0, call);
}

export function take(row: QueueRow, call: string): void {
  const at = row.order.indexOf(call);
  if (at >= 0) row.order.splice(at, 1);
}

/** Counts a member as being in a state; null: as none. Gives whether that changed anything. */
export function count(
  row: QueueRow,
  member: string,
  state: QueueMemberState | null,
  penalty = false,
): boolean {
  const was = row.counted.get(member);
  if (was?.state === state && was?.penalty === penalty) return false;
  if (was !== undefined) {
    row.counts[was.state] -= 1;
    row.penalties -= was.penalty ? 1 : 0;
    row.counted.delete(member);
  }
  if (state !== null) {
    row.counts[state] += 1;
    row.penalties += penalty ? 1 : 0;
    row.counted.set(member, { state, penalty });
  }
  return was !== undefined || state !== null;
}

/** A queue's own keys in queues.conf, as GetConfig answers: `Line-000001-000004: setinterfacevar=yes`. */
export function configOf({ headers }: AmiResponse): ReadonlyMap<string, string> {
  const lines = headers.filter(([name]) => name.startsWith('Line-'));
  return new Map(
    lines.map(([, line]) => {
      const equals = line.indexOf('=');
      return [line.slice(0, equals).toLowerCase(), line.slice(equals + 1)];
    }),
  );
}

/** What Asterisk takes for yes (utils.c, ast_true). */
export function isTrue(text: string | undefined): boolean {
  return /^(yes|true|y|t|1|on)$/i.test(text ?? '');
}
