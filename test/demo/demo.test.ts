/** The demo as the companion uses it: the pretend Asterisk with the broker and the settings for both. */
import { connectAsync } from 'mqtt';
import { afterEach, expect, it } from 'vitest';
import { AmiClient } from '../../src/ami/index.ts';
import { opener } from '../../src/demo/browser.ts';
import { DemoAsterisk, DemoBroker, demoSettings, startDemo } from '../../src/demo/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import { loadSettings } from '../../src/settings/index.ts';
import { RawClient } from './raw-client.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

it('starts all of it, lets a visitor ring, and stops', async () => {
  const demo = await startDemo();
  const client = await RawClient.open(demo.ami.port);
  await client.login(demo.ami.secret);
  expect([demo.ring(), demo.ring()]).toEqual([true, false]);
  expect(await client.wait(({ Event }) => Event === 'DialBegin')).toMatchObject({
    CallerIDName: 'Front door',
    DestCallerIDName: 'Kitchen',
  });
  const mqtt = await connectAsync(demo.mqttUrl);
  const closed = new Promise<void>((resolve) => mqtt.once('close', () => resolve()));
  await demo.stop();
  await client.waitClosed();
  await closed;
  await mqtt.endAsync(true);
});

it('keeps what is retained, and tells what is published', async () => {
  const broker = await new DemoBroker().start();
  stops.push(() => broker.stop());
  const [one, other] = [await connectAsync(broker.url), await connectAsync(broker.url)];
  stops.push(
    () => one.endAsync(),
    () => other.endAsync(),
  );
  await one.publishAsync('house/door', 'shut', { retain: true, qos: 1 });
  const told = new Promise<[string, string, boolean]>((resolve) =>
    other.once('message', (topic, payload, { retain }) => resolve([topic, String(payload), retain])),
  );
  await other.subscribeAsync('house/#', { qos: 1 });
  expect(await told).toEqual(['house/door', 'shut', true]);
});

it('has settings that are settings', async () => {
  const ami = { host: '127.0.0.1', port: 5038, username: 'admin', secret: 'demo' };
  const { asterisk, mqtt, doorbells } = demoSettings(ami, 'mqtt://127.0.0.1:1883');
  const argv = [
    `--asterisk=${JSON.stringify(asterisk)}`,
    `--mqtt.url=${mqtt.url}`,
    `--doorbells=${JSON.stringify(doorbells)}`,
  ];
  const settings = await loadSettings({ argv, env: {}, optionsFile: '/nonexistent' });
  expect(settings.asterisk).toMatchObject([{ name: 'home', ...ami, tls: false, context: 'default' }]);
  expect(settings.doorbells).toMatchObject([
    {
      name: 'Front door',
      endpoint: 'PJSIP/8000',
      answer_on: ['PJSIP/6001', 'PJSIP/6002', 'PJSIP/6003', 'PJSIP/6004'],
      open: { kind: 'dtmf', digits: '#9' },
    },
  ]);
});

it('is a PBX with 500 phones, too', async () => {
  const demo = await new DemoAsterisk({ phones: 500, people: false }).start();
  stops.push(() => demo.stop());
  const client = new AmiClient({ ...demo.ami, tls: false });
  const doorbells = [{ name: 'Door', endpoint: 'PJSIP/8000', extensions: [], answer_on: [] }];
  const base = { name: 'DECT base', line: 'PJSIP/2001', no_answer: [46, 49], all: [], handsets: [] } as const;
  const pbx = new Pbx({ id: 'big', phones: [], doorbells, dect: [base] }, client, quiet);
  pbx.start();
  client.start();
  stops.push(
    () => client.stop(),
    () => pbx.stop(),
  );
  await expect.poll(() => pbx.status.up, { interval: 5 }).toBe(true);
  const phones = pbx.phones.all();
  expect(phones).toHaveLength(500);
  expect(new Set(phones.map(({ state }) => state))).toEqual(new Set(['idle']));
  expect(phones.at(-1)).toMatchObject({ endpoint: 'PJSIP/6500', name: 'Phone 6500' });
  let changes = 0;
  pbx.onChange(({ subject, id }) => {
    if (subject === 'phone' && id === 'pjsip_6400') changes += 1;
  });
  demo.keys.register('6400', false);
  await expect.poll(() => pbx.phones.find('6400')?.registered, { interval: 5 }).toBe(false);
  expect(changes).toBe(1);
});

it('opens a browser only where somebody would see it', () => {
  expect(opener('darwin', {})).toEqual(['open']);
  expect(opener('win32', {})?.[0]).toBe('cmd');
  expect(opener('linux', { DISPLAY: ':0' })).toEqual(['xdg-open']);
  expect(opener('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toEqual(['xdg-open']);
  expect(opener('linux', {})).toBeNull();
  expect(opener('darwin', { CI: 'true' })).toBeNull();
});
