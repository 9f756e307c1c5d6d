import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AmiActionError } from '../../src/ami/index.ts';
import { bench, house, ME, notAnswered, type World } from './world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const KITCHEN = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };

/** The phone takes the call that it was rung for; gives its Uniqueid. */
function picksUp(world: World): () => string {
  let uniqueid = '';
  world.reactions.Originate = ({ ChannelId, Channel }) => {
    uniqueid = String(ChannelId);
    world.channel(uniqueid, { endpoint: String(Channel) });
  };
  return () => uniqueid;
}

it('dials from a phone and says that the other side answered', async () => {
  const world = house();
  const ours = picksUp(world);
  const fields = { phone: 'Kitchen', number: '600', caller_name: 'Home "1"', timeout: 10 };
  const run = bench([world]).registry.run('dial', fields, ME);
  await vi.advanceTimersByTimeAsync(100);
  world.rings('o.1', 'PJSIP/6002', ours());
  await vi.advanceTimersByTimeAsync(5_000);
  world.join('o.1', ours());
  expect(await run).toEqual({
    ok: true,
    result: { phone: KITCHEN, number: '600', call: ours(), state: 'answered' },
  });
  expect(world.sent).toEqual([
    { Action: 'ShowDialPlan', Context: 'default', Extension: '600' },
    {
      Action: 'Originate',
      Channel: 'PJSIP/6001',
      Context: 'default',
      Exten: '600',
      Priority: 1,
      Timeout: 10_000,
      Async: 'true',
      ChannelId: ours(),
      Variable: { 'CONNECTEDLINE(num)': '600', 'CALLERID(name)': 'Home  1' },
    },
  ]);
  expect(world.phones.get('pjsip_6001')?.lastDialled).toBe('600');
  expect(vi.getTimerCount()).toBe(0);
  expect(world.listeners).toBe(0);
});

it('says that the other side did not answer', async () => {
  const world = house();
  const ours = picksUp(world);
  const run = bench([world]).registry.run('dial', { phone: 'Kitchen', number: '600' }, ME);
  await vi.advanceTimersByTimeAsync(100);
  world.rings('o.1', 'PJSIP/6002', ours());
  await vi.advanceTimersByTimeAsync(100);
  world.gone('o.1');
  expect(await run).toEqual({
    ok: false,
    error: {
      code: 'failed',
      field: 'number',
      message: '600 did not answer, is busy or cannot be reached.',
    },
  });
});

it('says that the other side still rings, or that an application has the call', async () => {
  const world = house();
  const ours = picksUp(world);
  const { registry } = bench([world]);
  const ringing = registry.run('dial', { phone: 'Kitchen', number: '600', timeout: 10 }, ME);
  await vi.advanceTimersByTimeAsync(100);
  world.rings('o.1', 'PJSIP/6002', ours());
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await ringing).toMatchObject({ ok: true, result: { state: 'ringing' } });
  const application = registry.run('dial', { phone: 'Kitchen', number: '600', timeout: 10 }, ME);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await application).toMatchObject({ ok: true, result: { state: 'in_dialplan' } });
});

it('rings nobody for an extension that the dialplan does not have', async () => {
  const world = house();
  world.reactions.ShowDialPlan = ({ Extension }) => {
    if (Extension !== undefined)
      throw new AmiActionError('ShowDialPlan', 'Did not find extension 9', 'failed');
    return [{ Extension: '600', Switch: '' }];
  };
  expect(await bench([world]).registry.run('dial', { phone: 'Kitchen', number: '9' }, ME)).toEqual({
    ok: false,
    error: {
      code: 'not_found',
      field: 'number',
      message: 'There is no extension "9" in context default.',
    },
  });
  expect(world.sentOf('Originate')).toEqual([]);
});

it('dials where the dialplan cannot be known: no right to ask, or looked up elsewhere', async () => {
  const refused = house();
  picksUp(refused);
  refused.reactions.ShowDialPlan = () => {
    throw new AmiActionError('ShowDialPlan', 'Permission denied', 'permission');
  };
  const switched = house();
  picksUp(switched);
  switched.reactions.ShowDialPlan = ({ Extension }) =>
    Extension === undefined ? [{ Extension: '', Switch: 'Realtime/x' }] : [];
  for (const world of [refused, switched]) {
    const run = bench([world]).registry.run('dial', { phone: 'Kitchen', number: '9' }, ME);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await run).toMatchObject({ ok: true });
  }
});

it('says what a missing right keeps it from', async () => {
  const world = house();
  world.reactions.Originate = () => {
    throw new AmiActionError('Originate', 'Permission denied', 'permission');
  };
  const answer = await bench([world]).registry.run('dial', { phone: 'Kitchen', number: '600' }, ME);
  expect(answer).toMatchObject({ ok: false, error: { code: 'forbidden' } });
  if (!answer.ok) expect(answer.error.message).toMatch(/Kitchen: .*write class/);
  world.reactions.Originate = () => {
    throw new AmiActionError('Originate', 'Originate Access Forbidden: app or data blacklisted', 'failed');
  };
  const listed = await bench([world]).registry.run('dial', { phone: 'Kitchen', number: '600' }, ME);
  expect(listed).toMatchObject({ ok: false, error: { code: 'forbidden' } });
  if (!listed.ok) expect(listed.error.message).toContain('write class system');
});

it('repeats the number that a phone dialled last', async () => {
  const world = house();
  const { registry } = bench([world]);
  expect(await registry.run('redial', { phone: 'Kitchen' }, ME)).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'No number is known that Kitchen has dialled.' },
  });
  world.phone({ id: 'pjsip_6001', lastDialled: '555' });
  picksUp(world);
  const run = registry.run('redial', { phone: 'Kitchen' }, ME);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await run).toMatchObject({ ok: true, result: { phone: KITCHEN, number: '555' } });
});

