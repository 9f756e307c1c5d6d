/** An app that starts before its broker, or whose owner installs one later. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Companion } from './companion.ts';
import type { EntityState, HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { freePort } from './stack/machine.ts';
import { LabSupervisor } from './supervisor.ts';

let lab: Lab;
let hass: HassClient;
let supervisor: LabSupervisor;
let companion: Companion;

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  supervisor = await LabSupervisor.start(lab, await freePort());
  supervisor.hasBroker = false;
  const settings = {
    mqtt: undefined,
    home_assistant: undefined,
    id: 'late',
    doorbells: [{ name: 'Late door', endpoint: 'PJSIP/8000' }],
  };
  companion = await Companion.start(lab, settings, supervisor.env);
});
afterAll(async () => {
  await companion?.stop();
  await supervisor?.[Symbol.asyncDispose]();
});

it('shows bare states without a broker, then the same entities through it', async () => {
  const bare = await hass.waitForState('sensor.late_door_state', 'idle');
  expect(bare.attributes.companion).toBe('late');
  await using seen = await hass.record<{ entity_id: string; new_state: EntityState }>('state_changed');
  // No phone is there, so that it is missed at once.
  await using press = await lab.doorbell('8000').press('600');
  await press.waitFor('refused');
  const events = () =>
    seen.data
      .filter(({ entity_id }) => entity_id === 'event.late_door')
      .map(({ new_state }) => new_state.attributes.event_type);
  await expect.poll(events).toEqual(['ring', 'missed']);

  supervisor.hasBroker = true;
  const registered = async () =>
    (
      await hass.ws<{ entity_id: string; platform: string }[]>({ type: 'config/entity_registry/list' })
    ).filter(({ entity_id }) => entity_id.endsWith('late_door') || entity_id.includes('late_door_state'));
  await expect.poll(registered, { timeout: 40_000 }).toHaveLength(2);
  expect((await registered()).map(({ entity_id, platform }) => `${platform} ${entity_id}`).sort()).toEqual([
    'mqtt event.late_door',
    'mqtt sensor.late_door_state',
  ]);
  await hass.waitForState('sensor.late_door_state', 'idle');
});
