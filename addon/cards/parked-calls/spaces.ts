import type { Lot } from './entities.ts';

/** A lot may be set up with thousands of spaces; no card lists more than this one by one. */
const COUNTED = 10_000;

/** The spaces of a lot that nobody is parked in, in order; empty when the lot does not say which it has. */
export function freeSpaces(lot: Pick<Lot, 'first' | 'last' | 'calls'>): readonly string[] {
  const first = Number.parseInt(lot.first, 10);
  const last = Number.parseInt(lot.last, 10);
  if (Number.isNaN(first) || Number.isNaN(last) || last < first) return [];
  const taken = new Set(lot.calls.map((call) => call.space));
  return Array.from({ length: Math.min(last - first + 1, COUNTED) }, (_, i) =>
    String(first + i).padStart(lot.first.length, '0'),
  ).filter((space) => !taken.has(space));
}

/** `701, 703–720`: neighbours drawn together. */
export function ranges(spaces: readonly string[]): string {
  const runs: [string, string][] = [];
  for (const space of spaces) {
    const run = runs.at(-1);
    if (run && Number(space) === Number(run[1]) + 1) run[1] = space;
    else runs.push([space, space]);
  }
  return runs.map(([from, to]) => (from === to ? from : `${from}–${to}`)).join(', ');
}
