/** Where recordings go and what is heard of them, by the settings; when they cannot be kept; and Asterisk's reloads. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Companion } from './companion.ts';
import type { EventLog, HassClient, StateChanged } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';
import { samplesOf } from './stack/sound.ts';

const run = promisify(execFile);

/** A moment as the product tells it. */
const ISO = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/;

/** 671: the office, by a dialplan that records by itself what is answered. */
const DIALPLAN = `
[default](+)
exten => 671,1,Dial(PJSIP/6003,20,U(recorded))
[recorded]
exten => s,1,MixMonitor(dialplan-671.wav)
 same => n,Return()
`;

interface Happened {
  readonly subject: string;
  readonly type: string;
  readonly recording: string;
  readonly seconds: number;
  readonly [key: string]: unknown;
}
interface State {
  readonly pbxes: readonly {
    readonly recordings: readonly { readonly id: string; readonly state: string }[];
  }[];
}
interface Answer {
  readonly ok: boolean;
  readonly error: { readonly code: string; readonly message: string };
}

let lab: Lab;
let hass: HassClient;
let kitchen: Phone;
let living: Phone;
let events: EventLog<Happened>;
/** The folder as this test sees it; Asterisk sees it as `/lab/homeassistant/media/places`. */
let media: string;
let box: string;
/** Where Asterisk puts what the dialplan records under a bare name. */
let monitor: string;

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  media = join(lab.homeAssistant.config, 'media', 'places');
  box = join(lab.asterisk().dir, 'spool', 'voicemail', 'default', '6001', 'Cust5');
  monitor = join(lab.asterisk().dir, 'spool', 'monitor');
  await empty();
  [kitchen, living] = await Promise.all([
    lab.phone('6001', { listens: true }),
    lab.phone('6002', { listens: true }),
  ]);
});
beforeEach(async () => {
  events = await hass.record('asterisk_event');
});
afterEach(async () => {
  await lab.asterisk().hangUpAll();
  await events[Symbol.asyncDispose]();
  await empty();
});
afterAll(async () => {
  await Promise.all([kitchen?.stop(), living?.stop()]);
  await lab?.stop();
});

async function empty(): Promise<void> {
  const all = [media, box, join(monitor, 'dialplan-671.wav')];
  await Promise.all(all.map((each) => rm(each, { recursive: true, force: true })));
}

/** A companion whose recordings are as in docs/recordings.md. */
async function recorder(recordings: object): Promise<Companion> {
  const companion = await Companion.start(lab, {
    recordings: { dir: '/lab/homeassistant/media/places', media_dir: media, ...recordings },
    phones: [{ endpoint: 'PJSIP/6001', mailbox: '6001' }],
    scripts: false,
  });
  await hass.waitForState('switch.kitchen_record', 'off', 20);
  return companion;
}

/** The kitchen and the living room, both silent, talk; the kitchen's call is asked to be recorded. */
async function record(companion: Companion): Promise<Answer> {
  await kitchen.dial('6002');
  await living.answer();
  await kitchen.waitFor('established');
  await hass.waitForState('sensor.kitchen_state', 'in_call');
  return (await companion.http<Answer>('POST', '/api/actions/record', { phone: 'Kitchen' })).body;
}

async function hangUp(): Promise<void> {
  await living.hangUp();
  await kitchen.waitFor('ended');
}

const of = (type: string) =>
  events.data.filter((event) => event.subject === 'recording' && event.type === type);

const told = (type: string, number = 1) =>
  until(`recording ${type}, ${number} times`, () => of(type).at(number - 1), { seconds: 20 });

const loudest = async (phone: Phone) =>
  Math.max(0, ...((await phone.heard()).at(-1) ?? []).map((sample) => Math.abs(sample)));

const size = async (path: string) => (await readFile(path).catch(() => Buffer.alloc(0))).length;

const files = (folder: string) => readdir(folder).catch((): string[] => []);

