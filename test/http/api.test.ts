import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ActionError } from '../../src/actions/index.ts';
import { appOf, BEARER, ingress, setup } from './setup.ts';

const JSON_BODY = { ...BEARER, 'content-type': 'application/json' };

it('gives the whole state', async () => {
  const { options, world } = setup();
  world.press();
  await using app = await appOf(options);
  const response = await app.inject({ method: 'GET', url: '/api/state', headers: BEARER });
  expect(response.statusCode).toBe(200);
  expect(response.json()).toMatchObject({
    version: '1.2.3',
    you: { via: 'api', name: 'api' },
    demo: false,
    pbxes: [
      {
        id: 'home',
        status: { up: true, version: '22.10.1' },
        phones: [{ name: 'Kitchen' }, { name: 'Office' }, { name: 'Attic' }],
        doorbells: [{ name: 'Front door', opens: true, press: { caller: { name: 'Visitor' } } }],
        parking: [{ id: 'default' }, { id: 'lot_office' }],
      },
    ],
  });
});

it('runs an action and answers as it does', async () => {
  const { options, world } = setup();
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  await using app = await appOf(options);
  const post = (id: string, payload: object) =>
    app.inject({ method: 'POST', url: `/api/actions/${id}`, headers: JSON_BODY, payload });
  const done = await post('hang_up', { phone: 'Kitchen' });
  expect([done.statusCode, done.json()]).toEqual([200, { ok: true, result: { ended: 1 } }]);
  const unknown = await post('hang_up', { phone: 'Cellar' });
  expect([unknown.statusCode, unknown.json()]).toMatchObject([
    404,
    { ok: false, error: { code: 'not_found', field: 'phone' } },
  ]);
  expect((await post('hang_up', { phone: 'Office' })).statusCode).toBe(409);
  expect((await post('hang_up', { fone: 'x' })).statusCode).toBe(400);
  expect((await post('open_door', { doorbell: 'Front door' })).statusCode).toBe(403);
  const none = await post('explode', {});
  expect([none.statusCode, none.json().error.message]).toMatchObject([404, /There is no action "explode"/]);
  world.setStatus({ up: false });
  expect((await post('hang_up', { phone: 'Kitchen' })).statusCode).toBe(503);
});

it('says 502 when Asterisk did not do it', async () => {
  const { options, world } = setup();
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  world.reactions.Hangup = () => {
    throw new ActionError('failed', 'Asterisk said no');
  };
  await using app = await appOf(options);
  const request = { method: 'POST', url: '/api/actions/hang_up', headers: JSON_BODY } as const;
  expect((await app.inject({ ...request, payload: { phone: 'Kitchen' } })).statusCode).toBe(502);
});

it('refuses a line break in any field with its name, and sends nothing', async () => {
  const { options, world } = setup();
  await using app = await appOf(options);
  const fields = options.registry.actions.flatMap((action) =>
    Object.entries(action.fields.shape).map(
      ([field, one]) => [action.id, field, one.meta()?.lines === true] as const,
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...fields),
      fc.string(),
      fc.constantFrom('\r', '\n', '\0'),
      async ([id, field, lines], before, breaks) => {
        const evil = lines ? '\0' : breaks;
        const payload = { [field]: `${before}${evil}Action: Originate` };
        // Each from another address: the limit is not what is tried here.
        const remoteAddress = `10.${Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}.1`;
        const request = { method: 'POST', url: `/api/actions/${id}`, headers: JSON_BODY } as const;
        const response = await app.inject({ ...request, payload, remoteAddress });
        expect(response.statusCode).toBe(400);
        expect(response.json()).toMatchObject({ ok: false, error: { code: 'invalid', field } });
      },
    ),
    { numRuns: 150 },
  );
  expect(world.sent).toEqual([]);
});

it.each([
  ['a form', 'application/x-www-form-urlencoded', 'phone=Kitchen', 415],
  ['text that a page may send without asking', 'text/plain', '{"phone":"Kitchen"}', 415],
  ['nothing', undefined, undefined, 415],
  ['half of it', 'application/json', '{"phone":', 400],
  ['a prototype', 'application/json', '{"__proto__":{"phone":"Kitchen"}}', 400],
  ['a list', 'application/json', '[1]', 400],
  ['a text', 'application/json', '"x"', 400],
  ['too much', 'application/json', JSON.stringify({ phone: 'x'.repeat(20_000) }), 413],
])('refuses as a body: %s', async (_name, type, payload, status) => {
  const { options, world } = setup();
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  await using app = await appOf(options);
  const response = await app.inject({
    method: 'POST',
    url: '/api/actions/hang_up',
    headers: { ...BEARER, ...(type ? { 'content-type': type } : {}) },
    ...(payload === undefined ? {} : { payload }),
  });
  expect(response.statusCode).toBe(status);
  expect(response.json()).toMatchObject({ ok: false, error: { code: 'invalid' } });
  expect(world.sent).toEqual([]);
});

