import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { member } from '../home/fake-pbx.ts';
import { bench, house, ME, notAnswered, type World } from './world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const failed = (code: string, message: string) => ({ ok: false, error: { code, message } });

/** What Asterisk does when a phone takes the call that it was rung for. */
function answers(world: World, visitor = 'door.1') {
  world.reactions.Originate = ({ ChannelId, Channel }) => {
    world.unpark(visitor);
    world.channel(String(ChannelId), { endpoint: String(Channel) });
    world.join(String(ChannelId), visitor);
  };
}

it('rings a phone that does not ring yet and gives it the visitor, whose call ends with the phone’s', async () => {
  const world = house();
  world.press();
  answers(world);
  const answer = await bench([world]).registry.run('answer', { doorbell: 'Front door', on: 'Office' }, ME);
  expect(answer).toEqual({
    ok: true,
    result: { phone: { id: 'pjsip_6002', endpoint: 'PJSIP/6002', name: 'Office' }, call: 'door.1' },
  });
  expect(world.sent).toEqual([
    {
      Action: 'Originate',
      Channel: 'PJSIP/6002',
      Application: 'Bridge',
      Data: 'PJSIP/8000-door.1,x',
      Timeout: 30_000,
      Async: 'true',
      ChannelId: expect.stringMatching(/^companion-/),
      Variable: { 'CONNECTEDLINE(name,i)': 'Visitor', 'CONNECTEDLINE(num)': '8000' },
    },
  ]);
});

it('takes the doorbell that rings and the first of its phones that is registered', async () => {
  const world = house();
  world.press();
  answers(world);
  expect(await bench([world]).registry.run('answer', {}, ME)).toMatchObject({
    ok: true,
    result: { phone: { name: 'Kitchen' } },
  });
});

it('shows a hostile caller name harmlessly', async () => {
  const world = house();
  world.press('door.1', { caller: { number: '8000', name: 'Eve" <1>\\\u0007,x' } });
  answers(world);
  await bench([world]).registry.run('answer', {}, ME);
  expect(world.sentOf('Originate')[0]?.Variable).toMatchObject({ 'CONNECTEDLINE(name,i)': 'Eve   1   ,x' });
});

it('lets the phone that rings ring on until it is picked up, and stops the others', async () => {
  const world = house();
  world.press();
  world.rings('k.1', 'PJSIP/6001', 'door.1');
  world.rings('o.1', 'PJSIP/6002', 'door.1');
  const run = bench([world]).registry.run('answer', { on: 'Office', timeout: 10 }, ME);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(world.sent).toEqual([{ Action: 'Hangup', Channel: 'PJSIP/6001-k.1', Cause: 26 }]);
  world.join('o.1', 'door.1');
  expect(await run).toMatchObject({ ok: true, result: { phone: { name: 'Office' } } });
});

it('says that the phone that rings was not picked up', async () => {
  const world = house();
  world.press();
  world.rings('k.1', 'PJSIP/6001', 'door.1');
  const run = bench([world]).registry.run('answer', { on: 'Kitchen', timeout: 10 }, ME);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await run).toMatchObject(failed('failed', 'Kitchen rang for 10 s and did not answer.'));
  expect(vi.getTimerCount()).toBe(0);
});

it('takes the caller who rings on a named phone', async () => {
  const world = house();
  world.channel('x.1', { endpoint: 'PJSIP/6003', direction: 'in', state: 'Ring' });
  world.rings('k.1', 'PJSIP/6001', 'x.1');
  const run = bench([world]).registry.run('answer', { phone: 'Kitchen' }, ME);
  await vi.advanceTimersByTimeAsync(1);
  world.join('k.1', 'x.1');
  expect(await run).toMatchObject({
    ok: true,
    result: { phone: { name: 'Kitchen' }, call: 'x.1' },
  });
});

it('retrieves a visitor who is parked', async () => {
  const world = house();
  world.press();
  world.park('door.1');
  answers(world);
  expect(await bench([world]).registry.run('answer', { doorbell: 'Front door' }, ME)).toMatchObject({
    ok: true,
    result: { phone: { name: 'Kitchen' } },
  });
  expect(world.sentOf('Originate')).toMatchObject([{ Application: 'ParkedCall', Data: 'default,701' }]);
});

it('stops ringing when the visitor has left', async () => {
  const world = house();
  world.press();
  const { promise, reject } = Promise.withResolvers<void>();
  world.reactions.Originate = ({ ChannelId }) => {
    world.channel(String(ChannelId), { endpoint: 'PJSIP/6001', state: 'Ringing' });
    return promise;
  };
  world.reactions.Hangup = () => reject(notAnswered());
  const run = bench([world]).registry.run('answer', { on: 'Kitchen' }, ME);
  await vi.advanceTimersByTimeAsync(1);
  world.gone('door.1');
  expect(await run).toMatchObject(failed('conflict', 'The caller has hung up.'));
  expect(world.sentOf('Hangup')).toMatchObject([{ Channel: expect.stringMatching(/^companion-/) }]);
});

it('stops ringing when somebody else has answered', async () => {
  const world = house();
  world.press();
  world.rings('o.1', 'PJSIP/6002', 'door.1');
  const { promise, reject } = Promise.withResolvers<void>();
  world.reactions.Originate = ({ ChannelId }) => {
    world.channel(String(ChannelId), { endpoint: 'PJSIP/6001', state: 'Ringing' });
    return promise;
  };
  world.reactions.Hangup = () => reject(notAnswered());
  const run = bench([world]).registry.run('answer', { on: 'Kitchen' }, ME);
  await vi.advanceTimersByTimeAsync(1);
  world.join('o.1', 'door.1');
  expect(await run).toMatchObject(failed('conflict', 'Office has answered meanwhile.'));
});