it('goes into the mailbox alone, and both parties hear the beep', async () => {
  await using companion = await recorder({ to: ['mailbox'], beep: 1 });
  expect(await record(companion)).toMatchObject({ ok: true });
  await hass.waitForState('switch.kitchen_record', 'on');
  await delay(3000);
  await hangUp();
  const saved = await told('saved');
  expect(saved).toMatchObject({
    phone: { name: 'Kitchen' },
    mailbox: '6001@default',
    message: expect.stringMatching(/^\d{10}-[\da-f]{8}$/),
  });
  expect(await files(box)).toEqual(['msg0000.txt', 'msg0000.wav']);
  expect(await files(media)).toEqual([]);
  const { length } = samplesOf(await readFile(join(box, 'msg0000.wav')));
  expect(saved.seconds).toBeGreaterThanOrEqual(Math.floor(length / 8000));
  expect(saved.seconds).toBeLessThanOrEqual(Math.ceil(length / 8000));
  const newest = await hass.waitForState(
    'event.recordings_activity',
    ({ attributes }) => attributes.event_type === 'saved',
  );
  expect(newest.attributes).toMatchObject({ seconds: saved.seconds, mailbox: '6001@default' });
  for (const phone of [kitchen, living]) expect(await loudest(phone)).toBeGreaterThan(1000);
});

it('goes into the folder alone, and nobody hears it', async () => {
  await using companion = await recorder({ to: ['media'], beep: 0 });
  expect(await record(companion)).toMatchObject({ ok: true });
  await hass.waitForState('switch.kitchen_record', 'on');
  await delay(1500);
  await hangUp();
  const { recording, mailbox } = await told('saved');
  expect(mailbox).toBeNull();
  expect(await files(media)).toEqual([`${recording}.wav`]);
  expect(await files(box)).toEqual([]);
  for (const phone of [kitchen, living]) expect(await loudest(phone)).toBeLessThan(200);
});

