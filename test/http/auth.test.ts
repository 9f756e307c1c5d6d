import { expect, it, vi } from 'vitest';
import { FailedLogins } from '../../src/http/failed-logins.ts';
import { Http } from '../../src/http/index.ts';
import { appOf, BEARER, ingress, setup, TOKEN } from './setup.ts';

const STATE = { method: 'GET', url: '/api/state' } as const;
const LOCAL = { remoteAddress: '127.0.0.1', headers: { host: '127.0.0.1:8099' } };

it.each(['/api/state', '/api/actions', '/api/live', '/api/demo/ring'])(
  'keeps %s from strangers',
  async (url) => {
    await using app = await appOf(setup({ demo: { ring() {} } }).options);
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic YTpi' }]) {
      const method = url.endsWith('ring') ? 'POST' : 'GET';
      const response = await app.inject({ method, url, headers });
      expect(response.statusCode).toBe(401);
      expect(response.json()).toMatchObject({ ok: false, error: { code: 'unauthorized' } });
    }
  },
);

it('runs no action for a stranger', async () => {
  const { options, world } = setup();
  await using app = await appOf(options);
  const headers = { 'content-type': 'application/json' };
  for (const { id } of options.registry.actions) {
    const response = await app.inject({ method: 'POST', url: `/api/actions/${id}`, headers, payload: '{}' });
    expect(response.statusCode).toBe(401);
  }
  expect(world.sent).toEqual([]);
});

it.each(['/', '/page/main.js', '/healthz', '/api/openapi.json', '/api/docs/'])(
  'shows %s to anybody: it holds no data',
  async (url) => {
    await using app = await appOf(setup().options);
    expect((await app.inject({ method: 'GET', url })).statusCode).toBe(200);
  },
);

it('lets a token in, under its name', async () => {
  const { options } = setup({
    tokens: [
      { name: 'wall', token: 'aaa' },
      { name: 'phone', token: 'bbb' },
    ],
  });
  await using app = await appOf(options);
  const you = async (token: string) =>
    (await app.inject({ ...STATE, headers: { authorization: `bearer ${token}` } })).json().you;
  expect(await you('aaa')).toEqual({ via: 'api', name: 'wall' });
  expect(await you('bbb')).toEqual({ via: 'api', name: 'phone' });
  expect(await you('')).toBeUndefined();
});

it('lets ingress in, and knows its user', async () => {
  await using app = await appOf(setup({ ingress: true, tokens: [] }).options);
  const response = await app.inject({ ...STATE, ...ingress() });
  expect(response.json().you).toEqual({ via: 'ingress', name: 'Änna', userId: 'u1' });
  const mapped = await app.inject({ ...STATE, ...ingress(), remoteAddress: '::ffff:172.30.32.2' });
  expect(mapped.statusCode).toBe(200);
});

it('takes nobody else for ingress', async () => {
  const outside = setup({ ingress: false });
  await using app = await appOf(outside.options);
  expect((await app.inject({ ...STATE, ...ingress() })).statusCode).toBe(401);
  await using inside = await appOf(setup({ ingress: true }).options);
  for (const remoteAddress of ['172.30.32.1', '172.30.33.5', '127.0.0.1', '10.0.0.1', '::1']) {
    expect((await inside.inject({ ...STATE, ...ingress(), remoteAddress })).statusCode).toBe(401);
  }
});

it.each([
  ['its own page', 'http://home.example:8123', 200],
  ['another page', 'http://evil.example', 403],
  ['another port', 'http://home.example:9000', 403],
  ['a sandboxed page', 'null', 403],
])('behind ingress: %s', async (_name, origin, status) => {
  const { options, world } = setup({ ingress: true });
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  await using app = await appOf(options);
  const response = await app.inject({
    method: 'POST',
    url: '/api/actions/hang_up',
    ...ingress({ origin, 'content-type': 'application/json' }),
    payload: { phone: 'Kitchen' },
  });
  expect(response.statusCode).toBe(status);
  expect(world.sent).toHaveLength(status === 200 ? 1 : 0);
});

it('lets this machine’s browser in without a token only when open', async () => {
  await using closed = await appOf(setup({ tokens: [] }).options);
  const refused = await closed.inject({ ...STATE, ...LOCAL });
  expect(refused.statusCode).toBe(401);
  expect(refused.json().error.message).toContain('http.token');
  await using app = await appOf(setup({ tokens: [], open: true }).options);
  expect((await app.inject({ ...STATE, ...LOCAL })).json().you).toEqual({ via: 'demo', name: 'demo' });
  for (const host of ['localhost:8099', '[::1]:8099', '127.0.0.1'])
    expect((await app.inject({ ...STATE, ...LOCAL, headers: { host } })).statusCode).toBe(200);
});

