import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { bench, house, ME, notAnswered, type World } from './world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The visitor talks to the kitchen. */
function talking(): World {
  const world = house();
  world.press();
  world.channel('k.1', { endpoint: 'PJSIP/6001', linkedid: 'door.1' });
  world.join('k.1', 'door.1');
  return world;
}

const result = (state: string) => ({
  ok: true,
  result: {
    phone: { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' },
    target: '6002',
    state,
    call: 'door.1',
  },
});

it('hands over at once', async () => {
  const world = talking();
  world.reactions.BlindTransfer = () => world.channel('door.1', { bridge: null });
  const fields = { phone: 'Kitchen', target: '6002' };
  expect(await bench([world]).registry.run('transfer', fields, ME)).toEqual(result('transferred'));
  expect(world.sent).toEqual([
    { Action: 'ShowDialPlan', Context: 'default', Extension: '6002' },
    { Action: 'BlindTransfer', Channel: 'PJSIP/6001-k.1', Context: 'default', Exten: '6002' },
    { Action: 'Hangup', Channel: 'k.1', Cause: 16 },
  ]);
});

it('keeps the caller from an extension that does not exist', async () => {
  const world = talking();
  world.reactions.ShowDialPlan = () => [];
  expect(await bench([world]).registry.run('transfer', { phone: 'Kitchen', target: '99' }, ME)).toMatchObject(
    { ok: false, error: { code: 'not_found', field: 'target' } },
  );
  expect(world.sentOf('BlindTransfer')).toEqual([]);
});

it('says that the two still talk', async () => {
  const world = talking();
  const run = bench([world]).registry.run('transfer', { phone: 'Kitchen', target: '6002' }, ME);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await run).toMatchObject({
    ok: false,
    error: { code: 'failed', message: 'Asterisk took the transfer, but the two still talk.' },
  });
  expect(world.sentOf('Hangup')).toEqual([]);
});

it('hands over when the target has answered', async () => {
  const world = talking();
  world.reactions.Originate = ({ ChannelId }) => {
    world.channel(String(ChannelId), { local: true });
    world.join(String(ChannelId), 'door.1');
  };
  const fields = { phone: 'Kitchen', target: '6002', kind: 'when_answered' };
  expect(await bench([world]).registry.run('transfer', fields, ME)).toEqual(result('transferred'));
  expect(world.sentOf('Originate')).toMatchObject([
    { Channel: 'Local/6002@default', Application: 'Bridge', Data: 'PJSIP/8000-door.1,x' },
  ]);
});

it('changes nothing when the target does not answer', async () => {
  const world = talking();
  world.reactions.Originate = () => {
    throw notAnswered('Local/6002@default');
  };
  const fields = { phone: 'Kitchen', target: '6002', kind: 'when_answered' };
  expect(await bench([world]).registry.run('transfer', fields, ME)).toMatchObject({
    ok: false,
    error: { code: 'failed', message: '6002: Local/6002@default was not answered in time' },
  });
  expect(world.sentOf('Hangup')).toEqual([]);
});

it.each([
  ['door.1', 'Dial', 'PJSIP/6001,20,rt', true],
  ['door.1', 'Queue', 'house,t', true],
  ['k.1', 'Dial', 'PJSIP/8000,20,L(60000:1,2)T', true],
  ['door.1', 'Dial', 'PJSIP/6001,20,T', false],
  ['door.1', 'Dial', 'PJSIP/6001,20,b(t^t,1)', false],
  ['door.1', 'Dial', 'PJSIP/6001', false],
  ['k.1', 'Bridge', 'PJSIP/8000-door.1,xT', false],
])(
  'transfers attended only where the call allows it: %s runs %s(%s)',
  async (uniqueid, application, data, allowed) => {
    const world = talking();
    world.reactions.CoreShowChannels = () => [
      { Uniqueid: uniqueid, Application: application, ApplicationData: data },
    ];
    world.reactions.Atxfer = () => world.channel('k.1', { bridge: null });
    const fields = { phone: 'Kitchen', target: '6002', kind: 'attended' };
    const answer = await bench([world]).registry.run('transfer', fields, ME);
    if (allowed) expect(answer).toEqual(result('consulting'));
    else expect(answer).toMatchObject({ ok: false, error: { code: 'conflict', field: 'kind' } });
    const typed = world.sent.filter(({ Action }) => Action === 'Setvar' || Action === 'Atxfer');
    const channel = { Channel: 'PJSIP/6001-k.1' };
    const set = (Value: string) => ({ Action: 'Setvar', ...channel, Variable: 'TRANSFER_EXTEN', Value });
    const whole = [set('6002'), { Action: 'Atxfer', ...channel, Context: 'default', Exten: 'x' }, set('')];
    expect(typed).toEqual(allowed ? whole : []);
  },
);

it('says that a phone is in no call', async () => {
  const { registry } = bench([house()]);
  expect(await registry.run('transfer', { phone: 'Kitchen', target: '6002' }, ME)).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'Kitchen is in no call.' },
  });
});
