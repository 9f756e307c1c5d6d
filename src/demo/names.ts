/** Who and what is in the demo's house. */
import { QUEUE } from './switchboard/queue.ts';

export interface Named {
  /** `6001` */
  readonly number: string;
  readonly name: string;
}

export const DOORBELL: Named = { number: '8000', name: 'Front door' };

/** A DECT base on one line; who is not at home lets it ring. */
export const DECT = {
  base: { number: '2001', name: 'DECT base' } satisfies Named,
  /** s after its own answer. */
  givesUp: 47,
  handsets: [
    { name: 'Hall', digit: '3', exten: '1103', home: false },
    { name: 'Attic', digit: '4', exten: '1104', home: true },
  ],
};

const ROOMS = ['Kitchen', 'Office', 'Bedroom', 'Garden'];

export const HOUSE = {
  systemName: 'demo',
  /** What the doorbell dials: all phones. */
  ring: '600',
  lots: [{ name: 'default', first: 701, last: 703, timeout: 60, context: 'parkedcalls' }],
};

/** What the house has beside its phones: who takes calls, whose messages are kept, and what lamps show. */
export const SUBJECTS = {
  handsets: DECT.handsets.map(({ digit, exten }) => ({ digit, exten, line: `PJSIP/${DECT.base.number}` })),
  queues: [{ name: QUEUE.name, members: ['PJSIP/6003', 'PJSIP/6004'] }],
  mailboxes: ROOMS.slice(0, 2).map((name, index) => ({
    ...{ number: String(6001 + index), name, most: 100, messages: [] },
  })),
  hints: [
    ...ROOMS.map((_, index) => {
      const number = String(6001 + index);
      return { exten: number, device: `PJSIP/${number}`, presentity: `CustomPresence:${number}` };
    }),
    { exten: 'night', device: 'Custom:night' },
  ],
};

/** The first so many phones; those beyond the rooms are named by their number. */
export function phonesOf(count: number): Named[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(6001 + index);
    return { number, name: ROOMS[index] ?? `Phone ${number}` };
  });
}
