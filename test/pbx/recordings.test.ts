import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AmiActionError, AmiDisconnected, AmiTimeout } from '../../src/ami/index.ts';
import type { Happening } from '../../src/pbx/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import type { Channel, RecordingLeft, RecordingPlan } from '../../src/pbx/model.ts';
import { event, FakeAmi, snapshot } from './fake-ami.ts';

const ID = '20261124-090000_6001_6002_abcd';
const KITCHEN = { name: 'PJSIP/6001-1', id: 'k.1', num: '6001', cid: 'Kitchen' };
const LIVING = { name: 'PJSIP/6002-1', id: 'l.1', linked: 'k.1', num: '6002', cid: 'Living room' };

let folder: string;
let ami: FakeAmi;
let pbx: Pbx;
let lines: string[];
let happenings: Happening[];
let now: number;

/** A PBX on the folder; what was kept of an earlier one is read. */
async function start(): Promise<void> {
  happenings = [];
  pbx = new Pbx(
    {
      id: 'home',
      phones: [],
      doorbells: [],
      recordings: {
        to: ['media'],
        dir: '/media/calls',
        mediaDir: join(folder, 'calls'),
        mediaSource: null,
        beep: 0,
        mailbox: null,
      },
      recordingIndex: join(folder, 'index.json'),
    },
    ami.client,
    {
      debug() {},
      info: (_, message) => void lines.push(message),
      warn: (_, message) => void lines.push(message),
      error() {},
    },
    null,
    () => now,
  );
  pbx.onHappening((happening) => happening.subject === 'recording' && happenings.push(happening));
  pbx.start();
  ami.link({ state: 'up' });
  await vi.waitFor(() => expect(pbx.status.up).toBe(true));
}

const types = () => happenings.map(({ type }) => type);
const wav = (id: string, seconds: number) =>
  writeFile(join(folder, 'calls', `${id}.wav`), Buffer.alloc(44 + seconds * 16_000));

/** The kitchen talks to the living room. */
function talk(): void {
  ami.tell('Newchannel', { ...snapshot({ ...KITCHEN, exten: '6002' }) });
  ami.tell('Newchannel', snapshot({ ...LIVING, state: 'Down' }));
  for (const channel of [LIVING, KITCHEN])
    ami.tell('BridgeEnter', {
      ...snapshot(channel),
      BridgeUniqueid: 'b.1',
      BridgeTechnology: 'simple_bridge',
    });
}

/** The living room’s channel is recorded for the kitchen. */
function record(id = ID, where: Partial<RecordingPlan> = {}): void {
  pbx.recordings.plan({
    id,
    phone: { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' },
    other: { number: '6002', name: 'Living room' },
    startedBy: 'Anna',
    channel: pbx.calls.channel('l.1') as Channel,
    file: `/media/calls/${id}.wav`,
    kept: true,
    mailbox: null,
    ...where,
  });
  ami.tell('MixMonitorStart', snapshot(LIVING));
  pbx.recordings.named(id, '0x1', `/media/calls/${id}.wav`);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recordings-'));
  await mkdir(join(folder, 'calls', 'kept'), { recursive: true });
  ami = new FakeAmi();
  lines = [];
  now = Date.parse('2026-11-24T09:00:00Z');
  for (const list of ['BridgeList', 'CoreShowChannels', 'DeviceStateList', 'PJSIPShowEndpoint'])
    ami.lists[list] = [];
  ami.lists.PJSIPShowEndpoints = ['6001', '6002'].map((name) =>
    event('EndpointList', { ObjectName: name, DeviceState: 'Not in use' }),
  );
  await start();
});
afterEach(async () => {
  await pbx.stop();
  await rm(folder, { recursive: true });
});

