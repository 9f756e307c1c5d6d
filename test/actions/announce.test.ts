import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clip, Shape, Source } from '../../src/actions/announcing/sounds.ts';
import { AmiActionError } from '../../src/ami/index.ts';
import { NOW } from '../home/fake-pbx.ts';
import { bench, house, ME, type World } from './world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const URL = 'http://127.0.0.1:8098/media/0a.wav';
const KITCHEN = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };
const OFFICE = { id: 'pjsip_6002', endpoint: 'PJSIP/6002', name: 'Office' };

interface Made {
  readonly clips: [pbx: string, source: Source, shape: Shape][];
  released: number;
  fetched: boolean;
}

function studio(world: World, refusal?: Error) {
  const made: Made = { clips: [], released: 0, fetched: true };
  const announcing = {
    clip: async (pbx: string, source: Source, shape: Shape): Promise<Clip> => {
      if (refusal) throw refusal;
      made.clips.push([pbx, source, shape]);
      return {
        playback: URL,
        seconds: 3,
        get fetched() {
          return made.fetched;
        },
        release: async () => {
          made.released += 1;
        },
      };
    },
    autoAnswers: (_pbx: string, endpoint: string) => endpoint === 'PJSIP/6002',
  };
  const { registry, lines } = bench([world], { announcing });
  return { made, lines, announce: (fields: object) => registry.run('announce', fields, ME) };
}

/** Phones that answer: their channel is there until the test ends it. Gives the channel's id by endpoint. */
function answering(world: World): Map<string, string> {
  const ids = new Map<string, string>();
  world.reactions.Originate = ({ Channel, ChannelId }) => {
    ids.set(String(Channel), String(ChannelId));
    world.channel(String(ChannelId), { endpoint: String(Channel), state: 'Up' });
  };
  world.reactions.Hangup = ({ Channel }) => world.gone(String(Channel));
  return ids;
}

function presses(world: World, id: string, phone: typeof KITCHEN, digit: string): void {
  world.happen({ time: NOW, pbx: 'home', subject: 'phone', type: 'dtmf', phone, call: id, digit });
}

const soon = () => vi.advanceTimersByTimeAsync(1);

it('rings, plays, and says who heard it; then the sound is thrown away, here and there', async () => {
  const world = house();
  const ids = answering(world);
  const { made, announce } = studio(world);
  const running = announce({ text: 'Dinner;\n"& $(x)', phones: 'Kitchen', volume: 150, repeat: 2 });
  await soon();
  world.gone(ids.get('PJSIP/6001') ?? '');
  expect(await running).toEqual({
    ok: true,
    result: {
      state: 'answered',
      digit: null,
      by: null,
      phones: [{ ...KITCHEN, state: 'answered', digit: null, seconds: expect.any(Number), reason: '' }],
    },
  });
  const speech = { text: 'Dinner;\n"& $(x)', language: undefined, engine: undefined, voice: undefined };
  expect(made.clips).toEqual([['home', { kind: 'speech', speech }, { times: 2, volume: 150, silence: 0 }]]);
  expect(world.sent).toEqual([
    {
      Action: 'Originate',
      Channel: 'PJSIP/6001',
      Application: 'Playback',
      Data: URL,
      Timeout: 30_000,
      Async: 'true',
      ChannelId: ids.get('PJSIP/6001'),
      Variable: { 'CONNECTEDLINE(name,i)': 'Announcement', 'CONNECTEDLINE(num)': 'Announcement' },
    },
    { Action: 'Command', Command: `media cache delete ${URL}` },
  ]);
  expect(made.released).toBe(1);
});

