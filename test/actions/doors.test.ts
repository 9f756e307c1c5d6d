import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { OpenWay } from '../../src/actions/index.ts';
import { bench, house, ME, notAnswered, type World } from './world.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const DTMF: OpenWay = { kind: 'dtmf', digits: '#9', withoutCall: 'refuse' };
const DOOR = { doorbell: 'Front door' };

async function open(world: World, way: OpenWay, ports: Parameters<typeof bench>[1] = {}) {
  const { registry, lines } = bench([world], { ...ports, way });
  const run = registry.run('open_door', DOOR, { via: 'script', name: 'Anna' });
  await vi.advanceTimersByTimeAsync(30_000);
  return { answer: await run, lines };
}

it('sends the digits on an answered call: in order, once, one after the other', async () => {
  const world = house();
  world.press('door.1', { state: 'Up' });
  const { registry } = bench([world], { way: { ...DTMF, digits: '#9w1' } });
  const run = registry.run('open_door', DOOR, { via: 'script', name: 'Anna' });
  const keys = () => world.sentOf('PlayDTMF').map(({ Digit }) => Digit);
  await vi.advanceTimersByTimeAsync(0);
  expect(keys()).toEqual(['#']);
  await vi.advanceTimersByTimeAsync(280);
  expect(keys()).toEqual(['#', '9']);
  await vi.advanceTimersByTimeAsync(280);
  expect(keys()).toEqual(['#', '9']);
  await vi.advanceTimersByTimeAsync(500);
  expect(keys()).toEqual(['#', '9', '1']);
  await vi.advanceTimersByTimeAsync(280);
  expect(await run).toEqual({ ok: true, result: { doorbell: 'front_door', way: 'dtmf' } });
  expect(world.sent[0]).toEqual({
    Action: 'PlayDTMF',
    Channel: 'PJSIP/8000-door.1',
    Digit: '#',
    Duration: 160,
  });
  expect(world.openings).toEqual([['front_door', 'dtmf', 'Anna']]);
});

it('opens a door once at a time', async () => {
  const world = house();
  world.press('door.1', { state: 'Up' });
  const { registry } = bench([world], { way: DTMF });
  const first = registry.run('open_door', DOOR, ME);
  expect(await registry.run('open_door', DOOR, ME)).toEqual({
    ok: false,
    error: { code: 'conflict', field: 'doorbell', message: 'Front door is being opened already.' },
  });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await first).toMatchObject({ ok: true });
  expect(world.sentOf('PlayDTMF')).toHaveLength(2);
  const again = registry.run('open_door', DOOR, ME);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await again).toMatchObject({ ok: true });
});

it('answers a ringing visitor’s call for the digits, and ends it', async () => {
  const world = house();
  world.press();
  world.reactions.Park = () => world.park('door.1');
  const { answer } = await open(world, DTMF);
  expect(answer).toMatchObject({ ok: true });
  expect(world.sent.map(({ Action }) => Action)).toEqual(['Park', 'PlayDTMF', 'PlayDTMF', 'Hangup']);
  expect(world.dismissals).toEqual([['front_door', 'Anna']]);
});

it('says to answer first where nothing can be parked', async () => {
  const world = house();
  world.lotRows.clear();
  world.press();
  expect((await open(world, DTMF)).answer).toMatchObject({
    ok: false,
    error: {
      code: 'conflict',
      message: 'Answer Front door first: its door opens by keys on an answered call.',
    },
  });
});

it('says how many keys were sent when the call ends meanwhile, and does not tell that it opened', async () => {
  const world = house();
  world.press('door.1', { state: 'Up' });
  world.reactions.PlayDTMF = () => world.gone('door.1');
  const { answer, lines } = await open(world, DTMF);
  expect(answer).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'The call ended after 1 of 2 keys.' },
  });
  expect(world.openings).toEqual([]);
  expect(lines).toMatchObject([['warn', 'Action not done', { who: 'Anna' }]]);
});

it('refuses without a call, as configured, and sends nothing', async () => {
  const world = house();
  const { answer } = await open(world, DTMF);
  expect(answer).toMatchObject({ ok: false, error: { code: 'conflict', field: 'doorbell' } });
  if (!answer.ok) expect(answer.error.message).toMatch(/^Front door is in no call/);
  expect(world.sent).toEqual([]);
});

it.each<[string, OpenWay, string]>([
  ['dtmf without a call', { ...DTMF, withoutCall: { dial: 'PJSIP/8000' } }, 'PJSIP/8000'],
  ['call', { kind: 'call', dial: '8000', digits: '#9' }, 'Local/8000@default'],
])('places a call for the digits: %s', async (_name, way, device) => {
  const world = house();
  world.reactions.Originate = ({ ChannelId }) => {
    world.channel(String(ChannelId));
    setTimeout(() => world.gone(String(ChannelId)), 900);
  };
  const { answer } = await open(world, way);
  expect(answer).toEqual({ ok: true, result: { doorbell: 'front_door', way: way.kind } });
  expect(world.sent).toMatchObject([
    { Action: 'Originate', Channel: device, Application: 'SendDTMF', Data: 'w#9,280,160' },
  ]);
});

