/** Recorded calls: from a switch in a real Home Assistant to sound on a real Asterisk's disk, through transfers. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { blockOf } from '../docs/pages.ts';
import { Companion, TOKEN } from './companion.ts';
import type { EntityState, EventLog, HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';

/** Hz that each phone says. */
const TONES = { kitchen: 440, living: 1000, office: 600 } as const;
type Tone = keyof typeof TONES;

const SAVED = 'sensor.recordings_saved';
const RUNNING = 'binary_sensor.recordings_running';
const EVENT = 'event.recordings_activity';
/** Bytes of a second of sound. */
const SECOND = 16_000;
/** A moment as the product tells it. */
const ISO = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/;

/** Beside the line of docs/recordings.md for all phones, 670: a call with Asterisk's own key to record; 672: one that waits, and then picks up what rings in the living room. */
const DIALPLAN = `exten => 670,1,Dial(PJSIP/6002,20,tTxX)
exten => 672,1,Answer()
 same => n,Wait(3)
 same => n,Playtones(1400)
 same => n,PickupChan(PJSIP/6002,p)
 same => n,Wait(10)
`;

interface Happened {
  readonly subject: string;
  readonly type: string;
  readonly recording: string;
  readonly [key: string]: unknown;
}
interface StateChanged {
  readonly entity_id: string;
  readonly new_state: EntityState | null;
}
interface Answer {
  readonly ok: boolean;
  readonly result: { readonly recording: string; readonly [key: string]: unknown };
  readonly error: { readonly code: string; readonly field: string | null; readonly message: string };
}

let lab: Lab;
let companion: Companion;
let hass: HassClient;
let kitchen: Phone;
let living: Phone;
let office: Phone;
let cellar: Phone;
let dialplan: AsyncDisposable;
let events: EventLog<Happened>;
/** The folder as this test sees it; Asterisk sees it as `/lab/homeassistant/media/recordings`. */
let media: string;
let box: string;
/** Where the test's own keys are told. */
let features: string;

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  media = join(lab.homeAssistant.config, 'media', 'recordings');
  box = join(lab.asterisk().dir, 'spool', 'voicemail', 'default', '6001', 'Cust5');
  await empty();
  features = join(lab.asterisk().dir, 'etc', 'features.d');
  await mkdir(features, { recursive: true });
  const typed = (words: string) => blockOf('docs/recordings.md', 'ini', words);
  await writeFile(join(features, 'page.conf'), (await typed('[applicationmap]')).replace(']', '](+)'));
  await lab.asterisk().rx('module reload features');
  dialplan = await lab
    .asterisk()
    .dialplan('recordings', `[default](+)\n${await typed('exten => _XXXX')}${DIALPLAN}`);
  [kitchen, living, office, cellar] = await Promise.all([
    lab.phone('6001', { tone: TONES.kitchen }),
    lab.phone('6002', { tone: TONES.living }),
    lab.phone('6003', { tone: TONES.office }),
    lab.phone('8009', { answer: 'auto' }),
  ]);
  companion = await Companion.start(lab, {
    recordings: {
      dir: '/lab/homeassistant/media/recordings',
      media_dir: media,
      media_source: 'local/recordings',
    },
    phones: [
      { endpoint: 'PJSIP/6001', mailbox: '6001' },
      { endpoint: 'PJSIP/6003', record: 'always' },
      { endpoint: 'PJSIP/8009', name: 'Cellar', record: 'never' },
    ],
  });
  await hass.waitForState(SAVED, '0', 20);
  await companion.scripts();
});
beforeEach(async () => {
  events = await hass.record('asterisk_event');
});
afterEach(async () => {
  await lab.asterisk().hangUpAll();
  await hass.waitForState(RUNNING, 'off');
  await events[Symbol.asyncDispose]();
});
afterAll(async () => {
  await companion?.stop();
  await Promise.all([kitchen?.stop(), living?.stop(), office?.stop(), cellar?.stop()]);
  await dialplan?.[Symbol.asyncDispose]();
  await rm(features, { recursive: true, force: true });
  await lab.asterisk().rx('module reload features');
  await empty();
  await lab?.stop();
});

