import { describe, expect, test } from 'vitest';
import { Supervisor, SupervisorRefused, supervisorOf } from '../../src/settings/index.ts';
import { FakeSupervisor } from './fake-supervisor.ts';

/** A Supervisor client whose pauses end at once, after `between` had its say. */
function client(fake: FakeSupervisor, between: (pause: number) => void = () => {}) {
  const lines: string[] = [];
  const pauses: number[] = [];
  const log = { info: (line: string) => lines.push(line), warn: (line: string) => lines.push(`! ${line}`) };
  const delay = async (ms: number) => {
    pauses.push(ms);
    between(pauses.length);
  };
  return { lines, pauses, supervisor: new Supervisor({ token: fake.token, url: fake.url, log, delay }) };
}

const never = new AbortController().signal;

describe('discover', () => {
  test('finds broker, Home Assistant and the ingress port', async () => {
    await using fake = await FakeSupervisor.start();
    expect(await client(fake).supervisor.discover(never)).toEqual({
      broker: { url: 'mqtt://core-mosquitto:1883', username: 'addons', password: 'broker-password' },
      homeAssistant: { url: `${fake.url}/core`, token: 'app-token' },
      ingress: { host: '172.30.32.1', port: 62123 },
      slug: 'a0b1c2d3_asterisk_companion',
    });
  });

  test('finds where Home Assistant has its files, which the Supervisor does not hand on', async () => {
    await using fake = await FakeSupervisor.start();
    fake.core = { ip_address: '172.30.32.1', port: 8123, ssl: false, version: '2026.11.0' };
    const { supervisor } = client(fake);
    expect((await supervisor.discover(never)).homeAssistant.files).toBe('http://172.30.32.1:8123');
    fake.core = { ip_address: '172.30.32.1', port: 443, ssl: true };
    expect((await supervisor.discover(never)).homeAssistant.files).toBe('https://172.30.32.1:443');
  });

  test('a broker with TLS and without a login', async () => {
    await using fake = await FakeSupervisor.start();
    fake.broker = { host: 'mq', port: 8883, ssl: true, protocol: '3.1.1', addon: 'x' };
    expect((await client(fake).supervisor.discover(never)).broker).toEqual({ url: 'mqtts://mq:8883' });
  });

  test('a broker that is not installed is not waited for, and found when asked again', async () => {
    await using fake = await FakeSupervisor.start();
    const { broker } = fake;
    fake.broker = null;
    const { supervisor, pauses } = client(fake);
    expect((await supervisor.discover(never)).broker).toBeNull();
    expect(pauses).toEqual([]);
    fake.broker = broker;
    expect(await supervisor.broker(never)).toMatchObject({ url: 'mqtt://core-mosquitto:1883' });
  });

  test('waits for a Supervisor that is starting, longer each time, and says so', async () => {
    await using fake = await FakeSupervisor.start();
    fake.state = 'down';
    const { supervisor, lines, pauses } = client(fake, (count) => {
      if (count === 7) fake.state = 'running';
    });
    await supervisor.discover(never);
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(lines[0]).toBe('! Waiting for the Supervisor (HTTP 400 for /addons/self/info); next try in 1 s.');
    expect(lines.at(-1)).toBe('Reached the Supervisor.');
  });

  test('an app without ingress has no ingress port', async () => {
    await using fake = await FakeSupervisor.start();
    fake.info = { slug: 'x', ingress: false, ingress_port: null, ip_address: '172.30.33.4' };
    expect((await client(fake).supervisor.discover(never)).ingress).toBeNull();
  });

  test('a right that config.yaml does not give is not waited for', async () => {
    await using fake = await FakeSupervisor.start();
    fake.grants.services = false;
    await expect(client(fake).supervisor.discover(never)).rejects.toThrow(SupervisorRefused);
  });
});

test('an abort ends the wait for a Supervisor at once', async () => {
  const controller = new AbortController();
  const log = { info: () => {}, warn: () => controller.abort(new Error('stopping')) };
  // Nobody listens on port 1.
  const supervisor = new Supervisor({ token: 't', url: 'http://127.0.0.1:1', log });
  await expect(supervisor.discover(controller.signal)).rejects.toThrow('stopping');
});

test('without a token there is no Supervisor', () => {
  const log = { info: () => {}, warn: () => {} };
  expect(supervisorOf({}, log)).toBeNull();
  expect(supervisorOf({ SUPERVISOR_TOKEN: 't' }, log)).toBeInstanceOf(Supervisor);
});
