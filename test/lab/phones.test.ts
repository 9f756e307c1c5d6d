/** A phone and its PBX in the real Home Assistant: every entity, every button, every action, and a name that changes. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { asteriskSettings, Companion } from './companion.ts';
import { DeskPhone } from './stack/desk-phone.ts';
import type { HassClient, StateChanged } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';

interface Registered {
  readonly entity_id: string;
  readonly unique_id: string;
  readonly platform: string;
  readonly device_id: string;
}
interface Device {
  readonly id: string;
  readonly name: string;
}
interface Answer {
  readonly ok: boolean;
  readonly result?: { readonly call?: string };
}
interface Told {
  readonly subject: string;
  readonly type: string;
  readonly [key: string]: unknown;
}

const KEYS = '0123456789*#ABCD';

let lab: Lab;
let hass: HassClient;
let wall: HassClient;
let companion: Companion;
let kitchen: Phone;
let living: DeskPhone;
/** When the companion began to reach for Asterisk. */
let began: number;
const undo = new AsyncDisposableStack();

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  wall = lab.homeAssistant.as('wall');
  // With an option that needs the keys: else the sound of the two goes past Asterisk, and so do they.
  undo.use(await lab.asterisk().dialplan('phones', '[default](+)\nexten => 662,1,Dial(PJSIP/6002,20,t)\n'));
  [kitchen, living] = await Promise.all([lab.phone('6001'), DeskPhone.plugIn(lab.asterisk(), '6002')]);
  undo.use(kitchen);
  undo.use(living);
  began = Date.now();
  companion = undo.use(await Companion.start(lab));
  await hass.waitForState('sensor.kitchen_state', 'idle', 20);
});
afterAll(() => undo.disposeAsync());
afterEach(async () => {
  await lab.asterisk().hangUpAll();
  await hass.waitForState('sensor.asterisk_home_active_calls', '0');
});

const shows = (entity: string, state: string) => hass.waitForState(entity, state);
/** Somebody without rights presses a button on a dashboard. */
const press = (button: string) =>
  wall.callService('button.press', {}, { target: { entity_id: `button.${button}` } });
const run = (action: string, fields: object) =>
  wall.callService<Answer>(`script.asterisk_${action}`, { ...fields }, { respond: true });

/** The two talk. */
async function talking(): Promise<void> {
  await living.answer();
  await shows('sensor.kitchen_state', 'in_call');
  await shows('sensor.living_room_state', 'in_call');
}

