/** Ways to park a call, lots with phones of their own, calls that come back, and lamps, in the real Home Assistant. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Companion } from './companion.ts';
import { DeskPhone } from './stack/desk-phone.ts';
import type { Press } from './stack/doorbell.ts';
import type { EventLog, HassClient, StateChanged } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';

const HINTS = `
[default](+)
exten => 701,hint,park:701@parkedcalls
exten => 702,hint,park:702@parkedcalls
exten => 761,hint,park:761@parkedcalls-hall
exten => 6001,hint,PJSIP/6001,CustomPresence:6001
exten => 690,hint,PJSIP/6001&PJSIP/6002,CustomPresence:690
exten => lamp,hint,Custom:lamp
`;
/** The lot's own extension is met before any other only in a context of the lot's. */
const DIALPLAN = `${HINTS}
exten => 660,1,Set(__TRANSFER_CONTEXT=parkedcalls)
 same => n,Dial(PJSIP/6001,20,tTkK)
exten => 661,1,Set(__TRANSFER_CONTEXT=parkedcalls-hall)
 same => n,Dial(PJSIP/6001,20,tTkK)
`;

/** As the companion writes one, in UTC. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What a lamp shows of each device state. */
const LAMP = [
  ['INUSE', 'in_use'],
  ['BUSY', 'busy'],
  ['ONHOLD', 'on_hold'],
  ['UNAVAILABLE', 'unreachable'],
  ['NOT_INUSE', 'idle'],
  ['RINGING', 'ringing'],
] as const;

interface Told {
  readonly subject: string;
  readonly type: string;
  readonly [key: string]: unknown;
}
interface LoggedCall {
  readonly began: string;
  readonly outcome: string;
  readonly by: string;
  readonly from: { readonly name: string };
  readonly to: { readonly number: string };
}

let lab: Lab;
let hass: HassClient;
let kitchen: Phone;
let living: Phone;
let changes: EventLog<StateChanged>;
const undo = new AsyncDisposableStack();

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  undo.use(await lab.asterisk().dialplan('parking', DIALPLAN));
  undo.defer(async () => void (await lab.asterisk().rx('devstate change Custom:lamp NOT_INUSE')));
  await lab.asterisk().rx('devstate change Custom:lamp NOT_INUSE');
  [kitchen, living] = await Promise.all([lab.phone('6001'), lab.phone('6002', { watches: ['701'] })]);
  undo.use(kitchen);
  undo.use(living);
  const parking = [
    { lot: 'default', name: 'Reception', phones: ['PJSIP/6001'] },
    { lot: 'hall', phones: ['PJSIP/6002'] },
  ];
  undo.use(await Companion.start(lab, { parking }));
  await hass.waitForState('sensor.blf_default_lamp', 'idle', 20);
  changes = undo.use(await hass.record<StateChanged>('state_changed'));
});
afterAll(() => undo.disposeAsync());
afterEach(async () => {
  await lab.asterisk().hangUpAll();
  for (const lot of ['default', 'hall']) await hass.waitForState(`sensor.parking_${lot}_parked_calls`, '0');
});

/** A visitor talks to the kitchen, whose keys may park them. */
async function talking(extension = '660'): Promise<Press> {
  const press = await lab.doorbell('8000').press(extension);
  await kitchen.answer();
  await press.waitFor('answered');
  await hass.waitForState('sensor.kitchen_state', 'in_call');
  return press;
}

const parked = (how: string, since: number, lot = 'default') =>
  hass.waitForState(
    `event.parking_${lot}_activity`,
    ({ attributes, last_updated }) =>
      attributes.event_type === 'parked' && attributes.how === how && Date.parse(last_updated) >= since,
  );

