export { Home } from './home.ts';
export type { HomeLog } from './log.ts';
export type { HomeOptions } from './options.ts';