it('repeats nothing that is no number', async () => {
  const world = house();
  world.phone({ id: 'pjsip_6001', lastDialled: '600&PJSIP/9999' });
  expect(await bench([world]).registry.run('redial', { phone: 'Kitchen' }, ME)).toMatchObject({
    ok: false,
    error: { code: 'conflict', field: 'phone', message: expect.stringContaining('"600&PJSIP/9999"') },
  });
  expect(world.sent).toEqual([]);
});

/** The last visitor was missed. */
function missed(): World {
  const world = house();
  const last = { number: '8000', name: 'Visitor', time: '2026-11-24T10:00:00Z', outcome: 'missed' } as const;
  world.doorbell({ id: 'front_door', last });
  return world;
}

it('rings a doorbell’s phones again; the first that answers is connected, the others stop', async () => {
  const world = missed();
  const hangs = new Map<string, (error: Error) => void>();
  world.reactions.Originate = ({ ChannelId, Channel }) => {
    world.channel(String(ChannelId), { endpoint: String(Channel), state: 'Ringing' });
    if (Channel === 'PJSIP/6002') return undefined;
    return new Promise((_resolve, reject) => hangs.set(String(ChannelId), reject));
  };
  world.reactions.Hangup = ({ Channel }) => hangs.get(String(Channel))?.(notAnswered());
  const run = bench([world]).registry.run('redial', { doorbell: 'Front door' }, ME);
  await vi.advanceTimersByTimeAsync(100);
  const office = String(world.sentOf('Originate')[1]?.ChannelId);
  world.channel('door.2', { endpoint: 'PJSIP/8000' });
  world.join(office, 'door.2');
  expect(await run).toEqual({
    ok: true,
    result: {
      phone: { id: 'pjsip_6002', endpoint: 'PJSIP/6002', name: 'Office' },
      number: 'PJSIP/8000',
      call: office,
      state: 'answered',
    },
  });
  expect(world.sentOf('Originate')).toMatchObject([
    { Channel: 'PJSIP/6001', Application: 'Dial', Data: 'PJSIP/8000,20' },
    { Channel: 'PJSIP/6002', Application: 'Dial', Data: 'PJSIP/8000,20' },
  ]);
  expect(world.sentOf('Hangup').map(({ Channel }) => Channel)).toEqual([...hangs.keys()]);
});

it('says that nobody answered for a doorbell, or that the doorbell did not', async () => {
  const world = missed();
  world.reactions.Originate = ({ Channel }) => {
    throw notAnswered(String(Channel));
  };
  expect(await bench([world]).registry.run('redial', { doorbell: 'Front door' }, ME)).toMatchObject({
    ok: false,
    error: {
      message:
        'Nobody answered for Front door: Kitchen: PJSIP/6001 was not answered in time; ' +
        'Office: PJSIP/6002 was not answered in time',
    },
  });
  picksUp(world);
  const run = bench([world]).registry.run('redial', { doorbell: 'Front door' }, ME);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await run).toMatchObject({
    ok: false,
    error: { code: 'failed', message: 'Kitchen answered, but Front door did not.' },
  });
});

it('calls no visitor back who was answered, is there now, or is not known', async () => {
  const world = house();
  const { registry } = bench([world]);
  const why = async () => {
    const answer = await registry.run('redial', { doorbell: 'Front door' }, ME);
    return answer.ok || answer.error.message;
  };
  expect(await why()).toBe('No visitor of Front door is known.');
  const last = { number: '', name: '', time: '', outcome: 'answered' } as const;
  world.doorbell({ id: 'front_door', last });
  expect(await why()).toBe('The last visitor of Front door was answered.');
  world.press();
  expect(await why()).toBe('A visitor is at Front door now; `answer` takes the call.');
  expect(world.sent).toEqual([]);
});

it('hangs up what is left of a call that ends meanwhile', async () => {
  const world = house();
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  world.channel('k.2', { endpoint: 'PJSIP/6001' });
  let left = 1;
  world.reactions.Hangup = () => {
    if (left-- <= 0) throw new AmiActionError('Hangup', 'No such channel', 'failed');
  };
  const { registry } = bench([world]);
  expect(await registry.run('hang_up', { phone: 'Kitchen' }, ME)).toEqual({ ok: true, result: { ended: 1 } });
  expect(await registry.run('hang_up', { phone: 'Kitchen' }, ME)).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'The call has ended already.' },
  });
});

it('hangs up a phone, a doorbell, or one call', async () => {
  const world = house();
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  world.channel('k.2', { endpoint: 'PJSIP/6001' });
  world.press();
  const { registry } = bench([world]);
  const run = (fields: object) => registry.run('hang_up', fields, ME);
  expect(await run({ phone: 'Kitchen' })).toEqual({ ok: true, result: { ended: 2 } });
  expect(await run({ doorbell: 'Front door' })).toEqual({ ok: true, result: { ended: 1 } });
  expect(await run({ call: 'k.2' })).toEqual({ ok: true, result: { ended: 1 } });
  expect(world.sent.map((action) => (action as { Channel?: string }).Channel)).toEqual([
    'PJSIP/6001-k.1',
    'PJSIP/6001-k.2',
    'PJSIP/8000-door.1',
    'PJSIP/6001-k.2',
  ]);
  expect(world.dismissals).toEqual([['front_door', 'tester']]);
  expect(await run({ phone: 'Office' })).toMatchObject({ ok: false, error: { code: 'conflict' } });
  expect(await run({})).toMatchObject({ ok: false, error: { code: 'invalid' } });
  expect(await run({ phone: 'Kitchen', call: 'k.1' })).toMatchObject({
    ok: false,
    error: { code: 'invalid' },
  });
});
