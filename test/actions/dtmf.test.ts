import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AmiActionError } from '../../src/ami/index.ts';
import { bench, house, ME, type World } from './world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function send(world: World, fields: object) {
  const run = bench([world]).registry.run('send_dtmf', fields, ME);
  await vi.advanceTimersByTimeAsync(20_000);
  return run;
}

it('lets the other party of a phone hear the keys', async () => {
  const world = house();
  world.press('door.1', { state: 'Up' });
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  world.join('k.1', 'door.1');
  expect(await send(world, { phone: 'Kitchen', digits: '1,2' })).toEqual({
    ok: true,
    result: { sent: 2, channel: 'PJSIP/8000-door.1' },
  });
  expect(world.sent).toEqual([
    { Action: 'PlayDTMF', Channel: 'PJSIP/8000-door.1', Digit: '1', Duration: 160 },
    { Action: 'PlayDTMF', Channel: 'PJSIP/8000-door.1', Digit: '2', Duration: 160 },
  ]);
});

it('presses them for a phone that talks to a voice menu', async () => {
  const world = house();
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  await send(world, { phone: 'Kitchen', digits: '1' });
  expect(world.sent).toMatchObject([{ Channel: 'PJSIP/6001-k.1', Digit: '1', Receive: 'true' }]);
});

it('has keys that it presses for a phone told to nobody, and no others', async () => {
  const world = house();
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  world.reactions.PlayDTMF = ({ Digit }) => {
    if (Digit === '3') throw new AmiActionError('PlayDTMF', 'Channel not found', 'failed');
  };
  expect(await send(world, { phone: 'Kitchen', digits: '123' })).toMatchObject({ ok: false });
  await send(world, { call: 'PJSIP/6001-k.1', digits: '4' });
  expect(world.pressing).toEqual(['1 on k.1', '2 on k.1']);
});

it('sends them to a doorbell or a channel', async () => {
  const world = house();
  world.press('door.1', { state: 'Up' });
  expect(await send(world, { doorbell: 'Front door', digits: '#' })).toMatchObject({ ok: true });
  expect(await send(world, { call: 'PJSIP/8000-door.1', digits: '*' })).toMatchObject({ ok: true });
  expect(world.sentOf('PlayDTMF').map(({ Digit }) => Digit)).toEqual(['#', '*']);
});

it.each(['', 'x', '1 2', '12;3', '9'.repeat(65)])('refuses what is no key: %j', async (digits) => {
  const world = house();
  expect(await send(world, { doorbell: 'Front door', digits })).toMatchObject({
    ok: false,
    error: { code: 'invalid', field: 'digits' },
  });
});

it('says whose call it wants', async () => {
  expect(await send(house(), { digits: '1' })).toMatchObject({ ok: false, error: { code: 'invalid' } });
  expect(await send(house(), { phone: 'Kitchen', digits: '1' })).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'Kitchen is in no call.' },
  });
});
