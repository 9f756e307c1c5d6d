import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AudioFiles } from '../../src/http/audio.ts';
import { appOf, BEARER, setup } from './setup.ts';

let dir: string;
let root: string;
const asked: unknown[] = [];

/** Gives the file that the last id names, wherever that leads. */
const files: AudioFiles = {
  async find(pbx, ids) {
    asked.push([pbx, ...ids]);
    return ids.length < 2 ? null : { root, file: join(root, String(ids.at(-1))), name: 'Änna, 10:00' };
  },
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'audio-'));
  root = join(dir, 'spool');
  await mkdir(root);
  await writeFile(join(root, 'one.wav'), '0123456789');
  await writeFile(join(root, 'one.txt'), 'not to be heard');
  await writeFile(join(dir, 'secret.wav'), 'secret');
  await symlink(join(dir, 'secret.wav'), join(root, 'link.wav'));
});
afterAll(() => rm(dir, { recursive: true }));

async function get(path: string, headers: Record<string, string> = BEARER) {
  const { options, lines } = setup({ audio: { voicemail: files } });
  await using app = await appOf(options);
  return { lines, answer: await app.inject({ method: 'GET', url: `/api/audio/${path}`, headers }) };
}

it('gives the file with its type and a name to keep it by', async () => {
  const { answer, lines } = await get('voicemail/home/6001@default/one.wav');
  expect([answer.statusCode, answer.body]).toEqual([200, '0123456789']);
  expect(answer.headers).toMatchObject({
    'content-type': 'audio/wav',
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'content-disposition': `inline; filename="_nna, 10_00.wav"; filename*=UTF-8''%C3%84nna%2C%2010_00.wav`,
  });
  expect(asked.at(-1)).toEqual(['home', '6001@default', 'one.wav']);
  expect(lines.at(-1)).toEqual([
    'info',
    'A recording is heard',
    { kind: 'voicemail', pbx: 'home', ids: '6001@default/one.wav', who: 'api' },
  ]);
  const kept = await get('voicemail/home/6001@default/one.wav?download=1');
  expect(kept.answer.headers['content-disposition']).toMatch(/^attachment; /);
});

it('gives a part of it', async () => {
  const { answer } = await get('voicemail/home/6001@default/one.wav', { ...BEARER, range: 'bytes=2-4' });
  expect([answer.statusCode, answer.body]).toEqual([206, '234']);
  expect(answer.headers['content-range']).toBe('bytes 2-4/10');
  const { answer: none } = await get('voicemail/home/6001@default/one.wav', {
    ...BEARER,
    range: 'bytes=90-',
  });
  expect(none.statusCode).toBe(416);
});

it.each([
  ['bytes=0-', 1],
  ['bytes=0-4', 1],
  ['bytes=2-', 0],
  ['bytes=-3', 0],
])('logs once that it is heard, and not each part that a player jumps to: %s', async (range, times) => {
  const { answer, lines } = await get('voicemail/home/6001@default/one.wav', { ...BEARER, range });
  expect(answer.statusCode).toBe(206);
  expect(lines.map(([, message]) => message)).toEqual(Array(times).fill('A recording is heard'));
});

it('gives nothing to who is nobody', async () => {
  const { answer } = await get('voicemail/home/6001@default/one.wav', {});
  expect([answer.statusCode, answer.json().error.code]).toEqual([401, 'unauthorized']);
});

it.each([
  ['an unknown kind', 'music/home/x/one.wav'],
  ['a kind that every object has', 'constructor/home/x/one.wav'],
  ['what the subject does not know', 'voicemail/home/one.wav'],
  ['what is not there', 'voicemail/home/x/two.wav'],
  ['what is no sound', 'voicemail/home/x/one.txt'],
  ['the folder itself', 'voicemail/home/x/.'],
  ['the folder above', 'voicemail/home/x/..%2fsecret.wav'],
  ['a link that leads out', 'voicemail/home/x/link.wav'],
  ['a whole path', 'voicemail/home/x/%2fetc%2fpasswd'],
])('does not give %s', async (_, path) => {
  const { answer } = await get(path);
  expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'not_found']);
});

it('is not there where nobody offers anything', async () => {
  await using app = await appOf(setup().options);
  const answer = await app.inject({ method: 'GET', url: '/api/audio/voicemail/home/x/y', headers: BEARER });
  expect(answer.statusCode).toBe(404);
});
