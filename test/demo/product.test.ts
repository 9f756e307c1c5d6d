/** What the product can do, on the demo: its own client, model and actions. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ActionAnswer, type Asker, createRegistry, type Registry } from '../../src/actions/index.ts';
import { AmiClient } from '../../src/ami/index.ts';
import { DemoAsterisk } from '../../src/demo/index.ts';
import { type Happening, Pbx } from '../../src/pbx/index.ts';
import type { DectBaseOptions } from '../../src/pbx/model.ts';
import { actionPorts } from '../actions/ports.ts';
import { HandClock } from './hand-clock.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const ME: Asker = { via: 'demo', name: 'tester' };

const handset = (name: string, digit: string, exten: string) => ({
  ...{ name, digit, extensions: [exten], ring_time: 20 },
});
const BASES: readonly DectBaseOptions[] = [
  {
    ...{ name: 'DECT base', line: 'PJSIP/2001', no_answer: [46, 49], all: [] },
    handsets: [handset('Hall', '3', '1103'), handset('Attic', '4', '1104')],
  },
];

let clock: HandClock;
let demo: DemoAsterisk;
let client: AmiClient;
let pbx: Pbx;
let registry: Registry;
let happenings: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return house(4);
});

afterEach(async () => {
  await pbx.stop();
  await client.stop();
  await demo.stop();
  expect(clock.pending).toBe(0);
  vi.useRealTimers();
});

async function house(phones: number): Promise<void> {
  clock = new HandClock();
  demo = await new DemoAsterisk({ phones, clock }).start();
  client = new AmiClient({ ...demo.ami, tls: false });
  pbx = new Pbx(
    {
      id: 'home',
      phones: [],
      doorbells: [
        {
          name: 'Front door',
          endpoint: 'PJSIP/8000',
          extensions: [],
          answer_on: ['PJSIP/6001', 'PJSIP/6002', 'PJSIP/6003', 'PJSIP/6004'],
        },
      ],
      dect: BASES,
    },
    client,
    quiet,
    null,
    () => clock.now(),
  );
  happenings = [];
  pbx.onHappening((happening) => happenings.push(inWords(happening)));
  registry = createRegistry(
    actionPorts({
      pbxes: [pbx],
      openWay: () => ({ kind: 'dtmf', digits: '#9', withoutCall: 'refuse' }),
      fetch,
      log: quiet,
    }),
  );
  pbx.start();
  client.start();
  await expect.poll(() => pbx.status.up, { interval: 5 }).toBe(true);
}

function inWords(happening: Happening): string {
  return happening.subject === 'doorbell' || happening.subject === 'parking'
    ? `${happening.subject} ${happening.type}`
    : '';
}

/** 20 ms pass, for the demo and for the product, which then hear each other. */
async function step(): Promise<void> {
  clock.advance(20);
  await vi.advanceTimersByTimeAsync(20);
  await setImmediate();
}

/** Lets time pass until `look` holds. */
async function pass(look: () => boolean): Promise<void> {
  for (let round = 0; round < 20_000 && !look(); round++) await step();
  expect(look()).toBe(true);
}

async function run(id: string, fields: object): Promise<ActionAnswer> {
  let answer: ActionAnswer | undefined;
  void registry.run(id, fields, ME).then((given) => {
    answer = given;
  });
  while (answer === undefined) await step();
  return answer;
}

const door = () => pbx.doorbells.find('Front door');
const phone = (name: string) => pbx.phones.find(name);
const ok = (result: object) => ({ ok: true, result: expect.objectContaining(result) });

async function visitor(): Promise<void> {
  expect(demo.ring()).toBe(true);
  await pass(() => pbx.phones.all().every(({ state }) => state === 'ringing'));
}