it('shows a PBX, its phones, and a call from the first digit to its end', async () => {
  await using changes = await hass.record<StateChanged>('state_changed');
  await using bus = await hass.record<Told>('asterisk_event');
  const connection = await shows('binary_sensor.asterisk_home_connection', 'on');
  const since = Date.parse(String(connection.attributes.since));
  expect([since >= began, since <= Date.now()]).toEqual([true, true]);
  expect(connection.attributes.since).toBe(new Date(since).toISOString());
  expect((await hass.getState('sensor.asterisk_home_version'))?.state).toMatch(/^22\.\d+\.\d+$/);
  await shows('binary_sensor.kitchen_registered', 'on');
  await shows('binary_sensor.attic_registered', 'off');
  await shows('sensor.attic_state', 'unreachable');

  await kitchen.dial('662');
  await shows('sensor.kitchen_state', 'dialing');
  await shows('sensor.living_room_state', 'ringing');
  await shows('sensor.asterisk_home_active_calls', '1');
  const ringing = await shows('sensor.living_room_connected_line', 'Kitchen');
  expect(ringing.attributes).toMatchObject({ caller_name: 'Kitchen', caller_number: '6001' });
  expect((await shows('sensor.living_room_last_caller', 'Kitchen')).attributes).toMatchObject({
    caller_number: '6001',
    time: expect.stringMatching(/^\d{4}-/),
  });
  await talking();
  const called = await shows('sensor.kitchen_connected_line', 'Living room');
  expect(called.attributes).toMatchObject({ caller_name: 'Living room', caller_number: '6002' });

  const talks = Date.now();
  await kitchen.press(KEYS);
  const last = await hass.waitForState('event.kitchen_dtmf', ({ attributes }) => attributes.digit === 'D');
  const pressed = changes.data.filter(
    ({ entity_id, new_state }) =>
      entity_id === 'event.kitchen_dtmf' && new_state?.attributes.call === last.attributes.call,
  );
  expect(pressed.map(({ new_state }) => new_state?.attributes)).toMatchObject(
    [...KEYS].map((key) => ({ event_type: key, digit: key })),
  );
  expect(await run('send_dtmf', { phone: 'Kitchen', digits: '1#' })).toMatchObject({
    ok: true,
    result: { sent: 2 },
  });
  // The keys are for the other party of the phone, which has heard the kitchen's own, too.
  await until('the keys', () => living.call.ear.digits === `${KEYS}1#`);

  await living.hold(living.call);
  await shows('sensor.kitchen_state', 'on_hold');
  const talked = Math.floor((Date.now() - talks) / 1000);
  await press('kitchen_hang_up');
  await Promise.all([kitchen.waitFor('ended'), living.waitFor('ended')]);
  await shows('sensor.kitchen_state', 'idle');
  await shows('sensor.asterisk_home_active_calls', '0');
  const idle = await shows('sensor.kitchen_connected_line', 'unknown');
  expect(idle.attributes).toMatchObject({ caller_name: '', caller_number: '' });

  const { seconds } = await bus.waitFor('the end of the call', ({ type }) => type === 'ended');
  expect(seconds).toBeGreaterThanOrEqual(talked);
  const { call } = last.attributes;
  expect(call).toMatch(/^home-\d+\.\d+$/);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const all = { companion: 'asterisk', pbx: 'home', time, call };
  const caller = { number: '6001', name: 'Kitchen' };
  const ofCall = { ...all, subject: 'call', from: caller, to: { number: '662', name: '' } };
  const ofPhone = (id: string, name: string) => ({
    ...all,
    subject: 'phone',
    phone: { id: `pjsip_${id}`, endpoint: `PJSIP/${id}`, name },
  });
  const ofLiving = { ...ofPhone('6002', 'Living room'), caller };
  expect(bus.data.filter((told) => told.call === call)).toEqual([
    { ...ofCall, type: 'started' },
    { ...ofLiving, type: 'ringing' },
    { ...ofLiving, type: 'answered' },
    { ...ofCall, type: 'answered' },
    ...[...KEYS].map((digit) => ({ ...ofPhone('6001', 'Kitchen'), type: 'dtmf', digit })),
    {
      ...ofCall,
      type: 'ended',
      cause: 16,
      cause_text: 'Normal Clearing',
      seconds,
      up: true,
    },
  ]);
});

/** The lot's oldest call is to come to that phone, whatever phone was chosen before. */
async function retrieveOn(option: string): Promise<void> {
  const entity_id = 'select.parking_default_retrieve_on';
  await wall.callService('select.select_option', { option }, { target: { entity_id } });
  await shows(entity_id, option);
  await press('parking_default_retrieve');
}

async function retrievedBy(name: string): Promise<void> {
  const event = await hass.waitForState(
    'event.parking_default_activity',
    ({ attributes }) => attributes.event_type === 'retrieved' && attributes.by === name,
  );
  expect(event.attributes).toMatchObject({ by: name, space: '701' });
  await shows('sensor.parking_default_parked_calls', '0');
}

it('dials again, parks, retrieves and hangs up by its buttons', async () => {
  await press('kitchen_redial');
  await kitchen.answer();
  await talking();
  await press('kitchen_park');
  const lot = await shows('sensor.parking_default_parked_calls', '1');
  expect(lot.attributes.calls).toMatchObject([{ name: 'Living room', parked_by: 'Kitchen', how: 'action' }]);
  await kitchen.waitFor('ended');
  await retrieveOn('Kitchen');
  await kitchen.answer();
  await retrievedBy('Kitchen');
  await shows('sensor.kitchen_connected_line', 'Living room');
  await press('living_room_park');
  const other = await shows('sensor.parking_default_parked_calls', '1');
  expect(other.attributes.calls).toMatchObject([
    { name: 'Kitchen', parked_by: 'Living room', how: 'action' },
  ]);
  await living.waitFor('ended');
  await retrieveOn('Living room');
  await living.answer();
  await retrievedBy('Living room');
  await shows('sensor.living_room_connected_line', 'Kitchen');
  await press('kitchen_hang_up');
  await living.waitFor('ended');
});

