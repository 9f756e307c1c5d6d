import type { Action } from './action.ts';
import { CALLS } from './calls.ts';
import { CONFERENCES } from './conferences.ts';
import { DATABASE } from './database.ts';
import { LISTS } from './lists.ts';
import { MESSAGES } from './messages.ts';
import { PLAN } from './plan.ts';
import { QUEUES } from './queues.ts';
import { RECORDINGS } from './recordings.ts';
import { sessionActions } from './session.ts';
import { VOICEMAIL } from './voicemail.ts';

export { type Action, type ActionRun, Refused } from './action.ts';

const ALL: readonly Action[] = [
  ...sessionActions(() => NAMES),
  ...[
    ...LISTS,
    ...PLAN,
    ...CALLS,
    ...CONFERENCES,
    ...QUEUES,
    ...VOICEMAIL,
    ...RECORDINGS,
    ...MESSAGES,
    ...DATABASE,
  ],
];

const NAMES: ReadonlySet<string> = new Set(ALL.map(({ name }) => name));

/** By name in lower case: Asterisk does not mind. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map(
  ALL.map((action) => [action.name.toLowerCase(), action]),
);