it('knows the phones, the doorbell and the lot', () => {
  expect(pbx.status).toMatchObject({ up: true, version: '22.10.1', problem: null });
  expect(pbx.phones.all().map(({ name, state }) => [name, state])).toEqual([
    ['Kitchen', 'idle'],
    ['Office', 'idle'],
    ['Bedroom', 'idle'],
    ['Garden', 'idle'],
  ]);
  expect(door()).toMatchObject({ state: 'idle' });
  expect(pbx.parking.all()).toMatchObject([{ id: 'default', timeout: 60, parked: [] }]);
});

it('rings a DECT handset by its digit, and knows by the time who was there', async () => {
  const heard: unknown[] = [];
  pbx.onHappening((one) => {
    if (one.subject === 'dect') heard.push([one.type, one.handset_name ?? one.digit]);
  });
  const hall = () => pbx.dect.handsets.find('Hall');
  demo.keys.call('6001', '1103');
  await pass(() => hall()?.state === 'ringing');
  expect(pbx.dect.bases.all()).toMatchObject([{ name: 'DECT base', busy: true, knownBy: 'extension' }]);
  await pass(() => hall()?.missed === 1);
  demo.keys.call('6001', '1104');
  await pass(() => pbx.dect.handsets.find('Attic')?.state === 'in_call');
  expect(heard).toEqual([
    ['ddi_dial', '3'],
    ['ringing', 'Hall'],
    ['missed', 'Hall'],
    ['ddi_dial', '4'],
    ['ringing', 'Attic'],
    ['answered', 'Attic'],
  ]);
});

it('misses a visitor whom nobody answers', async () => {
  await visitor();
  await pass(() => door()?.state === 'idle');
  expect(door()?.last).toMatchObject({ name: 'Front door', number: '8000', outcome: 'missed' });
  expect(happenings.filter((words) => words.startsWith('doorbell'))).toEqual([
    'doorbell ring',
    'doorbell missed',
    'doorbell ended',
  ]);
  expect(phone('Office')).toMatchObject({ state: 'idle', missed: 1 });
});

it('lets one visitor at a time to the door', async () => {
  await visitor();
  expect(demo.ring()).toBe(false);
});

describe('answer', () => {
  it('brings the visitor to a phone that rings', async () => {
    await visitor();
    expect(await run('answer', { on: 'Kitchen' })).toEqual(
      ok({ phone: expect.objectContaining({ name: 'Kitchen' }) }),
    );
    expect(door()).toMatchObject({ state: 'answered', press: { answeredBy: { name: 'Kitchen' } } });
    expect(phone('Office')?.state).toBe('idle');
  });

  it('opens the door meanwhile, and the visitor goes when everything has been said', async () => {
    await visitor();
    await run('answer', { on: 'Kitchen' });
    expect(await run('open_door', { doorbell: 'Front door' })).toMatchObject({ ok: true });
    await pass(() => door()?.state === 'idle');
    expect(door()?.last).toMatchObject({ outcome: 'answered' });
    expect(happenings).toContain('doorbell opened');
  });

  it('transfers the visitor to another phone', async () => {
    await visitor();
    await run('answer', { on: 'Kitchen' });
    expect(await run('transfer', { phone: 'Kitchen', target: '6003' })).toEqual(ok({ state: 'transferred' }));
    await pass(() => phone('Bedroom')?.state === 'in_call');
    expect(phone('Kitchen')?.state).toBe('idle');
    expect(door()?.state).toBe('answered');
  });

  it('hands the visitor over once the other phone has answered', async () => {
    await visitor();
    await run('answer', { on: 'Kitchen' });
    const answer = await run('transfer', { phone: 'Kitchen', target: '6003', kind: 'when_answered' });
    expect(answer).toEqual(ok({ state: 'transferred' }));
    await pass(() => phone('Bedroom')?.state === 'in_call' && phone('Kitchen')?.state === 'idle');
    await pass(() => pbx.calls.all()[0]?.channels.length === 2);
    expect(door()?.state).toBe('answered');
  });

  it('refuses an attended transfer, for which no call was dialled', async () => {
    await visitor();
    await run('answer', { on: 'Kitchen' });
    expect(await run('transfer', { phone: 'Kitchen', target: '6003', kind: 'attended' })).toMatchObject({
      ok: false,
      error: { code: 'conflict' },
    });
  });
});