it('does the same and more by the scripts', async () => {
  const phone = 'Kitchen';
  const dialled = run('dial', { phone, number: '6002' });
  await kitchen.answer();
  await talking();
  expect(await dialled).toMatchObject({ ok: true, result: { number: '6002', state: 'answered' } });
  expect(await run('hang_up', { phone })).toMatchObject({ ok: true, result: { ended: 1 } });
  await living.waitFor('ended');

  await using bus = await hass.record<Told>('asterisk_event');
  const again = run('redial', { phone });
  await kitchen.answer();
  await talking();
  expect(await again).toMatchObject({ ok: true, result: { number: '6002', state: 'answered' } });
  const handed = await run('transfer', { phone, target: '444' });
  expect(handed).toMatchObject({ ok: true, result: { state: 'transferred', target: '444' } });
  // The call is the kitchen's still, and goes to another now.
  expect(await bus.waitFor('the transfer', ({ type }) => type === 'transferred')).toMatchObject({
    subject: 'call',
    call: handed.result?.call,
    from: { number: '6001', name: 'Kitchen' },
    to: { number: '444', name: '' },
  });
  await kitchen.waitFor('ended');
  await shows('sensor.parking_default_parked_calls', '1');
  const back = run('retrieve', { phone, lot: 'default' });
  await kitchen.answer();
  expect(await back).toMatchObject({ ok: true, result: { lot: 'default', space: '701' } });
  await shows('sensor.parking_default_parked_calls', '0');
});

it('answers a doorbell and sends its visitor away by buttons and scripts', async () => {
  const types = (type: string, after: number) =>
    hass.waitForState(
      'event.front_door',
      ({ state, attributes }) => attributes.event_type === type && Date.parse(state) >= after,
    );
  {
    await using door = await lab.doorbell('8000').press('6001');
    await kitchen.waitFor('ringing');
    await press('front_door_answer');
    await kitchen.answer();
    const shown = await hass.waitForState('sensor.front_door_state', 'answered');
    expect(shown.attributes).toMatchObject({ answered_by: 'Kitchen', talking_to: 'Kitchen' });
    await press('kitchen_hang_up');
    await door.waitFor('hung up');
  }
  const visitors = [() => press('front_door_ignore'), () => run('ignore', { doorbell: 'Front door' })];
  for (const sendAway of visitors) {
    const began = Date.now();
    await using door = await lab.doorbell('8000').press('6001');
    await kitchen.waitFor('ringing');
    await sendAway();
    await door.waitFor('refused');
    await kitchen.waitFor('ended');
    const told = await types('cancelled', began);
    expect(told.attributes).toMatchObject({ who: expect.stringMatching(/./), caller_name: 'Doorbell' });
    const last = await hass.waitForState(
      'sensor.front_door_last_visitor',
      ({ attributes }) => attributes.outcome === 'cancelled',
    );
    expect(last).toMatchObject({ state: 'Doorbell', attributes: { caller_number: '8000' } });
    const visit = await hass.waitForState(
      'sensor.front_door_last_visit',
      ({ state }) => Date.parse(state) >= began - 1000,
    );
    expect(visit.attributes.device_class).toBe('timestamp');
  }
  expect((await hass.getState('sensor.kitchen_missed_calls'))?.state).toBe('0');
});

/** Entities of the companion, by unique id, and the names of its devices. */
async function registry() {
  const all = await hass.ws<Registered[]>({ type: 'config/entity_registry/list' });
  const devices = new Map(
    (await hass.ws<Device[]>({ type: 'config/device_registry/list' })).map(({ id, name }) => [id, name]),
  );
  const ours = all.filter(({ platform }) => platform === 'mqtt');
  return {
    entities: ours.map(({ unique_id, entity_id }) => `${unique_id} ${entity_id}`).sort(),
    device: (entity: string) =>
      devices.get(ours.find(({ entity_id }) => entity_id === entity)?.device_id ?? ''),
  };
}

