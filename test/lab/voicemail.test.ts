/** Voicemail from a caller on a real Asterisk to a real Home Assistant, and back to a phone. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AmiClient } from '../../src/ami/index.ts';
import { blockOf } from '../docs/pages.ts';
import { Companion, TOKEN } from './companion.ts';
import { House } from './house.ts';
import type { HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';
import { samplesOf, share } from './stack/sound.ts';

const NEW = 'sensor.mailbox_kitchen_new_messages';
const OLD = 'sensor.mailbox_kitchen_old_messages';
const EVENT = 'event.mailbox_kitchen_new_message';
const TONE = 440;
/** A moment as the product tells it. */
const ISO = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/;

/** Context `lab-voicemail`: leaves an urgent message in a mailbox, for a tone. */
const DIALPLAN = `
[lab-voicemail]
exten => _6XXX,1,Answer()
 same => n,Set(CALLERID(all)="Tone \\"A\\"" <0555>)
 same => n,VoiceMail(\${EXTEN}@default,sSU)
 same => n,Hangup()
exten => tone,1,Answer()
 same => n,Wait(0.5)
 same => n,Playtones(${TONE})
 same => n,Wait(3)
 same => n,Hangup()
`;

interface Message {
  readonly id: string;
  readonly folder: string;
  readonly name: string;
  readonly number: string;
  readonly seconds: number;
  readonly audio: string | null;
}
interface Answer {
  readonly ok: boolean;
  readonly result: { readonly messages: Message[]; readonly message: Message; readonly total: number };
  readonly error: { readonly code: string; readonly field: string | null; readonly message: string };
}

let lab: Lab;
let companion: Companion;
let hass: HassClient;
let kitchen: Phone;
let living: Phone;
let dialplan: AsyncDisposable;
let spool: string;

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  spool = join(lab.asterisk().dir, 'spool', 'voicemail');
  await empty();
  const page = await blockOf('docs/voicemail.md', 'ini', '; extensions.conf');
  dialplan = await lab.asterisk().dialplan('voicemail', `[default](+)\n${page}${DIALPLAN}`);
  [kitchen, living] = await Promise.all([lab.phone('6001', { listens: true }), lab.phone('6002')]);
  companion = await Companion.start(lab, {
    voicemail: { spool },
    mailboxes: [{ mailbox: '6002', phone: 'PJSIP/6001' }],
  });
  await hass.waitForState(NEW, '0', 20);
});
afterEach(async () => {
  await lab.asterisk().hangUpAll();
});
afterAll(async () => {
  await companion?.stop();
  await Promise.all([kitchen?.stop(), living?.stop()]);
  await dialplan?.[Symbol.asyncDispose]();
  await empty();
  await lab?.stop();
});

/** Takes every message away behind Asterisk's back; it reads the folders anew when it is next asked. */
async function empty(): Promise<void> {
  await rm(join(spool, 'default'), { recursive: true, force: true });
}

/** Runs an action as somebody on a wall tablet would. */
async function run(action: string, fields: Record<string, unknown>): Promise<Answer> {
  const wall = lab.homeAssistant.as('wall');
  return (await wall.callService(`script.asterisk_${action}`, fields, { respond: true })) as Answer;
}

async function list(mailbox: string, folder?: string): Promise<Message[]> {
  const answer = await run('list_messages', { mailbox, ...(folder === undefined ? {} : { folder }) });
  expect(answer).toMatchObject({ ok: true });
  return answer.result.messages;
}

/** Ids of the messages that are in a folder on Asterisk's disk. */
async function onDisk(mailbox: string, folder: string): Promise<string[]> {
  const dir = join(spool, 'default', mailbox, folder);
  const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith('.txt'));
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
  return texts.map((text) => /^msg_id=(.*)$/m.exec(text)?.[1] ?? '').sort();
}

/** What Asterisk has said so far. */
function log(): Promise<string> {
  return readFile(join(lab.asterisk().dir, 'log', 'full.log'), 'utf8');
}

