import { beforeEach, expect, it } from 'vitest';
import type { Happening, ParkingHappening } from '../../src/pbx/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import { event, FakeAmi, snapshot } from './fake-ami.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const visitor = { name: 'PJSIP/8000-01', id: '1.1', num: '8000', cid: 'Door' };
const kitchen = { name: 'PJSIP/6001-02', id: '1.2', linked: '1.1' };
const local = { name: 'Local/700@parkedcalls-00;2', id: '1.4', linked: '1.1', num: '6001', cid: 'Kitchen' };

let ami: FakeAmi;
let pbx: Pbx;
let now: number;
let happenings: Happening[];

beforeEach(async () => {
  ami = new FakeAmi();
  now = Date.parse('2026-11-24T08:00:00Z');
  happenings = [];
  for (const list of ['BridgeList', 'CoreShowChannels', 'DeviceStateList', 'ParkedCalls'])
    ami.lists[list] = [];
  ami.lists.PJSIPShowEndpoints = [event('EndpointList', { ObjectName: '6001', DeviceState: 'Not in use' })];
  ami.lists.PJSIPShowEndpoint = [];
  ami.lists.Parkinglots = [
    event('Parkinglot', { Name: 'default', StartSpace: '701', StopSpace: '703', Timeout: '60' }),
  ];
  const parking = [{ lot: 'default', name: 'Reception', phones: ['PJSIP/6001'] }];
  pbx = new Pbx({ id: 'home', phones: [], doorbells: [], parking }, ami.client, quiet, null, () => now);
  pbx.onHappening((happening) => happenings.push(happening));
  pbx.start();
  ami.link({ state: 'up' });
  for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
  happenings.length = 0;
});

const told = () =>
  happenings
    .filter((one): one is ParkingHappening => one.subject === 'parking')
    .map(({ type, how, by }) => [type, how ?? by?.name ?? null]);
const lot = () => pbx.parking.get('default');

function parking(
  name: 'ParkedCall' | 'ParkedCallSwap' | 'ParkedCallTimeOut',
  parkee: typeof local | typeof visitor,
) {
  const where = { Parkinglot: 'default', ParkingSpace: '701', ParkingTimeout: '60', ParkingDuration: '0' };
  ami.tell(name, { ...snapshot(parkee, 'Parkee'), ...where, ParkerDialString: 'PJSIP/6001' });
}

const digit = () => ami.tell('DTMFEnd', { ...snapshot(kitchen), Digit: '3', Direction: 'Received' });

it('knows the lot by the name that its owner gave it, and its phones', () => {
  expect(pbx.parking.find('reception')).toMatchObject({ label: 'Reception', phones: ['PJSIP/6001'] });
});

it('tells a blind transfer, by key or by SIP, from all else', () => {
  digit();
  ami.tell('BlindTransfer', { Result: 'Success', TransfereeUniqueid: '1.1', Extension: '700' });
  parking('ParkedCall', visitor);
  expect(told()).toEqual([['parked', 'blind']]);
  expect(lot()?.parked).toMatchObject([{ how: 'blind', caller: { name: 'Door' } }]);
});

it('tells the feature code by the digit just before', () => {
  digit();
  now += 200;
  parking('ParkedCall', visitor);
  expect(told()).toEqual([['parked', 'one_touch']]);
});

it('takes for a blind transfer what nothing explains, and tells ours although a digit came before', () => {
  parking('ParkedCall', visitor);
  digit();
  pbx.parking.asked('1.1');
  parking('ParkedCall', visitor);
  digit();
  now += 5000;
  parking('ParkedCall', visitor);
  expect(told()).toEqual([
    ['parked', 'blind'],
    ['parked', 'action'],
    ['parked', 'blind'],
  ]);
});

it('does not take for the reason what came before a lost link', async () => {
  pbx.parking.asked('1.1');
  ami.tell('BlindTransfer', { Result: 'Success', TransfereeUniqueid: '1.1', Extension: '700' });
  ami.link({ state: 'down' });
  ami.link({ state: 'up' });
  for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
  digit();
  parking('ParkedCall', visitor);
  expect(told()).toEqual([['parked', 'one_touch']]);
});

