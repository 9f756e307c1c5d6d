/** The pages and the API. */
export type { AudioFile, AudioFiles } from './audio.ts';
export type { HttpAddress, HttpLog, HttpOptions, HttpToken, LinkState, Links } from './options.ts';
export { Http } from './server.ts';
