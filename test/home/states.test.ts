import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { deviceOf, idsOf, SUBJECTS } from '../../src/home/entities/index.ts';
import { AROUND } from './around.ts';
import { FakeHomeAssistant } from './fake-home-assistant.ts';
import { makeHome } from './setup.ts';

let ha: FakeHomeAssistant;
let made: ReturnType<typeof makeHome>;

beforeEach(async () => {
  ha = new FakeHomeAssistant();
  await ha.start();
  made = makeHome({ homeAssistant: { url: ha.url, token: 'good' } });
});

afterEach(async () => {
  await made.home.stop();
  await ha.stop();
});

async function shown(id: string, state: string) {
  await vi.waitFor(() => expect(ha.states.get(id)?.state).toBe(state), 5_000);
  return ha.states.get(id)?.attributes;
}

it('shows what there is to see, and says what a broker would add', async () => {
  made.home.start();
  expect(await shown('sensor.kitchen_state', 'idle')).toEqual({
    companion: 'c1',
    friendly_name: 'Kitchen State',
    icon: 'mdi:phone-classic',
    device_class: 'enum',
    options: ['unreachable', 'idle', 'dialing', 'ringing', 'in_call', 'on_hold', 'busy'],
    pbx: 'home',
    phone: 'pjsip_6001',
    phone_name: 'Kitchen',
    endpoint: 'PJSIP/6001',
  });
  await shown('binary_sensor.asterisk_home_connection', 'on');
  await shown('sensor.kitchen_last_caller', 'unknown');
  await vi.waitFor(() => expect(JSON.stringify(ha.called)).toContain('Mosquitto broker'));
  expect([...ha.states.keys()].filter((id) => /^(button|lock|select)\./.test(id))).toEqual([]);
});

it('tells a ring', async () => {
  made.home.start();
  await shown('event.front_door', 'unknown');
  made.pbx.doorbellEvent({ type: 'ring' });
  await vi.waitFor(() => expect(ha.states.get('event.front_door')?.attributes.event_type).toBe('ring'));
  expect(ha.states.get('event.front_door')).toEqual({
    state: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    attributes: {
      companion: 'c1',
      friendly_name: 'Front door',
      device_class: 'doorbell',
      event_types: ['ring', 'answered', 'missed', 'cancelled', 'parked', 'waiting', 'opened', 'ended'],
      event_type: 'ring',
      caller_name: 'Doorbell',
      caller_number: '8000',
      call: '1764000000.1',
      extension: '600',
    },
  });
});

it('writes a change once and an unchanged state not again', async () => {
  made.home.start();
  const around = { ...AROUND, history: null };
  const entities = SUBJECTS.flatMap((subject) =>
    idsOf(made.pbx, subject).flatMap((id) => deviceOf(made.pbx, subject, id, around)?.entities ?? []),
  );
  const bare = entities.filter(({ platform }) => /^(sensor|binary_sensor|event)$/.test(platform));
  await vi.waitFor(() => expect(ha.writes).toHaveLength(bare.length), 5_000);
  ha.writes.length = 0;
  made.pbx.phone({ id: 'pjsip_6001', missed: 2 });
  await shown('sensor.kitchen_missed_calls', '2');
  expect(ha.writes).toEqual(['POST states/sensor.kitchen_missed_calls']);
});

it('leaves entities of others alone', async () => {
  ha.states.set('sensor.kitchen_state', { state: 'cooking', attributes: {} });
  made.home.start();
  await shown('sensor.office_state', 'unreachable');
  expect(ha.states.get('sensor.kitchen_state')).toEqual({ state: 'cooking', attributes: {} });
});

it('tells everything again after a restart', async () => {
  made.home.start();
  await shown('sensor.kitchen_state', 'idle');
  ha.states.clear();
  ha.drop();
  await shown('sensor.kitchen_state', 'idle');
});

it('shows unavailable while the PBX is away, and when it leaves itself', async () => {
  made.home.start();
  await shown('sensor.kitchen_state', 'idle');
  made.pbx.setStatus({ up: false, problem: 'Away' });
  await shown('sensor.kitchen_state', 'unavailable');
  expect(await shown('binary_sensor.asterisk_home_problem', 'on')).toMatchObject({ reason: 'Away' });
  await made.home.stop();
  await shown('binary_sensor.asterisk_home_problem', 'unavailable');
});

it('takes away what the PBX has no more', async () => {
  made.home.start();
  await shown('sensor.office_state', 'unreachable');
  made.pbx.removePhone('pjsip_6002');
  await vi.waitFor(() => expect([...ha.states.keys()].filter((id) => id.includes('office'))).toEqual([]));
});