it('tells who parked themselves, and an attended transfer by SIP that puts somebody in their place', () => {
  parking('ParkedCall', { ...kitchen, num: '6001', cid: 'Kitchen' });
  parking('ParkedCallSwap', visitor);
  expect(told()).toEqual([
    ['parked', 'self'],
    ['parked', 'attended'],
  ]);
  expect(lot()?.parked).toMatchObject([{ call: '1.1', caller: { name: 'Door' }, how: 'attended' }]);
});

it('tells an attended transfer by key, and names who waits once they are there', () => {
  parking('ParkedCall', local);
  expect(lot()?.parked).toMatchObject([{ how: 'attended', caller: { name: 'Kitchen' } }]);
  ami.tell('AttendedTransfer', { Result: 'Success', ...snapshot(visitor, 'Transferee') });
  expect(lot()?.parked).toMatchObject([{ how: 'attended', caller: { number: '8000', name: 'Door' } }]);
  expect(told()).toEqual([['parked', 'attended']]);
});

it.each([
  ['ANSWER', 'taken_back', 'Kitchen'],
  ['BUSY', 'not_taken_back', null],
] as const)('sends a call back whose time is over: %s', (DialStatus, end, by) => {
  pbx.phones.all();
  const back = { ...kitchen, name: 'PJSIP/6001-09', id: '1.9' };
  const dial = { ...snapshot(visitor), Context: 'park-dial', ...snapshot(back, 'Dest') };
  parking('ParkedCall', visitor);
  parking('ParkedCallTimeOut', visitor);
  expect(lot()).toMatchObject({ parked: [], callingBack: [] });
  ami.tell('DialBegin', dial);
  expect(lot()?.callingBack).toMatchObject([{ space: '701', caller: { name: 'Door' } }]);
  ami.tell('DialEnd', { ...dial, DialStatus });
  expect(lot()?.callingBack).toEqual([]);
  expect(told().slice(1)).toEqual([
    ['timed_out', null],
    ['calls_back', '6001'],
    [end, by === null ? null : '6001'],
  ]);
});

it('goes on with a call back while the lots are loaded anew', async () => {
  const back = { ...kitchen, name: 'PJSIP/6001-09', id: '1.9' };
  const dial = { ...snapshot(visitor), Context: 'park-dial', ...snapshot(back, 'Dest') };
  parking('ParkedCall', visitor);
  parking('ParkedCallTimeOut', visitor);
  const lists = () => ami.sent.filter(({ Action }) => Action === 'Parkinglots').length;
  const before = lists();
  ami.tell('Reload', { Module: 'res_parking', Status: '0' });
  await expect.poll(lists).toBe(before + 1);
  for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
  ami.tell('DialBegin', dial);
  ami.tell('DialEnd', { ...dial, DialStatus: 'ANSWER' });
  expect(told().slice(1)).toEqual([
    ['timed_out', null],
    ['calls_back', '6001'],
    ['taken_back', '6001'],
  ]);
});

it('ends the call back with the caller who leaves', () => {
  parking('ParkedCall', visitor);
  parking('ParkedCallTimeOut', visitor);
  const back = { ...kitchen, name: 'PJSIP/6001-09', id: '1.9' };
  ami.tell('DialBegin', { ...snapshot(visitor), Context: 'park-dial', ...snapshot(back, 'Dest') });
  ami.tell('Hangup', snapshot(visitor));
  expect(lot()?.callingBack).toEqual([]);
  expect(told().at(-1)).toEqual(['not_taken_back', null]);
});

it('has no lots, no errors and one line in the log where res_parking is not loaded', async () => {
  delete ami.lists.Parkinglots;
  delete ami.lists.ParkedCalls;
  const said: string[] = [];
  const log = { ...quiet, info: (_facts: object, message: string) => void said.push(message) };
  const without = new Pbx({ id: 'home', phones: [], doorbells: [] }, ami.client, log);
  without.start();
  for (const state of ['up', 'down', 'up'] as const) {
    ami.link({ state: state as 'up' });
    for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
  }
  expect(without.status).toMatchObject({ up: true, problem: null });
  expect(without.parking.all()).toEqual([]);
  expect(said.filter((line) => line.includes('res_parking'))).toHaveLength(1);
  await without.stop();
});