it('begins, tells who is on it, and is saved when its file is whole', async () => {
  talk();
  record();
  expect(pbx.recordings.of('k.1')).toMatchObject({
    id: ID,
    state: 'recording',
    people: ['6002', '6001'],
    startedBy: 'Anna',
    seconds: null,
  });
  now += 5_000;
  await wav(ID, 5);
  ami.tell('MixMonitorStop', snapshot(LIVING));
  expect(pbx.recordings.of('k.1')).toBeUndefined();
  await vi.waitFor(() => expect(types()).toEqual(['started', 'stopped', 'saved']), 5_000);
  expect(happenings.at(-1)).toMatchObject({ recording: ID, seconds: 5, started_by: 'Anna', call: 'k.1' });
  expect(pbx.recordings.find(`/media/calls/${ID}.wav`)).toMatchObject({ state: 'saved', bytes: 80_044 });
});

it('says that Asterisk wrote nothing', async () => {
  talk();
  record();
  ami.tell('Hangup', { ...snapshot(LIVING), Cause: '16' });
  await vi.waitFor(() => expect(types()).toEqual(['started', 'stopped', 'failed']), 10_000);
  expect(pbx.recordings.get(ID)?.problem).toMatch(/wrote no sound to \/media\/calls/);
  expect(lines).toContain('A recording was lost');
}, 15_000);

it('is saved into a mailbox alone when its message is there, and stays a file when it is not', async () => {
  const whole: string[] = [];
  const saved: unknown[] = [];
  pbx.recordings.onWhole(({ id }) => whole.push(id));
  pbx.recordings.onSaved(({ id, kept, message }) => saved.push([id, kept, message]));
  const ends = async (id: string) => {
    talk();
    record(id, { kept: false, mailbox: '6001@default' });
    await wav(id, 1);
    ami.tell('MixMonitorStop', snapshot(LIVING));
    await vi.waitFor(() => expect(whole).toContain(id), 5_000);
    expect(pbx.recordings.get(id)?.state).toBe('saving');
  };
  await ends(ID);
  pbx.recordings.delivered(ID, '1764-1', null);
  expect(pbx.recordings.get(ID)).toMatchObject({ state: 'saved', kept: false, message: '1764-1' });
  const other = '20261124-090100_6001_6002_abcd';
  await ends(other);
  pbx.recordings.delivered(other, null, 'the mailbox is full');
  expect(pbx.recordings.get(other)).toMatchObject({
    state: 'saved',
    kept: true,
    problem: 'the mailbox is full',
  });
  expect(types()).toEqual(['started', 'stopped', 'saved', 'started', 'stopped', 'failed', 'saved']);
  expect(saved).toEqual([
    [ID, false, '1764-1'],
    [other, true, null],
  ]);
});

it('goes with the name of a channel through a masquerade', () => {
  talk();
  record();
  ami.tell('Newchannel', snapshot({ name: 'AsyncGoto/x', id: 'new.1', linked: 'k.1' }));
  ami.tell('Rename', { Channel: LIVING.name, Newname: `${LIVING.name}<MASQ>`, Uniqueid: 'l.1' });
  ami.tell('Rename', { Channel: 'AsyncGoto/x', Newname: LIVING.name, Uniqueid: 'new.1' });
  ami.tell('Hangup', { ...snapshot({ ...LIVING, name: 'AsyncGoto/x<ZOMBIE>' }), Cause: '16' });
  expect(pbx.recordings.of('k.1')?.id).toBe(ID);
  expect(pbx.recordings.handle(ID)).toEqual({ channel: 'new.1', monitor: '0x1' });
});

it('tells who stayed when the recorded party transferred, and nothing when the call simply ends', () => {
  const left: RecordingLeft[] = [];
  pbx.recordings.onLeft((one) => left.push(one));
  talk();
  record();
  ami.tell('BlindTransfer', { Result: 'Success', TransfererUniqueid: 'l.1', TransfereeUniqueid: 'k.1' });
  ami.tell('Hangup', { ...snapshot(LIVING), Cause: '16' });
  expect(left).toMatchObject([{ recording: { id: ID, phone: { name: 'Kitchen' } }, stayed: 'k.1' }]);
  ami.tell('Hangup', { ...snapshot(KITCHEN), Cause: '16' });
  talk();
  record('20261124-090100_6001_6002_abcd');
  ami.tell('Hangup', { ...snapshot(LIVING), Cause: '16' });
  expect(left).toHaveLength(1);
});

