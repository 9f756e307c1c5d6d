/** A PBX with 500 endpoints, in a real Home Assistant. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, expect, it } from 'vitest';
import { Companion } from './companion.ts';
import { Lab } from './stack/lab.ts';
import { freePort, until } from './stack/machine.ts';

const PHONES = 500;
/** Of each phone. */
const ENTITIES = 9;
interface Registered {
  readonly unique_id: string;
}

it('costs Home Assistant little more than its entities do, and one change publishes one message', async () => {
  const lab = Lab.attach();
  const hass = lab.homeAssistant.as('admin');
  const bare = await bareSensors(lab);
  await using listener = await heard<{ readonly state: string }>(lab.broker.url, 'large/home/phone/+');
  const kitchen = 'homeassistant/device/asterisk_large/home-phone-pjsip_6001/config';
  await using described = await heard<{ readonly cmps: object }>(lab.broker.url, kitchen);
  const workedBefore = mainThreadSeconds(lab);
  const began = Date.now();
  await using _companion = await Companion.start(lab, {
    id: 'large',
    asterisk: undefined,
    doorbells: undefined,
    demo: true,
    demo_phones: PHONES,
    demo_port: await freePort(),
    mqtt: { url: lab.broker.url, base_topic: 'large' },
    scripts: false,
  });
  const seconds = await until(
    'all phones in the registry',
    async () => {
      const all = await hass.ws<Registered[]>({ type: 'config/entity_registry/list' });
      const ours = all.filter(({ unique_id }) => unique_id.startsWith('asterisk-large-home-phone-'));
      const [phone] = described.messages.get(kitchen) ?? [];
      const of = Object.keys(phone?.cmps ?? {}).length;
      return of === ENTITIES && ours.length === PHONES * of ? (Date.now() - began) / 1000 : null;
    },
    { seconds: 50, everyMs: 500 },
  );
  const worked = mainThreadSeconds(lab) - workedBefore;
  console.log(
    `${PHONES} phones are in the registry after ${seconds.toFixed(1)} s; Home Assistant worked ${worked.toFixed(1)} s`,
  );
  // Home Assistant's main thread does the work. What it waits for its processor on a busy machine is not ours.
  expect(worked).toBeLessThan(10);
  console.log(`as many plain sensors: ${bare.toFixed(1)} s of work`);
  expect(worked).toBeLessThan(2 * bare);

  // The visitors of the demo ring the first phones. Each rings by several events, and says so once.
  const states = () => listener.messages.get('large/home/phone/pjsip_6001')?.map(({ state }) => state) ?? [];
  const told = await until('a ring', () => (states().includes('ringing') ? states() : null), { seconds: 50 });
  expect(told).toEqual(told.map((_, at) => (at % 2 === 0 ? 'idle' : 'ringing')));
  const last = [...listener.messages.values()].at(-1);
  expect(last?.map(({ state }) => state)).toEqual(['idle']);
}, 240_000);

afterAll(async () => {
  const lab = Lab.attach();
  const client = await mqtt.connectAsync(lab.broker.url);
  client.on('message', (topic) => {
    if (topic.includes('large')) client.publish(topic, '', { retain: true });
  });
  await client.subscribeAsync(['homeassistant/device/+/+/config', 'large/#']);
  const left = async () => {
    const all = await lab.homeAssistant.as('admin').ws<Registered[]>({ type: 'config/entity_registry/list' });
    return all.some(({ unique_id }) => unique_id.startsWith('asterisk-large-'));
  };
  await until('the phones to be gone', async () => !(await left()), { seconds: 90, everyMs: 1000 });
  await client.endAsync();
});

/** s that Home Assistant works for as many devices and entities as ours, all of them sensors without a state. */
async function bareSensors(lab: Lab): Promise<number> {
  const hass = lab.homeAssistant.as('admin');
  const client = await mqtt.connectAsync(lab.broker.url);
  const devices = Array.from({ length: PHONES }, (_, device) => ({
    topic: `homeassistant/device/bare_${device}/config`,
    payload: {
      device: { identifiers: [`bare-${device}`], name: `Bare ${device}` },
      origin: { name: 'bare' },
      components: Object.fromEntries(
        Array.from({ length: ENTITIES }, (_, at) => [
          `s${at}`,
          {
            platform: 'sensor',
            name: `S ${at}`,
            unique_id: `bare-${device}-${at}`,
            state_topic: `bare/${device}`,
          },
        ]),
      ),
    },
  }));
  const registered = async () => {
    const all = await hass.ws<Registered[]>({ type: 'config/entity_registry/list' });
    return all.filter(({ unique_id }) => unique_id.startsWith('bare-')).length;
  };
  const before = mainThreadSeconds(lab);
  for (const { topic, payload } of devices)
    await client.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
  await until('the plain sensors', async () => (await registered()) === PHONES * ENTITIES, {
    seconds: 50,
    everyMs: 500,
  });
  const worked = mainThreadSeconds(lab) - before;
  for (const { topic } of devices) await client.publishAsync(topic, '', { qos: 1 });
  await client.endAsync();
  await until('the plain sensors to be gone', async () => (await registered()) === 0, {
    seconds: 50,
    everyMs: 500,
  });
  return worked;
}

/** Processor time that Home Assistant's main thread has had: fields 14 and 15 of proc(5), in ticks of 10 ms. */
function mainThreadSeconds(lab: Lab): number {
  const pid = readFileSync(join(lab.place.run, 'pids', 'homeassistant'), 'utf8').trim();
  const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** What is published, by topic. */
async function heard<T>(url: string, topic: string) {
  const client = await mqtt.connectAsync(url);
  const messages = new Map<string, T[]>();
  client.on('message', (from, payload) => {
    messages.set(from, [...(messages.get(from) ?? []), JSON.parse(String(payload)) as T]);
  });
  await client.subscribeAsync(topic);
  return { messages, [Symbol.asyncDispose]: () => client.endAsync() };
}
