import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { QueueCaller, QueueMemberOptions, QueueOptions } from '../../src/pbx/model.ts';
import { bench, house, ME, type World } from './world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const WALL = { via: 'script', name: 'Wall', userId: 'u1' } as const;
const STRANGER = { via: 'script', name: 'Guest', userId: 'u2' } as const;

const failed = (code: string, field: string | null, message: string | RegExp) => ({
  ok: false,
  error: { code, field, message: typeof message === 'string' ? message : expect.stringMatching(message) },
});

const caller = (n: number, priority = 0): QueueCaller => ({
  position: n,
  caller: { number: `50${n}`, name: '' },
  call: `9.${n}`,
  channel: `PJSIP/900${n}-1`,
  since: n * 1000,
  priority,
});

/** A queue with three callers; the kitchen is its member. */
function world(): World {
  const pbx = house();
  pbx.queue({ id: 'support', callers: [caller(1), caller(2), caller(3)] });
  pbx.queueMember({ id: 'support__pjsip_6001' });
  return pbx;
}

function options(pbx: World, members: QueueMemberOptions[], more: Partial<QueueOptions> = {}): void {
  const one: QueueOptions = { queue: 'support', members, permission: 'details', control: 'all', ...more };
  (pbx.queues as { options: readonly QueueOptions[] }).options = [one];
}

it('adds a phone by the name that it has, and a number through the dialplan', async () => {
  const pbx = world();
  pbx.reactions.QueueAdd = ({ Interface }) =>
    pbx.queueMember(
      Interface === 'PJSIP/6002'
        ? { id: 'support__pjsip_6002' }
        : { id: 'support__local', interface: String(Interface) },
    );
  const { registry } = bench([pbx]);
  expect(await registry.run('queue_add', { queue: 'support', member: 'Office', penalty: 2 }, ME)).toEqual({
    ok: true,
    result: { queue: 'support', member: 'support__pjsip_6002', name: 'Office', interface: 'PJSIP/6002' },
  });
  await registry.run(
    'queue_add',
    { queue: 'support', member: '600', paused: true, reason: 'a|b;c', name: 'X' },
    ME,
  );
  expect(pbx.sentOf('QueueAdd')).toEqual([
    {
      Action: 'QueueAdd',
      Queue: 'support',
      Interface: 'PJSIP/6002',
      Penalty: 2,
      Paused: 'false',
      MemberName: 'Office',
    },
    {
      Action: 'QueueAdd',
      Queue: 'support',
      Interface: 'Local/600@default/n',
      Penalty: 0,
      Paused: 'true',
      Reason: 'a b c',
      MemberName: 'X',
    },
  ]);
  const twice = await registry.run('queue_add', { queue: 'support', member: 'Kitchen' }, ME);
  expect(twice).toMatchObject(failed('conflict', 'member', /already/));
  for (const member of ['Local/1@evil', 'a b', '&PJSIP/1'])
    expect(await registry.run('queue_add', { queue: 'support', member }, ME)).toMatchObject(
      failed('not_found', 'member', /it is no number/),
    );
  expect(await registry.run('queue_add', { queue: 'nope', member: 'Office' }, ME)).toMatchObject(
    failed('not_found', 'queue', 'There is no queue "nope"; there is support.'),
  );
});

it('does not believe a success that does not show', async () => {
  const pbx = world();
  const run = bench([pbx]).registry.run('queue_pause', { member: 'Kitchen' }, ME);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(await run).toMatchObject(failed('failed', null, /the queue does not show it/));
});

it('pauses in every queue, and removes none that only the configuration can', async () => {
  const pbx = world();
  pbx.queue({ id: 'sales' });
  pbx.queueMember({ id: 'sales__pjsip_6001', membership: 'static' });
  pbx.reactions.QueuePause = ({ Queue, Paused }) =>
    pbx.queueMember({ id: `${Queue}__pjsip_6001`, paused: Paused === 'true' });
  const { registry } = bench([pbx]);
  expect(await registry.run('queue_pause', { member: 'Kitchen', reason: 'Lunch' }, ME)).toMatchObject({
    ok: true,
    result: { members: [{ queue: 'support' }, { queue: 'sales' }] },
  });
  expect(pbx.sentOf('QueuePause')).toMatchObject([{ Reason: 'Lunch' }, { Queue: 'sales' }]);
  expect(await registry.run('queue_unpause', { member: 'Kitchen', queue: 'sales' }, ME)).toMatchObject({
    result: { members: [{ queue: 'sales' }] },
  });
  expect(await registry.run('queue_remove', { member: 'Kitchen', queue: 'sales' }, ME)).toMatchObject(
    failed('conflict', 'member', /only its configuration can remove it/),
  );
  expect(await registry.run('queue_pause', { member: 'Nobody' }, ME)).toMatchObject(
    failed('not_found', 'member', /^There is no member "Nobody" in any queue; there is /),
  );
});

it('logs in where the settings, or the past, say that a phone belongs', async () => {
  const pbx = world();
  pbx.queue({ id: 'sales' });
  pbx.queue({ id: 'other' });
  options(pbx, [{ phone: 'PJSIP/6002', interface: 'Local/6002@from-queue/n', name: 'Bob', penalty: 4 }]);
  pbx.formerMembers = [
    { queue: 'sales', interface: 'PJSIP/6002', stateInterface: 'PJSIP/6002', name: 'Robert', penalty: 1 },
  ];
  pbx.reactions.QueueAdd = ({ Queue, Interface }) =>
    pbx.queueMember({ id: `${Queue}__pjsip_6002`, interface: String(Interface) });
  const { registry } = bench([pbx]);
  expect(await registry.run('queue_log_in', { phone: 'Office' }, ME)).toMatchObject({
    ok: true,
    result: {
      queues: [
        { queue: 'support', did: 'added' },
        { queue: 'sales', did: 'added' },
      ],
    },
  });
  expect(pbx.sentOf('QueueAdd')).toMatchObject([
    { Interface: 'Local/6002@from-queue/n', MemberName: 'Bob', Penalty: 4, StateInterface: 'PJSIP/6002' },
    { Interface: 'PJSIP/6002', MemberName: 'Robert', Penalty: 1 },
  ]);
  expect(await registry.run('queue_log_in', { phone: 'Attic' }, ME)).toMatchObject(
    failed('invalid', 'queue', /^Which queue\? Attic was a member of none/),
  );
  expect(await registry.run('queue_log_out', { phone: 'Attic' }, ME)).toMatchObject(
    failed('conflict', 'phone', 'Attic is no member of any queue.'),
  );
});