it.each([
  ['blind', () => kitchen.transfer('700')],
  ['one_touch', () => kitchen.press('*3')],
  ['action', () => hass.callService('script.asterisk_park', { phone: 'PJSIP/6001' }, { respond: true })],
] as const)('tells that a call was parked: %s', async (how, park) => {
  const began = Date.now();
  const press = await talking();
  await park();
  const event = await parked(how, began);
  expect(event.attributes).toMatchObject({
    space: '701',
    caller_name: 'Doorbell',
    caller_number: '8000',
    parked_by: 'Kitchen',
    call: expect.stringMatching(/^home-\d+\.\d+$/),
  });
  const lot = await hass.waitForState('sensor.parking_default_parked_calls', '1');
  const [call] = lot.attributes.calls as { since: string; until: string }[];
  expect(lot.attributes).toMatchObject({
    lot: 'default',
    lot_name: 'default',
    first_space: '701',
    last_space: '703',
    timeout: 60,
    calls: [
      {
        space: '701',
        name: 'Doorbell',
        number: '8000',
        parked_by: 'Kitchen',
        how,
        call: event.attributes.call,
        since: expect.stringMatching(TIME),
        until: expect.stringMatching(TIME),
      },
    ],
    calling_back: [],
  });
  const [since = 0, over = 0] = [call?.since, call?.until].map((time) => Date.parse(time ?? ''));
  expect([since >= began, since <= Date.now(), over - since]).toEqual([true, true, 60_000]);
  const space = await hass.waitForState('binary_sensor.parking_default_space_701', 'on');
  expect(space.attributes).toMatchObject({
    caller_name: 'Doorbell',
    caller_number: '8000',
    parked_by: 'Kitchen',
    extension: '701',
    context: 'default',
    since: call?.since,
  });
  await until('the lamp of a phone that watches', () => living.lamp('701') === 'On the phone');
  await press.hangUp();
  await hass.waitForState('binary_sensor.parking_default_space_701', 'off');
  await until('its lamp to go out', () => living.lamp('701') === 'Ready');
});

it('tells who parks themselves', async () => {
  const began = Date.now();
  const press = await lab.doorbell('8000').press('444');
  expect((await parked('self', began)).attributes).toMatchObject({ caller_name: 'Doorbell' });
  await press.hangUp();
});

it('tells an attended transfer, and names who was handed over', async () => {
  const began = Date.now();
  const press = await talking();
  await kitchen.press('*2');
  // Asterisk says "transfer" before it takes the digits.
  await until('music for the visitor', async () =>
    (await lab.asterisk().rx('core show channels concise')).includes('PJSIP/8000'),
  );
  await new Promise((resolve) => setTimeout(resolve, 2500));
  await kitchen.press('700');
  await parked('attended', began);
  await kitchen.hangUp();
  await hass.waitForState(
    'sensor.parking_default_parked_calls',
    ({ attributes }) => (attributes.calls as { name: string }[])[0]?.name === 'Doorbell',
  );
  const door = await hass.waitForState('sensor.front_door_state', 'parked');
  expect(door.attributes).toMatchObject({ answered_by: 'Kitchen', lot: 'default', space: '701' });
  await press.hangUp();
});

it('sends a call back to who parked it when its time is over, and tells who takes it', async () => {
  const types = () =>
    changes.data
      .filter(({ entity_id }) => entity_id === 'event.parking_hall_activity')
      .map(({ new_state }) => new_state?.attributes.event_type)
      .filter((type) => type != null);
  const told = (type: string) =>
    hass.waitForState('event.parking_hall_activity', ({ attributes }) => attributes.event_type === type, 20);
  const before = types().length;
  const first = await talking('661');
  await kitchen.transfer('760');
  await told('parked');
  const space = await hass.waitForState('binary_sensor.parking_hall_space_761', 'on');
  expect(space.attributes).toMatchObject({ caller_name: 'Doorbell', context: 'default', extension: '761' });
  expect((await hass.getState('binary_sensor.parking_default_space_701'))?.state).toBe('off');
  await kitchen.waitFor('ringing', 15);
  const back = await told('calls_back');
  expect(back.attributes).toMatchObject({ by: 'Kitchen', caller_name: 'Doorbell', space: '761' });
  const lot = await hass.waitForState(
    'sensor.parking_hall_parked_calls',
    ({ attributes }) => (attributes.calling_back as unknown[]).length === 1,
  );
  expect(lot.state).toBe('0');
  await hass.waitForState('binary_sensor.parking_hall_space_761', 'off');
  await kitchen.answer();
  expect((await told('taken_back')).attributes).toMatchObject({ by: 'Kitchen' });
  await first.hangUp();
  const second = await talking('661');
  await kitchen.transfer('760');
  await told('parked');
  await kitchen.waitFor('ringing', 15);
  await kitchen.hangUp();
  expect((await told('not_taken_back')).attributes).toMatchObject({
    caller_name: 'Doorbell',
    caller_number: '8000',
    space: '761',
    parked_by: 'Kitchen',
  });
  await second.hangUp();
  const life = ['parked', 'timed_out', 'calls_back'];
  expect(types().slice(before)).toEqual([...life, 'taken_back', ...life, 'not_taken_back']);
});

