import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Recorder } from '../../src/actions/index.ts';
import { AmiActionError } from '../../src/ami/index.ts';
import { bench, house, ME, type World } from './world.ts';

const ID = '20261124-100000_6001_8000_k3f9';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(2026, 10, 24, 10, 0, 0) });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The visitor talks to the kitchen, and Asterisk records what it is asked to. */
function talking(): World {
  const world = house();
  world.press('door.1', { caller: { number: '+49/8 000"', name: 'Visitor' } });
  world.channel('k.1', { endpoint: 'PJSIP/6001', linkedid: 'door.1' });
  world.join('k.1', 'door.1');
  world.reactions.MixMonitor = () => {
    const plan = world.recordingPlans.at(-1);
    if (plan === undefined) throw new Error('nothing was planned');
    const { channel, ...row } = plan;
    world.recording({ ...row, state: 'recording', call: channel.linkedid, seconds: null });
  };
  world.reactions.StopMixMonitor = () => {
    for (const { id } of world.recordings.running()) world.recording({ id, state: 'saving', seconds: 3 });
  };
  return world;
}

const mixMonitor = (world: World) => world.sent.find(({ Action }) => Action === 'MixMonitor');

it('records the other party’s channel, under a name that holds nothing of theirs but letters and digits', async () => {
  const world = talking();
  world.recordingOptions = { ...world.recordingOptions, to: ['media', 'mailbox'], mailbox: '6001', beep: 15 };
  const answer = await bench([world]).registry.run('record', { phone: 'Kitchen' }, ME);
  expect(mixMonitor(world)).toEqual({
    Action: 'MixMonitor',
    Channel: 'PJSIP/8000-door.1',
    File: expect.stringMatching(/^\/media\/recordings\/20261124-100000_6001_498000_[0-9a-f]{4}\.wav$/),
    Options: 'i(COMPANION_RECORDING)B(15)',
  });
  expect(answer).toMatchObject({
    ok: true,
    result: { state: 'recording', phone: { name: 'Kitchen' }, started_by: 'tester', mailbox: '6001@default' },
  });
  expect(await bench([world]).registry.run('record', { phone: 'Kitchen' }, ME)).toMatchObject({
    ok: false,
    error: { code: 'conflict', field: 'phone', message: 'This call is recorded already.' },
  });
});

it('goes into the mailbox alone, or stays a file where there is no mailbox', async () => {
  const world = talking();
  world.recordingOptions = { ...world.recordingOptions, to: ['mailbox'], mailbox: '6001@default' };
  await bench([world]).registry.run('record', { doorbell: 'Front door' }, ME);
  expect(world.recordingPlans).toMatchObject([{ mailbox: '6001@default', kept: false }]);
  const other = talking();
  other.recordingOptions = { ...other.recordingOptions, to: ['mailbox'] };
  expect(await bench([other]).registry.run('record', { phone: '6001' }, ME)).toMatchObject({
    ok: true,
    result: { mailbox: null },
  });
  expect(mixMonitor(other)).toMatchObject({ Options: 'i(COMPANION_RECORDING)' });
});

it('takes the endpoint’s mailbox, and none that could be an option', async () => {
  const world = talking();
  const mailboxes = (value: string) => () => [{ Event: 'AorDetail', Mailboxes: value }];
  world.reactions.PJSIPShowEndpoint = mailboxes('100@family, 200@family');
  await bench([world]).registry.run('record', { phone: 'Kitchen' }, ME);
  expect(world.recordingPlans).toMatchObject([{ mailbox: '100@family', kept: true }]);
  const hostile = talking();
  hostile.reactions.PJSIPShowEndpoint = mailboxes('1)d(2@x');
  await bench([hostile]).registry.run('record', { phone: 'Kitchen' }, ME);
  expect(hostile.recordingPlans).toMatchObject([{ mailbox: null }]);
});

