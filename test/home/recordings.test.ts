import { expect, it } from 'vitest';
import { mediaContentId } from '../../src/home/entities/recordings.ts';

const FILE = { file: '/media/calls/kept/a.wav', kept: true };
const OPTIONS = { dir: '/media/calls', mediaDir: '/media/calls', mediaSource: null };

it.each([
  ['is under /media, as the app has it', FILE, OPTIONS, 'local/calls/kept/a.wav'],
  [
    'is called otherwise in media_dirs',
    FILE,
    { ...OPTIONS, mediaDir: '/mnt/calls', mediaSource: 'nas/calls' },
    'nas/calls/kept/a.wav',
  ],
  [
    'is not seen by the companion',
    FILE,
    { ...OPTIONS, mediaDir: null, mediaSource: 'nas' },
    'nas/kept/a.wav',
  ],
])('names what Home Assistant plays of a folder that %s', (_, one, options, path) => {
  expect(mediaContentId(one, options)).toBe(`media-source://media_source/${path}`);
});

it.each([
  ['is elsewhere', FILE, { ...OPTIONS, mediaDir: '/mnt/calls' }],
  ['is Asterisk’s own', FILE, { ...OPTIONS, dir: null }],
  ['has it not', { ...FILE, file: '/spool/a.wav' }, OPTIONS],
  ['has given it to a mailbox', { ...FILE, kept: false }, OPTIONS],
])('names nothing where the folder %s', (_, one, options) => {
  expect(mediaContentId(one, options)).toBeNull();
});