async function empty(): Promise<void> {
  await Promise.all([media, box].map((folder) => rm(folder, { recursive: true, force: true })));
}

const script = (action: string, data: Record<string, unknown> = {}) =>
  lab.homeAssistant.as('wall').callService<Answer>(`script.asterisk_${action}`, data, { respond: true });

const press = (action: 'on' | 'off', phone: string) =>
  hass.callService(`switch.turn_${action}`, {}, { target: { entity_id: `switch.${phone}_record` } });

const told = (type: string, number = 1) =>
  until(`recording ${type}, ${number} times`, () => of(type).at(number - 1), { seconds: 20 });

function of(type: string): Happened[] {
  return events.data.filter((event) => event.subject === 'recording' && event.type === type);
}

/** Waits until so many seconds more are on the disk. */
async function grows(recording: string, seconds: number): Promise<void> {
  const size = async () =>
    (await readFile(join(media, `${recording}.wav`)).catch(() => Buffer.alloc(0))).length;
  const before = await size();
  await until('the file to grow', async () => (await size()) > before + seconds * SECOND, { seconds: 20 });
}

/** Who can be heard in each half second of a WAV file. */
async function heard(file: string): Promise<Tone[][]> {
  const wav = await readFile(file);
  const samples = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + (wav.length & ~1)));
  const halves: Tone[][] = [];
  for (let at = 0; at + SECOND / 4 <= samples.length; at += SECOND / 4) {
    const half = samples.subarray(at, at + SECOND / 4);
    halves.push((Object.keys(TONES) as Tone[]).filter((tone) => level(half, TONES[tone]) > 1000));
  }
  return halves;
}

/** Amplitude of one frequency (Goertzel). */
function level(samples: Int16Array, hertz: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * hertz) / 8000);
  let [one, two] = [0, 0];
  for (const sample of samples) [one, two] = [sample + turn * one - two, one];
  return (2 * Math.sqrt(Math.max(0, one * one + two * two - turn * one * two))) / samples.length;
}

const together = (halves: readonly Tone[][], ...tones: Tone[]) =>
  halves.filter((half) => half.length === tones.length && tones.every((tone) => half.includes(tone))).length;

const includes = (one: object, some: object) =>
  Object.entries(some).every(([key, value]) => one[key as keyof typeof one] === value);

/** The kitchen calls the living room. */
async function talk(number = '6002'): Promise<void> {
  await kitchen.dial(number);
  await living.answer();
  await kitchen.waitFor('established');
  await hass.waitForState('sensor.kitchen_state', 'in_call');
}

