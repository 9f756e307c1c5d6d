/** Which events to ask Asterisk for. */
import type { AmiAction } from './actions.ts';
import { EVENTS, type EventClass, type EventName } from './messages.ts';

/** Always asked for: `system` has FullyBooted, `call` has OriginateResponse. */
const BASE: readonly EventClass[] = ['system', 'call'];

/** The channel variables that subjects read: a listener to VarSet hears of these alone, the filter keeps the rest away. */
export const VARIABLES: readonly string[] = ['DIALSTATUS', 'PLAYBACKSTATUS'];

/** What of the class `dialplan` can be kept away: whole events, or VarSet of all but {@link VARIABLES}. */
export type Spared = 'Newexten' | 'VarSet' | 'other variables';

export interface Subscription {
  /** Event classes, for the `Events` header. */
  readonly classes: readonly EventClass[];
  /** `dialplan` is among them and nobody reads this part of it, which is most of it: worth a filter each. */
  readonly spared: readonly Spared[];
}

/** Of a link that only asks and is answered. */
export const NO_EVENTS: Subscription = { classes: [], spared: [] };

export function subscriptionFor(names: Iterable<EventName>): Subscription {
  const wanted = new Set(names);
  const classes = new Set(BASE);
  for (const name of wanted) {
    const eventClass = EVENTS[name].class;
    if (eventClass !== null) classes.add(eventClass);
  }
  const spared: readonly Spared[] = [
    ...(wanted.has('Newexten') ? [] : ['Newexten' as const]),
    wanted.has('VarSet') ? 'other variables' : 'VarSet',
  ];
  return { classes: [...classes], spared: classes.has('dialplan') ? spared : [] };
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

/** A POSIX pattern of the names that begin as none of the variables does: such patterns know no "not". */
export function othersThan(names: readonly string[]): string {
  const starts = new Map<string, Set<string>>();
  for (const name of names)
    for (let at = 0; at < name.length; at += 1) {
      const start = name.slice(0, at);
      starts.set(start, (starts.get(start) ?? new Set()).add(name.charAt(at)));
    }
  return `(${[...starts].map(([start, next]) => `${start}[^${[...next].join('')}]`).join('|')})`;
}

/** How each part is told: by the event's name and, where need be, a header; or by the whole text on an older Asterisk. */
const PATTERNS: Readonly<
  Record<Spared, { readonly criteria: string; readonly by: string; readonly text: string }>
> = {
  Newexten: { criteria: 'name(Newexten)', by: '', text: '!Event: Newexten' },
  VarSet: { criteria: 'name(VarSet)', by: '', text: '!Event: VarSet' },
  'other variables': {
    criteria: 'name(VarSet),header(Variable),method(regex)',
    by: `^${othersThan(VARIABLES)}`,
    text: `!Event: VarSet.*Variable: ${othersThan(VARIABLES)}`,
  },
};

/**
 * The action that keeps a part of the events away, or null where a filter would endanger Asterisk. An unknown version
 * gets none: a filter only saves traffic.
 */
export function filterFor(spared: Spared, version: string): AmiAction<'Filter'> | null {
  const match = /^(\d+)\.(\d+)/.exec(version);
  if (match === null) return null;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const { from, fixed } =
    FILTERS[major] ?? (major < 20 ? { from: Number.POSITIVE_INFINITY, fixed: 0 } : LATER);
  const { criteria, by, text } = PATTERNS[spared];
  if (minor < from) return { Action: 'Filter', Operation: 'Add', Filter: text };
  if (minor < fixed) return null;
  return { Action: 'Filter', Operation: 'Add', MatchCriteria: `action(exclude),${criteria}`, Filter: by };
}
