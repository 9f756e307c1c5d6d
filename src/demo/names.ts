/** Who and what is in the demo's house. */

export interface Named {
  /** `6001` */
  readonly number: string;
  readonly name: string;
}

export const DOORBELL: Named = { number: '8000', name: 'Front door' };

const ROOMS = ['Kitchen', 'Office', 'Bedroom', 'Garden'];

export const HOUSE = {
  systemName: 'demo',
  /** What the doorbell dials: all phones. */
  ring: '600',
  lots: [{ name: 'default', first: 701, last: 703, timeout: 60, context: 'parkedcalls' }],
};

/** The first so many phones; those beyond the rooms are named by their number. */
export function phonesOf(count: number): Named[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(6001 + index);
    return { number, name: ROOMS[index] ?? `Phone ${number}` };
  });
}
