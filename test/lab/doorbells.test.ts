/** Every way to be rung of docs/doorbells.md, on the very lines that it gives, as Home Assistant shows it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AmiClient } from '../../src/ami/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import { Companion, FRONT_DOOR } from './companion.ts';
import { DeskPhone } from './stack/desk-phone.ts';
import type { Press, PressOptions } from './stack/doorbell.ts';
import {
  type EntityState,
  type EventLog,
  type HassClient,
  type StateChanged,
  statesOf,
} from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';
import { LAB_SOURCE, REPO } from './stack/place.ts';

const EVENT = 'event.front_door';
const STATE = 'sensor.front_door_state';
const KITCHEN = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };
const LIVING = { id: 'pjsip_6002', endpoint: 'PJSIP/6002', name: 'Living room' };
const PHONES = [
  { phone: KITCHEN, slug: 'kitchen' },
  { phone: LIVING, slug: 'living_room' },
];
const LOT = 'sensor.parking_default_parked_calls';
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface Told {
  readonly subject: string;
  readonly type: string;
  readonly doorbell?: string;
  readonly phone?: { readonly id: string };
  readonly [key: string]: unknown;
}
let lab: Lab;
let companion: Companion;
let hass: HassClient;
let blocks: readonly string[];
let dialplan: AsyncDisposable;
let bus: EventLog<Told>;
let changes: EventLog<StateChanged>;

/** The guide's own loop, without the pause that ours has. */
const SPINNING = `
exten => 632,1,Ringing()
exten => 632,n(dialing),Dial(\${PJSIP_DIAL_CONTACTS(6001)}&\${PJSIP_DIAL_CONTACTS(6002)})
exten => 632,n(busy),Playtones(dial)
exten => 632,n,Goto(dialing)
exten => 500,1,Answer()
 same => n,Wait(30)
exten => 771,1,Park(porch,s)
exten => 772,1,ParkedCall(porch,771)
`;

/** The page's loops in a hurry: what is another number here is a time or a count, all else is as it stands there. */
const HURRIED = [
  { of: '620', as: '621', is: '},60)', hurry: '},1)' },
  { of: '620', as: '622', is: 'Wait(1)', hurry: 'Wait(0.02)' },
  { of: '630', as: '634', is: 'beep,2,10', hurry: 'beep,1,3' },
  { of: '630', as: '635', is: '2,10,PJSIP/6001&PJSIP/6002,15', hurry: '1,2,PJSIP/6001&PJSIP/6002,2' },
  { of: '631', as: '636', is: '},30)', hurry: '},3)' },
];