it('follows a phone that is renamed, in Asterisk or in the settings, with the same entities', async () => {
  const asterisk = lab.asterisk();
  const file = join(asterisk.dir, 'etc', 'pjsip.conf');
  const text = await readFile(file, 'utf8');
  const rename = async (name: string, reload: string) => {
    await writeFile(file, text.replace('"Attic" <6004>', `"${name}" <6004>`));
    await asterisk.rx(reload);
    return hass.waitForState(
      'sensor.attic_state',
      ({ attributes }) => attributes.phone_name === name && attributes.friendly_name === `${name} State`,
    );
  };
  const before = await registry();
  expect(before.device('sensor.attic_state')).toBe('Attic');
  try {
    for (const [name, reload] of [
      ['Loft', 'pjsip reload'],
      ['Roof room', 'core reload'],
    ] as const) {
      const { state, attributes } = await rename(name, reload);
      expect([state, attributes.phone, attributes.endpoint]).toEqual([
        'unreachable',
        'pjsip_6004',
        'PJSIP/6004',
      ]);
      const after = await registry();
      expect(after.entities).toEqual(before.entities);
      expect(after.device('sensor.attic_state')).toBe(name);
    }
    // It is called by its new name, and no longer by the old one.
    expect(await run('hang_up', { phone: 'Roof room' })).toMatchObject({ error: { code: 'conflict' } });
    expect(await run('hang_up', { phone: 'Attic' })).toMatchObject({ error: { code: 'not_found' } });

    // While nobody looks.
    await companion.stop();
    await writeFile(file, text);
    await asterisk.rx('pjsip reload');
    const phones = [{ endpoint: 'PJSIP/6002', name: 'Parlour' }];
    companion = undo.use(await Companion.start(lab, { phones }));
    await hass.waitForState(
      'sensor.living_room_state',
      ({ state, attributes }) => state === 'idle' && attributes.friendly_name === 'Parlour State',
      20,
    );
    await hass.waitForState('sensor.attic_state', ({ attributes }) => attributes.phone_name === 'Attic');
    const after = await registry();
    expect(after.entities).toEqual(before.entities);
    expect(after.device('sensor.living_room_state')).toBe('Parlour');
    expect(after.device('sensor.attic_state')).toBe('Attic');
    await kitchen.dial('6002');
    await shows('sensor.kitchen_connected_line', 'Parlour');
  } finally {
    await writeFile(file, text);
    await asterisk.rx('pjsip reload');
  }
});

it('says that a phone is busy where that is all that Asterisk tells: of a call that the AMI user may not list', async () => {
  const asterisk = lab.asterisk();
  const file = join(asterisk.dir, 'etc', 'pjsip.conf');
  const users = join(asterisk.dir, 'etc', 'manager.d');
  const text = await readFile(file, 'utf8');
  const one = '[6002](endpoint-base)\n';
  expect(text).toContain(one);
  await companion.stop();
  await mkdir(users, { recursive: true });
  try {
    await writeFile(file, text.replace(one, `${one}device_state_busy_at = 1\n`));
    const blind = ['[blind]', `secret = ${asterisk.ami.secret}`, 'read = all', 'write = call,originate', ''];
    await writeFile(join(users, 'phones.conf'), blind.join('\n'));
    await asterisk.rx('pjsip reload');
    await asterisk.rx('manager reload');
    await kitchen.dial('662');
    await living.answer();
    await kitchen.waitFor('established');
    await using _blind = await Companion.start(lab, {
      asterisk: [{ ...asteriskSettings(lab, 'home'), username: 'blind' }],
      phones: [{ endpoint: 'PJSIP/6002', name: 'Living room' }],
      scripts: false,
    });
    await hass.waitForState('sensor.living_room_state', 'busy', 20);
    await living.hangUp();
    await shows('sensor.living_room_state', 'idle');
    // What it sees from its start on is a call like any other.
    await kitchen.dial('662');
    await shows('sensor.living_room_state', 'ringing');
    await living.answer();
    await shows('sensor.living_room_state', 'in_call');
    await living.hangUp();
    await shows('sensor.living_room_state', 'idle');
  } finally {
    await writeFile(file, text);
    await rm(join(users, 'phones.conf'), { force: true });
    await asterisk.rx('pjsip reload');
    await asterisk.rx('manager reload');
    await asterisk.hangUpAll();
    await companion.launch();
    await hass.waitForState('sensor.asterisk_home_active_calls', '0', 20);
  }
});