it('is refused in words where the disk is full, and the call goes on', async () => {
  await mkdir(media, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', media]);
  try {
    await using companion = await recorder({});
    expect(await record(companion)).toMatchObject({
      ok: false,
      error: {
        code: 'failed',
        message: 'There is no room for a recording: 1 MB are free and 100 MB are needed.',
      },
    });
    expect((await hass.getState('switch.kitchen_record'))?.state).toBe('off');
    expect(kitchen.call?.state).toBe('established');
  } finally {
    await run('umount', [media]);
  }
});

it('is told as failed, and is no recording in the call log, where Asterisk cannot write', async () => {
  await using companion = await recorder({ to: ['media'], dir: '/proc/recordings' });
  expect(await record(companion)).toMatchObject({ ok: true });
  await told('started');
  await hangUp();
  const failed = await told('failed');
  const { recording } = failed;
  const problem = `Asterisk wrote no sound to /proc/recordings/${recording}.wav: may it write there, and is there room?`;
  expect(failed).toEqual({
    ...{ companion: 'asterisk', pbx: 'home', time: expect.stringMatching(ISO), subject: 'recording' },
    ...{ type: 'failed', recording, file: `/proc/recordings/${recording}.wav`, problem },
    phone: { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' },
    other: { number: '6002', name: 'Living room' },
    people: ['Living room', 'Kitchen'],
    ...{ started_by: 'api', call: expect.any(String), mailbox: null, seconds: expect.any(Number) },
  });
  const event = await hass.waitForState(
    'event.recordings_activity',
    ({ attributes }) => attributes.event_type === 'failed',
  );
  expect(event.attributes).toMatchObject({
    phone: 'Kitchen',
    problem,
  });
  const { body } = await companion.http<{ calls: { notes: unknown[] }[] }>('GET', '/api/history?limit=1');
  expect(body.calls).toMatchObject([{ outcome: 'answered', notes: [] }]);
});

it('goes on through reloads of Asterisk, whoever began it, and ends once', async () => {
  const asterisk = lab.asterisk();
  await using _dialplan = await asterisk.dialplan('recordings-places', DIALPLAN);
  await using office = await lab.phone('6003', { tone: 600 });
  await using companion = await recorder({ to: ['media'] });
  await using _press = await lab.doorbell('8001').press('671');
  await office.answer();
  const theirs = await told('started');
  expect(await record(companion)).toMatchObject({ ok: true });
  const ours = await told('started', 2);
  const file = `/lab/homeassistant/media/places/${ours.recording}.wav`;
  const spooled = '/lab/asterisk/home/spool/monitor/dialplan-671.wav';
  const said = (type: string, more: object) => ({
    ...{ companion: 'asterisk', pbx: 'home', time: expect.stringMatching(ISO), subject: 'recording', type },
    ...{ call: expect.any(String), mailbox: null, ...more },
  });
  const door = {
    ...{ recording: 'dialplan-671', file: spooled, started_by: 'dialplan' },
    phone: { id: 'pjsip_6003', endpoint: 'PJSIP/6003', name: 'Office' },
    other: { name: 'Back door', number: '8001' },
    people: ['Office', 'Back door'],
  };
  const talk = {
    ...{ recording: ours.recording, file, started_by: 'api' },
    phone: { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' },
    other: { name: 'Living room', number: '6002' },
    people: ['Living room', 'Kitchen'],
  };
  expect([theirs, ours]).toEqual([said('started', door), said('started', talk)]);

  const lit = [
    'binary_sensor.recordings_running',
    ...['kitchen', 'office'].map((id) => `switch.${id}_record`),
  ];
  await Promise.all(lit.map((id) => hass.waitForState(id, 'on')));
  const running = async () => {
    const { body } = await companion.http<State>('GET', '/api/state');
    return body.pbxes.flatMap(({ recordings }) => recordings).filter(({ state }) => state === 'recording');
  };
  const before = await running();
  expect(before).toMatchObject([
    { id: 'dialplan-671', file: spooled },
    { id: ours.recording, file },
  ]);
  await using changes = await hass.record<StateChanged>('state_changed');
  // A recording that appears in the folder is shown when the companion has read everything anew.
  for (const [index, command] of [
    'core reload',
    'module reload pbx_config.so',
    'module reload app_mixmonitor.so',
  ].entries()) {
    await mkdir(media, { recursive: true });
    await writeFile(join(media, `2026112${index}-213500_6001_8000_k3f9.wav`), Buffer.alloc(44 + 16_000));
    await asterisk.rx(command);
    await hass.waitForState('sensor.recordings_saved', String(index + 1), 20);
    expect(await running()).toEqual(before);
  }
  const flickered = changes.data.filter(
    ({ entity_id, new_state }) => lit.includes(entity_id) && new_state?.state !== 'on',
  );
  expect([flickered, of('stopped')]).toEqual([[], []]);
  const paths = [join(media, `${ours.recording}.wav`), join(monitor, 'dialplan-671.wav')];
  const sizes = () => Promise.all(paths.map(size));
  const then = await sizes();
  await until('both files to grow', async () => (await sizes()).every((now, at) => now > (then[at] ?? 0)));

  expect(
    (await companion.http<Answer>('POST', '/api/actions/stop_recording', { phone: 'Kitchen' })).body,
  ).toMatchObject({ ok: true });
  const first = await told('stopped');
  await hass.waitForState('switch.kitchen_record', 'off');
  expect((await hass.getState('switch.office_record'))?.state).toBe('on');
  expect(await running()).toMatchObject([{ id: 'dialplan-671' }]);
  await hass.callService('switch.turn_off', {}, { target: { entity_id: 'switch.office_record' } });
  const second = await told('stopped', 2);
  await hass.waitForState('binary_sensor.recordings_running', 'off');
  const ended = { seconds: expect.any(Number) };
  expect([first, second]).toEqual([
    said('stopped', { ...talk, ...ended }),
    said('stopped', { ...door, ...ended }),
  ]);
  await told('saved', 2);
  await hass.waitForState('sensor.recordings_saved', '5');
  // Neither call has ended with its recording; its end is no second one.
  expect([kitchen.call?.state, office.call?.state]).toEqual(['established', 'established']);
  await asterisk.hangUpAll();
  await Promise.all(['kitchen', 'office'].map((id) => hass.waitForState(`sensor.${id}_state`, 'idle')));
  expect(['started', 'stopped', 'failed'].map((type) => of(type).length)).toEqual([2, 2, 0]);
});
