/** The call log. */
export { History, type HistoryOptions } from './history.ts';
