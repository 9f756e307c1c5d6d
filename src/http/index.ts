/** The pages and the API. */
export type { HttpAddress, HttpOptions, LinkState } from './options.ts';
export { isThisMachine } from './origin.ts';
export { Http } from './server.ts';