/** Waits until it plays a sound that it had not played before. */
async function played(sound: string): Promise<void> {
  const times = async () => (await log()).split(`Playing '${sound}`).length;
  const before = await times();
  await until(`${sound} to be played`, async () => (await times()) > before, { seconds: 20 });
}

/** Somebody whose voice is a tone leaves an urgent message. */
async function leaveTone(mailbox: string): Promise<void> {
  await lab.asterisk().rx(`channel originate Local/${mailbox}@lab-voicemail/n extension tone@lab-voicemail`);
}

it('counts and lists what a caller has left within two seconds, and tells of it', async () => {
  await using bus = await hass.record<Record<string, unknown>>('asterisk_event');
  await living.dial('6001');
  await kitchen.waitFor('ringing');
  await kitchen.hangUp();
  await living.waitFor('established');
  await played('vm-theperson');
  await living.press('#');
  await played('beep');
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  await living.hangUp();
  const hungUp = Date.now();
  const sensor = await hass.waitForState(
    NEW,
    ({ attributes }) => (attributes.messages as unknown[]).length === 1,
    5,
  );
  expect(Date.parse(sensor.last_updated) - hungUp).toBeLessThan(2_000);
  expect(sensor).toMatchObject({
    state: '1',
    attributes: {
      mailbox: '6001_default',
      mailbox_name: 'Kitchen',
      urgent: 0,
      folders: { INBOX: 1 },
      problem: null,
      messages: [{ name: 'Living room', number: '6002', folder: 'INBOX', flag: '' }],
    },
  });
  const [message] = await list('6001');
  expect(message).toEqual({
    id: expect.stringMatching(/^\d{10}-[\da-f]{8}$/),
    folder: 'INBOX',
    name: 'Living room',
    number: '6002',
    time: expect.stringMatching(ISO),
    seconds: expect.any(Number),
    flag: '',
    audio: `/api/audio/voicemail/home/6001_default/INBOX/${message?.id}`,
  });
  expect(sensor.attributes.messages).toEqual([message]);
  const event = await hass.waitForState(EVENT, ({ attributes }) => attributes.event_type === 'new_message');
  expect(event.attributes).toMatchObject({
    caller_name: 'Living room',
    caller_number: '6002',
    message: message?.id,
    mailbox: '6001_default',
    seconds: message?.seconds,
    urgent: false,
  });
  const told = await bus.waitFor('the message', ({ subject }) => subject === 'voicemail');
  expect(told).toEqual({
    ...{ companion: 'asterisk', pbx: 'home', time: expect.stringMatching(ISO), subject: 'voicemail' },
    ...{ type: 'new_message', mailbox: '6001@default', name: 'Kitchen', message: message?.id },
    ...{ caller: { number: '6002', name: 'Living room' }, seconds: message?.seconds, urgent: false },
  });
  expect(message).toMatchObject({ folder: 'INBOX', name: 'Living room', number: '6002' });
  expect(message?.seconds).toBeGreaterThan(0);
  expect(await onDisk('6001', 'INBOX')).toEqual([message?.id]);
  const log = await companion.http<{ calls: { notes: unknown[] }[] }>('GET', '/api/history?limit=1');
  const note = { kind: 'voicemail', who: 'Kitchen', what: message?.id };
  expect(log.body.calls[0]?.notes).toMatchObject([note]);
  const now = Math.abs(Date.parse((message as unknown as { time: string }).time) - Date.now());
  expect(now).toBeLessThan(60_000);
});