it('lets a phone take a parked call and hand it on', async () => {
  const press = await talking();
  await kitchen.transfer('700');
  await hass.waitForState('sensor.parking_default_parked_calls', '1');
  await living.dial('555');
  await hass.waitForState(
    'event.parking_default_activity',
    ({ attributes }) => attributes.event_type === 'retrieved' && attributes.by === 'Living room',
  );
  await living.waitFor('established');
  await using bus = await hass.record<Told>('asterisk_event');
  await living.transfer('6001');
  await kitchen.waitFor('ringing');
  expect(await bus.waitFor('the transfer', ({ type }) => type === 'transferred')).toMatchObject({
    subject: 'call',
    from: { number: '8000', name: 'Doorbell' },
    to: { number: '6001', name: '' },
  });
  await kitchen.answer();
  await hass.waitForState('sensor.kitchen_state', 'in_call');
  expect((await hass.getState('sensor.parking_default_parked_calls'))?.state).toBe('0');
  expect(press.state).toBe('answered');
  await press.hangUp();
});

describe('an attended transfer by the phone’s own key', () => {
  /** What the bus was told of a subject, in order. */
  const typesOf = (bus: EventLog<Told>, subject: string) =>
    bus.data.filter((told) => told.subject === subject).map(({ type }) => type);
  const door = (attributes: object) =>
    hass.waitForState('sensor.front_door_state', (entity) =>
      Object.entries(attributes).every(([key, value]) => entity.attributes[key] === value),
    );
  /** The call log of what began since then, newest first, once none of it runs. */
  const log = async (since: number, calls: number) =>
    until('the call log', async () => {
      const answer = await hass.callService<{ result: { calls: LoggedCall[] } }>(
        'script.asterisk_call_history',
        { limit: 10 },
        { respond: true },
      );
      const ours = answer.result.calls.filter(({ began }) => Date.parse(began) >= since);
      if (ours.length < calls || ours.some(({ outcome }) => outcome === 'running')) return undefined;
      return ours.map(({ from, to, outcome, by }) => {
        const who = by === '' ? '' : ` by ${by}`;
        return `${from.name} to ${to.number}: ${outcome}${who}`;
      });
    });

  it('hands a retrieved call on: one press, one end, and nothing in the log that was not', async () => {
    const began = Date.now();
    await using bus = await hass.record<Told>('asterisk_event');
    await using office = await DeskPhone.plugIn(lab.asterisk(), '6003');
    await using press = await lab.doorbell('8000').press('444');
    await hass.waitForState('sensor.parking_default_parked_calls', '1');
    const visitor = await office.dial('555');
    await door({ talking_to: 'Office', space: null });
    await office.hold(visitor);
    const consulting = office.dial('6002');
    await living.answer();
    await office.handOver(visitor, await consulting);
    await door({ answered_by: 'Office', talking_to: 'Living room' });
    await hass.waitForState('sensor.office_state', 'idle');
    await hass.waitForState('sensor.living_room_state', 'in_call');
    await hass.waitForState('sensor.living_room_connected_line', 'Doorbell');
    await hass.waitForState('sensor.asterisk_home_active_calls', '1');
    await press.hangUp();
    await living.waitFor('ended');
    await hass.waitForState('sensor.asterisk_home_active_calls', '0');
    expect(typesOf(bus, 'doorbell')).toEqual(['ring', 'parked', 'answered', 'ended']);
    expect(typesOf(bus, 'parking')).toEqual(['parked', 'retrieved']);
    expect(typesOf(bus, 'phone')).not.toContain('missed');
    expect(await log(began, 3)).toEqual([
      'Office to 6002: answered by Living room',
      'Office to 555: joined',
      'Doorbell to 444: answered by Office',
    ]);
  });

  it('gives the visitor the space that the phone has called', async () => {
    const began = Date.now();
    await using bus = await hass.record<Told>('asterisk_event');
    await using office = await DeskPhone.plugIn(lab.asterisk(), '6003');
    await using press = await lab.doorbell('8000').press('6003');
    const visitor = await office.answer();
    await door({ talking_to: 'Office' });
    await office.hold(visitor);
    const space = await office.dial('444');
    await hass.waitForState('sensor.parking_default_parked_calls', '1');
    await office.handOver(visitor, space);
    expect((await parked('attended', began)).attributes).toMatchObject({ caller_name: 'Doorbell' });
    await door({ answered_by: 'Office', talking_to: null, lot: 'default', space: '701' });
    await hass.waitForState('sensor.front_door_state', 'parked');
    await hass.waitForState('sensor.office_state', 'idle');
    await hass.waitForState('sensor.asterisk_home_active_calls', '1');
    await press.hangUp();
    await hass.waitForState('sensor.asterisk_home_active_calls', '0');
    expect(typesOf(bus, 'doorbell')).toEqual(['ring', 'answered', 'parked', 'ended']);
    expect(typesOf(bus, 'parking')).toEqual(['parked', 'parked', 'given_up']);
    expect(typesOf(bus, 'phone')).not.toContain('missed');
    expect(await log(began, 2)).toEqual([
      'Office to 444: in_dialplan',
      'Doorbell to 6003: answered by Office',
    ]);
  });
});