it.each<[string, (world: World) => void, string, RegExp]>([
  [
    'its phone never is',
    (world) => world.recordingRules.set('pjsip_6001', 'never'),
    'forbidden',
    /never recorded/,
  ],
  [
    'Asterisk cannot',
    (world) => Object.assign(world.recordingFacts, { possible: false }),
    'forbidden',
    /class system/,
  ],
  [
    'the disk is full',
    (world) => Object.assign(world.recordingFacts, { free: 5e6 }),
    'failed',
    /5 MB are free/,
  ],
  ['nobody talks', (world) => world.gone('k.1'), 'conflict', /Kitchen is in no call/],
])('says why a call is not recorded: %s', async (_, arrange, code, message) => {
  const world = talking();
  arrange(world);
  expect(await bench([world]).registry.run('record', { phone: 'Kitchen' }, ME)).toMatchObject({
    ok: false,
    error: { code, message: expect.stringMatching(message) },
  });
  expect(mixMonitor(world)).toBeUndefined();
});

it('records once when two ask at once', async () => {
  const world = talking();
  const { registry } = bench([world]);
  const answers = await Promise.all(
    ['Kitchen', '6001'].map((phone) => registry.run('record', { phone }, ME)),
  );
  expect(answers.map(({ ok }) => ok)).toEqual([true, false]);
  expect(world.sent.filter(({ Action }) => Action === 'MixMonitor')).toHaveLength(1);
});

it('says that Asterisk did not begin, and forgets what it planned', async () => {
  const world = talking();
  world.reactions.MixMonitor = () => undefined;
  const run = bench([world]).registry.run('record', { phone: 'Kitchen' }, ME);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await run).toMatchObject({ ok: false, error: { code: 'failed' } });
  expect(world.recordingPlans).toEqual([]);
});

it('stops the recording of a call, and says that there is none', async () => {
  const world = talking();
  const { registry } = bench([world]);
  expect(await registry.run('stop_recording', { phone: 'Kitchen' }, ME)).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'No call of Kitchen is recorded.' },
  });
  await registry.run('record', { phone: 'Kitchen' }, ME);
  expect(await registry.run('stop_recording', { phone: 'Kitchen' }, ME)).toMatchObject({
    ok: true,
    result: { state: 'saving', seconds: 3 },
  });
  expect(world.sent.at(-1)).toEqual({
    Action: 'StopMixMonitor',
    Channel: 'PJSIP/8000-door.1',
    MixMonitorID: '0x1',
  });
});

it('lists, moves, deletes and plays', async () => {
  const world = house();
  world.recording({ id: ID });
  world.reactions.Originate = (action) =>
    world.channel(String(action.ChannelId), { endpoint: 'PJSIP/6002', state: 'Up' });
  const { registry } = bench([world]);
  const run = (id: string, fields: object) => registry.run(id, fields, ME);
  expect(await run('list_recordings', { phone: 'Kitchen' })).toMatchObject({
    ok: true,
    result: { total: 1, recordings: [{ recording: ID, seconds: 12, people: ['Doorbell', 'Kitchen'] }] },
  });
  expect(await run('move_recording', { recording: ID, folder: 'kept' })).toMatchObject({
    ok: true,
    result: { folder: 'kept' },
  });
  expect(await run('move_recording', { recording: ID, folder: '../up' })).toMatchObject({
    error: { code: 'invalid', field: 'folder' },
  });
  expect(await run('play_recording', { recording: ID, phone: '6002' })).toMatchObject({ ok: true });
  expect(world.sent.at(-1)).toMatchObject({
    Application: 'Playback',
    Data: `/media/recordings/${ID}`,
  });
  expect(await run('delete_recording', { recording: ID })).toMatchObject({ ok: true });
  expect(await run('delete_recording', { recording: ID })).toMatchObject({
    error: { code: 'not_found', field: 'recording' },
  });
});

it('leaves alone what it cannot see, or what is no file', async () => {
  const world = house();
  world.recording({ id: ID });
  world.recording({ id: 'in_mailbox', kept: false });
  world.recording({ id: 'running', state: 'recording' });
  Object.assign(world.recordingFacts, { visible: false });
  const run = (recording: string) => bench([world]).registry.run('delete_recording', { recording }, ME);
  expect(await run(ID)).toMatchObject({
    error: { code: 'forbidden', message: expect.stringMatching(/media_dir/) },
  });
  expect(await run('in_mailbox')).toMatchObject({
    error: { code: 'conflict', message: expect.stringMatching(/6001@default alone/) },
  });
  expect(await run('running')).toMatchObject({
    error: { code: 'conflict', message: expect.stringMatching(/stop it first/) },
  });
});