it('lets a person do what their phone may: the user of the settings is believed, a name in a field is not', async () => {
  const pbx = world();
  pbx.queueMember({ id: 'support__pjsip_6002' });
  options(
    pbx,
    [
      { phone: 'PJSIP/6001', penalty: 0, user: 'u1', control: 'own', permission: 'status' },
      { phone: 'PJSIP/6002', penalty: 0, control: 'all' },
    ],
    { control: 'none', permission: 'none' },
  );
  pbx.reactions.QueuePause = ({ Interface, Paused }) =>
    pbx.queueMember({
      id: `support__pjsip_${String(Interface).slice(6)}`,
      paused: Paused === 'true',
    });
  const { registry } = bench([pbx]);
  const pause = (member: string, asker: typeof ME, as?: string) =>
    registry.run('queue_pause', { member, ...(as === undefined ? {} : { as }) }, asker);
  expect(await pause('Kitchen', WALL)).toMatchObject({ ok: true });
  expect(await pause('Kitchen', WALL, 'Office')).toMatchObject({ ok: true });
  expect(await pause('Office', WALL, 'Office')).toMatchObject(
    failed('forbidden', null, /^Kitchen may .* alone/),
  );
  expect(await pause('Office', STRANGER)).toMatchObject(failed('forbidden', null, /control: none/));
  expect(await pause('Office', STRANGER, 'Office')).toMatchObject(
    failed('forbidden', 'as', /^Guest cannot ask as Office/),
  );
  // Without a user behind it, a phone's own page or the dialplan says which phone asks.
  expect(await pause('Kitchen', ME, 'Office')).toMatchObject({ ok: true });
  expect(await pause('Kitchen', ME)).toMatchObject(failed('forbidden', null, /control: none/));
  expect(await registry.run('queue_withdraw', { caller: '501' }, WALL)).toMatchObject(
    failed('forbidden', null, /^Kitchen may/),
  );
  expect(await registry.run('queue_status', {}, STRANGER)).toEqual({ ok: true, result: { queues: [] } });
  expect(await registry.run('queue_status', {}, WALL)).toEqual({
    ok: true,
    result: {
      queues: [
        {
          queue: 'support',
          name: 'support',
          permission: 'status',
          own: { state: 'available', paused: true },
        },
      ],
    },
  });
});

it('says that the phone is to be named where members may do things to themselves', async () => {
  const pbx = world();
  options(pbx, [], { control: 'own' });
  const { registry } = bench([pbx]);
  expect(await registry.run('queue_pause', { member: 'Kitchen' }, ME)).toMatchObject(
    failed('forbidden', 'as', /say which phone asks/),
  );
});

it('moves a caller in front of all, and believes the list alone', async () => {
  const pbx = world();
  pbx.queue({ id: 'support', callers: [caller(1, 3), caller(2), caller(3)] });
  pbx.reactions.QueueChangePriorityCaller = () =>
    pbx.queue({
      id: 'support',
      callers: [{ ...caller(3, 4), position: 1 }, { ...caller(1, 3), position: 2 }, caller(2)],
    });
  const { registry } = bench([pbx]);
  expect(await registry.run('queue_move_up', { queue: 'support', caller: '3' }, ME)).toEqual({
    ok: true,
    result: { queue: 'support', call: '9.3', priority: 4, position: 1 },
  });
  expect(pbx.sentOf('QueueChangePriorityCaller')).toEqual([
    {
      Action: 'QueueChangePriorityCaller',
      Queue: 'support',
      Caller: 'PJSIP/9003-1',
      Priority: 4,
      Immediate: 'yes',
    },
  ]);
  pbx.reactions.QueueChangePriorityCaller = () => undefined;
  expect(await registry.run('queue_move_up', { caller: '502' }, ME)).toMatchObject(
    failed('failed', 'caller', /has not moved/),
  );
});

it('withdraws a caller, and waits until the queue has let go', async () => {
  const pbx = world();
  const { registry } = bench([pbx]);
  const run = registry.run('queue_withdraw', { caller: 'PJSIP/9002-1', info: 'callback' }, ME);
  await vi.advanceTimersByTimeAsync(500);
  pbx.queue({ id: 'support', callers: [caller(1)] });
  expect(await run).toEqual({ ok: true, result: { queue: 'support', call: '9.2' } });
  expect(pbx.sentOf('QueueWithdrawCaller')).toEqual([
    { Action: 'QueueWithdrawCaller', Queue: 'support', Caller: 'PJSIP/9002-1', WithdrawInfo: 'callback' },
  ]);
  const stays = registry.run('queue_withdraw', { caller: '501' }, ME);
  await vi.advanceTimersByTimeAsync(10_100);
  expect(await stays).toMatchObject(failed('failed', 'caller', /has not let go/));
  expect(await registry.run('queue_withdraw', { caller: '777' }, ME)).toMatchObject(
    failed('not_found', 'caller', 'No caller "777" waits in any queue now.'),
  );
});
