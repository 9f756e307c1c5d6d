import { functionOf } from './answers/functions.ts';
import type { Timers } from './clock.ts';
import type { House } from './house.ts';
import { DECT } from './names.ts';
import { CONFERENCE } from './switchboard/conference.ts';
import { VOICEMAIL } from './switchboard/mailboxes.ts';
import { QUEUE } from './switchboard/queue.ts';
import { NORMAL } from './switchboard/switchboard.ts';

/** Somebody outside who calls, stays for a while, and calls again. Times in s. */
interface Caller {
  readonly name: string;
  readonly number: string;
  readonly exten: string;
  /** From the start to the first call. */
  readonly first: number;
  readonly stays: number;
}

/** s from one call of somebody to the next. */
const AGAIN = 300;

const CALLERS: readonly Caller[] = [
  { name: 'Anna', number: '01555100001', exten: CONFERENCE.guests, first: 8, stays: 200 },
  { name: 'Ben', number: '01555100002', exten: CONFERENCE.hosts, first: 14, stays: 180 },
  { name: 'Carla', number: '01555100003', exten: QUEUE.exten, first: 20, stays: 120 },
  { name: 'Dan', number: '01555100004', exten: QUEUE.exten, first: 28, stays: 60 },
  { name: 'Emma', number: '01555100005', exten: VOICEMAIL.exten, first: 40, stays: 12 },
  // The base has one line: one after the other.
  ...DECT.handsets.map(({ exten }, index) => ({
    ...{ name: ['Gina', 'Hugo'][index] ?? '', number: `0155510000${7 + index}`, exten },
    ...{ first: 30 + index * 120, stays: 100 },
  })),
];

/** Messages that were left before: in which mailbox, by whom, how long ago (s), how long (s), and whether heard. */
const MESSAGES = [
  { mailbox: '6001', caller: '"Anna" <01555100001>', ago: 86_400, duration: 21, folder: 'Old' },
  { mailbox: '6001', caller: '"Fred" <01555100006>', ago: 5400, duration: 9, folder: 'INBOX' },
  { mailbox: '6002', caller: '"Carla" <01555100003>', ago: 1800, duration: 34, folder: 'INBOX' },
];

/** The line that they come in by. */
const LINE = 'IAX2/line';

/** Fills the house: callers in the conference, the queue, the mailbox and the handsets; presence, and what lamps show. */
export function enliven(house: House, timers: Timers): void {
  const { mailboxes, presences, queues } = house;
  for (const { mailbox, caller, ago, duration, folder } of MESSAGES) {
    const box = mailboxes.find(mailbox);
    if (box !== undefined) mailboxes.put(box, { caller, duration, time: timers.now() - ago * 1000 }, folder);
  }
  for (const box of mailboxes.all()) mailboxes.tell(box);
  presences.set('CustomPresence:6001', 'available,,');
  presences.set('CustomPresence:6002', 'away,lunch,Back at 14:00');
  functionOf('DEVICE_STATE(Custom:night)')?.set(house, 'INUSE');
  for (const queue of queues.values()) {
    const garden = queue.member('PJSIP/6004');
    if (garden !== undefined) queue.pause(garden, true, 'Lunch');
  }
  for (const caller of CALLERS) later(house, timers, caller, caller.first);
}

function later(house: House, timers: Timers, caller: Caller, seconds: number): void {
  timers.after(seconds * 1000, () => {
    const { switchboard, dialplan } = house;
    const { name, number, exten, stays } = caller;
    const channel = switchboard.create({
      ...{ device: LINE, state: 'Ring', caller: { name, number }, exten, dialled: exten },
    });
    dialplan.run(channel, 'default', exten);
    timers.after(stays * 1000, () => switchboard.hangUp(channel, NORMAL, true));
    later(house, timers, caller, AGAIN);
  });
}
