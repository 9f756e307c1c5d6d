import { beforeEach, expect, it } from 'vitest';
import { AmiActionError } from '../../src/ami/index.ts';
import { bench, house, ME, type World } from './world.ts';

let world: World;
let held: string;

beforeEach(() => {
  world = house();
  held = 'UNKNOWN';
  world.reactions.Setvar = ({ Value }) => {
    held = String(Value);
  };
  world.reactions.Getvar = () => ({ get: () => held });
});

const run = (id: string, fields: object) => bench([world]).registry.run(id, fields, ME);

it('sets what it then reads back', async () => {
  expect(await run('set_device_state', { device: 'Custom:night', state: 'inuse' })).toEqual({
    ok: true,
    result: { device: 'Custom:night', state: 'inuse' },
  });
  expect(world.sent).toEqual([
    { Action: 'Setvar', Variable: 'DEVICE_STATE(Custom:night)', Value: 'INUSE' },
    { Action: 'Getvar', Variable: 'DEVICE_STATE(Custom:night)' },
  ]);
  expect(await run('get_device_state', { device: 'Custom:night' })).toMatchObject({
    result: { state: 'inuse' },
  });
});

it.each([
  [{ device: 'PJSIP/6001', state: 'inuse' }, 'device'],
  [{ device: 'Custom:a)b', state: 'inuse' }, 'device'],
  [{ device: 'Custom:night', state: 'on' }, 'state'],
])('refuses %j', async (fields, field) => {
  expect(await run('set_device_state', fields)).toMatchObject({
    ok: false,
    error: { code: 'invalid', field },
  });
  expect(world.sent).toEqual([]);
});

it('says that Asterisk does not have what was set, or does not allow it', async () => {
  world.reactions.Setvar = () => {};
  expect(await run('set_device_state', { device: 'Custom:night', state: 'busy' })).toMatchObject({
    error: { code: 'failed', message: 'Asterisk took it, but Custom:night is unknown.' },
  });
  world.reactions.Setvar = () => {
    throw new AmiActionError('Setvar', 'Permission denied', 'permission');
  };
  expect(await run('set_device_state', { device: 'Custom:night', state: 'busy' })).toMatchObject({
    error: { code: 'forbidden' },
  });
});