it('counts an urgent one, and lets it be heard over HTTP, in parts and by who may', async () => {
  await leaveTone('6001');
  const sensor = await hass.waitForState(NEW, ({ attributes }) => attributes.urgent === 1, 15);
  expect(sensor.state).toBe('2');
  expect(sensor.attributes).toMatchObject({
    folders: { INBOX: 1, Urgent: 1 },
    messages: [{ folder: 'Urgent', flag: 'Urgent', name: 'Tone "A"' }, { flag: '' }],
  });
  const event = await hass.waitForState(EVENT, ({ attributes }) => attributes.urgent === true);
  expect(event.attributes).toMatchObject({ event_type: 'new_message', caller_number: '0555' });
  const [tone] = await list('6001', 'Urgent');
  expect(tone).toMatchObject({ name: 'Tone "A"', number: '0555', folder: 'Urgent' });
  const url = companion.url + String(tone?.audio);
  const authorization = `Bearer ${TOKEN}`;
  const whole = await fetch(url, { headers: { authorization } });
  expect([whole.status, whole.headers.get('content-type')]).toEqual([200, 'audio/wav']);
  const sound = Buffer.from(await whole.arrayBuffer());
  expect(sound.toString('latin1', 0, 4)).toBe('RIFF');
  expect(share(samplesOf(sound), TONE)).toBeGreaterThan(0.8);
  const part = await fetch(url, { headers: { authorization, range: 'bytes=100-199' } });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(sound.subarray(100, 200));
  expect((await fetch(url)).status).toBe(401);
  expect((await fetch(`${url}x`, { headers: { authorization } })).status).toBe(404);
});

it('plays a message on a phone: it rings, the phone hears it, and it counts as heard', async () => {
  const [tone] = await list('6001', 'Urgent');
  const played = run('play_message', { mailbox: 'Kitchen', message: tone?.id });
  const call = await kitchen.answer();
  expect(call.peerName).toBe('Voicemail: Tone  A');
  expect(await played).toMatchObject({ ok: true, result: { message: { id: tone?.id } } });
  await kitchen.waitFor('ended', 15);
  const heard = (await kitchen.heard()).at(-1) ?? new Int16Array();
  expect(share(heard, TONE)).toBeGreaterThan(0.8);
  await hass.waitForState(NEW, '1');
  await hass.waitForState(OLD, ({ attributes }) => (attributes.messages as Message[])[0]?.id === tone?.id);
  expect(await onDisk('6001', 'Old')).toEqual([tone?.id]);
});

it('plays the newest by a button, on the phone that is chosen', async () => {
  const on = { entity_id: 'select.mailbox_kitchen_play_on' };
  await hass.waitForState(on.entity_id, 'Kitchen');
  await hass.callService('select.select_option', { option: 'Living room' }, { target: on });
  await hass.waitForState(on.entity_id, 'Living room');
  const press = () =>
    hass.callService('button.press', {}, { target: { entity_id: 'button.mailbox_kitchen_play_newest' } });
  await press();
  await living.answer();
  await living.hangUp();
  // hung up at once: not heard
  expect((await hass.getState(NEW))?.state).toBe('1');
});

it('offers to play on a phone where Asterisk’s folder cannot be read', async () => {
  await using blind = await new House(lab, 'admin', { voicemailSpool: join(spool, 'elsewhere') }).start();
  expect(await blind.run('list_messages', { mailbox: '6001' })).toMatchObject({
    ok: true,
    result: { messages: [{ audio: null }, { audio: null }] },
  });
  expect(blind.lines.filter((line) => line.includes('voicemail.spool'))).toEqual([
    expect.stringContaining('cannot be read, so messages can be played on phones only'),
  ]);
  const played = blind.run('play_message', { mailbox: '6001', phone: 'PJSIP/6002' });
  await living.answer();
  expect(await played).toMatchObject({ ok: true, result: { phone: { endpoint: 'PJSIP/6002' } } });
  await living.hangUp();
});

