/** What Asterisk is doing now and what just happened. */
export { asteriskFolder, FOLDERS, findFolder, NEW_FOLDERS } from './folders.ts';
export type * from './happenings.ts';
export { endpointOf, findBy, idOf } from './ids.ts';
export { MemoryFile } from './memory.ts';
export type * from './model.ts';
export { Pbx } from './pbx.ts';
