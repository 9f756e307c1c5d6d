/** What one can ask for. */
export * from './action.ts';
export type * from './call-log.ts';
export { CURSOR, OUTCOMES, unread } from './call-log.ts';
export { actionsTable } from './docs.ts';
export { Recorder } from './recorder.ts';
export { createRegistry, DECLARATIONS } from './registry.ts';
