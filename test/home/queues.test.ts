/** How queues and their members look, and what a change of one costs. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { deviceOf, eventOf } from '../../src/home/entities/index.ts';
import type { Device, DeviceRef } from '../../src/home/entities/model.ts';
import { Mirror } from '../../src/home/mirror.ts';
import type { QueueCaller } from '../../src/pbx/model.ts';
import { AROUND } from './around.ts';
import { type FakePbx, house, NOW } from './fake-pbx.ts';

const caller = (n: number, seconds: number): QueueCaller => ({
  position: n,
  caller: { number: `50${n}`, name: `Caller\n${n}` },
  call: `9.${n}`,
  channel: `PJSIP/900${n}-1`,
  since: Date.parse(NOW) - seconds * 1000,
  priority: n === 1 ? 5 : 0,
});

let pbx: FakePbx;

beforeEach(() => {
  vi.useFakeTimers();
  pbx = house();
  pbx.queue({ id: 'support', name: 'Help' });
  pbx.queueMember({ id: 'support__pjsip_6001' });
});
afterEach(() => {
  vi.useRealTimers();
});

it('shows who waits, and for how long', () => {
  pbx.queue({
    id: 'support',
    callers: [caller(1, 5), caller(2, 60)],
    waitingSince: Date.parse(NOW) - 60_000,
    longestWait: 60,
    completed: 7,
    serviceLevel: { percent: 75.5, seconds: 20 },
  });
  const device = deviceOf(pbx, 'queue', 'support', AROUND);
  expect(device).toMatchObject({ name: 'Queue Help', model: 'Queue', slug: 'queue_help' });
  expect(device?.state.values).toEqual({
    waiting: 2,
    longest_wait: 60,
    members_available: 1,
    completed: 7,
    abandoned: 0,
    service_level: 75.5,
    hold_time: 0,
  });
  expect(device?.state.attributes.longest_wait).toEqual({ since: '2026-11-24T09:59:00.000Z' });
  expect(device?.state.attributes.waiting).toMatchObject({
    queue: 'support',
    callers: [
      {
        position: 1,
        name: 'Caller 1',
        number: '501',
        since: '2026-11-24T09:59:55.000Z',
        call: '9.1',
        priority: 5,
      },
      { position: 2, name: 'Caller 2', number: '502', since: '2026-11-24T09:59:00.000Z', call: '9.2' },
    ],
  });
});

it('keeps the list of 300 callers within what the recorder keeps', () => {
  const long = { name: '🔔'.repeat(255), number: '5'.repeat(40) };
  pbx.queue({
    id: 'support',
    callers: Array.from({ length: 300 }, (_, n) => ({ ...caller(n, n), caller: long })),
  });
  const device = deviceOf(pbx, 'queue', 'support', AROUND);
  expect(device?.state.values.waiting).toBe(300);
  expect(Buffer.byteLength(JSON.stringify(device?.state.attributes.waiting))).toBeLessThan(16_384);
});

it('shows a member, and a penalty where the queue uses one', () => {
  pbx.queueMember({
    id: 'support__pjsip_6001',
    state: 'paused',
    paused: true,
    pausedReason: 'Lunch',
    pausedSince: Date.parse(NOW),
  });
  const plain = deviceOf(pbx, 'queue_member', 'support__pjsip_6001', AROUND);
  expect(plain).toMatchObject({ name: 'Kitchen (Help)', modelId: 'PJSIP/6001', slug: 'queue_help_kitchen' });
  expect(plain?.state.values).toEqual({ state: 'paused', paused: true });
  expect(plain?.state.attributes.state).toMatchObject({
    paused_reason: 'Lunch',
    paused_since: NOW,
    phone: 'pjsip_6001',
  });
  expect(plain?.entities.map(({ key }) => key)).toEqual(['state', 'paused']);
  pbx.queue({ id: 'support', penalties: true });
  const ranked = deviceOf(pbx, 'queue_member', 'support__pjsip_6001', AROUND);
  expect(ranked?.entities.map(({ key }) => key)).toEqual(['state', 'paused', 'penalty']);
});

it('tells its event entity of callers and members', () => {
  const member = {
    id: 'support__pjsip_6001',
    name: 'Anna',
    interface: 'PJSIP/6001',
    phone: { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' },
  };
  const told: unknown[] = [];
  pbx.onHappening((happening) => told.push(eventOf(happening, pbx)));
  const who = { call: '9.1', caller: { number: '501', name: 'Ann' }, waiting: 0 };
  pbx.queueEvent({ type: 'connected', ...who, member, waited: 7 });
  pbx.queueEvent({ type: 'no_answer', ...who, members: [member], count: 1 });
  pbx.queueEvent({ type: 'member_paused', member, reason: 'Lunch' });
  const to = { ref: { pbx: 'home', subject: 'queue', id: 'support' }, key: 'activity' };
  const shown = { call: '9.1', caller_name: 'Ann', caller_number: '501', waiting: 0 };
  const named = { member: 'Anna', member_id: 'support__pjsip_6001', phone: 'pjsip_6001' };
  expect(told).toEqual([
    { ...to, payload: { event_type: 'connected', ...shown, ...named, waited: 7 } },
    { ...to, payload: { event_type: 'no_answer', ...shown, members: ['Anna'], count: 1 } },
    { ...to, payload: { event_type: 'member_paused', ...named, reason: 'Lunch' } },
  ]);
});

it('shows one device for one member of a hundred, and takes one away without a look at the others', async () => {
  for (let n = 100; n < 200; n += 1) pbx.queueMember({ id: `support__agent_${n}` });
  const shown: string[][] = [];
  const removed: string[][] = [];
  const mirror = new Mirror([pbx], AROUND, [
    {
      start() {},
      stop: async () => {},
      available() {},
      complete() {},
      event() {},
      show: (devices: readonly Device[]) => void shown.push(devices.map(({ id }) => id)),
      remove: (devices: readonly DeviceRef[]) => void removed.push(devices.map(({ id }) => id)),
    },
  ]);
  mirror.start();
  await vi.advanceTimersByTimeAsync(30);
  shown.length = 0;
  pbx.queueMember({ id: 'support__agent_150', state: 'ringing' });
  await vi.advanceTimersByTimeAsync(30);
  pbx.queueMember({ id: 'support__agent_new' });
  await vi.advanceTimersByTimeAsync(30);
  pbx.removeQueueMember('support__agent_150');
  await vi.advanceTimersByTimeAsync(30);
  expect(shown.filter((ids) => ids.length > 0)).toEqual([['support__agent_150'], ['support__agent_new']]);
  expect(removed).toEqual([['support__agent_150']]);
  mirror.stop();
});