it('moves, forwards and deletes on Asterisk’s disk', async () => {
  const [message] = await list('6001', 'INBOX');
  const id = message?.id ?? '';
  expect(await run('move_message', { mailbox: '6001', message: id, to: 'Recordings' })).toMatchObject({
    ok: true,
    result: { message: { id, folder: 'Recordings' } },
  });
  expect([await onDisk('6001', 'INBOX'), await onDisk('6001', 'Cust5')]).toEqual([[], [id]]);
  await hass.waitForState(NEW, '0');
  expect(
    await run('forward_message', { mailbox: '6001', message: id, to_mailbox: 'Living room' }),
  ).toMatchObject({
    ok: true,
    result: { to_mailbox: { mailbox: '6002@default' }, message: { id, folder: 'INBOX' } },
  });
  expect([await onDisk('6001', 'Cust5'), await onDisk('6002', 'INBOX')]).toEqual([[id], [id]]);
  const event = await hass.waitForState(
    'event.mailbox_living_room_new_message',
    ({ attributes }) => attributes.message === id,
  );
  expect(event.attributes).toMatchObject({ event_type: 'new_message', caller_name: 'Living room' });
  expect(await run('delete_message', { mailbox: '6001', message: id })).toMatchObject({ ok: true });
  expect([await onDisk('6001', 'Cust5'), await onDisk('6002', 'INBOX')]).toEqual([[], [id]]);
  expect(await run('delete_message', { mailbox: '6001', message: id })).toMatchObject({
    ok: false,
    error: { code: 'not_found', field: 'message' },
  });
  const logged = (await companion.log()).filter(({ msg }) => msg === 'Delete message done');
  expect(logged).toMatchObject([
    { via: 'script', userId: lab.homeAssistant.users.wall.id, fields: { message: id } },
  ]);
});

it('marks all as heard by a button, and one by an action', async () => {
  const button = { entity_id: 'button.mailbox_living_room_mark_all_heard' };
  await hass.callService('button.press', {}, { target: button });
  await hass.waitForState('sensor.mailbox_living_room_new_messages', '0');
  const [heard] = await list('6002', 'Old');
  expect(await onDisk('6002', 'Old')).toEqual([heard?.id]);
  const back = { mailbox: '6002', message: heard?.id };
  expect(await run('move_message', { ...back, to: 'INBOX' })).toMatchObject({ ok: true });
  await hass.waitForState('sensor.mailbox_living_room_new_messages', '1');
  expect(await run('mark_heard', back)).toMatchObject({ ok: true, result: { marked: 1, left: 0 } });
  await hass.waitForState('sensor.mailbox_living_room_old_messages', '1');
});

it('shows as heard what a phone has listened to by *97', async () => {
  const [message] = await list('6002', 'Old');
  const moved = run('move_message', { mailbox: '6002', message: message?.id, to: 'INBOX' });
  expect(await moved).toMatchObject({ ok: true });
  await hass.waitForState('sensor.mailbox_living_room_new_messages', '1');
  await living.dial('*97');
  await played('vm-password');
  await living.press('1234#');
  await played('vm-youhave');
  await living.press('1');
  await played('vm-advopts');
  await living.hangUp();
  await hass.waitForState('sensor.mailbox_living_room_new_messages', '0');
  await hass.waitForState('sensor.mailbox_living_room_old_messages', '1');
  expect(await onDisk('6002', 'Old')).toEqual([message?.id]);
});

it('records a greeting on a phone', async () => {
  // the owner said that this mailbox's phone is the kitchen's
  const recording = run('record_greeting', { mailbox: 'Living room', greeting: 'busy' });
  await kitchen.answer();
  expect(await recording).toMatchObject({
    ok: true,
    result: { greeting: 'busy', phone: { name: 'Kitchen' } },
  });
  const said = async (words: string) => {
    const log = await readFile(join(lab.asterisk().dir, 'log', 'full.log'), 'utf8');
    return log.slice(log.lastIndexOf("'vm-rec-busy")).includes(words);
  };
  await until('the tone', () => said("Playing 'beep"), { seconds: 20 });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await kitchen.press('#');
  await until('the question whether to keep it', () => said("Playing 'vm-review"), { seconds: 10 });
  await kitchen.press('1');
  const file = join(spool, 'default', '6002', 'busy.wav');
  await until('the greeting', async () => (await readFile(file).catch(() => '')).length > 8_000);
});

