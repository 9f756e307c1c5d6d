import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deviceOf, idsOf, SUBJECTS } from '../../src/home/entities/index.ts';
import { type Device, entityIdOf } from '../../src/home/entities/model.ts';
import { NAMES, nameIn } from '../../src/home/entities/names.ts';
import { AROUND } from './around.ts';
import { Observer, TestBroker } from './broker.ts';
import { FakeHomeAssistant } from './fake-home-assistant.ts';
import { wholeHouse } from './fake-pbx.ts';
import { MQTT, makeHome } from './setup.ts';

/** One of each device. */
function devices(language: string): Device[] {
  const pbx = wholeHouse();
  pbx.base({ id: 'pjsip_2001' });
  pbx.handset({ id: 'pjsip_2001_3' });
  pbx.queue({ id: 'support', penalties: true });
  pbx.queueMember({ id: 'support__pjsip_6001' });
  const around = { ...AROUND, language: () => language };
  return SUBJECTS.flatMap((subject) =>
    idsOf(pbx, subject).flatMap((id) => deviceOf(pbx, subject, id, around) ?? []),
  );
}

function ids(language: string): string[] {
  return devices(language).flatMap((device) => device.entities.map((entity) => entityIdOf(device, entity)));
}

it('has a row for every name, and no other', () => {
  const names = devices('en').flatMap(({ entities }) =>
    entities.flatMap(({ name, untranslated }) => (untranslated ? [] : (name ?? []))),
  );
  const devicesOwn = [
    'Conference',
    'Device states',
    'Mailbox',
    'Parking lot',
    'Queue',
    'Recordings',
    'Space',
  ];
  expect([...new Set([...names, ...devicesOwn])].sort()).toEqual(Object.keys(NAMES).sort());
});

it.each([
  ['de', 'Zustand'],
  ['de-CH', 'Zustand'],
  ['fr', 'État'],
  ['nl', 'Status'],
  ['es-419', 'Estado'],
  ['en-GB', 'State'],
  ['pt-BR', 'State'],
  ['constructor', 'State'],
])('in %s says %s', (language, name) => {
  expect(nameIn(language, 'State')).toBe(name);
});

it('leaves the names of doorbells and phones, the model, the ids and the states as they are', () => {
  const [english, german] = [devices('en'), devices('de')];
  expect(german.map(({ name }) => name)).toEqual([
    'Asterisk home',
    'Front door',
    'Everybody',
    'Parkplatz default',
    'Family',
    'Kitchen',
    'Office',
    'Mailbox Family',
    'Aufnahmen',
    'Quicktone',
    'Hall',
    'BLF default',
    'Gerätezustände',
    'Warteschlange support',
    'Kitchen (support)',
  ]);
  expect(german.map(({ model }) => model)).toEqual(english.map(({ model }) => model));
  expect(german.map(({ state }) => state)).toEqual(english.map(({ state }) => state));
  expect(ids('de')).toEqual(ids('en'));
});

it('calls a group as its owner does, whatever word that is', () => {
  const pbx = wholeHouse();
  pbx.groupRows = [{ id: 'conference', name: 'Conference\n', phones: ['PJSIP/6001'] }];
  const hub = deviceOf(pbx, 'pbx', 'home', { ...AROUND, language: () => 'de' });
  expect(hub?.entities.find(({ key }) => key === 'announce_conference')?.name).toBe('Conference');
});

describe("Home Assistant's language", () => {
  const KITCHEN = 'homeassistant/device/asterisk_c1/home-phone-pjsip_6001/config';
  let broker: TestBroker;
  let observer: Observer;
  let ha: FakeHomeAssistant;
  let made: ReturnType<typeof makeHome>;

  beforeEach(async () => {
    [broker, ha] = [new TestBroker(), new FakeHomeAssistant()];
    await Promise.all([broker.start(), ha.start()]);
    ha.language = 'de';
    observer = await Observer.at(broker);
  });
  afterEach(async () => {
    await made.home.stop();
    await observer.stop();
    await Promise.all([broker.stop(), ha.stop()]);
  });

  function start(options: Parameters<typeof makeHome>[0] = {}) {
    const homeAssistant = { url: ha.url, token: 'good' };
    made = makeHome({ mqtt: { ...MQTT, url: broker.url }, homeAssistant, ...options });
    made.home.start();
  }

  /** The name and the asked-for id of the phone's state, as they were last published. */
  function published() {
    const { cmps } = observer.json(KITCHEN) as {
      cmps: Record<string, { name: string; def_ent_id: string }>;
    };
    return [cmps.state?.name, cmps.state?.def_ent_id];
  }

  it('is taken once it is known, and again when it is another at the next connect', async () => {
    ha.down = true;
    start();
    await observer.until('asterisk/status', 'online');
    expect(published()).toEqual(['State', 'sensor.kitchen_state']);
    ha.down = false;
    await vi.waitFor(() => expect(published()).toEqual(['Zustand', 'sensor.kitchen_state']), 5_000);
    ha.language = 'fr';
    ha.drop();
    await vi.waitFor(() => expect(published()).toEqual(['État', 'sensor.kitchen_state']), 5_000);
  });

  it('is known at the next start before Home Assistant is there', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'names-'));
    start({ dataDir });
    await vi.waitFor(() => expect(published()[0]).toBe('Zustand'), 5_000);
    await made.home.stop();
    ha.down = true;
    observer.heard.length = 0;
    start({ dataDir });
    await observer.until('asterisk/status', 'online');
    await made.home.stop();
    expect(observer.on(KITCHEN)).toEqual([]);
    expect(published()[0]).toBe('Zustand');
    await rm(dataDir, { recursive: true });
  });

  it('gives way to the one of the settings', async () => {
    start({ language: 'nl' });
    await observer.until('asterisk/status', 'online');
    await vi.waitFor(() => expect(made.home.status.homeAssistant?.connected).toBe(true), 5_000);
    expect(published()).toEqual(['Status', 'sensor.kitchen_state']);
  });
});