it('keeps hostile paths to itself', async () => {
  await using app = await appOf(setup().options);
  const paths = [
    '/page/../server.ts',
    '/page/%2e%2e/server.ts',
    '/page/..%2fserver.ts',
    '/page//etc/passwd',
    '/.env',
  ];
  for (const url of [...paths, '/page/%00', '/<script>alert(1)</script>', '/page/']) {
    const response = await app.inject({ method: 'GET', url });
    expect([url, response.statusCode]).toEqual([url, expect.toBeOneOf([400, 403, 404])]);
    expect(response.headers['content-type']).toMatch(/application\/json/);
  }
});

it('tells browsers to keep to themselves: no CORS, a strict policy, a frame only of the same origin', async () => {
  await using app = await appOf(setup().options);
  for (const url of ['/', '/api/docs/', '/healthz']) {
    const styles = url === '/api/docs/' ? "'self' 'unsafe-inline'" : "'self'";
    const { headers } = await app.inject({ method: 'GET', url, headers: { origin: 'http://evil.example' } });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['content-security-policy']).toBe(
      `default-src 'none';script-src 'self';style-src ${styles};img-src 'self' data:;font-src 'self';` +
        "connect-src 'self';media-src 'self';manifest-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'self'",
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
    });
  }
  const preflight = await app.inject({
    method: 'OPTIONS',
    url: '/api/actions/hang_up',
    headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
  });
  expect(preflight.statusCode).toBe(404);
  expect(preflight.headers['access-control-allow-origin']).toBeUndefined();
});

it('describes every action as OpenAPI, with the path that ingress gave', async () => {
  const { options } = setup({ ingress: true });
  await using app = await appOf(options);
  const document = (await app.inject({ method: 'GET', url: '/api/openapi.json' })).json();
  expect(document.openapi).toBe('3.1.0');
  expect(document.servers).toEqual([{ url: '/' }]);
  const paths = options.registry.actions.map(({ id }) => `/api/actions/${id}`);
  expect(Object.keys(document.paths).sort()).toEqual(
    ['/api/actions', '/api/history', '/api/state', '/healthz', ...paths].sort(),
  );
  expect(document.paths['/api/actions/dial'].post).toMatchObject({
    summary: 'Dial',
    requestBody: {
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['phone', 'number'],
            additionalProperties: false,
            properties: { number: { type: 'string', title: 'Number', examples: ['600'] } },
          },
        },
      },
    },
    responses: { 200: { description: 'Done.' }, 409: { description: expect.any(String) } },
  });
  expect(JSON.stringify(document)).not.toContain('selector');
  const behind = await app.inject({ method: 'GET', url: '/api/openapi.json', ...ingress() });
  expect(behind.json().servers).toEqual([{ url: '/api/hassio_ingress/abc' }]);
});

it('lists the actions with their fields', async () => {
  const { options } = setup();
  await using app = await appOf(options);
  const list = (await app.inject({ method: 'GET', url: '/api/actions', headers: BEARER })).json();
  expect(list).toHaveLength(options.registry.actions.length);
  expect(list[0]).toMatchObject({
    id: 'answer',
    title: 'Answer',
    icon: 'mdi:phone-in-talk',
    fields: { type: 'object', properties: { doorbell: { title: 'Doorbell' } } },
    result: { type: 'object' },
  });
});

it('says that it runs, and more to whom it knows', async () => {
  const { options, world } = setup();
  world.setStatus({ up: false, problem: 'Nobody answers' });
  await using app = await appOf(options);
  const stranger = await app.inject({ method: 'GET', url: '/healthz' });
  expect([stranger.statusCode, stranger.json()]).toEqual([200, { ok: true }]);
  const known = await app.inject({ method: 'GET', url: '/healthz', headers: BEARER });
  expect(known.json()).toEqual({
    ok: true,
    version: '1.2.3',
    pbx: [{ id: 'home', up: false, problem: 'Nobody answers' }],
    broker: 'connected',
    home_assistant: 'off',
  });
});

it('rings the demo’s doorbell, where there is a demo', async () => {
  let rung = 0;
  await using app = await appOf(setup({ demo: { ring: () => void rung++ } }).options);
  const request = { method: 'POST', url: '/api/demo/ring', headers: JSON_BODY, payload: {} } as const;
  expect((await app.inject(request)).json()).toEqual({ ok: true });
  expect(rung).toBe(1);
  await using other = await appOf(setup().options);
  expect((await other.inject(request)).statusCode).toBe(404);
});

it('keeps what broke inside to the log', async () => {
  const { options, lines } = setup({
    links: () => {
      throw new Error('secret detail');
    },
  });
  await using app = await appOf(options);
  const response = await app.inject({ method: 'GET', url: '/healthz', headers: BEARER });
  expect([response.statusCode, response.json()]).toEqual([
    500,
    {
      ok: false,
      error: { code: 'failed', field: null, message: 'The companion failed; its log has the reason.' },
    },
  ]);
  expect(lines).toMatchObject([['error', 'A request failed', { err: { message: 'secret detail' } }]]);
});