it('offers a lot’s own phones for its calls', async () => {
  const options = async (lot: string) =>
    (await hass.getState(`select.parking_${lot}_retrieve_on`))?.attributes.options;
  expect([await options('default'), await options('hall')]).toEqual([['Kitchen'], ['Living room']]);
});

it('shows the lamps that the dialplan has, with those that a reload brings and takes', async () => {
  const asterisk = lab.asterisk();
  const lamp = await hass.getState('sensor.blf_default_lamp');
  expect(lamp?.attributes).toMatchObject({
    extension: 'lamp',
    context: 'default',
    devices: ['Custom:lamp'],
    presentity: null,
  });
  const group = await hass.getState('sensor.blf_default_6xx_number_690');
  expect(group?.attributes).toMatchObject({
    extension: '690',
    context: 'default',
    devices: ['PJSIP/6001', 'PJSIP/6002'],
    presentity: 'CustomPresence:690',
  });
  for (const [state, shown] of LAMP) {
    await asterisk.rx(`devstate change Custom:lamp ${state}`);
    await hass.waitForState('sensor.blf_default_lamp', shown);
  }
  const press = await lab.doorbell('8000').press('6002');
  await living.waitFor('ringing');
  await hass.waitForState('sensor.blf_default_6xx_number_690', 'ringing');
  await press.hangUp();
  await hass.waitForState('sensor.blf_default_6xx_number_690', 'idle');
  // A phone's own hint would say less than its device does.
  expect(await hass.getState('sensor.blf_default_60xx_number_6001')).toBeUndefined();
  {
    await using _more = await asterisk.dialplan('lamps', '[default](+)\nexten => gate,hint,Custom:gate\n');
    await hass.waitForState('sensor.blf_default_gate', ({ state }) => state !== 'unavailable');
  }
  await until('the lamp to go', async () => (await hass.getState('sensor.blf_default_gate')) === undefined);
});
