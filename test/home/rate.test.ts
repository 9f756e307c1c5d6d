import { expect, it } from 'vitest';
import { TokenBucket } from '../../src/home/link/rate.ts';

it('lets a burst through, then so many a second, and counts the rest', () => {
  let now = 0;
  const bucket = new TokenBucket(2, 3, () => now);
  const take = (times: number) => Array.from({ length: times }, () => bucket.take());
  expect(take(5)).toEqual([true, true, true, false, false]);
  now = 500;
  expect(take(2)).toEqual([true, false]);
  expect(bucket.refused()).toBe(3);
  expect(bucket.refused()).toBe(0);
  now = 60_000;
  expect(take(4)).toEqual([true, true, true, false]);
});
