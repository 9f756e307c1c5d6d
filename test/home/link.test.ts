import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { openSocket, websocketUrl } from '../../src/home/link/socket.ts';
import { FakeHomeAssistant } from './fake-home-assistant.ts';
import { NOW } from './fake-pbx.ts';
import { makeHome } from './setup.ts';

let ha: FakeHomeAssistant;
const homes: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  ha = new FakeHomeAssistant();
  await ha.start();
});

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(homes.splice(0).map((home) => home.stop()));
  await ha.stop();
});

function make(token = 'good') {
  const made = makeHome({ homeAssistant: { url: ha.url, token } });
  homes.push(made.home);
  return made;
}

function connected({ home }: ReturnType<typeof make>): Promise<void> {
  return vi.waitFor(() => expect(home.status.homeAssistant?.connected).toBe(true), 5_000);
}

it.each([
  ['http://homeassistant.local:8123', 'ws://homeassistant.local:8123/api/websocket'],
  ['https://ha.example/', 'wss://ha.example/api/websocket'],
  ['https://ha.example/sub/', 'wss://ha.example/sub/api/websocket'],
  ['http://supervisor/core', 'ws://supervisor/core/websocket'],
])('finds the websocket of %s', (url, websocket) => {
  expect(websocketUrl(url)).toBe(websocket);
});

it('says so when what answers is not Home Assistant', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => socket.send('220 smtp.example'));
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await expect(openSocket(`ws://127.0.0.1:${port}`, 'good', new AbortController().signal)).rejects.toThrow(
    'What answers there is not Home Assistant',
  );
  await new Promise((resolve) => server.close(resolve));
});

describe('the link', () => {
  it('tells happenings to the bus, and a dialplan’s events under a name of their own', async () => {
    const made = make();
    made.home.start();
    await connected(made);
    made.pbx.phoneEvent({ type: 'registered' });
    made.pbx.happen({ subject: 'user_event', time: NOW, pbx: 'home', type: 'Alarm', fields: { zone: '3' } });
    await vi.waitFor(() => expect(ha.fired).toHaveLength(2));
    const base = { companion: 'c1', time: NOW, pbx: 'home' };
    const phone = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };
    expect(ha.fired).toEqual([
      { event_type: 'asterisk_event', event_data: { ...base, subject: 'phone', type: 'registered', phone } },
      {
        event_type: 'asterisk_user_event',
        event_data: { ...base, subject: 'user_event', type: 'Alarm', fields: { zone: '3' } },
      },
    ]);
  });

  it('leaves out what a dialplan in a loop sends too much, and says so once', async () => {
    const made = make();
    made.home.start();
    await connected(made);
    for (let n = 0; n < 1_000; n += 1) {
      made.pbx.happen({ subject: 'user_event', time: NOW, pbx: 'home', type: `${n}`, fields: {} });
    }
    made.pbx.phoneEvent({ type: 'registered' });
    await vi.waitFor(() => expect(ha.fired.at(-1)?.event_type).toBe('asterisk_event'));
    // The burst, the other event, and what a second's share let through meanwhile.
    const through = ha.fired.length - 1;
    expect(through).toBeGreaterThanOrEqual(500);
    expect(through).toBeLessThan(800);
    expect(made.log.of('warn')).toEqual(['More events than Home Assistant should get; leaving some out']);
    await made.home.stop();
    expect(made.log.lines.at(-1)).toMatchObject({
      message: 'Events were left out',
      facts: { event: 'asterisk_user_event', leftOut: 1_000 - through },
    });
  });

  it('comes back after a restart, and says how much was missed', async () => {
    const made = make();
    made.home.start();
    await connected(made);
    const { port } = new URL(ha.url);
    await ha.stop();
    await vi.waitFor(() => expect(made.home.status.homeAssistant?.connected).toBe(false));
    made.pbx.phoneEvent({ type: 'registered' });
    ha = new FakeHomeAssistant();
    await ha.start(Number(port));
    await connected(made);
    made.pbx.phoneEvent({ type: 'unregistered' });
    await vi.waitFor(() => expect(ha.fired).toHaveLength(1));
    expect(ha.fired[0]?.event_data.type).toBe('unregistered');
    expect(made.log.lines.find(({ facts }) => 'happenings' in facts)?.facts).toEqual({ happenings: 1 });
  });

  it('waits for a proxy that says 502', async () => {
    ha.down = true;
    const made = make();
    made.home.start();
    await vi.waitFor(() => expect(made.home.status.homeAssistant?.problem).toContain('502'));
    ha.down = false;
    await connected(made);
    expect(made.home.status.homeAssistant?.problem).toBeNull();
  });

  it('says in words that a token is refused, and never shows it', async () => {
    const made = make('revoked-secret');
    made.home.start();
    await vi.waitFor(() =>
      expect(made.home.status.homeAssistant?.problem).toContain('make a new long-lived one'),
    );
    expect(made.log.of('warn')).toHaveLength(1);
    expect(JSON.stringify(made.log.lines)).not.toContain('revoked-secret');
  });

  it('closes its socket when stopped, connected or not', async () => {
    const made = make();
    made.home.start();
    await connected(made);
    await made.home.stop();
    await vi.waitFor(() => expect(ha.connections).toBe(0));
    const other = make();
    other.home.start();
    await other.home.stop();
    await vi.waitFor(() => expect(ha.connections).toBe(0));
  });
});

describe('an action of Home Assistant', () => {
  it('is called with its target and data', async () => {
    const made = make();
    made.home.start();
    await connected(made);
    await made.home.callHomeAssistant('lock.open', { entity_id: 'lock.relay' }, { code: '1' });
    expect(ha.called.at(-1)).toEqual({
      domain: 'lock',
      service: 'open',
      target: { entity_id: 'lock.relay' },
      service_data: { code: '1' },
    });
  });

  it('fails in words', async () => {
    const made = make();
    await expect(made.home.callHomeAssistant('lock.open')).rejects.toMatchObject({ code: 'not_connected' });
    made.home.start();
    await connected(made);
    ha.commands.call_service = () => {
      throw ['service_not_found', 'Action lock.open not found'];
    };
    await expect(made.home.callHomeAssistant('lock.open')).rejects.toThrow('Action lock.open not found');
    await expect(made.home.callHomeAssistant('nonsense')).rejects.toThrow('such as lock.open');
  });
});
