import type { Action } from './action.ts';
import { CALLS } from './calls.ts';
import { LISTS } from './lists.ts';
import { PLAN } from './plan.ts';
import { sessionActions } from './session.ts';

export { type Action, type ActionRun, Refused } from './action.ts';

const ALL: readonly Action[] = [...sessionActions(() => NAMES), ...LISTS, ...PLAN, ...CALLS];

const NAMES: ReadonlySet<string> = new Set(ALL.map(({ name }) => name));

/** By name in lower case: Asterisk does not mind. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map(
  ALL.map((action) => [action.name.toLowerCase(), action]),
);
