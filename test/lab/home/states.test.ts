import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Lab } from '../stack/lab.ts';
import { cleanUp, pretend } from './setup.ts';

const lab = Lab.attach();
const admin = lab.homeAssistant.as('admin');
let made: ReturnType<typeof pretend>;

beforeAll(() => cleanUp(lab));
afterEach(() => made.home.stop());
afterAll(async () => {
  for (const { entity_id, attributes } of await admin.states()) {
    if (attributes.companion === 'pretend') await admin.rest('DELETE', `/api/states/${entity_id}`);
  }
  await lab.stop();
});

it('shows bare states where there is no broker, and a ring starts an automation', async () => {
  made = pretend(lab, { mqtt: null, scripts: false });
  made.home.start();
  await admin.waitForState('sensor.pretend_kitchen_state', 'idle');
  const { attributes } = await admin.waitForState('event.pretend_door', 'unknown');
  expect(attributes.device_class).toBe('doorbell');
  await using seen = await admin.record<{ caller: string }>('lab_bare_ring');
  await admin.writeAutomation('lab_bare', {
    alias: 'Lab bare',
    triggers: [{ trigger: 'state', entity_id: 'event.pretend_door' }],
    actions: [
      { event: 'lab_bare_ring', event_data: { caller: '{{ trigger.to_state.attributes.caller_name }}' } },
    ],
  });
  made.pbx.doorbellEvent({ type: 'ring', caller: { name: 'Anna', number: '8000' } });
  await seen.waitFor('the automation', ({ caller }) => caller === 'Anna');
  await admin.removeAutomation('lab_bare');
  const notices = await admin.ws<{ message: string }[]>({ type: 'persistent_notification/get' });
  expect(notices.map(({ message }) => message).join()).toContain('Mosquitto broker');
  await made.home.stop();
  await admin.waitForState('sensor.pretend_kitchen_state', 'unavailable');
});
