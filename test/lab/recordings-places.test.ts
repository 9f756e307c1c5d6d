/** Where recordings go and what is heard of them, by the settings; and when they cannot be kept. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Companion } from './companion.ts';
import type { EventLog, HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';
import { samplesOf } from './stack/sound.ts';

const run = promisify(execFile);

/** A moment as the product tells it. */
const ISO = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/;

interface Happened {
  readonly subject: string;
  readonly type: string;
  readonly recording: string;
  readonly seconds: number;
  readonly [key: string]: unknown;
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

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  media = join(lab.homeAssistant.config, 'media', 'places');
  box = join(lab.asterisk().dir, 'spool', 'voicemail', 'default', '6001', 'Cust5');
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
  await Promise.all([media, box].map((folder) => rm(folder, { recursive: true, force: true })));
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

const told = (type: string) =>
  until(
    `recording ${type}`,
    () => events.data.find((event) => event.subject === 'recording' && event.type === type),
    { seconds: 20 },
  );

const loudest = async (phone: Phone) =>
  Math.max(0, ...((await phone.heard()).at(-1) ?? []).map((sample) => Math.abs(sample)));

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
