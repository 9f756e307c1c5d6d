import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Happening } from '../../src/pbx/index.ts';
import type { SubjectContext } from '../../src/pbx/subject.ts';
import { UserEvents } from '../../src/pbx/user-events.ts';
import { event, snapshot } from './fake-ami.ts';

let happenings: Happening[];
let lines: [object, string][];
let changes: string[];

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-24T08:00:00Z') });
  happenings = [];
  lines = [];
  changes = [];
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function subject(names: readonly string[] = ['*']) {
  const context: SubjectContext = {
    pbx: 'home',
    log: { debug() {}, info() {}, warn: (facts, text) => void lines.push([facts, text]), error() {} },
    now: Date.now,
    partyOf: (number, name) => ({ number, name }),
    changed: (_, id) => void changes.push(id),
    happened: (happening) => void happenings.push(happening),
  };
  return new UserEvents(context, names);
}

function raise(events: UserEvents, name: string, more: object = {}, headers: string[][] = []): void {
  events.on.UserEvent?.(event('UserEvent', { ...more, UserEvent: name, headers: headers as never }));
}

const names = () => happenings.map(({ type }) => type);

it('tells all fields, and where in the dialplan it was raised', () => {
  const channel = snapshot({ name: 'PJSIP/6001-1', id: '1.1', num: '6001', cid: 'Kitchen', exten: '900' });
  raise(subject(), 'Alarm', channel, [
    ['zone', '3'],
    ['From', 'a: b'],
  ]);
  expect(happenings).toEqual([
    {
      time: '2026-11-24T08:00:00.000Z',
      pbx: 'home',
      subject: 'user_event',
      type: 'Alarm',
      fields: {
        Channel: 'PJSIP/6001-1',
        Uniqueid: '1.1',
        CallerIDNum: '6001',
        CallerIDName: 'Kitchen',
        Context: 'default',
        Exten: '900',
        zone: '3',
        From: 'a: b',
      },
    },
  ]);
});

it('says where it was raised itself, whatever a caller’s name adds to the fields', () => {
  const channel = snapshot({ name: 'PJSIP/6001-1', id: '1.1', num: '6001', cid: 'Kitchen', exten: '900' });
  // UserEvent(Alarm,Name: ${CALLERID(name)}) for a caller who is called `a,CallerIDNum: 1`
  raise(subject(), 'Alarm', channel, [
    ['Name', 'a'],
    ['CallerIDNum', '1'],
  ]);
  expect(happenings[0]).toMatchObject({ fields: { Name: 'a', CallerIDNum: '6001' } });
});

it('tells the wanted ones alone, and never those that are read by other subjects', () => {
  const all = subject();
  for (const name of ['CompanionRecord', 'DectDial', 'MessageReceived', 'Anything']) raise(all, name);
  expect(names()).toEqual(['Anything']);
  const some = subject(['Alarm', 'Gate*']);
  for (const name of ['Alarm', 'Alarms', 'Gate', 'GateOpen', 'alarm']) raise(some, name);
  expect(names()).toEqual(['Anything', 'Alarm', 'Gate', 'GateOpen']);
  const none = subject([]);
  raise(none, 'Alarm');
  expect(happenings).toHaveLength(4);
});

it('leaves out what a loop raises too often, says so twice, and lets others through', () => {
  const events = subject();
  for (let tick = 0; tick < 600; tick += 1) {
    for (let n = 0; n < 200; n += 1) raise(events, 'Loop');
    if (tick % 100 === 0) raise(events, 'Alarm');
    vi.advanceTimersByTime(100);
  }
  expect(names().filter((name) => name === 'Alarm')).toHaveLength(6);
  const passed = names().filter((name) => name === 'Loop').length;
  expect(passed).toBeGreaterThan(1_200);
  expect(passed).toBeLessThan(1_310);
  expect(lines).toHaveLength(1);
  vi.advanceTimersByTime(10_000);
  const leftOut = 600 * 200 - passed;
  expect(lines).toEqual([
    [
      { name: 'Loop', perSecond: 20, burst: 100 },
      'The dialplan raises a user event more often than is good; leaving some out',
    ],
    [{ name: 'Loop', leftOut }, 'User events were left out'],
  ]);
  expect(events.leftOut).toBe(leftOut);
  expect(changes).toEqual(['Loop']);
});

it('limits names that are made up one after the other', () => {
  const events = subject();
  for (let n = 0; n < 5_000; n += 1) raise(events, `Made${n}`);
  expect(happenings).toHaveLength(16 + 100);
  events.rest();
  expect(lines).toHaveLength(2);
  expect(lines.at(-1)).toEqual([{ name: 'several', leftOut: 5_000 - 116 }, 'User events were left out']);
});