it.each([
  ['another machine', '192.168.1.5', { host: '127.0.0.1:8099' }, 401],
  ['a name that was made to point here', '127.0.0.1', { host: 'evil.example:8099' }, 401],
  ['a name that begins like this machine', '127.0.0.1', { host: '127.0.0.1.evil.example' }, 401],
  ['a page elsewhere', '127.0.0.1', { host: '127.0.0.1:8099', origin: 'http://evil.example' }, 403],
  [
    'a page of another server here',
    '127.0.0.1',
    { host: '127.0.0.1:8099', origin: 'http://127.0.0.1:8123' },
    403,
  ],
  ['a sandboxed page', '127.0.0.1', { host: '127.0.0.1:8099', origin: 'null' }, 403],
  ['a request across sites', '127.0.0.1', { host: '127.0.0.1:8099', 'sec-fetch-site': 'cross-site' }, 403],
])('when open, keeps out %s', async (_name, remoteAddress, headers, status) => {
  await using app = await appOf(setup({ tokens: [], open: true }).options);
  expect((await app.inject({ ...STATE, remoteAddress, headers })).statusCode).toBe(status);
});

it('does not start open where others could come in', async () => {
  const { options } = setup({ open: true, listen: [{ host: '0.0.0.0', port: 0 }] });
  await expect(new Http(options).start()).rejects.toThrow('Without a token only this machine may come in');
});

it('a wrong token is wrong even where none is needed', async () => {
  await using app = await appOf(setup({ open: true }).options);
  const headers = { ...LOCAL.headers, authorization: 'Bearer nope' };
  expect((await app.inject({ ...STATE, ...LOCAL, headers })).statusCode).toBe(401);
});

it('makes who tries tokens wait, and only them', async () => {
  const { options, lines } = setup();
  await using app = await appOf(options);
  const ask = async (token: string, remoteAddress: string) =>
    (await app.inject({ ...STATE, remoteAddress, headers: { authorization: `Bearer ${token}` } })).statusCode;
  for (let n = 0; n < 10; n++) expect(await ask(`x${n}`, '10.0.0.1')).toBe(401);
  expect(await ask('x', '10.0.0.1')).toBe(429);
  const right = await app.inject({ ...STATE, remoteAddress: '10.0.0.2', headers: BEARER });
  expect(right.statusCode).toBe(200);
  expect(lines.filter(([level]) => level === 'warn')).toHaveLength(10);
  expect(JSON.stringify(lines)).not.toContain(TOKEN);
});

it('forgets wrong tokens after a minute, and the oldest address when there are too many', () => {
  let now = 0;
  const failed = new FailedLogins(2, () => now);
  failed.failed('a');
  expect(failed.blocked('a')).toBe(false);
  failed.failed('a');
  expect(failed.blocked('a')).toBe(true);
  now = 60_001;
  expect(failed.blocked('a')).toBe(false);
  failed.failed('b');
  failed.failed('b');
  for (let n = 0; n < 10_000; n++) failed.failed(`x${n}`);
  expect(failed.blocked('b')).toBe(false);
});

it('lets nobody wait who sends fewer a minute, for however long', () => {
  let now = 0;
  const failed = new FailedLogins(10, () => now);
  for (; now < 3_600_000; now += 50_000) {
    failed.failed('a');
    expect(failed.blocked('a')).toBe(false);
  }
  for (let second = 0; second < 9; second += 1) {
    expect(failed.blocked('a')).toBe(false);
    failed.failed('a');
    now += 1_000;
  }
  expect(failed.blocked('a')).toBe(true);
});

it('limits how often one may come', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await using app = await appOf(setup().options);
  let last = 200;
  for (let n = 0; n < 601; n++) last = (await app.inject({ ...STATE, headers: BEARER })).statusCode;
  expect(last).toBe(429);
  const again = await app.inject({ ...STATE, headers: BEARER });
  expect(again.json()).toEqual({
    ok: false,
    error: { code: 'too_many_requests', field: null, message: 'More than 600 requests a minute.' },
  });
  expect((await app.inject({ method: 'GET', url: '/healthz' })).statusCode).toBe(200);
  vi.useRealTimers();
});
