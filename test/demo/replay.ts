/** Plays a recorded scene on the demo's house: the same notes and actions, at the same times. */

import { Timers } from '../../src/demo/clock.ts';
import { DeviceKeys } from '../../src/demo/devices.ts';
import { House, type HouseOptions } from '../../src/demo/house.ts';
import { endpoint } from '../../src/demo/switchboard/endpoint.ts';
import { NOBODY_HOME } from '../../src/demo/switchboard/people.ts';
import { headersOf, type Trace } from '../../src/demo/traces.ts';
import { Request } from '../../src/demo/wire/request.ts';
import { runAction } from '../../src/demo/wire/run.ts';
import { Shapes } from '../../src/demo/wire/shapes.ts';
import { HandClock } from './hand-clock.ts';

export type Headers = Readonly<Record<string, string>>;

/** What is said after something has happened in front of Asterisk, and before the next thing. */
export interface Passage {
  /** The note, or the action. */
  readonly after: string;
  readonly answers: readonly Headers[];
  readonly events: readonly Headers[];
}

/** Collects what is said. */
class Minutes {
  readonly passages: { after: string; answers: Headers[]; events: Headers[] }[] = [];

  begin(after: string): void {
    this.passages.push({ after, answers: [], events: [] });
  }

  take(message: Headers): void {
    // Items of lists have no class, or Status's own way of telling it.
    const event = message.Event !== undefined && message.Privilege?.includes(',');
    this.passages.at(-1)?.[event ? 'events' : 'answers'].push(message);
  }
}

/** The scene as Asterisk played it. */
export function recorded(trace: Trace): readonly Passage[] {
  const minutes = new Minutes();
  for (const [, from, what] of trace.entries) {
    if (from === '<') minutes.take(Object.fromEntries(headersOf(what)));
    else minutes.begin(from === '#' ? what : what.join(' | '));
  }
  return minutes.passages;
}

const SHAPES = new Shapes('home');

/** The lab's house; see test/lab/asterisk. */
const LAB = {
  systemName: 'home',
  group: ['6001', '6002'],
  lots: [
    { name: 'default', first: 701, last: 703, timeout: 60, context: 'parkedcalls' },
    { name: 'office', first: 751, last: 753, timeout: 8, context: 'parkedcalls-office' },
  ],
  handsets: [],
  queues: [{ name: 'support', members: ['PJSIP/6004'] }],
  mailboxes: [
    { number: '6001', name: 'Kitchen', most: 100, messages: [] },
    { number: '6002', name: 'Living room', most: 100, messages: [] },
    { number: '6100', name: 'Archive', most: 9999, messages: [] },
  ],
  hints: [],
  people: NOBODY_HOME,
};

/** What a scene adds to the dialplan. */
const HINTS: Readonly<Record<string, HouseOptions['hints']>> = {
  presence: [
    { exten: 'night', device: 'Custom:night' },
    { exten: '6001', device: 'PJSIP/6001', presentity: 'CustomPresence:6001' },
  ],
};

