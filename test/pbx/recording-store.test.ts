import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type KeptRecording, RecordingStore } from '../../src/pbx/recording-store.ts';

it('writes the newest index alone, however many come while one is written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'recordings-'));
  const index = join(folder, 'index.json');
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const store = new RecordingStore(
    { to: ['media'], dir: null, mediaDir: null, mediaSource: null, beep: 0, mailbox: null },
    index,
    log,
  );
  const rows = (id: string) => [{ id }] as unknown as KeptRecording[];
  const writes = Array.from({ length: 50 }, (_, number) => store.write(rows(String(number))));
  expect(new Set(writes).size).toBe(1);
  await store.flush();
  expect(JSON.parse(await readFile(index, 'utf8'))).toEqual([{ id: '49' }]);
  await store.write(rows('last'));
  expect(JSON.parse(await readFile(index, 'utf8'))).toEqual([{ id: 'last' }]);
  await rm(folder, { recursive: true });
});
