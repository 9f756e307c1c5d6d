import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Choices } from '../../src/home/choices.ts';
import { TestLog } from './log.ts';

const lot = 'home-parking-default';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'choices-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('keeps what was chosen over a restart', async () => {
  const first = new Choices(folder, new TestLog());
  first.start();
  expect(first.get(lot)).toBeNull();
  first.set(lot, 'pjsip_6001');
  first.set(lot, 'pjsip_6002');
  await first.stop();
  const second = new Choices(folder, new TestLog());
  second.start();
  expect(second.get(lot)).toBe('pjsip_6002');
  expect(await readFile(join(folder, 'choices.json'), 'utf8')).toBe('{"home-parking-default":"pjsip_6002"}');
});

it('starts anew when that cannot be read, and says so', async () => {
  await writeFile(join(folder, 'choices.json'), '{');
  const log = new TestLog();
  const choices = new Choices(folder, log);
  choices.start();
  expect(choices.get(lot)).toBeNull();
  expect(log.of('warn')).toHaveLength(1);
});