it('hangs up a door station that does not, and says when it does not answer', async () => {
  const world = house();
  const way: OpenWay = { kind: 'call', dial: '8000', digits: '#9' };
  world.reactions.Originate = ({ ChannelId }) => world.channel(String(ChannelId));
  expect((await open(world, way)).answer).toMatchObject({ ok: true });
  expect(world.sentOf('Hangup')).toHaveLength(1);
  world.reactions.Originate = () => {
    throw notAnswered('Local/8000@default');
  };
  expect((await open(world, way)).answer).toMatchObject({
    ok: false,
    error: { code: 'failed', message: 'Front door: Local/8000@default was not answered in time' },
  });
  expect(world.openings).toHaveLength(1);
});

it('runs the Home Assistant action, also while the PBX is away', async () => {
  const world = house();
  world.setStatus({ up: false });
  const way: OpenWay = { kind: 'action', action: 'lock.open', target: { entity_id: 'lock.gate' } };
  const calls: unknown[][] = [];
  const { answer } = await open(world, way, {
    callHomeAssistant: async (...call) => void calls.push(call),
  });
  expect(answer).toEqual({ ok: true, result: { doorbell: 'front_door', way: 'action' } });
  expect(calls).toEqual([['lock.open', { entity_id: 'lock.gate' }, undefined]]);
  expect(world.openings).toEqual([['front_door', 'action', 'Anna']]);
});

it('says that Home Assistant is away or refused', async () => {
  const way: OpenWay = { kind: 'action', action: 'lock.open' };
  expect((await open(house(), way)).answer).toMatchObject({
    ok: false,
    error: {
      code: 'unavailable',
      message: 'lock.open is Home Assistant’s to do, and there is no link to it.',
    },
  });
  const refuses = { callHomeAssistant: () => Promise.reject(new Error('Entity not found')) };
  expect((await open(house(), way, refuses)).answer).toMatchObject({
    ok: false,
    error: { code: 'failed', message: 'Home Assistant’s lock.open failed: Entity not found' },
  });
});

it('cannot use keys while the PBX is away', async () => {
  const world = house();
  world.setStatus({ up: false, problem: 'Nobody answers at 127.0.0.1:5038' });
  expect((await open(world, DTMF)).answer).toMatchObject({
    ok: false,
    error: { code: 'unavailable', message: 'Nobody answers at 127.0.0.1:5038' },
  });
});

it('says that no way is configured', async () => {
  expect((await open(house(), { kind: 'none' })).answer).toMatchObject({
    ok: false,
    error: { code: 'forbidden', message: 'No way to open Front door is configured (doorbells: open).' },
  });
});

it('asks the door station over HTTP, with the password of the URL as a header', async () => {
  vi.useRealTimers();
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    asked.push([request.method, request.url, request.headers.authorization, request.headers['x-key']]);
    response.writeHead(request.url === '/redirect' ? 302 : request.url === '/no' ? 403 : 200, {
      location: '/open',
    });
    response.end('ok');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const run = async (path: string) => {
    const way: OpenWay = {
      kind: 'http',
      method: 'POST',
      url: `http://user:p%40ss@127.0.0.1:${port}${path}`,
      headers: { 'X-Key': 'topsecret' },
    };
    const { registry, lines } = bench([house()], { way, fetch });
    const answer = await registry.run('open_door', DOOR, ME);
    expect(JSON.stringify([answer, lines])).not.toMatch(/p%40ss|p@ss|topsecret|127\.0\.0\.1/);
    return answer;
  };
  expect(await run('/open?x=1')).toEqual({ ok: true, result: { doorbell: 'front_door', way: 'http' } });
  const login = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
  expect(asked).toEqual([['POST', '/open?x=1', login, 'topsecret']]);
  expect(await run('/no')).toMatchObject({
    ok: false,
    error: { code: 'failed', message: 'Front door refused to open: its door station answered 403.' },
  });
  expect(await run('/redirect')).toMatchObject({ ok: false, error: { code: 'failed' } });
  expect(asked).toHaveLength(3);
  await new Promise((done) => server.close(done));
  expect(await run('/open')).toMatchObject({
    ok: false,
    error: { message: expect.stringMatching(/^Front door could not be asked to open: [A-Z_]+\.$/) },
  });
});

it('sends a visitor away: noted first, busy to one who rings, the end to one who is connected', async () => {
  const world = house();
  world.press();
  const { registry } = bench([world]);
  expect(await registry.run('ignore', {}, ME)).toEqual({ ok: true, result: { doorbell: 'front_door' } });
  world.channel('door.1', { state: 'Up' });
  await registry.run('ignore', DOOR, ME);
  expect(world.sent).toEqual([
    { Action: 'Hangup', Channel: 'PJSIP/8000-door.1', Cause: 17 },
    { Action: 'Hangup', Channel: 'PJSIP/8000-door.1', Cause: 16 },
  ]);
  expect(world.dismissals).toEqual([
    ['front_door', 'tester'],
    ['front_door', 'tester'],
  ]);
});

it('says that there is nobody to send away', async () => {
  const { registry } = bench([house()]);
  expect(await registry.run('ignore', {}, ME)).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'No doorbell rings.' },
  });
  expect(await registry.run('ignore', DOOR, ME)).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'Nobody is at Front door.' },
  });
});
