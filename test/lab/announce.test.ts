/** Announcements, from a text in a script of the real Home Assistant to the sound in a phone. */
import { once } from 'node:events';
import { chmod, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Companion, type CompanionSettings } from './companion.ts';
import type { EventLog, HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { freePort, until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';
import { RUN_IN_TREE, Tree } from './stack/tree.ts';

interface Answer {
  readonly ok: boolean;
  readonly result: {
    readonly state: string;
    readonly digit: string | null;
    readonly phones: { readonly seconds: number }[];
  };
  readonly error: { readonly code: string; readonly field: string | null; readonly message: string };
}

let lab: Lab;
let companion: Companion;
let wall: HassClient;
let kitchen: Phone;
let living: Phone;

/** A folder with a program of the tree that this machine's own processes can run. */
async function programs(name: string): Promise<string> {
  const { dir } = Tree.at(lab.place);
  const folder = join(lab.place.run, `programs-${name}`);
  await mkdir(folder, { recursive: true });
  const libraries = ['', '/pulseaudio', '/blas', '/lapack'].map(
    (part) => `${dir}/usr/lib/x86_64-linux-gnu${part}`,
  );
  const run = `${dir}/usr/lib64/ld-linux-x86-64.so.2 --library-path ${libraries.join(':')} ${dir}/usr/bin/${name}`;
  await writeFile(join(folder, name), `#!/bin/sh\nexec ${run} "$@"\n`);
  await chmod(join(folder, name), 0o755);
  return folder;
}

/** This process's PATH without converters of its own. */
async function pathWith(...names: string[]): Promise<{ PATH: string }> {
  const folders = await Promise.all(names.map(programs));
  return { PATH: folders.join(':') };
}

/** Phones as a happening names them. */
const KITCHEN = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };
const LIVING = { id: 'pjsip_6002', endpoint: 'PJSIP/6002', name: 'Living room' };
const ATTIC = { id: 'pjsip_6004', endpoint: 'PJSIP/6004', name: 'Attic' };

const PHONES = {
  phones: [{ endpoint: 'PJSIP/6002', auto_answer: true }],
  groups: [{ name: 'Everybody', phones: ['PJSIP/6001', 'PJSIP/6002', 'PJSIP/6004'] }],
};

/** Starts the product, and waits until it knows the phones. */
async function start(settings: CompanionSettings, ...converters: string[]): Promise<void> {
  companion = await Companion.start(lab, { ...PHONES, ...settings }, await pathWith(...converters));
  await companion.scripts();
  await wall.waitForState('sensor.kitchen_state', 'idle', 30);
  await wall.waitForState('sensor.living_room_state', 'idle', 30);
}

beforeAll(async () => {
  lab = Lab.attach();
  wall = lab.homeAssistant.as('wall');
  [kitchen, living] = await Promise.all([
    lab.phone('6001', { intercom: true, listens: true }),
    lab.phone('6002', { intercom: true, listens: true }),
  ]);
  await start({}, 'ffmpeg');
});
afterAll(async () => {
  await companion?.stop();
  await Promise.all([kitchen?.stop(), living?.stop()]);
  await lab?.stop();
});
afterEach(async () => {
  await lab.asterisk().hangUpAll();
  await wall.waitForState('sensor.kitchen_state', 'idle');
  await wall.waitForState('sensor.living_room_state', 'idle');
});

function announce(fields: Record<string, unknown>): Promise<Answer> {
  return wall.callService('script.asterisk_announce', fields, { respond: true }) as Promise<Answer>;
}

/** What the bus was told at the end of an announcement. */
const ended = (bus: EventLog) =>
  bus.waitFor('the end of the announcement', ({ subject }) => subject === 'announcement');

/** What that carries. */
function happening(type: string, more: object): object {
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
  return { companion: 'asterisk', pbx: 'home', time, subject: 'announcement', type, who: 'Wall', ...more };
}

/** How Asterisk reaches the product from elsewhere: a port that hands on to another, or refuses to. */
class Way implements AsyncDisposable {
  blocked = false;
  readonly #server: Server;

  private constructor(to: number) {
    this.#server = createServer(async ({ url }, response) => {
      if (this.blocked) return void response.writeHead(503).end();
      const answer = await fetch(`http://127.0.0.1:${to}${url}`);
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  }

  static async open(port: number, to: number): Promise<Way> {
    const way = new Way(to);
    way.#server.listen(port, '127.0.0.1');
    await once(way.#server, 'listening');
    return way;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** What a phone has heard in its newest call: how long there was sound, how loud, and how much of it one tone is. */
async function heardBy(phone: Phone, hertz = 0) {
  const all = (await phone.heard()).at(-1) ?? new Int16Array();
  const loud = (value: number) => Math.abs(value) > 500;
  const samples = all.slice(all.findIndex(loud), all.findLastIndex(loud) + 1);
  let [cosine, sine, energy, sounding] = [0, 0, 0, 0];
  for (const [at, value] of samples.entries()) {
    cosine += value * Math.cos((2 * Math.PI * hertz * at) / 8000);
    sine += value * Math.sin((2 * Math.PI * hertz * at) / 8000);
    energy += value * value;
    if (loud(value)) sounding += 1;
  }
  return {
    seconds: sounding / 8000,
    level: Math.sqrt(energy / samples.length),
    share: (2 * (cosine ** 2 + sine ** 2)) / (samples.length * energy),
  };
}

it('speaks a text: the phone rings, answers, and gets the sound of it', async () => {
  await using bus = await lab.homeAssistant.as('admin').record('asterisk_event');
  const answer = announce({ text: 'Dinner; $(reboot) "& 500', phones: ['Kitchen'], caller_name: 'Cook' });
  const call = await kitchen.answer();
  expect(call.peerName).toBe('Cook');
  expect(await answer).toMatchObject({
    ok: true,
    result: { state: 'answered', digit: null, phones: [{ name: 'Kitchen', state: 'answered', reason: '' }] },
  });
  await kitchen.waitFor('ended');
  const heard = await heardBy(kitchen, 500);
  expect(heard.level).toBeGreaterThan(3000);
  expect(heard.seconds).toBeGreaterThan(0.5);
  expect(heard.share).toBeGreaterThan(0.5);
  expect(await ended(bus)).toEqual(
    happening('answered', {
      ...{ digit: null, by: null },
      phones: [{ ...KITCHEN, state: 'answered', digit: null }],
    }),
  );
});

it('gives the key that was pressed', async () => {
  const answer = announce({ text: 'Press 1 to confirm', phones: 'Kitchen', reply: 1, reply_time: 20 });
  await kitchen.answer();
  await kitchen.press('5');
  await kitchen.press('1');
  expect(await answer).toMatchObject({
    ok: true,
    result: {
      state: 'confirmed',
      digit: '1',
      by: { name: 'Kitchen', endpoint: 'PJSIP/6001' },
      phones: [{ state: 'confirmed', digit: '1' }],
    },
  });
  await kitchen.waitFor('ended');
});

it('takes a phone that hangs up for one that has answered', async () => {
  const answer = announce({ text: 'A long story', phones: ['Kitchen'], repeat: 5 });
  await kitchen.answer();
  await until('the phone to hear it', async () => (await heardBy(kitchen)).seconds > 0.2);
  await kitchen.hangUp();
  const { result } = await answer;
  expect(result).toMatchObject({ state: 'answered', phones: [{ state: 'answered', reason: '' }] });
  expect(result.phones[0]?.seconds).toBeLessThan(8);
});

it('asks a phone to answer by itself, as its setting says; on a group, and until the first reply', async () => {
  await using bus = await lab.homeAssistant.as('admin').record('asterisk_event');
  const answer = announce({
    text: 'Fire 700',
    group: 'Everybody',
    reply: '12',
    reply_time: 30,
    until_reply: true,
  });
  await living.waitFor('established');
  await kitchen.waitFor('ringing');
  await living.press('2');
  expect(await answer).toMatchObject({
    ok: true,
    result: {
      state: 'confirmed',
      digit: '2',
      by: { name: 'Living room' },
      phones: [
        { name: 'Kitchen', state: 'stopped' },
        { name: 'Living room', state: 'confirmed', digit: '2' },
        { name: 'Attic', state: 'unreachable', reason: 'Attic is not registered.' },
      ],
    },
  });
  await kitchen.waitFor('ended');
  const invites = (phone: Phone) => phone.messages().filter(({ start }) => start.startsWith('INVITE'));
  const asks = (phone: Phone) =>
    invites(phone)
      .at(-1)
      ?.headers.filter(([name]) => /^(Alert|Call)-Info$/.test(name))
      .map(([, value]) => value)
      .toSorted();
  expect(asks(living)).toEqual([
    '<http://127.0.0.1>;info=alert-autoanswer;delay=0',
    '<sip:127.0.0.1>;answer-after=0',
  ]);
  expect(asks(kitchen)).toEqual([]);
  expect(await ended(bus)).toEqual(
    happening('confirmed', {
      ...{ digit: '2', by: LIVING },
      phones: [
        { ...KITCHEN, state: 'stopped', digit: null },
        { ...LIVING, state: 'confirmed', digit: '2' },
        { ...ATTIC, state: 'unreachable', digit: null },
      ],
    }),
  );
});

it('plays a media file, converted from MP3, as often and as loud as asked', async () => {
  const components = join(Tree.at(lab.place).dir, 'opt');
  const [venv = ''] = (await readdir(components)).filter((name) => /^homeassistant-\w+$/.test(name));
  const [python = ''] = await readdir(join(components, venv, 'lib'));
  const mp3 = join(components, venv, 'lib', python, 'site-packages/homeassistant/components/demo/tts.mp3');
  await mkdir(join(lab.homeAssistant.config, 'media'), { recursive: true });
  await copyFile(mp3, join(lab.homeAssistant.config, 'media', 'gong.mp3'));
  const media = 'media-source://media_source/local/gong.mp3';
  const answer = announce({ media, phones: ['Living room'], repeat: 2, volume: 50 });
  await living.waitFor('established');
  const { ok, result, error } = await answer;
  expect([ok, error]).toEqual([true, undefined]);
  expect(result.phones[0]?.seconds).toBeGreaterThan(2.5);
  expect((await heardBy(living)).seconds).toBeGreaterThan(0.3);
});

it('plays a sound of Asterisk’s, says which it cannot play, and waits for a key after it', async () => {
  const beep = announce({ sound: 'beep', phones: ['Living room'], reply: '*', reply_time: 20 });
  await living.waitFor('established');
  await living.press('*');
  expect(await beep).toMatchObject({ ok: true, result: { state: 'confirmed', digit: '*' } });
  await wall.waitForState('sensor.living_room_state', 'idle');
  expect(await announce({ sound: 'no-such-sound', phones: ['Living room'] })).toMatchObject({
    ok: false,
    error: { code: 'failed', message: 'Asterisk home could not play no-such-sound: see its log.' },
  });
});

it('leaves a phone in a call alone, and says who is busy, refuses and does not answer', async () => {
  await kitchen.dial('777');
  await wall.waitForState('sensor.kitchen_state', 'in_call');
  await using bus = await lab.homeAssistant.as('admin').record('asterisk_event');
  expect(await announce({ text: 'Hello', phones: ['Kitchen'] })).toMatchObject({
    ok: true,
    result: { state: 'not_answered', phones: [{ state: 'busy', reason: 'Kitchen is in a call.' }] },
  });
  expect(await ended(bus)).toEqual(
    happening('not_answered', {
      ...{ digit: null, by: null },
      phones: [{ ...KITCHEN, state: 'busy', digit: null }],
    }),
  );
  const second = announce({ text: 'Hello', phones: ['Kitchen'], busy_phones: true, timeout: 2 });
  expect(await second).toMatchObject({ ok: true, result: { phones: [{ state: 'not_answered' }] } });
  await kitchen.hangUp();
  await wall.waitForState('sensor.kitchen_state', 'idle');
  const refused = announce({ text: 'Hello', phones: ['Kitchen'] });
  await kitchen.waitFor('ringing');
  await kitchen.hangUp();
  expect(await refused).toMatchObject({ ok: true, result: { phones: [{ state: 'busy' }] } });
});

it('says in words what cannot be spoken or found', async () => {
  const phones = ['Kitchen'];
  expect((await announce({ text: 'Hi', phones, engine: 'tts.nobody' })).error).toEqual({
    code: 'not_found',
    field: null,
    message: 'Home Assistant has no text-to-speech engine "tts.nobody"; there is lab_speech',
  });
  expect((await announce({ text: 'Hi', phones, language: 'fr' })).error).toMatchObject({
    code: 'not_found',
    message: 'lab_speech does not speak "fr"',
  });
  expect((await announce({ text: 'silence', phones })).error).toMatchObject({ code: 'failed' });
  const gone = 'media-source://media_source/local/nothing.mp3';
  expect((await announce({ media: gone, phones })).error).toMatchObject({ code: 'failed' });
  expect((await announce({ sound: '../etc/passwd', phones })).error).toMatchObject({ field: 'sound' });
  expect(kitchen.call?.state).toBe('ended');
});

it('speaks on a group what is sent to its notify entity', async () => {
  const rings = living.rings;
  const target = { entity_id: 'notify.asterisk_home_announce_everybody' };
  await wall.callService('notify.send_message', { message: 'Good night 600\nSleep well 600' }, { target });
  await kitchen.answer();
  await kitchen.waitFor('ended');
  await living.waitFor('ended');
  expect(living.rings).toBe(rings + 1);
  for (const phone of [kitchen, living]) expect((await heardBy(phone, 600)).share).toBeGreaterThan(0.5);
});

it('speaks on a dial group of the dialplan’s, with who is in it now', async () => {
  const asterisk = lab.asterisk();
  const keep = '[default](+)\nexten => 692,1,Set(DIALGROUP(lab_page)=PJSIP/6001&PJSIP/6002)\n';
  const leave = 'exten => 693,1,Set(DIALGROUP(lab_page)=)\n';
  await using _dialplan = await asterisk.dialplan('announce', keep + leave);
  await asterisk.rx('channel originate Local/692@default application NoOp');
  // Asked to answer by themselves, as in a page.
  const fields = { text: 'Everybody 900', group: 'lab_page', auto_answer: true };
  expect(await announce(fields)).toMatchObject({
    ok: true,
    result: {
      state: 'answered',
      phones: [
        { name: 'Kitchen', state: 'answered' },
        { name: 'Living room', state: 'answered' },
      ],
    },
  });
  for (const phone of [kitchen, living]) {
    await phone.waitFor('ended');
    expect((await heardBy(phone, 900)).share).toBeGreaterThan(0.5);
  }
  await asterisk.rx('channel originate Local/693@default application NoOp');
  expect(await announce(fields)).toMatchObject({ ok: false, error: { code: 'not_found', field: 'group' } });
});

it('leaves nothing behind in Asterisk', async () => {
  expect(await lab.asterisk().rx('media cache show all')).not.toContain('/media/');
});

it('is fetched where the settings say, converted by Home Assistant; and says when it is not fetched', async () => {
  await companion.stop();
  const [outside, port] = [await freePort(), await freePort()];
  await using way = await Way.open(outside, port);
  const announcing = { url: `http://127.0.0.1:${outside}`, host: '127.0.0.1', port };
  await start({ announce: { ...announcing, engine: 'lab_speech', language: 'de' } });
  way.blocked = true;
  expect((await announce({ text: 'Hello', phones: ['Living room'] })).error).toMatchObject({
    code: 'failed',
    message: expect.stringMatching(/^Asterisk home did not fetch the sound from http:\/\/127\.0\.0\.1:\d+: /),
  });
  await wall.waitForState('sensor.living_room_state', 'idle');
  way.blocked = false;
  const answer = announce({ text: 'DB FILE SHELL 800', phones: ['Living room'], reply: '1', reply_time: 20 });
  await living.waitFor('established');
  await until('the phone to have heard it', async () => (await heardBy(living)).seconds > 0.5);
  await living.press('1');
  expect(await answer).toMatchObject({ ok: true, result: { state: 'confirmed', digit: '1' } });
  await living.waitFor('ended');
  expect((await heardBy(living, 800)).share).toBeGreaterThan(0.5);
});

it('writes the sound into a folder that Asterisk plays from, converted by sox', async () => {
  await companion.stop();
  const path = join(lab.place.run, 'announcements');
  await mkdir(path, { recursive: true });
  await start({ announce: { folder: { path, asterisk_path: `${RUN_IN_TREE}/announcements` } } }, 'sox');
  const answer = announce({ text: 'From a file 900', phones: ['Living room'] });
  expect(await answer).toMatchObject({ ok: true, result: { state: 'answered' } });
  await living.waitFor('ended');
  expect((await heardBy(living, 900)).share).toBeGreaterThan(0.5);
  expect(await readdir(path)).toEqual([]);
});
