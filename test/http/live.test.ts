import { once } from 'node:events';
import { Server } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Http } from '../../src/http/index.ts';
import type { HttpOptions } from '../../src/http/options.ts';
import { partOf } from '../../src/http/state.ts';
import { setup, TOKEN } from './setup.ts';

const PROTOCOL = 'asterisk-companion.v1';
const BEARER = `bearer.${Buffer.from(TOKEN).toString('base64url')}`;

const servers: Http[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serve(options: HttpOptions): Promise<string> {
  const server = new Http(options);
  servers.push(server);
  const [url = ''] = await server.start();
  return url.replace('http', 'ws');
}

/** A client that keeps what it hears. */
class Listener {
  readonly socket: WebSocket;
  readonly heard: Record<string, unknown>[] = [];
  #waiting: (() => void) | undefined;

  constructor(url: string, protocols = [PROTOCOL, BEARER], headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`${url}/api/live`, protocols, { headers });
    this.socket.on('message', (data) => {
      this.heard.push(JSON.parse(String(data)));
      this.#waiting?.();
    });
  }

  /** Waits until so many messages have come. */
  async until(count: number): Promise<Record<string, unknown>[]> {
    while (this.heard.length < count) await new Promise<void>((resolve) => (this.#waiting = resolve));
    return this.heard;
  }
}

it('tells everything first, then changes once each and happenings each', async () => {
  const { options, world } = setup();
  const client = new Listener(await serve(options));
  const [hello] = await client.until(1);
  expect(client.socket.protocol).toBe(PROTOCOL);
  expect(hello).toMatchObject({
    type: 'hello',
    version: 1,
    companion: '1.2.3',
    state: { pbxes: [{ id: 'home', phones: [{ name: 'Kitchen' }, {}, {}] }] },
  });
  world.phone({ id: 'pjsip_6001', state: 'ringing' });
  world.phone({ id: 'pjsip_6001', state: 'in_call' });
  world.phoneEvent({ type: 'ringing' });
  world.phoneEvent({ type: 'answered' });
  world.removePhone('pjsip_6003');
  world.setStatus({ up: false, problem: 'gone' });
  const heard = await client.until(6);
  expect(heard.slice(1)).toMatchObject([
    { type: 'happening', happening: { subject: 'phone', type: 'ringing' } },
    { type: 'happening', happening: { subject: 'phone', type: 'answered' } },
    { type: 'change', pbx: 'home', subject: 'phone', id: 'pjsip_6001', value: { state: 'in_call' } },
    { type: 'change', subject: 'phone', id: '*', value: [{ name: 'Kitchen' }, { name: 'Office' }] },
    { type: 'change', subject: 'pbx', id: 'home', value: { up: false, problem: 'gone' } },
  ]);
  world.change({ subject: 'phone', id: 'pjsip_6003' });
  world.change({ subject: 'doorbell', id: 'front_door' });
  expect((await client.until(8)).slice(6)).toMatchObject([
    { subject: 'phone', id: 'pjsip_6003', value: null },
    { subject: 'doorbell', value: { name: 'Front door', opens: true } },
  ]);
});

it('builds nothing but what has changed', () => {
  const { world } = setup();
  const all = [world.phones, world.doorbells, world.parking, world.calls].map((set) => vi.spyOn(set, 'all'));
  const opens = () => true;
  expect(partOf(world, { subject: 'phone', id: 'pjsip_6001' }, opens)).toMatchObject({ name: 'Kitchen' });
  expect(partOf(world, { subject: 'parking', id: 'default' }, opens)).toMatchObject({ name: 'default' });
  expect(partOf(world, { subject: 'doorbell', id: 'front_door' }, opens)).toMatchObject({ opens: true });
  expect(partOf(world, { subject: 'call', id: 'gone' }, opens)).toBeNull();
  for (const spy of all) expect(spy).not.toHaveBeenCalled();
});

it.each([
  ['without a token', [PROTOCOL], {}, 401],
  ['with a wrong one', [PROTOCOL, 'bearer.AAAA'], {}, 401],
  ['from another page', [PROTOCOL], { origin: 'http://evil.example' }, 403],
])('lets nobody in %s', async (_name, protocols, headers, status) => {
  const { options } = setup({ open: status === 403 });
  const { socket } = new Listener(await serve(options), protocols, headers);
  const [, response] = await once(socket, 'unexpected-response');
  expect(response.statusCode).toBe(status);
  socket.on('error', () => {});
  socket.terminate();
});

it('lets the page of an open server in', async () => {
  const { options } = setup({ open: true, tokens: [] });
  const url = await serve(options);
  const client = new Listener(url, [PROTOCOL], { origin: url.replace('ws', 'http') });
  expect(await client.until(1)).toMatchObject([{ type: 'hello' }]);
});

it('takes a token in a header from who can send one', async () => {
  const { options } = setup();
  const client = new Listener(await serve(options), [PROTOCOL], { authorization: `Bearer ${TOKEN}` });
  expect(await client.until(1)).toMatchObject([{ type: 'hello' }]);
});

it('drops a client that does not read, with a code, and keeps the others', async () => {
  const { options, world, lines } = setup();
  const url = await serve(options);
  const [slow, quick] = [new Listener(url), new Listener(url)];
  await Promise.all([slow.until(1), quick.until(1)]);
  slow.socket.pause();
  const fields = { text: 'x'.repeat(200_000) };
  const happening = { subject: 'user_event', type: 'big', time: '', pbx: 'home', fields } as const;
  let sent = 0;
  while (lines.length < 2 && sent < 500) {
    world.happen(happening);
    sent += 1;
    await quick.until(1 + sent);
  }
  expect(lines[1]).toMatchObject(['warn', 'A live client is too slow and was dropped', {}]);
  const closed = once(slow.socket, 'close');
  slow.socket.resume();
  expect((await closed)[0]).toBe(4008);
  world.happen(happening);
  await quick.until(2 + sent);
  expect(quick.socket.readyState).toBe(WebSocket.OPEN);
}, 20_000);

it('stops though a dead client waits, one was dropped and a page comes back at once', async () => {
  const { options, world, lines } = setup();
  const url = await serve(options);
  const [dead, slow, page] = [new Listener(url), new Listener(url), new Listener(url)];
  await Promise.all([dead.until(1), slow.until(1), page.until(1)]);
  slow.socket.pause();
  const fields = { text: 'x'.repeat(200_000) };
  for (let sent = 1; lines.length < 2; sent += 1) {
    world.happen({ subject: 'user_event', type: 'big', time: '', pbx: 'home', fields });
    await Promise.all([dead.until(1 + sent), page.until(1 + sent)]);
  }
  dead.socket.pause();
  const cut = new Promise<[number, unknown[]]>((resolve) =>
    page.socket.once('close', () => {
      const again = new Listener(url);
      again.socket.on('error', () => {});
      again.socket.once('close', (code: number) => resolve([code, again.heard]));
    }),
  );
  await servers.splice(0)[0]?.stop();
  expect(await cut).toEqual([1006, []]);
  for (const { socket } of [dead, slow]) socket.terminate();
}, 20_000);

it('hears nothing from a client, and no more than a little', async () => {
  const { options } = setup();
  const client = new Listener(await serve(options));
  await client.until(1);
  client.socket.send('{"type":"change"}');
  client.socket.send('x'.repeat(5_000));
  const [code] = await once(client.socket, 'close');
  expect(code).toBe(1009);
});

it('says goodbye, and leaves no listener behind', async () => {
  const { options, world } = setup();
  const client = new Listener(await serve(options));
  await client.until(1);
  const closed = once(client.socket, 'close');
  await servers.splice(0)[0]?.stop();
  expect((await closed)[0]).toBe(1001);
  expect(world.listeners).toBe(0);
});

it('serves the same at every address, and says which is taken', async () => {
  const first = setup({
    listen: [
      { host: '127.0.0.1', port: 0 },
      { host: '127.0.0.2', port: 0 },
    ],
  });
  const server = new Http(first.options);
  servers.push(server);
  const urls = await server.start();
  for (const url of urls) {
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ ok: true });
    const client = new Listener(url.replace('http', 'ws'));
    await client.until(1);
  }
  const port = Number(new URL(urls[0] ?? '').port);
  const second = setup({ listen: [{ host: '127.0.0.1', port }] });
  await expect(new Http(second.options).start()).rejects.toThrow(`Cannot listen on 127.0.0.1:${port}: `);
  expect(second.world.listeners).toBe(0);
});

it('survives connections that cannot be taken in, and says so once', async () => {
  const listening = vi.spyOn(Server.prototype, 'listen');
  const { options, lines } = setup();
  const url = await serve(options);
  const [server] = listening.mock.contexts as Server[];
  listening.mockRestore();
  for (let time = 0; time < 3; time += 1) server?.emit('error', new Error('accept EMFILE'));
  expect(lines.filter(([level]) => level === 'error')).toHaveLength(1);
  expect((await fetch(`${url.replace('ws', 'http')}/healthz`)).status).toBe(200);
});