it('is renewed when its channel is joined with somebody else, and that is no news', () => {
  const joined: string[] = [];
  pbx.recordings.onJoined(({ id }) => joined.push(id));
  talk();
  record();
  const third = { name: 'PJSIP/6003-1', id: 'o.1', linked: 'k.1', num: '6003' };
  ami.tell('Newchannel', snapshot({ ...third, state: 'Down' }));
  const bridge = { BridgeUniqueid: 'b.2', BridgeTechnology: 'simple_bridge' };
  for (const channel of [LIVING, third]) ami.tell('BridgeEnter', { ...snapshot(channel), ...bridge });
  expect(joined).toEqual([ID]);
  pbx.recordings.renew(ID, '');
  ami.tell('MixMonitorStop', snapshot(LIVING));
  ami.tell('MixMonitorStart', snapshot(LIVING));
  pbx.recordings.renew(ID, '0x2');
  expect(pbx.recordings.running()).toMatchObject([{ id: ID, people: ['6002', '6001', '6003'] }]);
  expect(pbx.recordings.handle(ID)).toEqual({ channel: 'l.1', monitor: '0x2' });
  pbx.recordings.renew(ID, null);
  expect(types()).toEqual(['started', 'stopped']);
});

it('is renewed for each who comes into the bridge of two, also while it is being renewed or has no id yet', () => {
  const joined: string[] = [];
  pbx.recordings.onJoined(({ id }) => joined.push(id));
  const bridge = { BridgeUniqueid: 'b.1', BridgeTechnology: 'simple_bridge' };
  const comes = (channel: Parameters<typeof snapshot>[0]) =>
    ami.tell('BridgeEnter', { ...snapshot(channel), ...bridge });
  const goes = (channel: Parameters<typeof snapshot>[0]) =>
    ami.tell('BridgeLeave', { ...snapshot(channel), ...bridge });
  const half = { name: 'Local/6003@default-1;1', id: 'h.1', linked: 'k.1', num: '6003' };
  const beyond = { ...half, name: 'Local/6003@default-1;2', id: 'h.2' };
  const office = { name: 'PJSIP/6003-1', id: 'o.1', linked: 'k.1', num: '6003' };
  talk();
  record();
  for (const channel of [half, beyond, office]) ami.tell('Newchannel', snapshot(channel));
  for (const channel of [beyond, office])
    ami.tell('BridgeEnter', { ...snapshot(channel), BridgeUniqueid: 'b.2' });
  goes(KITCHEN);
  expect(joined).toEqual([]);
  comes(half);
  expect(joined).toEqual([ID]);
  // Asterisk takes the Local channel out while the first renewal is on its way.
  pbx.recordings.renew(ID, '');
  ami.tell('MixMonitorStop', snapshot(LIVING));
  goes(half);
  ami.tell('BridgeLeave', { ...snapshot(office), BridgeUniqueid: 'b.2' });
  comes(office);
  ami.tell('MixMonitorStart', snapshot(LIVING));
  expect(joined).toEqual([ID]);
  pbx.recordings.renew(ID, '0x2');
  expect(joined).toEqual([ID, ID]);
  // A third makes another kind of bridge of it; a fourth changes nothing.
  comes(KITCHEN);
  expect(joined).toEqual([ID, ID, ID]);
  comes({ name: 'PJSIP/6004-1', id: 'a.1', linked: 'k.1', num: '6004' });
  expect(joined).toHaveLength(3);
  expect(types()).toEqual(['started']);
});

it('learns of what a phone began by its feature code', async () => {
  const values: Record<string, string> = {
    MIXMONITOR_FILENAME: '/spool/monitor/auto-1-2.wav',
    TOUCH_MIXMONITOR_OUTPUT: 'auto-1-2.wav',
  };
  ami.send = async ({ Variable = '' }) => ({ all: () => [], get: () => values[Variable] }) as never;
  talk();
  ami.tell('MixMonitorStart', snapshot(LIVING));
  await vi.waitFor(() => expect(types()).toEqual(['started']));
  expect(pbx.recordings.of('k.1')).toMatchObject({
    id: 'auto-1-2',
    startedBy: '6001',
    phone: { id: 'pjsip_6001' },
    file: '/spool/monitor/auto-1-2.wav',
  });
});