it('records both sides, through a transfer and a parking lot, into the media folder and the mailbox', async () => {
  await talk();
  expect((await hass.getState('switch.kitchen_record'))?.state).toBe('off');
  await press('on', 'kitchen');
  const started = await told('started');
  const { recording } = started;
  const [, , running] = await Promise.all(
    ['switch.kitchen_record', 'switch.living_room_record', RUNNING].map((id) => hass.waitForState(id, 'on')),
  );
  const media_content_id = `media-source://media_source/local/recordings/${recording}.wav`;
  const both = {
    people: ['Living room', 'Kitchen'],
    started_by: 'switch.kitchen_record',
    mailbox: '6001@default',
  };
  expect(started).toEqual({
    companion: 'asterisk',
    pbx: 'home',
    time: expect.stringMatching(ISO),
    subject: 'recording',
    type: 'started',
    recording: expect.stringMatching(/^\d{8}-\d{6}_6001_6002_\w{4}$/),
    phone: { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' },
    other: { name: 'Living room', number: '6002' },
    call: expect.stringMatching(/^home-\d+\.\d+$/),
    file: `/lab/homeassistant/media/recordings/${recording}.wav`,
    ...both,
  });
  expect(running?.attributes.calls).toEqual([
    {
      recording,
      time: expect.stringMatching(ISO),
      state: 'recording',
      seconds: null,
      phone: 'Kitchen',
      caller_name: 'Living room',
      caller_number: '6002',
      message: null,
      media_content_id,
      ...both,
    },
  ]);
  expect((await hass.getState(EVENT))?.attributes).toMatchObject({
    event_type: 'started',
    phone: 'Kitchen',
    caller_name: 'Living room',
    mailbox: '6001@default',
  });
  await grows(recording, 1);
  const transfer = script('transfer', { phone: 'Kitchen', target: '6003' });
  await office.answer();
  expect(await transfer).toMatchObject({ ok: true });
  await Promise.all([
    hass.waitForState('switch.kitchen_record', 'off'),
    hass.waitForState('switch.office_record', 'on'),
  ]);
  await grows(recording, 2);
  expect(await script('park', { phone: 'Office' })).toMatchObject({ ok: true });
  const retrieve = script('retrieve', { phone: 'Kitchen' });
  await kitchen.answer();
  expect(await retrieve).toMatchObject({ ok: true });
  await hass.waitForState('switch.kitchen_record', 'on');
  await grows(recording, 1);
  await living.hangUp();
  const saved = await told('saved');
  expect(saved).toMatchObject({
    recording,
    people: ['Living room', 'Kitchen', 'Office'],
    mailbox: '6001@default',
    phone: { name: 'Kitchen' },
  });
  expect(of('started')).toHaveLength(1);
  await until('the call log to have both notes', async () => {
    const { body } = await companion.http<{ calls: { notes: object[] }[] }>('GET', '/api/history?limit=5');
    const [transferred, recorded] = [
      { kind: 'transferred' },
      { kind: 'recorded', who: saved.started_by, what: recording },
    ].map((note) => body.calls.findIndex(({ notes }) => notes.some((one) => includes(one, note))));
    return transferred !== -1 && transferred === recorded;
  });
  const halves = await heard(join(media, `${recording}.wav`));
  expect(together(halves, 'kitchen', 'living')).toBeGreaterThan(2);
  expect(together(halves, 'office', 'living')).toBeGreaterThan(0);
  expect(halves.at(-2)).toEqual(['kitchen', 'living']);

  const newest = await hass.waitForState(SAVED, '1');
  expect(newest.attributes.newest).toMatchObject([
    { recording, phone: 'Kitchen', state: 'saved', media_content_id },
  ]);
  expect(await hass.ws({ type: 'media_source/resolve_media', media_content_id })).toMatchObject({
    mime_type: expect.stringMatching(/^audio\//),
    url: expect.stringContaining(`/media/local/recordings/${recording}.wav`),
  });
  const browsed = await hass.ws<{ children: { title: string; media_class: string }[] }>({
    type: 'media_source/browse_media',
    media_content_id: 'media-source://media_source/local/recordings',
  });
  expect(browsed.children).toMatchObject([{ title: `${recording}.wav`, media_class: 'music' }]);

  await until('the message', async () =>
    (await readdir(box).catch((): string[] => [])).includes('msg0000.wav'),
  );
  const message = await readFile(join(box, 'msg0000.wav'));
  expect(message.equals(await readFile(join(media, `${recording}.wav`)))).toBe(true);
  expect(await readFile(join(box, 'msg0000.txt'), 'utf8')).toMatch(/^callerid="Living room" <6002>$/m);
  expect(await script('list_messages', { mailbox: '6001', folder: 'Recordings' })).toMatchObject({
    ok: true,
    result: { total: 1, messages: [{ folder: 'Recordings', name: 'Living room', number: '6002' }] },
  });

  const url = `${companion.url}/api/audio/recordings/home/${recording}`;
  const headers = { authorization: `Bearer ${TOKEN}`, range: 'bytes=0-99' };
  const part = await fetch(url, { headers });
  expect([part.status, part.headers.get('content-type')]).toEqual([206, 'audio/wav']);
  expect((await fetch(url)).status).toBe(401);
});

it('stops and starts by action; lists, plays, moves, forwards and deletes', async () => {
  await talk();
  const first = await script('record', { phone: 'Kitchen' });
  expect(first).toMatchObject({
    ok: true,
    result: { state: 'recording', phone: { name: 'Kitchen' }, started_by: 'Wall' },
  });
  const again = await script('record', { phone: 'Living room' });
  expect(again).toMatchObject({ ok: false, error: { code: 'conflict' } });
  const { recording } = first.result;
  await grows(recording, 0.5);
  expect(await script('stop_recording', { phone: 'Kitchen' })).toMatchObject({ ok: true });
  await hass.waitForState('switch.kitchen_record', 'off');
  await told('saved');
  expect(await script('stop_recording', { phone: 'Kitchen' })).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'No call of Kitchen is recorded.' },
  });
  const second = await script('record', { phone: 'Kitchen' });
  await grows(second.result.recording, 0.5);
  await kitchen.hangUp();
  await told('saved', 2);
  expect(second.result.recording).not.toBe(recording);

  const { result } = await script('list_recordings', { phone: 'Kitchen' });
  expect(result).toMatchObject({ recordings: [{ recording: second.result.recording }, { recording }, {}] });
  const play = script('play_recording', { recording, phone: 'Living room' });
  await living.answer();
  expect(await play).toMatchObject({ ok: true, result: { phone: { name: 'Living room' } } });
  expect(await lab.asterisk().rx('core show channels concise')).toContain(
    `Playback!/lab/homeassistant/media`,
  );
  await living.waitFor('ended');
  expect(await script('move_recording', { recording, folder: 'kept' })).toMatchObject({
    ok: true,
    result: { folder: 'kept' },
  });
  expect(await readdir(join(media, 'kept'))).toEqual([`${recording}.wav`]);
  const messages = (await readdir(box)).length;
  const before = await readFile(join(media, 'kept', `${recording}.wav`));
  const forwarding = await script('forward_recording', { recording, mailbox: '6001' });
  expect(forwarding).toMatchObject({ ok: true, result: { mailbox: '6001@default' } });
  expect(await script('list_messages', { mailbox: '6001', folder: 'Recordings' })).toMatchObject({
    ok: true,
    result: {
      messages: expect.arrayContaining([expect.objectContaining({ id: forwarding.result.message })]),
    },
  });
  expect(await script('forward_recording', { recording, mailbox: '6999' })).toMatchObject({
    ok: false,
    error: { code: 'not_found', field: 'mailbox' },
  });
  const forwarded = await until('the copy', async () => {
    const names = (await readdir(box)).sort();
    return names.length === messages + 2 ? names.at(-1) : undefined;
  });
  expect((await readFile(join(box, forwarded))).equals(before)).toBe(true);
  expect((await readFile(join(media, 'kept', `${recording}.wav`))).equals(before)).toBe(true);
  expect(await script('delete_recording', { recording })).toMatchObject({ ok: true });
  expect(await readdir(join(media, 'kept'))).toEqual([]);
  expect(await script('delete_recording', { recording })).toMatchObject({
    ok: false,
    error: { code: 'not_found', field: 'recording' },
  });
});