it('says who did not answer', async () => {
  const world = house();
  world.press();
  world.reactions.Originate = () => {
    throw notAnswered('PJSIP/6002');
  };
  expect(await bench([world]).registry.run('answer', { on: 'Office' }, ME)).toMatchObject(
    failed('failed', 'Office: PJSIP/6002 was not answered in time'),
  );
});

it('hangs up a phone that Asterisk did not join', async () => {
  const world = house();
  world.press();
  world.reactions.Originate = ({ ChannelId }) => world.channel(String(ChannelId), { endpoint: 'PJSIP/6002' });
  const run = bench([world]).registry.run('answer', { on: 'Office' }, ME);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await run).toMatchObject(failed('failed', 'Office answered, but Asterisk did not join the two.'));
  expect(world.sentOf('Hangup')).toHaveLength(1);
});

it('says that the link was lost', async () => {
  const world = house();
  world.press();
  world.rings('k.1', 'PJSIP/6001', 'door.1');
  const run = bench([world]).registry.run('answer', { on: 'Kitchen' }, ME);
  await vi.advanceTimersByTimeAsync(1);
  world.setStatus({ up: false });
  expect(await run).toMatchObject(failed('unavailable', 'The link to PBX home was lost meanwhile.'));
  expect(world.listeners).toBe(0);
});

it('says what there is to answer', async () => {
  const world = house();
  const { registry } = bench([world]);
  const run = (fields: object) => registry.run('answer', fields, ME);
  expect(await run({})).toMatchObject(failed('conflict', 'No doorbell rings.'));
  expect(await run({ doorbell: 'Front door' })).toMatchObject(failed('conflict', 'Nobody is at Front door.'));
  expect(await run({ phone: 'Kitchen' })).toMatchObject(failed('conflict', 'Kitchen does not ring.'));
  expect(await run({ call: 'x' })).toMatchObject(
    failed('not_found', 'There is no call or channel "x" now; it may have ended.'),
  );
  expect(await run({ doorbell: 'Gate' })).toMatchObject(
    failed('not_found', 'There is no doorbell "Gate"; there is Front door.'),
  );
  world.press();
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  world.join('k.1', 'door.1');
  expect(await run({ doorbell: 'Front door' })).toMatchObject(
    failed('conflict', 'The call was answered already by Kitchen; `transfer` moves it to another phone.'),
  );
});

it('asks which doorbell and which phone, when it cannot know', async () => {
  const world = house();
  world.press();
  world.doorbell({ id: 'gate', name: 'Gate', endpoint: 'PJSIP/8001', answer_on: [], state: 'ringing' });
  const { registry } = bench([world]);
  expect(await registry.run('answer', {}, ME)).toMatchObject(
    failed('invalid', 'Which doorbell? There are visitors at Front door, Gate.'),
  );
  world.doorbell({ id: 'front_door', answer_on: ['PJSIP/6003'] });
  expect(await registry.run('answer', { doorbell: 'Front door' }, ME)).toMatchObject({
    ok: false,
    error: { code: 'invalid', field: 'on' },
  });
});

it('lets no name of a channel ask an application for anything', async () => {
  const world = house();
  world.press('door.1', { name: 'SIP/8000,xF(evil^s^1)-1' });
  expect(await bench([world]).registry.run('answer', { on: 'Office' }, ME)).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: expect.stringContaining('cannot be given to an application') },
  });
  expect(world.sent).toEqual([]);
});

/** A visitor who waits in a conference that one gets into as a marked user by the profile `host`. */
function waiting(): World {
  const world = house();
  world.press();
  const press = world.doorbells.get('front_door')?.press ?? null;
  world.doorbell({ id: 'front_door', state: 'waiting', press });
  world.channel('door.1', { state: 'Up', bridge: 'conference' });
  world.conference({
    id: 'family',
    members: [member({ call: 'door.1', waiting: true })],
    entrances: {
      plain: { extension: '777', bridge: 'big', profile: 'guest' },
      marked: { extension: '888', bridge: 'big', profile: 'host' },
    },
  });
  return world;
}

it('brings a phone into the conference that the visitor waits in, as a marked user', async () => {
  const world = waiting();
  world.reactions.Originate = ({ ChannelId }) => {
    const call = String(ChannelId);
    world.channel(call, { endpoint: 'PJSIP/6001' });
    const members = [member({ call: 'door.1' }), member({ call, marked: true })];
    world.conference({ id: 'family', members });
  };
  expect(await bench([world]).registry.run('answer', {}, ME)).toMatchObject({
    ok: true,
    result: { phone: { name: 'Kitchen' }, call: 'door.1' },
  });
  expect(world.sent).toMatchObject([
    {
      ...{ Action: 'Originate', Channel: 'PJSIP/6001', Application: 'ConfBridge', Data: 'family,big,host' },
      Variable: { 'CONNECTEDLINE(name,i)': 'Visitor' },
    },
  ]);
});

it('stops when the visitor leaves the conference, and says when they do not meet there', async () => {
  const world = waiting();
  world.reactions.Originate = ({ ChannelId }) => {
    world.channel(String(ChannelId), { endpoint: 'PJSIP/6001' });
    world.conference({ id: 'family', members: [] });
  };
  const run = bench([world]).registry.run('answer', {}, ME);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await run).toMatchObject(failed('conflict', 'The caller has hung up.'));
  const other = waiting();
  other.reactions.Originate = ({ ChannelId }) => {
    other.channel(String(ChannelId), { endpoint: 'PJSIP/6001' });
  };
  const again = bench([other]).registry.run('answer', {}, ME);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await again).toMatchObject(
    failed('failed', 'Kitchen answered, but did not get in: is it asked for a PIN? (conference family).'),
  );
  expect(other.sentOf('Hangup')).toHaveLength(1);
});