describe('park', () => {
  it('takes a visitor who rings; a phone retrieves, and hangs up', async () => {
    await visitor();
    expect(await run('park', { doorbell: 'Front door' })).toEqual(ok({ lot: 'default', space: '701' }));
    expect(door()?.state).toBe('parked');
    expect(await run('retrieve', { phone: 'Garden' })).toEqual(ok({ space: '701' }));
    expect(door()).toMatchObject({ state: 'answered', press: { answeredBy: { name: 'Garden' } } });
    expect(pbx.parking.find('default')?.parked).toEqual([]);
    expect(await run('hang_up', { phone: 'Garden' })).toMatchObject({ ok: true });
    await pass(() => pbx.calls.all().length === 0);
  });

  it('takes one who was answered, and lets the phone go', async () => {
    await visitor();
    await run('answer', { on: 'Kitchen' });
    expect(await run('park', { phone: 'Kitchen', timeout: 30 })).toEqual(ok({ space: '701' }));
    await pass(() => phone('Kitchen')?.state === 'idle');
    expect(pbx.parking.find('default')?.parked).toMatchObject([{ parkedBy: 'Kitchen', space: '701' }]);
    await pass(() => door()?.state === 'idle');
    expect(happenings.filter((words) => words.startsWith('parking'))).toEqual([
      'parking parked',
      'parking timed_out',
    ]);
  });

  it('is answered by who is asked to', async () => {
    await visitor();
    await run('park', { doorbell: 'Front door' });
    expect(await run('answer', { on: 'Office' })).toMatchObject({ ok: true });
    expect(door()?.press?.answeredBy?.name).toBe('Office');
  });
});

it('opens the door to a visitor whom nobody has answered', async () => {
  await visitor();
  expect(await run('open_door', { doorbell: 'Front door' })).toMatchObject({ ok: true });
  await pass(() => door()?.state === 'idle');
  expect(door()?.last).toMatchObject({ outcome: 'cancelled' });
});

it('calls a visitor back whom nobody has answered', async () => {
  await visitor();
  await pass(() => door()?.state === 'idle');
  expect(await run('redial', { doorbell: 'Front door' })).toEqual(
    ok({ state: 'answered', number: 'PJSIP/8000' }),
  );
  await pass(() => pbx.calls.all().length === 1);
});

it('dials from a phone, and again', async () => {
  expect(await run('dial', { phone: 'Kitchen', number: '6002' })).toEqual(ok({ state: 'answered' }));
  expect(phone('Office')?.state).toBe('in_call');
  await run('hang_up', { phone: 'Kitchen' });
  await pass(() => pbx.calls.all().length === 0);
  expect(await run('redial', { phone: 'Kitchen' })).toEqual(ok({ number: '6002', state: 'answered' }));
  expect(await run('send_dtmf', { phone: 'Kitchen', digits: '1' })).toEqual(ok({ sent: 1 }));
});

it('says so when a number does not answer, and when there is none', async () => {
  demo.keys.register('6004', false);
  await pass(() => phone('Garden')?.registered === false);
  expect(await run('dial', { phone: 'Kitchen', number: 'nobody' })).toMatchObject({
    ok: false,
    error: { code: 'not_found', field: 'number' },
  });
  expect(await run('dial', { phone: 'Garden', number: '6001' })).toMatchObject({ ok: false });
});

