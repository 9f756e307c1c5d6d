/** From a press on a real Asterisk to a real Home Assistant, and back. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Companion } from './companion.ts';
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

const EVENT = 'event.front_door';
/** An id of the lab's Asterisk `home`. */
const CALL = /^home-\d+\.\d+$/;

let lab: Lab;
let companion: Companion;
let hass: HassClient;
let kitchen: Phone;
let living: Phone;
let changes: EventLog<StateChanged>;

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  [kitchen, living] = await Promise.all([lab.phone('6001'), lab.phone('6002')]);
  companion = await Companion.start(lab);
  await hass.waitForState(EVENT, (entity) => entity.state !== 'unavailable', 20);
});
afterAll(async () => {
  await companion?.stop();
  await Promise.all([kitchen?.stop(), living?.stop()]);
});
beforeEach(async () => {
  changes = await hass.record('state_changed');
});
afterEach(async () => {
  await changes[Symbol.asyncDispose]();
  await lab.asterisk().rx('channel request hangup all');
  await hass.waitForState('sensor.front_door_state', 'idle');
});

/** What an entity has shown since the test began, in order. */
const shown = (entity: string): EntityState[] => statesOf(changes, entity);

/** The types that the event entity has shown since the test began, in order. */
const types = (): unknown[] => shown(EVENT).map(({ attributes }) => attributes.event_type);

/** The states that an entity has had since the test began, in order, none twice running. */
function states(entity: string): string[] {
  const all = shown(entity).map(({ state }) => state);
  return all.filter((state, at) => state !== all[at - 1]);
}

const expectLastVisitor = async (outcome: string): Promise<void> => {
  const last = await hass.waitForState(
    'sensor.front_door_last_visitor',
    ({ attributes }) => attributes.outcome === outcome,
  );
  expect(last).toMatchObject({
    state: 'Doorbell',
    attributes: { caller_name: 'Doorbell', caller_number: '8000' },
  });
};

it('shows one ring within a second, and missed when nobody answers', async () => {
  const began = Date.now();
  await using press = await lab.doorbell('8000').press('600', { giveUpAfter: 3 });
  const ring = await hass.waitForState(EVENT, (entity) => entity.attributes.event_type === 'ring', 2);
  const took = Date.parse(ring.last_changed) - began;
  expect(ring.attributes).toMatchObject({
    device_class: 'doorbell',
    caller_name: 'Doorbell',
    caller_number: '8000',
    extension: '600',
    call: expect.stringMatching(CALL),
  });
  expect(took).toBeLessThan(1000);
  await kitchen.waitFor('ringing');
  await press.waitFor('cancelled');
  const missed = await hass.waitForState(EVENT, (entity) => entity.attributes.event_type === 'missed');
  expect(missed.attributes).toMatchObject({
    caller_name: 'Doorbell',
    caller_number: '8000',
    extension: '600',
    call: ring.attributes.call,
    attempts: 1,
  });
  await expectLastVisitor('missed');
  await hass.waitForState('sensor.front_door_state', 'idle');
  expect(types()).toEqual(['ring', 'missed']);
});

it('shows who answered', async () => {
  await using press = await lab.doorbell('8000').press('600');
  await living.answer();
  await press.waitFor('answered');
  const answered = await hass.waitForState(EVENT, (entity) => entity.attributes.event_type === 'answered');
  expect(answered.attributes).toMatchObject({
    by: 'Living room',
    by_phone: 'pjsip_6002',
    answered_by: ['Living room'],
    attempts: 1,
    caller_name: 'Doorbell',
    caller_number: '8000',
    extension: '600',
    call: expect.stringMatching(CALL),
  });
  await hass.waitForState('sensor.living_room_state', 'in_call');
  await expectLastVisitor('answered');
  await press.hangUp();
  const ended = await hass.waitForState(EVENT, (entity) => entity.attributes.event_type === 'ended');
  expect(ended.attributes).toMatchObject({
    seconds: expect.any(Number),
    attempts: 1,
    answered_by: ['Living room'],
    caller_name: 'Doorbell',
    caller_number: '8000',
    extension: '600',
    call: answered.attributes.call,
  });
  await hass.waitForState('sensor.front_door_state', 'idle');
  expect(types()).toEqual(['ring', 'answered', 'ended']);
  expect((await hass.getState('sensor.kitchen_missed_calls'))?.state).toBe('1');
});

