/** The startup.sh of docs/voicemail.md, run as it stands there. */
import { execFile } from 'node:child_process';
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { blockOf } from './pages.ts';

let folder: string;
/** Asterisk's folder, and the one that lasts. */
let spool: string;
let media: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voicemail-'));
  spool = join(folder, 'var/spool/asterisk/voicemail');
  media = join(folder, 'media/asterisk/voicemail');
  await mkdir(join(folder, 'var/spool/asterisk'), { recursive: true });
  await mkdir(join(folder, 'media'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The app starts. */
async function start(): Promise<void> {
  const block = await blockOf('docs/voicemail.md', 'sh', 'voicemail');
  const script = join(folder, 'startup.sh');
  await writeFile(script, block.replaceAll(/(?<=[= ])\/(?=var\/|media\/)/g, `${folder}/`));
  await promisify(execFile)('sh', ['-e', script]);
}

async function leave(place: string, name: string, words: string): Promise<void> {
  await mkdir(join(place, 'default/6001/INBOX'), { recursive: true });
  await writeFile(join(place, 'default/6001/INBOX', name), words);
}

/** What each of Asterisk's messages says, by its name. */
async function messages(): Promise<Record<string, string>> {
  const inbox = join(spool, 'default/6001/INBOX');
  const names = await readdir(inbox);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(inbox, name), 'utf8')])),
  );
}

async function expectLink(): Promise<void> {
  expect((await lstat(spool)).isSymbolicLink()).toBe(true);
  expect(await readlink(spool)).toBe(media);
}

it('makes Asterisk’s folder a link to the media folder, and takes along what is there', async () => {
  await leave(spool, 'msg0000.txt', 'from Anna');
  await start();
  await expectLink();
  expect(await messages()).toEqual({ 'msg0000.txt': 'from Anna' });
});

it('changes nothing when it is run again', async () => {
  await leave(spool, 'msg0000.txt', 'from Anna');
  await start();
  await leave(spool, 'msg0001.txt', 'from Ben');
  const before = await readdir(media, { recursive: true });
  await start();
  await expectLink();
  expect(await readdir(media, { recursive: true })).toEqual(before);
  expect(await messages()).toEqual({ 'msg0000.txt': 'from Anna', 'msg0001.txt': 'from Ben' });
});

it('keeps what was there through an update of the app, whose folder is what it was at first', async () => {
  await leave(spool, 'greeting.wav', 'the app’s own');
  const fresh = join(folder, 'fresh');
  await cp(spool, fresh, { recursive: true });
  await start();
  await leave(spool, 'greeting.wav', 'mine');
  await rm(spool);
  await cp(fresh, spool, { recursive: true });
  await start();
  await expectLink();
  expect(await messages()).toEqual({ 'greeting.wav': 'mine' });
});

it('does without any folder', async () => {
  await start();
  await expectLink();
  expect(await readdir(spool)).toEqual([]);
});