/** The scene as the demo plays it. */
export function replayed(trace: Trace): readonly Passage[] {
  const clock = new HandClock();
  const minutes = new Minutes();
  const held: Headers[][] = [];
  let mask: readonly string[] = ['system', 'call', 'agent', 'user', 'dtmf', 'cdr'];
  const say = (text: string) => {
    const message = Object.fromEntries(headersOf(text.slice(0, -4).split('\r\n')));
    const [waiting] = held;
    if (waiting === undefined || message.Response !== undefined) minutes.take(message);
    else waiting.push(message);
  };
  const house = new House({
    ...LAB,
    hints: HINTS[trace.scene] ?? [],
    endpoints: [
      endpoint('6001', 'Kitchen'),
      endpoint('6002', 'Living room'),
      endpoint('6003', 'Office'),
      endpoint('6004', 'Attic', false),
      endpoint('8000', 'Doorbell', false),
      endpoint('8001', 'Back door', false),
      endpoint('8009', '', false),
    ],
    timers: new Timers(clock),
    say(event, fields, extra) {
      const { text, eventClass } = SHAPES.event(event, fields, extra);
      if (mask.includes(eventClass)) say(text);
    },
  });
  const session = {
    login() {},
    logoff() {},
    challenge: () => '',
    listen(words: string) {
      mask = words.split(',');
      return true;
    },
    exclude() {},
    hold() {
      held.push([]);
      return () => {
        for (const message of held.shift() ?? []) minutes.take(message);
      };
    },
  };
  const keys = new DeviceKeys(house);
  let at = 0;
  for (const [time, from, what] of trace.entries) {
    if (from === '<') continue;
    clock.advance(time - at);
    at = time;
    if (from === '#') {
      minutes.begin(what);
      press(keys, what);
    } else {
      const names = twins(trace, minutes.passages);
      const lines = what.map((line) => names.reduce((text, [old, now]) => text.replace(old, now), line));
      minutes.begin(lines.join(' | '));
      runAction(new Request(lines), { house, shapes: SHAPES, session, write: say });
    }
  }
  clock.advance((trace.entries.at(-1)?.[0] ?? 0) - at + 200);
  return minutes.passages;
}

/** The names that the demo has for what the trace names: both create the same, in the same order. */
function twins(trace: Trace, ours: readonly Passage[]): (readonly [old: string, now: string])[] {
  const theirs = recorded(trace);
  return [
    [names(theirs, 'Newchannel', 'Channel'), names(ours, 'Newchannel', 'Channel')] as const,
    [names(theirs, 'BridgeCreate', 'BridgeUniqueid'), names(ours, 'BridgeCreate', 'BridgeUniqueid')] as const,
    [listed(theirs, 'VoicemailBoxDetail', 'ID'), listed(ours, 'VoicemailBoxDetail', 'ID')] as const,
  ].flatMap(([old, now]) =>
    old.flatMap((name, which) => {
      const twin = now[which];
      return twin === undefined ? [] : [[name, twin] as const];
    }),
  );
}

/** What an event has created, in order; the bridges of lots live longer than a scene. */
function names(passages: readonly Passage[], event: string, header: string): string[] {
  return passages
    .flatMap(({ events }) => events)
    .filter((message) => message.Event === event && message.BridgeType !== 'parking')
    .map((message) => message[header] ?? '');
}

/** What items of lists are called, in order of their first listing. */
function listed(passages: readonly Passage[], item: string, header: string): string[] {
  const items = passages.flatMap(({ answers }) => answers).filter(({ Event }) => Event === item);
  return [...new Set(items.map((one) => one[header] ?? ''))];
}

type Way = (keys: DeviceKeys, number: string, what: string) => void;

/** Notes of the recorder → what they mean. */
const WAYS: readonly (readonly [pattern: RegExp, way: Way])[] = [
  [/^(\d+) calls (\w+)$/, (keys, number, exten) => keys.call(number, exten)],
  [/^(\d+) answers$/, (keys, number) => keys.answer(number)],
  [/^(\d+) refuses$/, (keys, number) => keys.refuse(number)],
  [/^(\d+) hangs up$/, (keys, number) => keys.hangUp(number)],
  [/^(\d+) presses (\w)$/, (keys, number, digit) => keys.press(number, digit)],
  [/^(\d+) registers$/, (keys, number) => keys.register(number)],
  [/^(\d+) unregisters$/, (keys, number) => keys.register(number, false)],
];

function press(keys: DeviceKeys, note: string): void {
  for (const [pattern, way] of WAYS) {
    const match = pattern.exec(note);
    if (match === null) continue;
    way(keys, match[1] ?? '', match[2] ?? '');
    return;
  }
  throw new Error(`the demo cannot do this: ${note}`);
}
