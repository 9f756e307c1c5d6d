import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Flood } from '../../src/pbx/flood.ts';

let said: string[];
let flood: Flood;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  flood = new Flood(
    { perSecond: 2, burst: 3 },
    {
      began: () => said.push('began'),
      over: (leftOut) => said.push(`over ${leftOut}`),
    },
  );
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const pass = (times: number) => Array.from({ length: times }, () => flood.pass());

it('lets a burst through, then so many a second', () => {
  expect(pass(5)).toEqual([true, true, true, false, false]);
  vi.advanceTimersByTime(500);
  expect(pass(2)).toEqual([true, false]);
  vi.advanceTimersByTime(60_000);
  expect(pass(4)).toEqual([true, true, true, false]);
  flood.stop();
  expect(said).toEqual(['began', 'over 3', 'began', 'over 1']);
});

it('says a flood of hours twice: when it begins and when it has been over for 10 s', () => {
  let passed = 0;
  for (let tick = 0; tick < 36_000; tick += 1) {
    passed += pass(20).filter(Boolean).length;
    vi.advanceTimersByTime(100);
  }
  expect(passed).toBeGreaterThan(7_000);
  expect(passed).toBeLessThan(7_300);
  expect(said).toEqual(['began']);
  vi.advanceTimersByTime(9_800);
  expect(said).toHaveLength(1);
  vi.advanceTimersByTime(200);
  expect(said).toEqual(['began', `over ${36_000 * 20 - passed}`]);
});

it('says nothing when nothing was too much', () => {
  pass(3);
  flood.stop();
  expect(said).toEqual([]);
});
