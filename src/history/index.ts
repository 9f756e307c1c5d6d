/** The call log. */
export { History } from './history.ts';