it('records a phone always, and another never', async () => {
  await using changes = await hass.record<StateChanged>('state_changed');
  await kitchen.dial('6003');
  await office.answer();
  const { recording, started_by, phone, call } = await told('started');
  expect([started_by, (phone as { name: string }).name]).toEqual(['always', 'Office']);
  await grows(recording, 0.5);
  await press('off', 'office');
  const [stopped, saved] = [await told('stopped'), await told('saved')];
  const shown = await until('the entity to show all three', () => {
    const events = changes.data.filter(({ entity_id, new_state }) => entity_id === EVENT && new_state);
    return events.length >= 3 && events.map(({ new_state }) => new_state?.attributes);
  });
  const file = `/lab/homeassistant/media/recordings/${recording}.wav`;
  const people = ['Kitchen', 'Office'];
  const same = { recording, call, file, people, started_by: 'always', mailbox: null };
  const ended = { seconds: expect.any(Number) };
  const caller = { caller_name: 'Kitchen', caller_number: '6001' };
  expect(shown).toMatchObject(
    [{ event_type: 'started' }, { event_type: 'stopped', ...ended }, { event_type: 'saved', ...ended }].map(
      (event) => ({ ...event, ...same, ...caller, phone: 'Office', phone_id: 'pjsip_6003' }),
    ),
  );
  const who = { id: 'pjsip_6003', endpoint: 'PJSIP/6003', name: 'Office' };
  expect([stopped, saved]).toEqual(
    ['stopped', 'saved'].map((type) => ({
      ...{ companion: 'asterisk', pbx: 'home', time: expect.stringMatching(ISO), subject: 'recording', type },
      ...{ ...same, ...ended, phone: who, other: { name: 'Kitchen', number: '6001' } },
    })),
  );
  await lab.asterisk().hangUpAll();
  expect(of('started')).toHaveLength(1);
  await kitchen.dial('8009');
  await cellar.waitFor('established');
  await hass.waitForState('sensor.kitchen_state', 'in_call');
  expect(await script('record', { phone: 'Kitchen' })).toMatchObject({
    ok: false,
    error: { code: 'forbidden', message: expect.stringContaining('Calls of Cellar are never recorded') },
  });
});

