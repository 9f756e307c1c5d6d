export { MediaError } from './errors.ts';
export { type Clip, Media, type MediaOptions, type Source } from './media.ts';