it('knows after a restart of ours what still runs and what has ended, and tells no news of it', async () => {
  talk();
  record();
  await pbx.stop();
  ami.lists.CoreShowChannels = [KITCHEN, LIVING].map((channel) =>
    event('CoreShowChannel', snapshot(channel)),
  );
  ami.send = async () => ({ all: () => [], get: () => `/media/calls/${ID}.wav` }) as never;
  await start();
  expect(pbx.recordings.running()).toMatchObject([{ id: ID, startedBy: 'Anna' }]);
  await pbx.stop();
  await wav(ID, 3);
  ami.lists.CoreShowChannels = [];
  await start();
  await vi.waitFor(() => expect(pbx.recordings.get(ID)).toMatchObject({ state: 'saved', seconds: 3 }), 5_000);
  expect(happenings).toEqual([]);
});

/** How Asterisk lists the call of {@link talk}. */
const listed = () =>
  [KITCHEN, LIVING].map((channel) => event('CoreShowChannel', { ...snapshot(channel), BridgeId: 'b.1' }));

/** What a dialplan records has no id that we know. */
async function recordedByDialplan(): Promise<void> {
  ami.send = async ({ Variable = '' }) =>
    ({ all: () => [], get: () => (Variable === 'MIXMONITOR_FILENAME' ? '/spool/all-1.wav' : '') }) as never;
  talk();
  ami.tell('MixMonitorStart', snapshot(LIVING));
  await vi.waitFor(() => expect(types()).toEqual(['started']));
  ami.lists.CoreShowChannels = listed();
}

async function reload(): Promise<void> {
  const read = Promise.withResolvers<void>();
  const stop = pbx.onChange(({ subject, id }) => subject === 'recording' && id === '*' && read.resolve());
  ami.tell('Reload', { Module: 'All', Status: '0' });
  await read.promise;
  stop();
}

it.each(['by the dialplan', 'by us and has no id yet', 'by us and is being renewed'])(
  'goes on through a reload when it was begun %s',
  async (how) => {
    if (how === 'by the dialplan') await recordedByDialplan();
    else {
      talk();
      record();
      ami.lists.CoreShowChannels = listed();
      ami.send = async () => ({ all: () => [], get: () => '' }) as never;
      if (how === 'by us and has no id yet') pbx.recordings.named(ID, '', `/media/calls/${ID}.wav`);
      else pbx.recordings.renew(ID, '');
    }
    const [{ id } = { id: '' }] = pbx.recordings.running();
    await reload();
    expect(pbx.recordings.running().map((one) => [one.id, one.state])).toEqual([[id, 'recording']]);
    if (how.endsWith('renewed')) {
      ami.tell('MixMonitorStart', snapshot(LIVING));
      pbx.recordings.renew(ID, '0x2');
    }
    ami.tell('MixMonitorStop', snapshot(LIVING));
    expect(pbx.recordings.running()).toEqual([]);
    expect(types().slice(0, 2)).toEqual(['started', 'stopped']);
  },
);

it('goes on through a lost link while its channel does, where it has no id to ask for', async () => {
  await recordedByDialplan();
  const again = async () => {
    ami.link({ state: 'down' });
    ami.link({ state: 'up' });
    await vi.waitFor(() => expect(pbx.status.up).toBe(true));
  };
  await again();
  expect(pbx.recordings.running()).toMatchObject([{ id: 'all-1', state: 'recording' }]);
  ami.lists.CoreShowChannels = [];
  await again();
  expect(pbx.recordings.running()).toEqual([]);
  expect(types()).toEqual(['started']);
});

