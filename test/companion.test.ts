import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import pino from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Companion } from '../src/companion.ts';
import { DemoBroker } from '../src/demo/index.ts';
import { History } from '../src/history/index.ts';
import { Http } from '../src/http/index.ts';
import { Pbx } from '../src/pbx/index.ts';
import { completeSettings } from '../src/settings/index.ts';
import { FakeSupervisor } from './settings/fake-supervisor.ts';

const never = new AbortController().signal;
let folder: string;
let urlFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'companion-'));
  urlFile = join(folder, 'url');
});
afterEach(() => rmSync(folder, { recursive: true }));

function companion(settings: object, env: Record<string, string> = {}) {
  const log = pino({ level: 'silent' });
  const complete = completeSettings({ http: { port: 0, url_file: urlFile }, data_dir: folder, ...settings });
  return new Companion(complete, { log, version: '1.2.3', env: { CI: 'true', ...env } });
}

const url = () => readFileSync(urlFile, 'utf8');

it('runs the demo: the page is open to this machine, shows what its settings name, and is gone after the stop', async () => {
  const demo = companion({ demo: true });
  await demo.start(never);
  const home = async () => {
    const { pbxes } = (await (await fetch(`${url()}/api/state`)).json()) as { pbxes: object[] };
    return pbxes[0];
  };
  const called = (...names: string[]) => names.map((name) => expect.objectContaining({ name }));
  const whole = {
    status: expect.objectContaining({ up: true }),
    phones: called('Kitchen', 'Office', 'Bedroom', 'Garden'),
    doorbells: called('Front door'),
    conferences: called('Family'),
    queues: called('Support'),
    dect: { bases: called('DECT base'), handsets: called('Hall', 'Attic') },
  };
  await vi.waitFor(async () => expect(await home()).toMatchObject(whole), 5000);
  await demo.stop();
  await expect(fetch(`${url()}/healthz`)).rejects.toThrow();
});

it('shows the demo through the Supervisor’s broker, and its page through ingress alone', async () => {
  const broker = await new DemoBroker().start();
  await using supervisor = await FakeSupervisor.start();
  const { hostname, port } = new URL(broker.url);
  supervisor.broker = { host: hostname, port: Number(port), ssl: false };
  supervisor.info = { ...supervisor.info, ingress_port: 0, ip_address: '127.0.0.1' };
  const env = { SUPERVISOR_TOKEN: supervisor.token, SUPERVISOR: supervisor.url };
  const demo = companion({ demo: true }, env);
  await demo.start(never);
  const client = await mqtt.connectAsync(broker.url);
  const topics = new Set<string>();
  client.on('message', (topic) => topics.add(topic));
  await client.subscribeAsync('#');
  await vi.waitFor(() => expect(topics).toContain('asterisk/home/doorbell/pjsip_8000'), 5000);
  expect((await fetch(`${url()}/api/state`)).status).toBe(401);
  await client.endAsync();
  await demo.stop();
  await broker.stop();
});

it('begins nothing once it was told to stop', async () => {
  await using supervisor = await FakeSupervisor.start();
  supervisor.state = 'down';
  const env = { SUPERVISOR_TOKEN: supervisor.token, SUPERVISOR: supervisor.url };
  const waiting = companion({ demo: true }, env);
  const starting = new AbortController();
  const started = waiting.start(starting.signal);
  await vi.waitFor(() => expect(supervisor.requests.length).toBeGreaterThan(0));
  starting.abort(new Error('stopping'));
  await expect(started).rejects.toThrow('stopping');
  await waiting.stop();
});

it('keeps what happened though a goodbye to a client does not end', async () => {
  const demo = companion({ demo: true });
  await demo.start(never);
  const { stop } = Http.prototype;
  const { promise: seenOff, resolve: end } = Promise.withResolvers<void>();
  const serving = vi.spyOn(Http.prototype, 'stop').mockImplementation(async function (this: Http) {
    await seenOff;
    await stop.call(this);
  });
  const keeping = [vi.spyOn(History.prototype, 'stop'), vi.spyOn(Pbx.prototype, 'stop')];
  const stopping = demo.stop();
  await vi.waitFor(() =>
    expect(keeping.map((spy) => spy.mock.settledResults)).toEqual(
      Array(2).fill([{ type: 'fulfilled', value: undefined }]),
    ),
  );
  end();
  await stopping;
  for (const spy of [serving, ...keeping]) spy.mockRestore();
});