it('forwards by a recording of nothing, on a channel that goes nowhere', async () => {
  const world = house();
  world.recording({ id: ID, other: { number: '80"00', name: 'A <b>' } });
  world.reactions.VoicemailBoxSummary = () => {
    const stopped = world.sent.some(({ Action }) => Action === 'StopMixMonitor');
    return ['1-1', ...(stopped ? ['2-2'] : [])].map((id) => ({ Folder: 'Cust5', ID: id }));
  };
  const run = bench([world]).registry.run('forward_recording', { recording: ID, mailbox: '100' }, ME);
  await vi.advanceTimersByTimeAsync(400);
  const result = { recording: ID, mailbox: '100@default', message: '2-2' };
  expect(await run).toEqual({ ok: true, result });
  expect(world.sent.filter(({ Action }) => Action !== 'VoicemailBoxSummary')).toMatchObject([
    { Action: 'Originate', Application: 'Wait', CallerID: '"A  b " <8000>' },
    { Action: 'MixMonitor', File: `/media/recordings/${ID}.wav`, Options: 'acm(100@default/Cust5)' },
    { Action: 'StopMixMonitor' },
    { Action: 'Hangup' },
  ]);
});

it('tells two deliveries to one mailbox apart, and lets one that fails keep nobody waiting', async () => {
  const world = house();
  const others = [`${ID}b`, `${ID}c`];
  for (const id of [ID, ...others]) world.recording({ id, file: `/media/recordings/${id}.wav` });
  const boxes = new Map<string, string[]>();
  world.reactions.MixMonitor = ({ File, Options }) => {
    if (String(File).includes(others[0] ?? '')) return;
    const [, mailbox = ''] = /m\((.*)\/Cust5\)/.exec(String(Options)) ?? [];
    const box = boxes.get(mailbox) ?? [];
    boxes.set(mailbox, box);
    setTimeout(() => box.push(`message of ${File}`), 1_000);
  };
  world.reactions.VoicemailBoxSummary = ({ Mailbox }) =>
    (boxes.get(`${Mailbox}@default`) ?? []).map((id) => ({ Folder: 'Cust5', ID: id }));
  const { registry } = bench([world]);
  const runs = [
    ...[ID, ...others].map((recording) => ({ recording, mailbox: '100' })),
    { recording: ID, mailbox: '200' },
  ];
  const answers = Promise.all(runs.map((fields) => registry.run('forward_recording', fields, ME)));
  await vi.advanceTimersByTimeAsync(15_000);
  const message = (id: string) => `message of /media/recordings/${id}.wav`;
  expect(await answers).toMatchObject([
    { ok: true, result: { recording: ID, mailbox: '100@default', message: message(ID) } },
    { ok: false, error: { code: 'failed', field: 'mailbox' } },
    { ok: true, result: { recording: others[1], mailbox: '100@default', message: message(others[1] ?? '') } },
    { ok: true, result: { recording: ID, mailbox: '200@default', message: message(ID) } },
  ]);
});

it('says of a recording that Asterisk put into no mailbox which one, and whether there is one at all', async () => {
  const world = house();
  world.recording({ id: ID });
  const forward = () =>
    bench([world]).registry.run('forward_recording', { recording: ID, mailbox: '100' }, ME);
  world.reactions.VoicemailBoxSummary = () => [];
  const full = forward();
  await vi.advanceTimersByTimeAsync(11_000);
  expect(await full).toMatchObject({
    ok: false,
    error: { code: 'failed', field: 'mailbox', message: expect.stringContaining('mailbox 100@default') },
  });
  const refuse = (reason: string, code: 'failed' | 'permission') => {
    world.reactions.VoicemailBoxSummary = () => {
      throw new AmiActionError('VoicemailBoxSummary', reason, code);
    };
  };
  refuse('There is no voicemail user matching the given user.', 'failed');
  world.sent.length = 0;
  expect(await forward()).toMatchObject({ ok: false, error: { code: 'not_found', field: 'mailbox' } });
  expect(mixMonitor(world)).toBeUndefined();
  refuse('Permission denied', 'permission');
  const unseen = forward();
  await vi.advanceTimersByTimeAsync(100);
  expect(await unseen).toMatchObject({ ok: true, result: { message: null } });
});

