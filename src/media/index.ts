export type { Address } from './download.ts';
export { MediaError } from './errors.ts';
export type { FolderOptions } from './folder.ts';
export { type Clip, Media, type MediaLog, type MediaOptions, type Source, type Speech } from './media.ts';
export type { Shape } from './shape.ts';