function hurried(lines: readonly string[]): string[] {
  return HURRIED.map(({ of, as, is, hurry }) => {
    const block = lines.find((text) => text.startsWith(`exten => ${of},`)) ?? '';
    expect(block.split(is)).toHaveLength(2);
    return block.replace(`exten => ${of}`, `exten => ${as}`).replace(is, hurry);
  });
}

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  const page = await readFile(join(REPO, 'docs/doorbells.md'), 'utf8');
  blocks = [...page.matchAll(/```ini\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');
  const lines = blocks.filter((block) => block.startsWith('exten'));
  // A context of its own, since the lab's has some of these extensions already: d777 is 777 of the page.
  dialplan = await lab
    .asterisk()
    .dialplan(
      'doorbells',
      [
        `[default](+)\nexten => _d.,1,Goto(page,\${EXTEN:1},1)\n[page]\n`,
        ...[...lines, ...hurried(lines), SPINNING].map((block) => `[page](+)\n${block}`),
      ].join('\n'),
    );
  companion = await Companion.start(lab, {
    ring_groups: [{ name: 'Everybody', extension: 'd602' }],
    doorbells: [FRONT_DOOR, { name: 'Gate', endpoint: 'PJSIP/8001', answer_on: ['PJSIP/6001'] }],
  });
  await hass.waitForState(EVENT, (entity) => entity.state !== 'unavailable', 20);
});
afterAll(async () => {
  await companion?.stop();
  await dialplan?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  bus = await hass.record<Told>('asterisk_event');
  changes = await hass.record<StateChanged>('state_changed');
});
afterEach(async () => {
  await bus[Symbol.asyncDispose]();
  await changes[Symbol.asyncDispose]();
  await lab.asterisk().hangUpAll();
  await hass.waitForState(STATE, 'idle');
});

const press = (extension: string, options?: PressOptions): Promise<Press> =>
  lab.doorbell('8000').press(`d${extension}`, options);
const kitchen = (): Promise<Phone> => lab.phone('6001');
const living = (): Promise<Phone> => lab.phone('6002');

/** What the bus was told of the front door, in order. */
function told(): Told[] {
  return bus.data.filter(({ subject, doorbell }) => subject === 'doorbell' && doorbell === 'pjsip_8000');
}
const types = (): string[] => told().map(({ type }) => type);

/** Phones of which the bus was told that. */
const phonesTold = (wanted: string): Told[] =>
  bus.data.filter(({ subject, type }) => subject === 'phone' && type === wanted);

/** Waits until the press is over, and gives what it was told: one ring and one end, however it went. */
async function ended(seconds = 15): Promise<Told> {
  const end = await bus.waitFor(
    'the end of the press',
    ({ type, doorbell }) => type === 'ended' && doorbell === 'pjsip_8000',
    seconds,
  );
  expect(types().filter((type) => type === 'ring')).toHaveLength(1);
  expect(types().filter((type) => type === 'ended')).toHaveLength(1);
  return end;
}

const shows = (attributes: object, state?: string, seconds = 10): Promise<EntityState> =>
  hass.waitForState(
    STATE,
    (entity) =>
      (state === undefined || entity.state === state) &&
      Object.entries(attributes).every(
        ([key, value]) => JSON.stringify(entity.attributes[key]) === JSON.stringify(value),
      ),
    seconds,
  );

/** What an entity has shown since the test began, in order. */
const shown = (entity: string): EntityState[] => statesOf(changes, entity);

/** What a look at each of them gives, from the first `from` on, none twice running. */
function course(entity: string, from: string, look = ({ state }: EntityState): unknown => state): unknown[] {
  const all = shown(entity).map(look);
  const wanted = all.slice(all.indexOf(from));
  return wanted.filter((one, at) => one !== wanted[at - 1]);
}

const attribute =
  (key: string) =>
  ({ attributes }: EntityState): unknown =>
    attributes[key];

const missedCalls = (): Promise<number[]> =>
  Promise.all(
    PHONES.map(async ({ slug }) => Number((await hass.getState(`sensor.${slug}_missed_calls`))?.state)),
  );

/**
 * Waits for the end of a press in which both phones rang twice and nobody answered, and holds all that was told and
 * shown to that. `before`: the phones' missed calls until then.
 */
async function rangInVain(extension: string, before: readonly number[]): Promise<void> {
  await ended();
  const caller = { number: '8000', name: 'Doorbell' };
  const call = told()[0]?.call;
  const common = { companion: 'asterisk', pbx: 'home', time: expect.stringMatching(ISO), call, caller };
  const door = { ...common, subject: 'doorbell', doorbell: 'pjsip_8000', name: 'Front door', extension };
  expect(told()).toEqual([
    { ...door, type: 'ring' },
    { ...door, type: 'missed', attempts: 2 },
    { ...door, type: 'ended', attempts: 2, answered_by: [], outcome: 'missed', seconds: 0 },
  ]);

  const nothing = { answered_by: null, talking_to: null, lot: null, space: null, room: null };
  const nobody = { caller_name: '', caller_number: '', call: null, since: null };
  await shows({ ...nothing, ...nobody, attempts: 0, attempts_known_by: null }, 'idle');
  const visitor = { caller_name: 'Doorbell', caller_number: '8000' };
  const seen = await hass.waitForState(EVENT, (entity) => entity.attributes.event_type === 'missed');
  expect(seen.attributes).toMatchObject({ ...visitor, call, extension, attempts: 2 });
  const last = 'sensor.front_door_last_visitor';
  const visited = await hass.waitForState(last, (entity) => entity.attributes.outcome === 'missed');
  expect(visited).toMatchObject({ state: 'Doorbell', attributes: visitor });
  expect(course(STATE, 'ringing')).toEqual(['ringing', 'idle']);
  expect(course(EVENT, 'ring', attribute('event_type'))).toEqual(['ring', 'missed']);
  expect(course(last, 'ringing', attribute('outcome'))).toEqual(['ringing', 'missed']);
  const rounds = shown(STATE).filter(({ state, attributes }) => state === 'ringing' && attributes.attempts);
  const since = expect.stringMatching(ISO);
  const round = { ...visitor, ...nothing, call, since, attempts_known_by: 'dialplan' };
  expect(rounds.map(({ attributes }) => attributes)).toMatchObject([
    { ...round, attempts: 1 },
    { ...round, attempts: 2 },
  ]);

  await until('the phones to have missed it', () => phonesTold('missed').length >= 2);
  for (const [at, { phone, slug }] of PHONES.entries()) {
    const its = bus.data.filter((one) => one.phone?.id === phone.id && one.call === call);
    const happening = { ...common, subject: 'phone', phone };
    expect(its).toEqual(['ringing', 'ringing', 'missed'].map((type) => ({ ...happening, type })));
    await hass.waitForState(`sensor.${slug}_missed_calls`, String((before[at] ?? 0) + 1));
    await hass.waitForState(`sensor.${slug}_state`, 'idle');
    expect(course(`sensor.${slug}_state`, 'ringing')).toEqual(['ringing', 'idle', 'ringing', 'idle']);
  }
}

it('has the page say what the lab’s conferences are', async () => {
  const conferences = await readFile(join(LAB_SOURCE, 'asterisk/confbridge.conf'), 'utf8');
  const [block, another] = blocks.filter((text) => text.includes('type = bridge'));
  expect(another).toBeUndefined();
  expect(conferences).toContain(block);
});

describe('Dial', () => {
  it('to a phone that is not there is missed at once', async () => {
    await using door = await press('601');
    await door.waitFor('refused');
    expect(await ended()).toMatchObject({ outcome: 'missed', attempts: 1 });
    expect(types()).toEqual(['ring', 'missed', 'ended']);
  });

  it('to one that is busy is missed, and not cancelled', async () => {
    await using phone = await kitchen();
    await using door = await press('601');
    await phone.waitFor('ringing');
    await phone.hangUp();
    await door.waitFor('refused');
    expect(await ended()).toMatchObject({ outcome: 'missed', attempts: 1 });
  });

  it('to one that declines is cancelled', async () => {
    await using phone = await DeskPhone.plugIn(lab.asterisk(), '6001');
    await using door = await press('601');
    await phone.decline();
    await door.waitFor('refused');
    expect(await ended()).toMatchObject({ outcome: 'cancelled', attempts: 1 });
    expect(types()).toEqual(['ring', 'cancelled', 'ended']);
  });

  it('to several is answered by the first, and the others stop', async () => {
    const began = Date.now();
    await using one = await kitchen();
    await using other = await living();
    await using door = await press('602');
    await one.waitFor('ringing');
    const ringing = await shows({ attempts: 1, attempts_known_by: 'dialplan', answered_by: null }, 'ringing');
    const ring = await bus.waitFor(
      'the ring',
      ({ subject, type }) => `${subject} ${type}` === 'doorbell ring',
    );
    expect(ringing.attributes).toMatchObject({
      companion: 'asterisk',
      pbx: 'home',
      doorbell: 'pjsip_8000',
      caller_name: 'Doorbell',
      caller_number: '8000',
      call: ring.call,
      since: expect.stringMatching(ISO),
      talking_to: null,
      lot: null,
      space: null,
      room: null,
    });
    const since = Date.parse(String(ringing.attributes.since));
    expect([since >= began, since <= Date.parse(String(ring.time))]).toEqual([true, true]);
    await other.answer();
    await shows({ answered_by: 'Living room', talking_to: 'Living room', attempts: 1 }, 'answered');
    await one.waitFor('ended');
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'answered' });
    expect(types()).toEqual(['ring', 'answered', 'ended']);
    expect(told()[1]).toMatchObject({ by: { name: 'Living room' }, attempts: 1 });
  });
});

it('tells of a ring group that is called, by a doorbell or a phone, and what became of it', async () => {
  const shown = (type: string) =>
    hass.waitForState('event.everybody', (entity) => entity.attributes.event_type === type);
  const groups = () => bus.data.filter(({ subject }) => subject === 'ring_group').map(({ type }) => type);
  await using one = await kitchen();
  await using other = await living();
  await using door = await press('602');
  const called = await shown('called');
  expect(called.attributes).toMatchObject({ group: 'Everybody', extension: 'd602', caller_name: 'Doorbell' });
  await other.answer();
  expect((await shown('answered')).attributes).toMatchObject({ by: 'Living room' });
  await door.hangUp();
  await ended();
  await one.waitFor('ended');
  await one.dial('d602');
  expect((await shown('called')).attributes.caller_name).toBe('Kitchen');
  await one.hangUp();
  await shown('missed');
  await until('the bus to be told, too', () => groups().length === 4);
  expect(groups()).toEqual(['called', 'answered', 'called', 'missed']);
});

/** The lot `default` keeps calls for some seconds, instead of its minute. */
async function keepingFor(seconds: number): Promise<AsyncDisposable> {
  const file = join(lab.asterisk().dir, 'etc', 'res_parking.conf');
  const text = await readFile(file, 'utf8');
  const write = async (said: string) => {
    await writeFile(file, said);
    await lab.asterisk().rx('module reload res_parking.so');
  };
  await write(text.replace('parkingtime => 60', `parkingtime => ${seconds}`));
  return { [Symbol.asyncDispose]: () => write(text) };
}

const lotEvent = (type: string): Promise<EntityState> =>
  hass.waitForState('event.parking_default_activity', ({ attributes }) => attributes.event_type === type);

describe('Park', () => {
  it('shows the space, and is missed when the visitor gives up', async () => {
    await using door = await press('444');
    await shows({ lot: 'default', space: '701', attempts: 0, answered_by: null }, 'parked');
    const parked = await hass.waitForState(EVENT, (entity) => entity.attributes.event_type === 'parked');
    expect(parked.attributes).toMatchObject({ lot: 'default', space: '701', caller_name: 'Doorbell' });
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'missed', attempts: 0 });
    expect(types()).toEqual(['ring', 'parked', 'missed', 'ended']);
    const lot = await lotEvent('given_up');
    expect(lot.attributes).toMatchObject({ space: '701', caller_name: 'Doorbell' });
  });

  it('is missed when the lot’s time is over', async () => {
    await using _lot = await keepingFor(2);
    await hass.waitForState(LOT, ({ attributes }) => attributes.timeout === 2);
    await using door = await press('444');
    await shows({ lot: 'default', space: '701' }, 'parked');
    await door.waitFor('hung up');
    expect(await ended()).toMatchObject({ outcome: 'missed', attempts: 0 });
    expect(types()).toEqual(['ring', 'parked', 'missed', 'ended']);
    expect((await lotEvent('timed_out')).attributes).toMatchObject({ space: '701', caller_name: 'Doorbell' });
    await hass.waitForState(LOT, '0');
  });

  it('is answered by who dials 555, though the phone comes late, and by nobody who dials it after that', async () => {
    await using other = await living();
    await using door = await press('444');
    await shows({ space: '701' }, 'parked');
    await using phone = await kitchen();
    await phone.dial('d555');
    await shows({ answered_by: 'Kitchen', talking_to: 'Kitchen', space: null }, 'answered');
    // Asterisk says that nobody is parked there.
    await other.dial('d555');
    await other.waitFor('established');
    await hass.waitForState('sensor.living_room_connected_line', 'd555');
    await shows({ answered_by: 'Kitchen', talking_to: 'Kitchen', space: null }, 'answered');
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'answered', answered_by: [KITCHEN] });
    expect(types()).toEqual(['ring', 'parked', 'answered', 'ended']);
  });
});

describe('Park and ring', () => {
  it('rings the phones for a visitor who is parked, and joins who answers', async () => {
    await using one = await kitchen();
    await using other = await living();
    await using door = await press('640');
    await shows({ space: '701' }, 'parked');
    await other.waitFor('ringing');
    await one.answer();
    await shows({ answered_by: 'Kitchen', space: null }, 'answered');
    await other.waitFor('ended');
    const heard = door.soundPackets;
    await until('the visitor to hear the kitchen', () => door.soundPackets > heard + 20);
    await one.hangUp();
    await door.waitFor('hung up');
    expect(await ended()).toMatchObject({ outcome: 'answered' });
    expect(types()).toEqual(['ring', 'parked', 'answered', 'ended']);
  });

  it('lets the visitor wait on when one phone is busy and the other rings in vain, and nobody answers too late', async () => {
    await using one = await kitchen();
    await using other = await living();
    await using door = await press('640');
    await one.waitFor('ringing');
    await one.hangUp();
    await other.waitFor('ringing');
    await shows({ space: '701', answered_by: null }, 'parked');
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'missed', attempts: 0 });
    await other.answer();
    await hass.waitForState('sensor.living_room_state', 'in_call');
    await other.hangUp();
    expect(types()).toEqual(['ring', 'parked', 'missed', 'ended']);
    expect([one.rings, other.rings]).toEqual([1, 1]);
  });

  it('lets the visitor wait on when nobody is there, and does not ring a phone that comes late', async () => {
    await using door = await press('640');
    await shows({ space: '701' }, 'parked');
    await until(
      'the phones to have been dialled',
      async () => !(await lab.asterisk().rx('core show channels concise')).includes('park-and-ring'),
    );
    await using phone = await kitchen();
    await shows({ space: '701' }, 'parked');
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'missed' });
    expect(phone.rings).toBe(0);
  });
});

describe('Conference', () => {
  it('is waited in until a marked user comes; several may talk, and the outcome is one', async () => {
    await using one = await kitchen();
    await using gate = await lab.doorbell('8001').press('d777');
    await using door = await press('777');
    await shows({ room: '1', answered_by: null, talking_to: null }, 'waiting');
    await hass.waitForState('sensor.gate_state', 'waiting');
    await gate.hangUp();
    await one.dial('d888');
    await shows({ room: null, answered_by: 'Kitchen', talking_to: 'Kitchen' }, 'answered');
    await using other = await living();
    await other.dial('d888');
    await shows({ answered_by: 'Kitchen, Living room', talking_to: 'Kitchen, Living room' }, 'answered');
    await one.hangUp();
    await shows({ answered_by: 'Kitchen, Living room', talking_to: 'Living room' }, 'answered');
    await other.hangUp();
    await door.waitFor('hung up');
    const end = await ended();
    expect(end).toMatchObject({ outcome: 'answered' });
    expect(end.answered_by).toMatchObject([{ name: 'Kitchen' }, { name: 'Living room' }]);
    expect(types()).toEqual(['ring', 'waiting', 'answered', 'answered', 'ended']);
    expect(told()[1]).toMatchObject({ room: '1' });
    expect(told()[3]).toMatchObject({ by: { name: 'Living room' } });
  });

  it('is answered by an action that brings a phone in', async () => {
    await using phone = await living();
    await using door = await press('777');
    await shows({ room: '1' }, 'waiting');
    const wall = lab.homeAssistant.as('wall');
    const run = wall.callService('script.asterisk_answer', { on: 'Living room' }, { respond: true });
    const call = await phone.answer();
    expect(call.peerName).toBe('Doorbell');
    expect(await run).toMatchObject({ ok: true, result: { phone: { name: 'Living room' } } });
    await shows({ answered_by: 'Living room', talking_to: 'Living room', room: null }, 'answered');
    await phone.hangUp();
    await door.waitFor('hung up');
    expect(await ended()).toMatchObject({ outcome: 'answered' });
    expect(types()).toEqual(['ring', 'waiting', 'answered', 'ended']);
  });

  it('is missed when nobody comes', async () => {
    await using door = await press('777');
    await shows({ room: '1' }, 'waiting');
    const waiting = await hass.waitForState(EVENT, (entity) => entity.attributes.event_type === 'waiting');
    expect(waiting.attributes).toMatchObject({ room: '1', room_name: '1', caller_name: 'Doorbell' });
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'missed' });
    expect(types()).toEqual(['ring', 'waiting', 'missed', 'ended']);
  });
});

describe('Redial loop', () => {
  it('is one ring while it tries; phones that register meanwhile ring, one answers, and the other stops', async () => {
    await using door = await press('620');
    await shows({ attempts: 2, attempts_known_by: 'dialplan' }, 'ringing');
    await using phone = await kitchen();
    await phone.waitFor('ringing');
    await using other = await living();
    await phone.hangUp();
    await other.waitFor('ringing');
    await phone.answer();
    await shows({ answered_by: 'Kitchen', talking_to: 'Kitchen' }, 'answered');
    await other.waitFor('ended');
    expect([phone.rings, other.rings]).toEqual([2, 1]);
    expect(phonesTold('registered')).toMatchObject([{ phone: KITCHEN }, { phone: LIVING }]);
    await door.hangUp();
    const end = await ended();
    expect(end.outcome).toBe('answered');
    expect(end.attempts).toBeGreaterThanOrEqual(3);
    expect(types()).toEqual(['ring', 'answered', 'ended']);
    await other.stop();
    await until('the phone to have left', () => phonesTold('unregistered').length > 0);
    expect(phonesTold('unregistered')).toMatchObject([{ companion: 'asterisk', pbx: 'home', phone: LIVING }]);
  });

  it('tries again while the phone is busy', async () => {
    await using phone = await kitchen();
    await using door = await press('620');
    await phone.waitFor('ringing');
    await phone.hangUp();
    await until('the phone to ring again', () => phone.rings === 2);
    await shows({ attempts: 2 }, 'ringing');
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'missed', attempts: 2 });
  });

  it('ends when somebody declines', async () => {
    await using phone = await DeskPhone.plugIn(lab.asterisk(), '6001');
    await using door = await press('620');
    await shows({ attempts: 1 }, 'ringing');
    await phone.decline();
    await door.waitFor('refused');
    expect(await ended()).toMatchObject({ outcome: 'cancelled', attempts: 1 });
    expect(types()).toEqual(['ring', 'cancelled', 'ended']);
  });

  it('ends when all phones have rung in vain', async () => {
    await using one = await kitchen();
    await using other = await living();
    await using door = await press('621');
    await Promise.all([one.waitFor('ringing'), other.waitFor('ringing')]);
    await door.waitFor('refused');
    expect(await ended()).toMatchObject({ outcome: 'missed', attempts: 1 });
    expect(types()).toEqual(['ring', 'missed', 'ended']);
    expect([one.rings, other.rings]).toEqual([1, 1]);
    const caller = { number: '8000', name: 'Doorbell' };
    await until('the phones to have missed it', () => phonesTold('missed').length >= 2);
    const missed = phonesTold('missed');
    expect(missed).toHaveLength(2);
    for (const phone of [KITCHEN, LIVING])
      expect(missed).toContainEqual(expect.objectContaining({ phone, caller, call: told()[0]?.call }));
  });

  it('ends after the 60th try', async () => {
    await using door = await press('622');
    await door.waitFor('refused', 20);
    expect(await ended()).toMatchObject({ outcome: 'missed', attempts: 60 });
    expect(types()).toEqual(['ring', 'missed', 'ended']);
  });

  it('is stopped by an action, which says who asked', async () => {
    await using door = await press('620');
    await shows({ attempts: 2 }, 'ringing');
    const wall = lab.homeAssistant.as('wall');
    const answer = await wall.callService('script.asterisk_stop_ringing', {}, { respond: true });
    expect(answer).toMatchObject({ ok: true, result: { doorbell: 'pjsip_8000', state: 'ended' } });
    await door.waitFor('refused');
    expect(await ended()).toMatchObject({ outcome: 'cancelled' });
    expect(told()[1]).toMatchObject({ type: 'cancelled', who: expect.stringMatching(/./) });
    const shown = await hass.waitForState(EVENT, (entity) => entity.attributes.event_type === 'cancelled');
    expect(shown.attributes).toMatchObject({ who: told()[1]?.who, attempts: told()[1]?.attempts });
  });
});

describe('RetryDial', () => {
  it('rings two phones, of which one answers, and the other stops', async () => {
    await using one = await kitchen();
    await using other = await living();
    await using door = await press('630');
    await Promise.all([one.waitFor('ringing'), other.waitFor('ringing')]);
    await one.answer();
    await shows({ answered_by: 'Kitchen', talking_to: 'Kitchen' }, 'answered');
    await other.waitFor('ended');
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'answered', attempts: 1 });
    expect(types()).toEqual(['ring', 'answered', 'ended']);
  });

  it('counts its tries without a phone, and rings one that comes', async () => {
    await using door = await press('630');
    await shows({ attempts: 2, attempts_known_by: 'dialplan' }, 'ringing');
    await using phone = await living();
    await phone.answer(15);
    await shows({ answered_by: 'Living room' }, 'answered');
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'answered' });
  });

  it('goes on after busy, and ends after its last try', async () => {
    await using phone = await kitchen();
    await using door = await press('634');
    for (let tries = 1; tries <= 3; tries += 1) {
      await until('the phone to ring', () => phone.rings === tries);
      await phone.hangUp();
    }
    await door.waitFor('refused');
    expect(await ended()).toMatchObject({ outcome: 'missed', attempts: 3 });
    expect(types()).toEqual(['ring', 'missed', 'ended']);
    expect(phone.rings).toBe(3);
  });

  it('rings two phones in vain, both in each try, and is missed after the last', async () => {
    await using one = await kitchen();
    await using other = await living();
    const before = await missedCalls();
    await using door = await press('635');
    await door.waitFor('refused', 20);
    await rangInVain('d635', before);
    expect([one.rings, other.rings]).toEqual([2, 2]);
  });
});

describe('Redial until answer', () => {
  it('goes on after busy, is not answered by its tone, and ends with the answer of one of two', async () => {
    await using door = await press('631');
    await shows({ attempts: 2 }, 'ringing');
    expect(door.state).toBe('ringing');
    await using phone = await kitchen();
    await phone.waitFor('ringing');
    await using other = await living();
    await phone.hangUp();
    await until('the phone to ring again', () => phone.rings === 2);
    await other.waitFor('ringing');
    await phone.answer();
    await shows({ answered_by: 'Kitchen' }, 'answered');
    await other.waitFor('ended');
    await phone.hangUp();
    await door.waitFor('hung up');
    expect(await ended()).toMatchObject({ outcome: 'answered' });
    expect(types()).toEqual(['ring', 'answered', 'ended']);
  });

  it('rings two phones in vain, both in each round, until the visitor goes while they ring', async () => {
    await using one = await kitchen();
    await using other = await living();
    const before = await missedCalls();
    await using door = await press('636');
    await until('the phones to ring again', () => one.rings === 2 && other.rings === 2, { seconds: 20 });
    await Promise.all(PHONES.map(({ slug }) => hass.waitForState(`sensor.${slug}_state`, 'ringing')));
    await door.hangUp();
    expect(door.state).toBe('cancelled');
    await rangInVain('d636', before);
    expect([one.rings, other.rings]).toEqual([2, 2]);
  });

  it('ends when the visitor goes', async () => {
    await using door = await press('631');
    await shows({ attempts: 2 }, 'ringing');
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'missed' });
  });

  it('moves the visitor on when it is stopped so, and is over then', async () => {
    await using door = await press('631');
    await shows({ attempts: 1 }, 'ringing');
    const fields = { doorbell: 'Front door', move_to: 'd500' };
    const answer = await hass.callService('script.asterisk_stop_ringing', fields, { respond: true });
    expect(answer).toMatchObject({ ok: true, result: { state: 'moved_on' } });
    await door.waitFor('answered');
    await shows({ attempts: 0 }, 'idle');
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'cancelled' });
    expect(types()).toEqual(['ring', 'cancelled', 'ended']);
  });

  it('without a pause is one ring and a warning, and can be stopped', async () => {
    await using door = await press('632');
    await until('the warning', async () =>
      (await companion.log()).some(
        ({ msg, extension }) => extension === 'd632' && msg.includes('put a Wait(1) into it'),
      ),
    );
    await shows({ attempts_known_by: 'dialplan' }, 'ringing');
    expect(await hass.callService('script.asterisk_stop_ringing', {}, { respond: true })).toMatchObject({
      ok: true,
    });
    await door.waitFor('refused');
    const end = await ended();
    expect(end).toMatchObject({ outcome: 'cancelled' });
    expect(end.attempts).toBeGreaterThan(50);
  });
});

describe('What else may happen', () => {
  it('is answered by who picks the call up with *8', async () => {
    await using one = await kitchen();
    await using other = await living();
    await using door = await press('601');
    await one.waitFor('ringing');
    await hass.waitForState('sensor.kitchen_state', 'ringing');
    const missed = await hass.getState('sensor.kitchen_missed_calls');
    await other.dial('*8');
    await shows({ answered_by: 'Living room', talking_to: 'Living room' }, 'answered');
    await one.waitFor('ended');
    await hass.waitForState('sensor.kitchen_state', 'idle');
    await hass.waitForState('sensor.living_room_state', 'in_call');
    await hass.waitForState('sensor.living_room_connected_line', 'Doorbell');
    await hass.waitForState('sensor.asterisk_home_active_calls', '1');
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'answered' });
    expect(types()).toEqual(['ring', 'answered', 'ended']);
    await hass.waitForState('sensor.living_room_state', 'idle');
    expect((await hass.getState('sensor.kitchen_missed_calls'))?.state).toBe(missed?.state);
    expect(phonesTold('missed')).toEqual([]);
  });

  it('ends with the call that a phone is taken out of by a masquerade, and the phone’s next call is its own', async () => {
    await using one = await kitchen();
    await using other = await living();
    await using door = await press('601');
    await one.answer();
    await shows({ talking_to: 'Kitchen' }, 'answered');
    // The phone's channel runs no dialplan: to send it there, Asterisk puts another channel into its place.
    const channels = (await lab.asterisk().rx('core show channels concise')).split('\n');
    const channel = channels.find((line) => line.startsWith('PJSIP/6001-'))?.split('!')[0];
    await lab.asterisk().rx(`channel redirect ${channel} default,6002,1`);
    await door.waitFor('hung up');
    expect(await ended()).toMatchObject({ outcome: 'answered', answered_by: [{ name: 'Kitchen' }] });
    expect(types()).toEqual(['ring', 'answered', 'ended']);
    await other.answer();
    await hass.waitForState('sensor.kitchen_state', 'in_call');
    await hass.waitForState('sensor.kitchen_connected_line', 'Living room');
    await hass.waitForState('sensor.living_room_state', 'in_call');
    await hass.waitForState('sensor.asterisk_home_active_calls', '1');
    await one.hangUp();
    for (const phone of ['kitchen', 'living_room']) await hass.waitForState(`sensor.${phone}_state`, 'idle');
    await hass.waitForState('sensor.asterisk_home_active_calls', '0');
    expect(phonesTold('missed')).toEqual([]);
  });

  it('stays one press when a parked visitor is handed on by an attended transfer', async () => {
    await using one = await kitchen();
    await using other = await living();
    await using door = await press('771');
    await shows({ lot: 'porch', space: '771' }, 'parked');
    await one.dial('d772');
    await shows({ talking_to: 'Kitchen' }, 'answered');
    await one.press('*2');
    await until('the visitor to be on hold', async () =>
      JSON.stringify((await companion.http('GET', '/api/state')).body).includes('"held":true'),
    );
    await one.press('602');
    await other.answer();
    await one.hangUp();
    await shows({ answered_by: 'Kitchen', talking_to: 'Living room' }, 'answered');
    await door.hangUp();
    expect(await ended()).toMatchObject({ outcome: 'answered' });
    expect(types()).toEqual(['ring', 'parked', 'answered', 'ended']);
  });

  it('counts rounds with a phone alone for an AMI user who does not see the dialplan, and says so', async () => {
    const lines: string[] = [];
    const note = (_: object, words: string) => void lines.push(words);
    const log = { debug() {}, info: note, warn: note, error: note };
    const { host, port, secret } = lab.asterisk().ami;
    const ami = new AmiClient({ host, port, secret, username: 'nodialplan', tls: false, log });
    const doorbells = [{ name: 'Front door', endpoint: 'PJSIP/8000', extensions: [], answer_on: [] }];
    const pbx = new Pbx({ id: 'home', phones: [], doorbells }, ami, log);
    pbx.start();
    ami.start();
    await until('the PBX to be known', () => pbx.status.up);
    await using door = await press('620');
    await shows({ attempts: 2, attempts_known_by: 'dialplan' }, 'ringing');
    const now = () => pbx.doorbells.get('pjsip_8000')?.press;
    expect(now()).toMatchObject({ attempts: 0, attemptsKnownBy: null });
    await using phone = await kitchen();
    await phone.waitFor('ringing');
    await until('the round with a phone', () => now()?.attempts === 1);
    expect(now()).toMatchObject({ attempts: 1, attemptsKnownBy: 'ringing' });
    expect(lines.filter((line) => line.includes('known by the phones that ring'))).toHaveLength(1);
    await door.hangUp();
    await ended();
    await pbx.stop();
    await ami.stop();
  });
});
