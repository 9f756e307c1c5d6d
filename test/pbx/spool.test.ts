import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Spool } from '../../src/pbx/spool.ts';

let root: string;
let inbox: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spool-'));
  inbox = join(root, 'default', '6001', 'INBOX');
  await mkdir(inbox, { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

async function message(name: string, id: string, ...endings: string[]): Promise<void> {
  await writeFile(join(inbox, `${name}.txt`), `;\n[message]\nmsg_id=${id}\nduration=3\n`);
  for (const ending of endings) await writeFile(join(inbox, name + ending), 'sound');
}

const find = (spool: Spool, id: string, folder = 'INBOX') => spool.find('6001', 'default', folder, id);

it('finds a message’s sound by its id, in the format that a browser plays', async () => {
  await message('msg0000', '1-00000000', '.gsm', '.WAV');
  await message('msg0001', '2-00000001', '.gsm', '.WAV', '.wav');
  const spool = new Spool(root);
  expect(await find(spool, '1-00000000')).toBe(join(inbox, 'msg0000.WAV'));
  expect(await find(spool, '2-00000001')).toBe(join(inbox, 'msg0001.wav'));
});

it('finds it again when the ones before it have gone', async () => {
  await message('msg0000', '1-00000000', '.wav');
  await message('msg0001', '2-00000001', '.wav');
  const spool = new Spool(root);
  await find(spool, '2-00000001');
  for (const ending of ['.txt', '.wav'])
    await rename(join(inbox, `msg0001${ending}`), join(inbox, `msg0000${ending}`));
  expect(await find(spool, '2-00000001')).toBe(join(inbox, 'msg0000.wav'));
  expect(await find(spool, '1-00000000')).toBeNull();
});

it('gives nothing where there is nothing', async () => {
  await message('msg0000', '1-00000000');
  const spool = new Spool(root);
  expect(await find(spool, '1-00000000')).toBeNull();
  expect(await find(spool, '1-0000')).toBeNull();
  expect(await find(spool, '1-00000000', 'Old')).toBeNull();
  await expect(new Spool(join(root, 'none')).check()).rejects.toThrow(/ENOENT/);
});
