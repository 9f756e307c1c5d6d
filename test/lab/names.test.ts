/**
 * Numbers become names: of the settings, of Home Assistant's persons, of a phone book, and of the PBX, in this order.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Companion } from './companion.ts';
import type { EntityState, HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';

let lab: Lab;
let hass: HassClient;
let companion: Companion;
let person: { readonly id: string; readonly entity: string };
const undo = new AsyncDisposableStack();

/** Who calls Kitchen, and as what Asterisk names whoever that is. */
const DIALPLAN = `
[default](+)
exten => _170X,1,Set(CALLERID(num)=\${EXTEN})
 same => n,Set(CALLERID(name)=PBX <u>Uwe</u> 📞)
 same => n,Dial(PJSIP/6001,20)
`;
const TABLE = 'Name,Phone\n"Book, <b>Ida</b> 📖","1701 ::: 1702"\n"Book, <b>Ida</b> 📖",1703\n';

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  const { id } = await hass.ws<{ id: string }>({ type: 'person/create', name: 'Ömer "Ö" 🦉' });
  const states = await hass.ws<{ entity_id: string; attributes: { id?: string } }[]>({ type: 'get_states' });
  const found = states.find(
    ({ entity_id, attributes }) => entity_id.startsWith('person.') && attributes.id === id,
  );
  person = { id, entity: found?.entity_id ?? '' };
  undo.defer(async () => void (await hass.ws({ type: 'person/delete', person_id: person.id })));
  undo.use(await customize(`    ${person.entity}:\n      phone: "1701, 1702"\n`));
  undo.use(await lab.asterisk().dialplan('names', DIALPLAN));
  const folder = join(lab.place.run, 'names');
  await mkdir(folder, { recursive: true });
  const book = join(folder, 'book.vcf');
  const card = (name: string, number: string) =>
    `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:${name}\r\nTEL:${number}\r\nEND:VCARD\r\n`;
  await writeFile(book, card('Nobody', '8000') + card('Nobody', '6001') + card('Aunt Ida', '6002'));
  const table = join(folder, 'book.csv');
  await writeFile(table, TABLE);
  const names = {
    numbers: { 8000: 'Somebody', 1701: 'Set <i>by</i> me 🚪' },
    persons: { [person.entity]: ['6001'] },
    phone_book: [book, table],
  };
  companion = await Companion.start(lab, { names, scripts: false });
  await hass.waitForState('sensor.front_door_state', 'idle', 20);
});
afterAll(async () => {
  await companion?.stop();
  await undo.disposeAsync();
});

/** Customizes entities as an owner does, in configuration.yaml. */
async function customize(text: string): Promise<AsyncDisposable> {
  const file = join(lab.homeAssistant.config, 'configuration.yaml');
  const before = await readFile(file, 'utf8');
  const apply = async (content: string) => {
    await writeFile(file, content);
    await hass.callService('homeassistant.reload_core_config');
    await hass.callService('homeassistant.update_entity', { entity_id: person.entity });
  };
  await apply(before.replace('homeassistant:\n', `homeassistant:\n  customize:\n${text}`));
  return { [Symbol.asyncDispose]: () => apply(before) };
}

it('names a visitor as the settings do', async () => {
  // The ring is soon followed by another event: it is parked.
  await using changes = await hass.record<{ entity_id: string; new_state: EntityState | null }>(
    'state_changed',
  );
  await using press = await lab.doorbell('8000').press('444');
  await hass.waitForState('sensor.front_door_last_visitor', 'Somebody');
  const ring = await until('the ring', () =>
    changes.data.find(
      ({ entity_id, new_state }) =>
        entity_id === 'event.front_door' && new_state?.attributes.event_type === 'ring',
    ),
  );
  expect(ring.new_state?.attributes).toMatchObject({ caller_name: 'Somebody', caller_number: '8000' });
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

it('takes the first source that knows a number, and what it says for text', async () => {
  await using _kitchen = await lab.phone('6001');
  const { attributes } = await hass.waitForState(person.entity, (entity) => 'phone' in entity.attributes);
  expect(attributes.phone).toBe('1701, 1702');
  for (const [number, name] of [
    // In the settings, of a person, in the phone book, and the PBX has a name as well
    ['1701', 'Set <i>by</i> me 🚪'],
    ['1702', 'Ömer "Ö" 🦉'],
    ['1703', 'Book, <b>Ida</b> 📖'],
    ['1704', 'PBX <u>Uwe</u> 📞'],
  ] as const) {
    await using press = await lab.doorbell('8001').press(number);
    const last = await hass.waitForState('sensor.kitchen_last_caller', name);
    expect(last.attributes).toMatchObject({ caller_name: name, caller_number: number });
    await press.hangUp();
  }
});
