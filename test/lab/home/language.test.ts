/** Names in another language: what people read changes, what automations hold on to does not. */
import mqtt from 'mqtt';
import { afterAll, expect, it } from 'vitest';
import { Companion } from '../companion.ts';
import type { EntityState } from '../stack/hass-client.ts';
import { Lab } from '../stack/lab.ts';
import { until } from '../stack/machine.ts';

const lab = Lab.attach();
const admin = lab.homeAssistant.as('admin');

/** A companion that speaks, with a doorbell and entity ids that no other test has. */
function speaker(settings: object): Promise<Companion> {
  return Companion.start(lab, {
    id: 'speaker',
    mqtt: { url: lab.broker.url, base_topic: 'speaker' },
    doorbells: [{ name: 'Back gate', endpoint: 'PJSIP/8001', open: { dtmf: '#9' } }],
    scripts: false,
    cards: false,
    blueprints: false,
    ...settings,
  });
}

/** s. Home Assistant may still be busy with the hundreds of phones of another test file. */
const PATIENCE = 50;

function called(id: string, name: string): Promise<EntityState> {
  return admin.waitForState(id, ({ attributes }) => attributes.friendly_name === name, PATIENCE);
}

afterAll(async () => {
  const client = await mqtt.connectAsync(lab.broker.url);
  client.on('message', (topic) => {
    if (topic.includes('speaker')) client.publish(topic, '', { retain: true });
  });
  await client.subscribeAsync(['homeassistant/device/+/+/config', 'speaker/#']);
  await until('the gate to be gone', async () => !(await admin.getState('event.back_gate')));
  await client.endAsync();
  await lab.stop();
});

it('is German where the settings say so, with English ids and states', async () => {
  await using _ = await speaker({ language: 'de' });
  await called('event.back_gate', 'Back gate');
  await called('lock.back_gate_door', 'Back gate Tür');
  await called('sensor.back_gate_state', 'Back gate Zustand');
  const { attributes } = await admin.waitForState('sensor.back_gate_state', 'idle', 20);
  expect(attributes.options).toEqual(['idle', 'ringing', 'parked', 'waiting', 'answered']);
}, 120_000);

it("is Home Assistant's where they do not, for entities that it knows already, too", async () => {
  await admin.ws({ type: 'config/core/update', language: 'fr' });
  try {
    await using _ = await speaker({});
    await called('lock.back_gate_door', 'Back gate Porte');
    await called('sensor.back_gate_state', 'Back gate État');
  } finally {
    await admin.ws({ type: 'config/core/update', language: 'en' });
  }
}, 120_000);