it('keeps what is said out of the log', async () => {
  const { registry, lines } = bench([house()]);
  await registry.run('announce', { text: 'a secret', phones: 'Kitchen' }, ME);
  await registry.run('announce', { text: 'a secret', phones: 'Nobody' }, ME);
  expect(lines).toHaveLength(2);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

it('gives the key; other keys, and those of another call, are none', async () => {
  const world = house();
  const ids = answering(world);
  const told: unknown[] = [];
  world.onHappening((happening) => happening.subject === 'announcement' && told.push(happening));
  const { made, announce } = studio(world);
  const running = announce({ text: 'Press 1', phones: ['Kitchen'], reply: 1, reply_time: 5 });
  await soon();
  const id = ids.get('PJSIP/6001') ?? '';
  presses(world, id, KITCHEN, '2');
  presses(world, 'another.1', KITCHEN, '1');
  presses(world, id, OFFICE, '1');
  await soon();
  expect(world.sentOf('Hangup')).toEqual([]);
  presses(world, id, KITCHEN, '1');
  expect(await running).toMatchObject({
    ok: true,
    result: { state: 'confirmed', digit: '1', by: KITCHEN, phones: [{ state: 'confirmed', digit: '1' }] },
  });
  expect(made.clips[0]?.[2]).toEqual({ times: 1, volume: 100, silence: 5 });
  expect(told).toMatchObject([
    {
      type: 'confirmed',
      who: 'tester',
      digit: '1',
      by: KITCHEN,
      phones: [{ ...KITCHEN, state: 'confirmed' }],
    },
  ]);
});

it('ends it on all phones with the first key, and asks those to answer that do so by themselves', async () => {
  const world = house();
  const ids = answering(world);
  world.groupRows = [
    { id: 'all', name: 'All', phones: ['PJSIP/6001', 'PJSIP/6002', 'PJSIP/6003', 'PJSIP/9'] },
  ];
  const { lines, announce } = studio(world);
  const running = announce({
    text: 'Fire',
    group: 'All',
    phones: ['Kitchen'],
    reply: '12',
    until_reply: true,
  });
  await soon();
  presses(world, ids.get('PJSIP/6002') ?? '', OFFICE, '2');
  presses(world, ids.get('PJSIP/6001') ?? '', KITCHEN, '1');
  expect(await running).toMatchObject({
    ok: true,
    result: {
      state: 'confirmed',
      digit: '2',
      by: OFFICE,
      phones: [
        { name: 'Kitchen', state: 'stopped' },
        { name: 'Office', state: 'confirmed' },
        { name: 'Attic', state: 'unreachable', reason: 'Attic is not registered.' },
      ],
    },
  });
  expect(world.sentOf('Originate').map(({ Variable }) => Object.keys(Variable as object))).toEqual([
    ['CONNECTEDLINE(name,i)', 'CONNECTEDLINE(num)'],
    [
      'CONNECTEDLINE(name,i)',
      'CONNECTEDLINE(num)',
      'PJSIP_HEADER(add,Alert-Info)',
      'PJSIP_HEADER(add,Call-Info)',
    ],
  ]);
  expect(world.sentOf('Hangup')).toContainEqual({
    Action: 'Hangup',
    Channel: ids.get('PJSIP/6001'),
    Cause: 26,
  });
  expect(lines).toContainEqual([
    'warn',
    'This Asterisk does not have all phones of the group',
    { group: 'All', missing: ['PJSIP/9'] },
  ]);
});

it('plays on who is in a dial group of the dialplan’s', async () => {
  const world = house();
  const ids = answering(world);
  world.reactions.Getvar = () => ({ get: () => 'PJSIP/6002&Local/9@x' });
  const { lines, announce } = studio(world);
  const running = announce({ text: 'Hello', group: 'downstairs' });
  await soon();
  for (const id of ids.values()) world.gone(id);
  expect(await running).toMatchObject({
    ok: true,
    result: { phones: [{ name: 'Office', state: 'answered' }] },
  });
  expect(world.sentOf('Getvar')).toEqual([{ Action: 'Getvar', Variable: 'DIALGROUP(downstairs)' }]);
  expect(lines[0]).toMatchObject(['warn', expect.any(String), { missing: ['Local/9@x'] }]);
});

it('waits for every phone where it is not to end with the first key, which is the result', async () => {
  const world = house();
  const ids = answering(world);
  const { announce } = studio(world);
  const running = announce({ text: 'Vote', phones: ['Kitchen', 'Office'], reply: '12' });
  await soon();
  presses(world, ids.get('PJSIP/6002') ?? '', OFFICE, '2');
  await soon();
  presses(world, ids.get('PJSIP/6001') ?? '', KITCHEN, '1');
  expect(await running).toMatchObject({
    result: { digit: '2', by: OFFICE, phones: [{ digit: '1' }, { digit: '2' }] },
  });
});

describe('a sound of Asterisk’s', () => {
  it('is played as often as asked, with our silence behind it for a key', async () => {
    const world = house();
    const ids = answering(world);
    const { made, announce } = studio(world);
    const running = announce({
      sound: 'custom/gong',
      phones: ['Office'],
      repeat: 2,
      reply: '*',
      auto_answer: false,
    });
    await soon();
    presses(world, ids.get('PJSIP/6002') ?? '', OFFICE, '*');
    expect(await running).toMatchObject({ ok: true, result: { digit: '*' } });
    expect(world.sentOf('Originate')).toMatchObject([{ Data: `custom/gong&custom/gong&${URL}` }]);
    expect(JSON.stringify(world.sentOf('Originate'))).not.toContain('Alert-Info');
    expect(made.clips).toEqual([['home', { kind: 'silence' }, { times: 1, volume: 100, silence: 8 }]]);
  });

  it('that cannot be played is said', async () => {
    const world = house();
    const ids = answering(world);
    Object.assign(world.announcements, { played: () => false });
    const running = studio(world).announce({ sound: 'no-such', phones: ['Kitchen'] });
    await soon();
    world.gone(ids.get('PJSIP/6001') ?? '');
    expect(await running).toEqual({
      ok: false,
      error: { code: 'failed', field: null, message: 'Asterisk home could not play no-such: see its log.' },
    });
  });
});

it.each([
  ['may not see variables', undefined],
  ['is told so', false],
])('says that Asterisk did not fetch the sound, when the login %s', async (_what, played) => {
  const world = house();
  const ids = answering(world);
  Object.assign(world.announcements, { played: () => played });
  const { made, announce } = studio(world);
  made.fetched = false;
  const running = announce({ text: 'Hi', phones: ['Kitchen'] });
  await soon();
  world.gone(ids.get('PJSIP/6001') ?? '');
  expect(await running).toMatchObject({
    ok: false,
    error: {
      code: 'failed',
      message: expect.stringMatching(
        /did not fetch the sound from http:\/\/127\.0\.0\.1:8098: .*res_http_media_cache/,
      ),
    },
  });
  expect(world.sentOf('Command')).toEqual([]);
});

it.each([
  ['5', undefined, 'busy', 'Kitchen is busy.'],
  ['0', 17, 'busy', 'Kitchen is busy.'],
  ['0', 21, 'refused', 'Kitchen refused the call.'],
  ['3', 19, 'not_answered', 'Kitchen was not answered in time.'],
  ['0', undefined, 'unreachable', 'Kitchen: PJSIP/6001 is away'],
])(
  'says what became of a call that ended with reason %s and cause %s: %s',
  async (outcome, cause, state, reason) => {
    const world = house();
    Object.assign(world.announcements, { cause: () => cause });
    world.reactions.Originate = () => {
      throw new AmiActionError('Originate', 'PJSIP/6001 is away', 'failed', outcome);
    };
    const running = studio(world).announce({ text: 'Hi', phones: ['Kitchen'] });
    await vi.advanceTimersByTimeAsync(600);
    expect(await running).toMatchObject({
      ok: true,
      result: { state: 'not_answered', phones: [{ state, reason, digit: null, seconds: 0 }] },
    });
  },
);

it('says what the AMI user may not do', async () => {
  const world = house();
  world.reactions.Originate = () => {
    throw new AmiActionError('Originate', 'Originate Access Forbidden: app or data blacklisted', 'failed');
  };
  expect(await studio(world).announce({ text: 'Hi', phones: ['Kitchen'] })).toMatchObject({
    ok: false,
    error: { code: 'failed', message: expect.stringMatching(/write class system/) },
  });
});

it('leaves a phone in a call alone, unless it is asked not to', async () => {
  const world = house();
  const ids = answering(world);
  world.phone({ id: 'pjsip_6001', state: 'in_call' });
  const { announce } = studio(world);
  expect(await announce({ text: 'Hi', phones: ['Kitchen'] })).toMatchObject({
    result: { phones: [{ state: 'busy', reason: 'Kitchen is in a call.' }] },
  });
  const running = announce({ text: 'Hi', phones: ['Kitchen'], busy_phones: true });
  await soon();
  world.gone(ids.get('PJSIP/6001') ?? '');
  expect(await running).toMatchObject({ result: { state: 'answered' } });
});

it('ends a call that does not end', async () => {
  const world = house();
  answering(world);
  const running = studio(world).announce({ text: 'Hi', phones: ['Kitchen'] });
  await vi.advanceTimersByTimeAsync(150_000);
  expect(await running).toMatchObject({ result: { state: 'answered' } });
  expect(world.sentOf('Hangup')).toHaveLength(1);
});

const REFUSED: [string, object, string | null, RegExp][] = [
  ['nothing to hear', { phones: ['Kitchen'] }, 'text', /Give one of text, sound and media/],
  ['two things to hear', { text: 'a', sound: 'b', phones: ['Kitchen'] }, 'text', /Give one of/],
  ['nobody to hear it', { text: 'a' }, 'phones', /Name phones or a group/],
  ['an unknown phone', { text: 'a', phones: ['Kitchen', 'Cellar'] }, 'phones', /no phone "Cellar"/],
  ['an unknown group', { text: 'a', group: 'Everybody' }, 'group', /no group "Everybody"/],
  ['a sound elsewhere', { sound: '/var/spool/x', phones: ['Kitchen'] }, 'sound', /below Asterisk’s sounds/],
  ['a sound above', { sound: 'a/../../b', phones: ['Kitchen'] }, 'sound', /below Asterisk’s sounds/],
  ['two sounds in one', { sound: 'a&b', phones: ['Kitchen'] }, 'sound', /below Asterisk’s sounds/],
  ['an address', { media: 'http://10.0.0.1/', phones: ['Kitchen'] }, 'media', /media-source:/],
  [
    'a louder sound of Asterisk’s',
    { sound: 'a', volume: 50, phones: ['Kitchen'] },
    'volume',
    /leave volume out/,
  ],
  ['keys that are none', { text: 'a', phones: ['Kitchen'], reply: 'x' }, 'reply', /0-9/],
  ['NUL', { text: 'a\0', phones: ['Kitchen'] }, 'text', /NUL/],
];

it.each(REFUSED)('refuses %s', async (_what, fields, field, words) => {
  const world = house();
  answering(world);
  world.reactions.Getvar = () => ({ get: () => '' });
  expect(await studio(world).announce(fields)).toMatchObject({
    ok: false,
    error: { field, message: expect.stringMatching(words) },
  });
  // The dialplan may have a group of that name: that it is asked changes nothing.
  expect(world.sent.filter(({ Action }) => Action !== 'Getvar')).toEqual([]);
});

it('answers with what could not be made ready, and rings nobody', async () => {
  const world = house();
  const refusal = Object.assign(new Error('That takes 200 s.'), { code: 'invalid', field: 'repeat' });
  const fields = { text: 'a', phones: ['Kitchen'] };
  expect(await studio(world, refusal).announce(fields)).toEqual({
    ok: false,
    error: { code: 'invalid', field: 'repeat', message: 'That takes 200 s.' },
  });
  const unknown = Object.assign(new Error('no'), { code: 'http_500' });
  expect(await studio(world, unknown).announce(fields)).toMatchObject({
    error: { code: 'failed', message: 'no' },
  });
  const away = Object.assign(new Error('There is no connection'), { code: 'not_connected' });
  expect(await studio(world, away).announce(fields)).toMatchObject({ error: { code: 'unavailable' } });
  expect(world.sent).toEqual([]);
});