it.each([
  ['goes on when Asterisk does not answer after a lost link', new AmiTimeout('Getvar', 10_000), true],
  ['goes on when the link is lost again', new AmiDisconnected('Getvar', 'the link went down'), true],
  [
    'is over when Asterisk no longer has it',
    new AmiActionError('Getvar', 'No such channel', 'failed'),
    false,
  ],
])('%s', async (_, problem, running) => {
  talk();
  record();
  ami.lists.CoreShowChannels = listed();
  const { send } = ami;
  ami.send = async (action) => {
    if (action.Action === 'Getvar' && action.Channel !== undefined) throw problem;
    return send(action);
  };
  ami.link({ state: 'down' });
  ami.link({ state: 'up' });
  await vi.waitFor(() =>
    expect(pbx.status).toMatchObject(running ? { problem: problem.message } : { up: true }),
  );
  expect(pbx.recordings.running().map(({ id }) => id)).toEqual(running ? [ID] : []);
  expect(types()).toEqual(['started']);
  if (!running) return;
  // Asked again, it says so.
  ami.send = async () => ({ all: () => [], get: () => `/media/calls/${ID}.wav` }) as never;
  ami.link({ state: 'down' });
  ami.link({ state: 'up' });
  await vi.waitFor(() => expect(pbx.status.up).toBe(true));
  expect(pbx.recordings.running()).toMatchObject([{ id: ID, state: 'recording' }]);
});

it('shows the files that are there, and never touches another’s', async () => {
  await wav(ID, 2);
  await wav('somebody-elses', 2);
  await writeFile(join(folder, 'calls', 'kept', '20261124-080000_6001__0a0b.wav'), Buffer.alloc(16_044));
  await pbx.recordings.scan();
  expect(pbx.recordings.ended().map(({ id, folder, seconds }) => [id, folder, seconds])).toEqual([
    [ID, '', 2],
    ['20261124-080000_6001__0a0b', 'kept', 1],
  ]);
  await pbx.recordings.move(ID, 'kept');
  expect(pbx.recordings.get(ID)).toMatchObject({ folder: 'kept', file: `/media/calls/kept/${ID}.wav` });
  await pbx.recordings.remove(ID);
  await rm(join(folder, 'calls', 'kept', '20261124-080000_6001__0a0b.wav'));
  await pbx.recordings.scan();
  expect(pbx.recordings.all()).toEqual([]);
  expect(await readdir(join(folder, 'calls'))).toEqual(['kept', 'somebody-elses.wav']);
  expect(happenings).toEqual([]);
});

it('says once that the index cannot be written, and records on', async () => {
  await mkdir(join(folder, 'index.json.new'));
  talk();
  record();
  await pbx.recordings.flush();
  expect(pbx.recordings.running()).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith('Who was on a recording'))).toHaveLength(1);
});

it.each([
  ['the AMI user lacks the class system', ['StopMixMonitor'], 0],
  ['app_mixmonitor is not loaded', ['DBPut'], 1],
])('is absent, with one line about it, where %s', async (_, actions, own) => {
  await pbx.stop();
  ami.status = {
    ...ami.status,
    state: 'idle',
    rights: { actions: new Set(actions), missingActions: [], reads: null },
  };
  await start();
  expect(pbx.recordings.possible).toBe(false);
  expect(lines.filter((line) => line.includes('no app_mixmonitor loaded'))).toHaveLength(own);
  expect(lines.filter((line) => line.includes('lacks the write class system'))).toHaveLength(1 - own);
  expect(await readFile(join(folder, 'index.json'), 'utf8').catch(() => 'none')).toBe('none');
});

it('can be made when app_mixmonitor is loaded later: what the AMI user may do is asked anew', async () => {
  await pbx.stop();
  const rights = (...actions: string[]) => ({ actions: new Set(actions), missingActions: [], reads: null });
  ami.status = { ...ami.status, state: 'idle', rights: rights('DBPut') };
  await start();
  expect(pbx.recordings.possible).toBe(false);
  ami.askRights = async () => ami.link({ rights: rights('DBPut', 'MixMonitor', 'StopMixMonitor') });
  ami.tell('Load', { Module: 'app_mixmonitor.so', Status: 'Success' });
  await vi.waitFor(() => expect(pbx.recordings.possible).toBe(true));
});