it('follows a phone’s keys: the companion’s own, and Asterisk’s automixmon', async () => {
  await talk();
  await kitchen.press('*5');
  expect(await told('started')).toMatchObject({ started_by: 'Kitchen', mailbox: '6001@default' });
  await hass.waitForState('switch.living_room_record', 'on');
  await kitchen.press('*5');
  await told('stopped');
  await kitchen.hangUp();
  await living.waitFor('ended');
  await talk('670');
  await kitchen.press('*1');
  const touched = await told('started', 2);
  expect(touched).toMatchObject({ started_by: 'Kitchen', phone: { name: 'Kitchen' }, mailbox: null });
  expect(touched.file).toMatch(/^\/lab\/asterisk\/home\/spool\/monitor\/auto-/);
  await hass.waitForState('switch.kitchen_record', 'on');
  await press('off', 'kitchen');
  await told('stopped', 2);
  await kitchen.press('*1');
  await told('started', 3);
  await kitchen.press('*1');
  await told('stopped', 3);
});

it('goes on when the recorded party itself transfers, and after a restart of the companion', async () => {
  await talk();
  await press('on', 'kitchen');
  const first = await told('started');
  await grows(first.recording, 0.5);
  const transfer = script('transfer', { phone: 'Living room', target: '6003' });
  await office.answer();
  expect(await transfer).toMatchObject({ ok: true });
  const second = await told('started', 2);
  expect(second).toMatchObject({ phone: { name: 'Kitchen' }, started_by: first.started_by });
  await grows(second.recording, 1);
  await companion.kill();
  await hass.waitForState('switch.kitchen_record', 'unavailable');
  await companion.launch();
  await hass.waitForState('switch.kitchen_record', 'on', 20);
  await press('off', 'kitchen');
  await hass.waitForState('switch.kitchen_record', 'off');
  await kitchen.hangUp();
  await told('saved', 2);
  const halves = await heard(join(media, `${second.recording}.wav`));
  expect(together(halves, 'kitchen', 'office')).toBeGreaterThan(0);
});

it('goes on through an attended transfer', async () => {
  await talk('670');
  await press('on', 'kitchen');
  const { recording } = await told('started');
  const transfer = script('transfer', { phone: 'Kitchen', target: '6003', kind: 'attended' });
  await office.answer();
  expect(await transfer).toMatchObject({ ok: true, result: { state: 'consulting' } });
  await kitchen.hangUp();
  await hass.waitForState('sensor.kitchen_state', 'idle');
  await grows(recording, 2);
  await living.hangUp();
  await told('saved');
  const halves = await heard(join(media, `${recording}.wav`));
  expect(together(halves, 'office', 'living')).toBeGreaterThan(0);
  expect(of('started')).toHaveLength(1);
});

it('goes on through a masquerade', async () => {
  await office.dial('672');
  await office.waitFor('established');
  await hass.waitForState('sensor.office_state', 'in_call');
  const { result } = await script('record', { phone: 'Office' });
  await kitchen.dial('6002');
  await living.waitFor('ringing');
  await kitchen.waitFor('established');
  await hass.waitForState('switch.kitchen_record', 'on');
  await grows(result.recording, 1);
  expect(await script('stop_recording', { phone: 'Kitchen' })).toMatchObject({ ok: true });
  await told('saved');
  const halves = await heard(join(media, `${result.recording}.wav`));
  expect(together(halves, 'kitchen', 'office')).toBeGreaterThan(0);
  expect(of('started')).toHaveLength(1);
});