it('starts an automation by Home Assistant’s own doorbell trigger', async () => {
  await hass.writeAutomation('lab_rang', {
    alias: 'Rang',
    triggers: [{ trigger: 'doorbell.rang', target: { entity_id: EVENT } }],
    actions: [{ event: 'lab_rang' }],
  });
  await using rang = await hass.record('lab_rang');
  await using press = await lab.doorbell('8000').press('600', { giveUpAfter: 1 });
  await rang.waitFor('the automation', () => true, 3);
  await press.waitFor('cancelled');
  await hass.removeAutomation('lab_rang');
  expect(rang.events).toHaveLength(1);
});

it('starts the blueprint’s automation', async () => {
  await until('the blueprint to be there', async () =>
    Object.hasOwn(
      await hass.ws<object>({ type: 'blueprint/list', domain: 'automation' }),
      'asterisk_companion/doorbell.yaml',
    ),
  );
  await hass.writeAutomation('lab_blueprint', {
    alias: 'Lab blueprint',
    use_blueprint: {
      path: 'asterisk_companion/doorbell.yaml',
      input: {
        doorbell: EVENT,
        extra_actions: [{ event: 'lab_blueprint', event_data: { caller: '{{ caller }}' } }],
      },
    },
  });
  await using told = await hass.record<{ caller: string }>('lab_blueprint');
  await using press = await lab.doorbell('8000').press('600', { giveUpAfter: 1 });
  expect((await told.waitFor('the automation', () => true, 3)).caller).toBe('Doorbell');
  await press.waitFor('cancelled');
  await hass.removeAutomation('lab_blueprint');
  expect(told.events).toHaveLength(1);
});

it('opens the door: the digits reach the doorbell, in order and once', async () => {
  await using press = await lab.doorbell('8000').press('600');
  await kitchen.answer();
  await hass.callService('lock.open', {}, { target: { entity_id: 'lock.front_door_door' } });
  await press.waitForDigits('#9');
  const lock = await hass.waitForState('lock.front_door_door', 'open');
  expect(lock.attributes).toMatchObject({
    problem: null,
    last_opened: expect.stringMatching(/^\d{4}-/),
    last_opened_by: expect.stringMatching(/./),
  });
  const opened = await hass.waitForState(EVENT, (entity) => entity.attributes.event_type === 'opened');
  expect(opened.attributes).toMatchObject({ way: 'dtmf', who: lock.attributes.last_opened_by });
  expect(press.digits).toBe('#9');
  await hass.callService('lock.unlock', {}, { target: { entity_id: 'lock.front_door_door' } });
  await press.waitForDigits('#9#9');
  await hass.waitForState('lock.front_door_door', 'locked');
  expect(press.digits).toBe('#9#9');
  expect(states('lock.front_door_door')).toEqual(['opening', 'open', 'opening', 'open', 'locked']);
});

it('says clearly that there is no call to open the door on', async () => {
  await hass.callService('lock.open', {}, { target: { entity_id: 'lock.front_door_door' } });
  const lock = await hass.waitForState('lock.front_door_door', (entity) => entity.attributes.problem != null);
  expect(lock.state).toBe('locked');
  expect(lock.attributes.problem).toMatch(/call/i);
});

it('counts a parked visitor, and joins them to the phone that a non-admin names', async () => {
  await using press = await lab.doorbell('8000').press('444');
  const lot = await hass.waitForState('sensor.parking_default_parked_calls', '1');
  expect(lot.attributes.calls).toMatchObject([{ space: '701', name: 'Doorbell', number: '8000' }]);
  await hass.waitForState('sensor.front_door_state', 'parked');
  const wall = lab.homeAssistant.as('wall');
  const retrieved = wall.callService('script.asterisk_retrieve', { phone: 'Kitchen' }, { respond: true });
  await kitchen.answer();
  expect(await retrieved).toMatchObject({ ok: true, result: {} });
  await press.waitFor('answered');
  await hass.waitForState('sensor.parking_default_parked_calls', '0');
  await hass.waitForState('sensor.front_door_state', 'answered');
  const heard = press.soundPackets;
  await until('the visitor to hear the kitchen', () => press.soundPackets > heard + 20);
  await hass.waitForState(EVENT, (entity) => entity.attributes.event_type === 'answered');
  expect(types()).toEqual(['ring', 'parked', 'answered']);
});
