import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { bench, house, ME, type World } from './world.ts';

const DOOR = { doorbell: 'Front door' };

let world: World;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  world = house();
});
afterEach(() => {
  vi.useRealTimers();
});

it('ends the call of a visitor who rings, and says who asked', async () => {
  world.press();
  world.reactions.Hangup = () => world.gone('door.1');
  const { registry } = bench([world]);
  expect(await registry.run('stop_ringing', {}, ME)).toEqual({
    ok: true,
    result: { doorbell: 'front_door', state: 'ended' },
  });
  expect(world.sent).toEqual([{ Action: 'Hangup', Channel: 'PJSIP/8000-door.1', Cause: 17 }]);
  expect(world.dismissals).toEqual([['front_door', 'tester']]);
});

it('moves the visitor on, to an extension that there is', async () => {
  world.press();
  const { registry } = bench([world]);
  expect(await registry.run('stop_ringing', { ...DOOR, move_to: '500' }, ME)).toEqual({
    ok: true,
    result: { doorbell: 'front_door', state: 'moved_on' },
  });
  expect(world.sentOf('Redirect')).toEqual([
    { Action: 'Redirect', Channel: 'PJSIP/8000-door.1', Context: 'default', Exten: '500', Priority: 1 },
  ]);
  expect(world.movedOn).toEqual([['front_door', 'tester']]);
  world.reactions.ShowDialPlan = () => [];
  expect(await registry.run('stop_ringing', { ...DOOR, move_to: '599' }, ME)).toMatchObject({
    ok: false,
    error: { code: 'not_found', field: 'move_to' },
  });
  expect(world.sentOf('Redirect')).toHaveLength(1);
});

it('refuses where nobody rings, and where somebody talks to the visitor', async () => {
  const { registry } = bench([world]);
  expect(await registry.run('stop_ringing', DOOR, ME)).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'Nobody is at Front door.' },
  });
  world.press();
  const press = world.doorbells.get('front_door')?.press;
  if (!press) throw new Error('nobody pressed');
  world.doorbell({ id: 'front_door', state: 'answered', press: { ...press, talkingTo: ['Kitchen'] } });
  expect(await registry.run('stop_ringing', DOOR, ME)).toMatchObject({
    ok: false,
    error: {
      code: 'conflict',
      message: 'Front door does not ring: Kitchen talks to the visitor. `hang_up` ends the call.',
    },
  });
  expect(world.sent).toEqual([]);
});

it('says when Asterisk did not end the call', async () => {
  world.press();
  const { registry } = bench([world]);
  const run = registry.run('stop_ringing', DOOR, ME);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await run).toMatchObject({ ok: false, error: { code: 'failed' } });
});