describe('with people who call', () => {
  beforeEach(() => demo.enliven());

  const room = () => pbx.conferences.find('1');
  const queue = () => pbx.queues.find('support');
  const member = (name: string) => pbx.queues.members.all().find((one) => one.name === name);

  it('mutes who is in the conference, locks it, and sends them away', async () => {
    await pass(() => room()?.members.length === 2);
    const members = () => room()?.members.map(({ caller, waiting, admin }) => [caller.name, waiting, admin]);
    const both = [
      ['Anna', false, false],
      ['Ben', false, true],
    ];
    await expect.poll(members, { interval: 5 }).toEqual(both);
    expect(await run('conference_mute', { member: 'Anna' })).toEqual(ok({ members: 1 }));
    expect(room()?.members.map(({ muted }) => muted)).toEqual([true, false]);
    expect(await run('conference_lock', {})).toEqual(ok({ locked: true }));
    expect(await run('conference_record', {})).toMatchObject({ ok: true });
    expect(room()).toMatchObject({ locked: true, recording: true });
    // Anna came because of Ben.
    expect(await run('conference_kick', { member: 'Ben' })).toEqual(ok({ members: 1 }));
    await pass(() => room()?.members.length === 0);
  });

  it('has a queue whose member takes the first caller, while the next one waits and gives up', async () => {
    await pass(() => member('Bedroom')?.state === 'in_call');
    expect(member('Bedroom')?.caller?.name).toBe('Carla');
    expect(member('Garden')).toMatchObject({ state: 'paused', pausedReason: 'Lunch' });
    await pass(() => queue()?.callers.length === 1);
    expect(queue()?.callers).toMatchObject([{ position: 1, caller: { name: 'Dan' } }]);
    await pass(() => queue()?.callers.length === 0);
    await expect.poll(() => queue()?.abandoned, { interval: 5 }).toBe(1);
    await pass(() => member('Bedroom')?.state === 'available');
    expect(await run('queue_pause', { member: 'Bedroom', reason: 'Tea' })).toMatchObject({ ok: true });
    expect(member('Bedroom')).toMatchObject({ state: 'paused', pausedReason: 'Tea', callsTaken: 1 });
  });

  it('keeps messages, plays them on a phone, and marks them as heard', async () => {
    const box = () => pbx.voicemail.find('6001');
    await pass(() => box()?.new === 2);
    const newest = () => box()?.newest.map(({ caller, folder }) => [caller.name, folder]);
    const all = [
      ['Emma', 'INBOX'],
      ['Fred', 'INBOX'],
      ['Anna', 'Old'],
    ];
    await expect.poll(newest, { interval: 5, timeout: 5000 }).toEqual(all);
    expect(await run('play_message', { mailbox: '6001', phone: 'Office' })).toMatchObject({ ok: true });
    expect(await run('mark_heard', { mailbox: '6001' })).toMatchObject({ ok: true });
    await pass(() => box()?.new === 0);
  });

  it('tells presence and lamps, records a call, and takes text messages', async () => {
    await pass(() => pbx.presence.at('CustomPresence:6002').message === 'Back at 14:00');
    const said = { state: 'away', message: 'Lunch, back at "1" 🍕' };
    expect(await run('set_presence', { phone: 'Kitchen', ...said })).toEqual(ok(said));
    expect(await run('get_presence', { phone: 'Kitchen' })).toEqual(ok(said));
    const lamp = { device: 'Custom:night', state: 'not_inuse' };
    expect(await run('set_device_state', lamp)).toMatchObject({ ok: true });
    expect(pbx.hints.all().find(({ extension }) => extension === 'night')?.state).toBe('idle');
    await run('dial', { phone: 'Kitchen', number: '6002' });
    expect(await run('record', { phone: 'Kitchen' })).toMatchObject({ ok: true });
    expect(pbx.recordings.running()).toHaveLength(1);
    expect(await run('stop_recording', { phone: 'Kitchen' })).toMatchObject({ ok: true });
    expect(await run('send_message', { phone: 'Kitchen', text: 'Dinner' })).toMatchObject({ ok: true });
  });
});

it('keeps going: a visitor every minute', async () => {
  demo.ringEvery(60_000, 5000);
  const rings = () => happenings.filter((words) => words === 'doorbell ring').length;
  await pass(() => rings() === 3);
  await pass(() => door()?.state === 'idle');
  expect(door()?.last?.outcome).toBe('missed');
});
