/** Which events to ask Asterisk for. */
import type { AmiAction } from './actions.ts';
import { EVENTS, type EventClass, type EventName } from './messages.ts';

/** Always asked for: `system` has FullyBooted, `call` has OriginateResponse. */
const BASE: readonly EventClass[] = ['system', 'call'];

export interface Subscription {
  /** Event classes, for the `Events` header. */
  readonly classes: readonly EventClass[];
  /** `dialplan` is among them and nobody wants VarSet, which is most of it: worth a filter. */
  readonly withoutVarSet: boolean;
}

/** Of a link that only asks and is answered. */
export const NO_EVENTS: Subscription = { classes: [], withoutVarSet: false };

export function subscriptionFor(names: Iterable<EventName>): Subscription {
  const wanted = new Set(names);
  const classes = new Set(BASE);
  for (const name of wanted) {
    const eventClass = EVENTS[name].class;
    if (eventClass !== null) classes.add(eventClass);
  }
  return { classes: [...classes], withoutVarSet: classes.has('dialplan') && !wanted.has('VarSet') };
}

/**
 * By major version: since `from` there are filters by event name, and up to `fixed` adding any filter freed memory
 * twice (asterisk/asterisk issue 1531).
 */
const FILTERS: Readonly<Record<number, { readonly from: number; readonly fixed: number }>> = {
  20: { from: 11, fixed: 18 },
  21: { from: 6, fixed: Number.POSITIVE_INFINITY },
  22: { from: 1, fixed: 8 },
  23: { from: 0, fixed: 2 },
};
const LATER = { from: 0, fixed: 0 };

/**
 * The action that keeps VarSet away, or null where a filter would endanger Asterisk. An unknown version gets none:
 * a filter only saves traffic.
 */
export function varSetFilter(version: string): AmiAction<'Filter'> | null {
  const match = /^(\d+)\.(\d+)/.exec(version);
  if (match === null) return null;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const { from, fixed } =
    FILTERS[major] ?? (major < 20 ? { from: Number.POSITIVE_INFINITY, fixed: 0 } : LATER);
  if (minor < from) return { Action: 'Filter', Operation: 'Add', Filter: '!Event: VarSet' };
  if (minor < fixed) return null;
  return { Action: 'Filter', Operation: 'Add', MatchCriteria: 'action(exclude),name(VarSet)', Filter: '' };
}
