/** Numbers become names: of the settings, of Home Assistant's persons, of a phone book, in this order. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Companion } from './companion.ts';
import type { HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';

let lab: Lab;
let hass: HassClient;
let companion: Companion;
let person: { readonly id: string; readonly entity: string };

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  const { id } = await hass.ws<{ id: string }>({ type: 'person/create', name: 'Ömer "Ö" 🦉' });
  const states = await hass.ws<{ entity_id: string; attributes: { id?: string } }[]>({ type: 'get_states' });
  const found = states.find(
    ({ entity_id, attributes }) => entity_id.startsWith('person.') && attributes.id === id,
  );
  person = { id, entity: found?.entity_id ?? '' };
  const folder = join(lab.place.run, 'names');
  await mkdir(folder, { recursive: true });
  const book = join(folder, 'book.vcf');
  const card = (name: string, number: string) =>
    `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:${name}\r\nTEL:${number}\r\nEND:VCARD\r\n`;
  await writeFile(book, card('Nobody', '8000') + card('Nobody', '6001') + card('Aunt Ida', '6002'));
  const names = { numbers: { 8000: 'Somebody' }, persons: { [person.entity]: ['6001'] }, phone_book: [book] };
  companion = await Companion.start(lab, { names, scripts: false });
  await hass.waitForState('sensor.front_door_state', 'idle', 20);
});
afterAll(async () => {
  await companion?.stop();
  await hass.ws({ type: 'person/delete', person_id: person.id });
});

it('names a visitor as the settings do', async () => {
  await using press = await lab.doorbell('8000').press('444');
  await hass.waitForState('sensor.front_door_last_visitor', 'Somebody');
  const event = await hass.waitForState(
    'event.front_door',
    ({ attributes }) => attributes.event_type === 'ring',
  );
  expect(event.attributes).toMatchObject({ caller_name: 'Somebody', caller_number: '8000' });
  await press.hangUp();
});

it('names a caller as Home Assistant names the person, and as the phone book does', async () => {
  await using kitchen = await lab.phone('6001');
  await using living = await lab.phone('6002');
  await kitchen.dial('6002');
  await living.waitFor('ringing');
  await hass.waitForState('sensor.living_room_last_caller', 'Ömer "Ö" 🦉');
  await lab.asterisk().hangUpAll();
  await living.dial('6001');
  await kitchen.waitFor('ringing');
  await hass.waitForState('sensor.kitchen_last_caller', 'Aunt Ida');
  await lab.asterisk().hangUpAll();
});
