import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MemoryFile, Pbx } from '../../src/pbx/index.ts';
import { event, FakeAmi, snapshot } from './fake-ami.ts';

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memory-'));
  vi.clearAllMocks();
});
afterEach(() => rmSync(folder, { recursive: true }));

async function pbxUp(path: string) {
  const ami = new FakeAmi();
  ami.lists.PJSIPShowEndpoints = [event('EndpointList', { ObjectName: '6001', DeviceState: 'Not in use' })];
  ami.lists.PJSIPShowEndpoint = [];
  const pbx = new Pbx(
    {
      id: 'home',
      phones: [],
      doorbells: [{ name: 'Front door', endpoint: 'PJSIP/8000', extensions: [], answer_on: [] }],
    },
    ami.client,
    log,
    new MemoryFile(path, log),
  );
  pbx.start();
  ami.link({ state: 'up' });
  await vi.waitUntil(() => pbx.status.up);
  return { ami, pbx };
}

it('keeps missed calls, last numbers and the last visitor over a restart', async () => {
  const path = join(folder, 'new', 'home.json');
  const first = await pbxUp(path);
  const door = { name: 'PJSIP/8000-00000001', id: '1.1', num: '8000', cid: 'Ann "A" 🐈', exten: '600' };
  const phone = { name: 'PJSIP/6001-00000002', id: '1.2', linked: '1.1', conn: '8000' };
  first.ami.tell('Newchannel', snapshot({ ...door, state: 'Ring' }));
  first.ami.tell('Newchannel', snapshot({ ...phone, state: 'Down' }));
  first.ami.tell('Newstate', snapshot({ ...phone, state: 'Ringing' }));
  for (const channel of [phone, door]) first.ami.tell('Hangup', { ...snapshot(channel), Cause: '16' });
  first.pbx.phones.noteDialled('pjsip_6001', '110');
  const before = {
    phone: first.pbx.phones.get('pjsip_6001'),
    last: first.pbx.doorbells.get('pjsip_8000')?.last,
  };
  await first.pbx.stop();

  const second = await pbxUp(path);
  expect(second.pbx.phones.get('pjsip_6001')).toEqual(before.phone);
  expect(before.phone).toMatchObject({ missed: 1, lastDialled: '110', lastCaller: { number: '8000' } });
  expect(second.pbx.doorbells.get('pjsip_8000')?.last).toEqual(before.last);
  expect(before.last).toMatchObject({ name: 'Ann "A" 🐈', outcome: 'missed' });
  await second.pbx.stop();
});

it('keeps what it knows of a phone that is gone for a while', async () => {
  const path = join(folder, 'home.json');
  const first = await pbxUp(path);
  const there = first.ami.lists.PJSIPShowEndpoints ?? [];
  const lists = async (phones: typeof there) => {
    first.ami.lists.PJSIPShowEndpoints = phones;
    first.ami.tell('Reload', { Module: 'res_pjsip.so' });
    await vi.waitUntil(() => first.pbx.phones.all().length === (phones === there ? 1 : 0));
  };
  first.pbx.phones.noteDialled('pjsip_6001', '110');
  await lists([]);
  const kept = { missed: 0, lastCaller: null, lastDialled: '110' };
  expect(first.pbx.phones.remember()).toEqual({ pjsip_6001: kept });
  await lists(there);
  expect(first.pbx.phones.get('pjsip_6001')).toMatchObject(kept);
  await lists([]);
  await first.pbx.stop();

  const second = await pbxUp(path);
  expect(second.pbx.phones.get('pjsip_6001')).toMatchObject(kept);
  await second.pbx.stop();
});

it('goes on without a memory that cannot be read or written, and says so', async () => {
  const path = join(folder, 'home.json');
  writeFileSync(path, '{"phones":');
  const { pbx } = await pbxUp(path);
  expect(log.warn).toHaveBeenCalledTimes(1);
  pbx.phones.noteDialled('pjsip_6001', '110');
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'a file where the folder was');
  await pbx.stop();
  expect(log.warn).toHaveBeenCalledTimes(2);
});

it('takes nothing over that it could not have written', async () => {
  const path = join(folder, 'home.json');
  const last = { number: '1', name: '', time: 'yesterday', outcome: 'missed', call: '1', extension: '' };
  writeFileSync(path, JSON.stringify({ phones: {}, doorbells: { pjsip_8000: last } }));
  const { pbx } = await pbxUp(path);
  expect(log.warn).toHaveBeenCalledTimes(1);
  expect(pbx.doorbells.get('pjsip_8000')?.last).toBeNull();
  await pbx.stop();
});

it('writes only what has changed', async () => {
  const path = join(folder, 'home.json');
  const file = new MemoryFile(path, log);
  const remember = () => ({ phones: {}, doorbells: {} });
  for (const there of [true, false]) {
    file.changed(remember);
    await file.flush(remember);
    expect(existsSync(path)).toBe(there);
    rmSync(path, { force: true });
  }
});
