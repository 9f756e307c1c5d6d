import { beforeEach, expect, it } from 'vitest';
import { bench, house, ME, type World } from './world.ts';

let world: World;

beforeEach(() => {
  world = house();
  world.phone({ id: 'pjsip_6001', missed: 4 });
  world.phone({ id: 'pjsip_6002', missed: 1 });
  world.base({ id: 'pjsip_2001' });
  world.handset({ id: 'pjsip_2001_3', missed: 2 });
});

function counts(): (number | undefined)[] {
  const phones = ['pjsip_6001', 'pjsip_6002'].map((id) => world.phones.get(id)?.missed);
  return [...phones, world.dect.handsets.get('pjsip_2001_3')?.missed];
}

it('sets phones and DECT handsets back', async () => {
  const phones = world.phones.all().length;
  expect(await bench([world]).registry.run('reset_missed', {}, ME)).toEqual({
    ok: true,
    result: { phones, handsets: 1, missed: 7 },
  });
  expect(counts()).toEqual([0, 0, 0]);
});

it('sets one phone back, and leaves all others as they are', async () => {
  expect(await bench([world]).registry.run('reset_missed', { phone: 'Kitchen' }, ME)).toEqual({
    ok: true,
    result: { phones: 1, handsets: 0, missed: 4 },
  });
  expect(counts()).toEqual([0, 1, 2]);
});
