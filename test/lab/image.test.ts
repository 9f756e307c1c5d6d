/** The app's image from its real Dockerfile, on stand-in bases (see image/): built, run, asked, stopped. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FRONT_DOOR, TOKEN } from './companion.ts';
import { Image, type ImageConfig, type RunningImage } from './image.ts';
import { SECRET } from './stack/asterisk.ts';
import type { HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { freePort, until } from './stack/machine.ts';
import { LabSupervisor } from './supervisor.ts';

const STATE = 'sensor.front_door_state';

let lab: Lab;
let hass: HassClient;
let image: Image;
let config: ImageConfig;

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  image = await Image.build(lab.place);
  config = await image.config();
}, 600_000);
afterAll(async () => {
  await image?.[Symbol.asyncDispose]();
});

/** A folder of this run with one file in it. */
async function folderWith(name: string, content: unknown): Promise<string> {
  await mkdir(lab.place.run, { recursive: true });
  const folder = await mkdtemp(join(lab.place.run, 'image-'));
  await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return folder;
}

function pbx(): object {
  return {
    name: 'home',
    host: '127.0.0.1',
    port: lab.asterisk().ami.port,
    username: 'admin',
    secret: SECRET,
  };
}

async function healthy(running: RunningImage): Promise<void> {
  await running.healthy(config.Healthcheck.Test.slice(1));
}

it('is what the Supervisor wants an app’s image to be', () => {
  expect(config.Entrypoint).toEqual(['/init']);
  expect(config.Healthcheck.Test[0]).toBe('CMD');
  expect(config.Labels).toMatchObject({
    'io.hass.type': 'app',
    'io.hass.arch': 'amd64',
    'io.hass.version': expect.stringMatching(/^\d+\.\d+\.\d+$/),
  });
});

it('as a plain container: takes companion.yaml, connects to all, stops within 5 s and says so', async () => {
  const port = await freePort();
  const { token } = lab.homeAssistant.users.admin;
  const folder = await folderWith('companion.yaml', {
    asterisk: [pbx()],
    mqtt: { url: lab.broker.url },
    home_assistant: { url: lab.homeAssistant.url, token },
    http: { port, token: TOKEN },
    doorbells: [FRONT_DOOR],
  });
  const running = await image.run({ [folder]: '/config' });
  await healthy(running);
  const health = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    return JSON.stringify(await answer.json());
  };
  const connected = /"up":true.*"broker":"connected","home_assistant":"connected"/;
  await until('all connections', async () => connected.test(await health()), { seconds: 20 });
  await hass.waitForState(STATE, ({ state }) => state === 'idle', 20);
  expect(await running.stop()).toBeLessThan(5000);
  await hass.waitForState(STATE, ({ state }) => state === 'unavailable');
});

it('as an app: takes the options, and finds broker, Home Assistant and ingress port by itself', async () => {
  const port = await freePort();
  await using supervisor = await LabSupervisor.start(lab, port);
  const folder = await folderWith('options.json', {
    asterisk: [pbx()],
    doorbells: [
      { name: FRONT_DOOR.name, endpoint: FRONT_DOOR.endpoint, answer_on: 'PJSIP/6001', open_dtmf: '#9' },
    ],
    dect: [{ name: 'Quicktone', line: 'PJSIP/2001' }],
    dect_handsets: [{ name: 'Hall', digit: '3', extensions: '1103, 1203', mailbox: '03@default' }],
    queues: [],
    queue_members: [{ queue: 'support', phone: 'PJSIP/6001', name: 'Kitchen' }],
    persons: [],
    phones: [],
    recordings_to: 'media',
    history_days: 30,
    user_events: 'Door*, Alarm',
    blf_show: 'none',
    mqtt: {},
    scripts: true,
    cards: true,
    blueprints: true,
    log_level: 'info',
  });
  const running = await image.run(
    { [folder]: '/data', [lab.homeAssistant.config]: '/homeassistant' },
    supervisor.env,
  );
  await healthy(running);
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  await hass.waitForState(STATE, ({ state }) => state === 'idle', 20);
  const hall = await hass.waitForState('sensor.hall_state', 'free', 20);
  expect(hall.attributes).toMatchObject({ base: 'Quicktone', digit: '3', extensions: ['1103', '1203'] });
  await until(
    'the scripts',
    async () => (await hass.states()).some(({ entity_id }) => entity_id === 'script.asterisk_park'),
    {
      seconds: 20,
    },
  );
  await until('the card', async () => {
    const resources = await hass.ws<{ url: string }[]>({ type: 'lovelace/resources' });
    return resources.some(({ url }) => url.startsWith('/local/asterisk-companion/'));
  });
  // Converted by the image's own program; nothing but ingress and the sounds is served.
  await hass.waitForState('script.asterisk_announce', 'off', 20);
  await using kitchen = await lab.phone('6001', { answer: 'auto', listens: true });
  await hass.waitForState('sensor.kitchen_state', 'idle', 20);
  const spoken = { text: 'Hello 440', phones: ['Kitchen'] };
  expect(await hass.callService('script.asterisk_announce', spoken, { respond: true })).toMatchObject({
    ok: true,
    result: { state: 'answered' },
  });
  await kitchen.waitFor('ended');
  expect((await kitchen.heard())[0]?.filter((sample) => Math.abs(sample) > 1000).length).toBeGreaterThan(
    4000,
  );
  await kitchen.stop();
  // Nobody is there to answer: the dialplan ends the call.
  await using _press = await lab.doorbell('8000').press('600', { giveUpAfter: 2 });
  await hass.waitForState('event.front_door', ({ attributes }) => attributes.event_type === 'missed');
  expect(await running.stop()).toBeLessThan(5000);
});

it('wrong settings end the container with exit code 2, and all of them are said', async () => {
  const folder = await folderWith('companion.yaml', 'asterisk: [{ name: Home, secret: a, prt: 1 }]\n');
  const running = await image.run({ [folder]: '/config' });
  await running.ended();
  const log = await running.log();
  expect(log).toContain('asterisk.0.name: "Home" is not allowed');
  expect(log).toContain('asterisk.0.prt: unknown key. Did you mean port?');
  expect(log).toContain('exited with status 2');
});

it('a crash is followed by a new start', async () => {
  const port = await freePort();
  const folder = await folderWith('companion.yaml', { asterisk: [pbx()], http: { port } });
  const running = await image.run({ [folder]: '/config' });
  await healthy(running);
  const first = await running.process('node');
  process.kill(first, 'SIGKILL');
  await until('another process', async () => (await running.process('node')) !== first);
  await healthy(running);
  expect(await running.stop()).toBeLessThan(5000);
});