it('lists a mailbox with 1,000 messages while a doorbell rings in time', async () => {
  const dir = join(spool, 'default', '6100', 'INBOX');
  await mkdir(dir, { recursive: true });
  await Promise.all(
    Array.from({ length: 1000 }, async (_, index) => {
      const name = join(dir, `msg${String(index).padStart(4, '0')}`);
      const second = 1_764_000_000 + index;
      const id = `${second}-${index.toString(16).padStart(8, '0')}`;
      const fields = { callerid: '"Anna" <555>', origtime: second, msg_id: id, flag: '', duration: 3 };
      const lines = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
      await writeFile(`${name}.txt`, ['[message]', ...lines, ''].join('\n'));
      await writeFile(`${name}.wav`, Buffer.alloc(44));
    }),
  );
  expect(await run('list_messages', { mailbox: 'Archive', limit: 1 })).toMatchObject({
    result: { total: 1000 },
  });
  const archive = await hass.waitForState('sensor.mailbox_archive_new_messages', '1000');
  expect(archive.attributes.messages).toHaveLength(15);
  const doorbells = [{ name: 'Front door', endpoint: 'PJSIP/8000', extensions: [], answer_on: [] }];
  await using ours = await new House(lab, 'admin', { doorbells }).start();
  await using other = await new House(lab, 'admin').start();
  expect(await ours.run('list_messages', { mailbox: 'Archive', offset: 990 })).toMatchObject({
    ok: true,
    result: { total: 1000, messages: Array.from({ length: 10 }, () => ({ name: 'Anna' })) },
  });

  /** ms by which our ring comes later than the same call on an AMI session that is asked nothing. */
  async function lateness(): Promise<number> {
    const seen = Promise.withResolvers<number>();
    const rung = Promise.withResolvers<number>();
    const stops = [
      other.ami.listen({ Newchannel: () => seen.resolve(performance.now()) }),
      ours.pbx.onHappening(({ type }) => type === 'ring' && rung.resolve(performance.now())),
    ];
    await using _press = await lab.doorbell('8000').press('600', { giveUpAfter: 2 });
    const late = (await rung.promise) - (await seen.promise);
    for (const stop of stops) stop();
    return late;
  }

  /** The latest of three rings while one list of the mailbox after the other goes over a link, and ms of a list. */
  async function beside(link: Pick<AmiClient, 'list'>): Promise<{ late: number; list: number }> {
    const times: number[] = [];
    const load = { on: true };
    const listing = (async () => {
      while (load.on) {
        const began = performance.now();
        await link.list({ Action: 'VoicemailBoxSummary', Context: 'default', Mailbox: '6100' });
        times.push(performance.now() - began);
      }
    })();
    let late = 0;
    for (let press = 0; press < 3; press += 1) {
      late = Math.max(late, await lateness());
      await lab.asterisk().hangUpAll();
    }
    load.on = false;
    await listing;
    return { late: Math.round(late), list: Math.round(Math.max(...times)) };
  }
  const slow = await beside(ours.pbx.slow);
  const first = await beside(ours.ami);
  console.log(
    `Beside lists of 1,000 messages (up to ${slow.list} ms each) the latest of three rings comes ${slow.late} ms late; ` +
      `were they asked for over the first link (up to ${first.list} ms each), ${first.late} ms`,
  );
  expect(slow.late).toBeLessThan(500);
  await rm(dir, { recursive: true });
  expect(await list('Archive')).toEqual([]);
  await hass.waitForState('sensor.mailbox_archive_new_messages', '0');
});

it('says what an AMI user without the rights may not do', async () => {
  await using listener = await new House(lab, 'listener').start();
  expect(await listener.run('play_message', { mailbox: '6002' })).toMatchObject({
    ok: false,
    error: { code: 'forbidden', message: expect.stringContaining('Originate') },
  });
});
