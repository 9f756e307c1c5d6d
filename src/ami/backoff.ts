/** How long to wait before the next attempt. */

/**
 * Exponential from `minMs` to `maxMs`, less up to half of it by chance: several clients of one Asterisk do not come
 * back all at once.
 * @param failures attempts that failed in a row, from 1
 */
export function backoffDelay(
  failures: number,
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
  random: () => number,
): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(full * (1 - random() / 2));
}
