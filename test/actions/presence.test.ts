import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Presence } from '../../src/pbx/model.ts';
import { bench, house, ME, type World } from './world.ts';

const KITCHEN = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };
const SPECIAL = 'Lunch, back at "1" 🍜\nand\ta bit; `$x` \\ {{ 7*7 }}';

let world: World;

beforeEach(() => {
  vi.useFakeTimers();
  world = house();
  world.presenceOf('pjsip_6001', { state: 'away', subtype: 'lunch', message: 'Back at 1' });
  world.reactions.Setvar = ({ Variable, Value }) => {
    expect(Variable).toBe('PRESENCE_STATE(CustomPresence:6001)');
    const [state, subtype = '', message = '', option] = String(Value).split(',');
    expect(option).toBe('e');
    world.presenceOf('pjsip_6001', {
      state: state as Presence['state'],
      subtype: Buffer.from(subtype, 'base64').toString(),
      message: Buffer.from(message, 'base64').toString(),
    });
  };
});
afterEach(() => {
  vi.useRealTimers();
});

const run = (id: string, fields: object) => bench([world]).registry.run(id, fields, ME);

const says = (state: string, subtype = '', message = '') => ({
  ok: true,
  result: { phone: KITCHEN, presentity: 'CustomPresence:6001', state, subtype, message },
});

it('sets what is given, and keeps the rest of the same state', async () => {
  expect(await run('set_presence', { phone: 'Kitchen', message: SPECIAL })).toEqual(
    says('away', 'lunch', SPECIAL),
  );
  expect(await run('set_presence', { phone: 'Kitchen', state: 'away', subtype: 'ill' })).toEqual(
    says('away', 'ill', SPECIAL),
  );
  expect(world.sentOf('Setvar')[0]?.Value).toMatch(/^away,[\w+/=]*,[\w+/=]*,e$/);
});

it('begins a new state without the old one’s words', async () => {
  expect(await run('set_presence', { phone: 'Kitchen', state: 'xa' })).toEqual(says('xa'));
});

it('takes an empty text for what clears, and line breaks of any kind for line feeds', async () => {
  expect(await run('set_presence', { phone: 'Kitchen', message: '' })).toEqual(says('away', 'lunch', ''));
  expect(await run('set_presence', { phone: 'Kitchen', message: 'a\r\nAction: Originate\r\n\r\nb' })).toEqual(
    says('away', 'lunch', 'a\nAction: Originate\n\nb'),
  );
});

it('sets one that is no phone’s, and no name that a function would read otherwise', async () => {
  world.reactions.Setvar = () => {
    const said = { state: 'dnd', subtype: '', message: '' } as const;
    world.presenceRows.set('CustomPresence:Batman', {
      ...{ id: 'x', presentity: 'CustomPresence:Batman', phone: null },
      ...said,
    });
    world.change({ subject: 'presence', id: 'x' });
  };
  const fields = { presentity: 'CustomPresence:Batman', state: 'dnd' };
  expect(await run('set_presence', fields)).toMatchObject({
    ok: true,
    result: { phone: null, state: 'dnd' },
  });
  for (const presentity of ['CustomPresence:a)b', 'CustomPresence:a,b', 'PJSIP/6001', 'CustomPresence:'])
    expect(await run('set_presence', { presentity, state: 'dnd' })).toMatchObject({
      ok: false,
      error: { code: 'invalid', field: 'presentity' },
    });
});

it('says how long a text may be', async () => {
  const message = `${'ü'.repeat(400)}`;
  expect(await run('set_presence', { phone: 'Kitchen', subtype: '', message })).toEqual({
    ok: false,
    error: {
      code: 'invalid',
      field: 'message',
      message: 'message: has 800 bytes (400 characters), and Asterisk takes 753 bytes here.',
    },
  });
  const fits = 'x'.repeat(753);
  expect(await run('set_presence', { phone: 'Kitchen', subtype: '', message: fits })).toMatchObject({
    ok: true,
  });
  expect(world.sentOf('Setvar').map(({ Value }) => `Value: ${Value}`.length <= 1022)).toEqual([true]);
  expect(await run('set_presence', { phone: 'Kitchen', subtype: fits, message: 'x' })).toMatchObject({
    error: { field: 'subtype' },
  });
});

it('turns do not disturb on, and off only from there', async () => {
  expect(await run('do_not_disturb', { phone: 'Kitchen', on: false })).toEqual(
    says('away', 'lunch', 'Back at 1'),
  );
  expect(world.sentOf('Setvar')).toEqual([]);
  expect(await run('do_not_disturb', { phone: 'Kitchen', on: true })).toEqual(says('dnd'));
  expect(await run('do_not_disturb', { phone: 'Kitchen', on: false })).toEqual(says('available'));
});

it('keeps what is said out of the log', async () => {
  const { registry, lines } = bench([world]);
  for (const message of ['a secret', 'another secret'])
    await registry.run('set_presence', { phone: 'Kitchen', state: 'away', message }, ME);
  await registry.run('get_presence', { phone: 'Kitchen' }, ME);
  await registry.run('do_not_disturb', { phone: 'Kitchen', on: false }, ME);
  expect(lines.map(([level]) => level)).toEqual(['info', 'info', 'info', 'info']);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

it('tells what is said', async () => {
  expect(await run('get_presence', { phone: 'Kitchen' })).toEqual(says('away', 'lunch', 'Back at 1'));
});

it.each([
  ['set_presence', { state: 'away' }, 'invalid', 'phone'],
  ['set_presence', { phone: 'Kitchen' }, 'invalid', 'state'],
  ['set_presence', { phone: 'Kitchen', state: 'asleep' }, 'invalid', 'state'],
  ['set_presence', { phone: 'Office', state: 'away' }, 'conflict', 'phone'],
  ['get_presence', { phone: 'Cellar' }, 'not_found', 'phone'],
])('says what is wrong: %s %j', async (id, fields, code, field) => {
  expect(await run(id, fields)).toMatchObject({ ok: false, error: { code, field } });
});

it('says when Asterisk tells of no presence, and when it does not do what it said', async () => {
  world.reactions.Setvar = () => {};
  const failing = run('set_presence', { phone: 'Kitchen', state: 'chat' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await failing).toMatchObject({ ok: false, error: { code: 'failed' } });
  Object.assign(world.presence, { loaded: false });
  expect(await run('get_presence', { phone: 'Kitchen' })).toMatchObject({
    ok: false,
    error: { code: 'unavailable', message: expect.stringContaining('res_manager_presencestate') },
  });
  expect(vi.getTimerCount()).toBe(0);
});