it.each(['a,,touch x', 'a"b', 'a\\\\,b', 'a(b'])(
  'forwards no file that a caller’s name made into arguments: %s',
  async (name) => {
    const world = house();
    world.recording({ id: ID, file: `/media/recordings/${name}.wav` });
    const run = bench([world]).registry.run('forward_recording', { recording: ID, mailbox: '100' }, ME);
    expect(await run).toMatchObject({ ok: false, error: { code: 'conflict', field: 'recording' } });
    expect(world.sent).toEqual([]);
  },
);

it('begins anew in the same file when joined with somebody else, and puts what is whole into the mailbox', async () => {
  const world = talking();
  const { registry } = bench([world]);
  const recorder = new Recorder(world, registry, { info() {}, warn() {} });
  recorder.start();
  await registry.run('record', { phone: 'Kitchen' }, ME);
  const [running] = world.recordings.running();
  if (running === undefined) throw new Error('nothing is recorded');
  world.reactions.MixMonitor = () => undefined;
  world.reactions.StopMixMonitor = () => undefined;
  world.sent.length = 0;
  world.recording({ id: running.id, call: 'door.1' });
  world.recordingJoined(running);
  await vi.advanceTimersByTimeAsync(200);
  expect(world.sent).toEqual([
    { Action: 'StopMixMonitor', Channel: 'PJSIP/8000-door.1', MixMonitorID: '0x1' },
    {
      Action: 'MixMonitor',
      Channel: 'PJSIP/8000-door.1',
      File: running.file,
      Options: 'ai(COMPANION_RECORDING)',
    },
  ]);
  expect(world.renewals).toEqual([
    [running.id, ''],
    [running.id, '0x1'],
  ]);
  world.sent.length = 0;
  world.recordingWhole({ ...running, mailbox: '6001@default', kept: false, bytes: null });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(world.sent.find(({ Action }) => Action === 'MixMonitor')).toMatchObject({
    File: running.file,
    Options: 'acdm(6001@default/Cust5)',
  });
  // The mailbox of this one stays as it was.
  await vi.advanceTimersByTimeAsync(11_000);
  expect(world.deliveries).toEqual([
    [running.id, null, expect.stringMatching(/^It did not get into mailbox 6001@default, so its file stays/)],
  ]);
  recorder.stop();
});

it('records by rule, by a phone’s key, and on after a transfer; what was stopped is not begun anew', async () => {
  const world = talking();
  const { registry } = bench([world]);
  const asked: unknown[] = [];
  const run: typeof registry.run = (id, fields, asker) => {
    asked.push([id, fields, asker]);
    return registry.run(id, fields, asker);
  };
  const recorder = new Recorder(world, { run }, { info() {}, warn() {} });
  world.recordingRules.set('pjsip_6001', 'always');
  recorder.start();
  world.change({ subject: 'call', id: 'door.1' });
  await vi.advanceTimersByTimeAsync(10);
  expect(asked).toEqual([['record', { pbx: 'home', phone: 'pjsip_6001' }, { via: 'rule', name: 'always' }]]);
  const key = () => world.recordingKey('k.1');
  key();
  await vi.advanceTimersByTimeAsync(10);
  world.change({ subject: 'call', id: 'door.1' });
  await vi.advanceTimersByTimeAsync(10);
  expect(asked.slice(1)).toEqual([
    ['stop_recording', { pbx: 'home', phone: 'pjsip_6001' }, { via: 'phone', name: 'Kitchen' }],
  ]);
  const [recording] = world.recordings.ended();
  if (recording === undefined) throw new Error('nothing was recorded');
  world.recordingLeft({ recording, stayed: 'k.1' });
  await vi.advanceTimersByTimeAsync(10);
  expect(world.recordings.running()).toMatchObject([{ startedBy: 'always' }]);
  expect(world.sent.findLast(({ Action }) => Action === 'MixMonitor')).toMatchObject({
    Channel: 'PJSIP/6001-k.1',
  });
  recorder.stop();
  key();
  expect(asked).toHaveLength(2);
});
