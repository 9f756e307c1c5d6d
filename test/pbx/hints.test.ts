import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pbx, type PbxOptions } from '../../src/pbx/index.ts';
import type { Change } from '../../src/pbx/model.ts';
import { event, FakeAmi } from './fake-ami.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

let ami: FakeAmi;
let pbx: Pbx;
let changes: Change[];

function hint(Exten: string, Hint: string, Status = '0', Context = 'default') {
  return event('ExtensionStatus', { Exten, Context, Hint, Status });
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
}

async function start(blf?: PbxOptions['blf']): Promise<void> {
  pbx = new Pbx({ id: 'home', phones: [], doorbells: [], ...(blf && { blf }) }, ami.client, quiet);
  pbx.onChange((change) => changes.push(change));
  pbx.start();
  ami.link({ state: 'up' });
  await settle();
  changes.length = 0;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  ami = new FakeAmi();
  changes = [];
  for (const list of ['BridgeList', 'CoreShowChannels', 'DeviceStateList', 'ParkedCalls'])
    ami.lists[list] = [];
  ami.lists.PJSIPShowEndpoints = [event('EndpointList', { ObjectName: '6001', DeviceState: 'Not in use' })];
  ami.lists.PJSIPShowEndpoint = [];
  ami.lists.Parkinglots = ['default', 'office'].map((Name) =>
    event('Parkinglot', { Name, StartSpace: '701', StopSpace: '703', Timeout: '60' }),
  );
  ami.lists.ExtensionStateList = [
    hint('6001', 'PJSIP/6001,CustomPresence:6001'),
    hint('690', 'PJSIP/6001&PJSIP/6002', '8'),
    hint('701', 'park:701@parkedcalls'),
    hint('702', 'park:702@parkedcalls-office', '1'),
    hint('lamp', 'Custom:lamp', '17', 'lamps'),
    hint('_61XX', `PJSIP/\${EXTEN}`, '4'),
  ];
});
afterEach(async () => {
  await pbx.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

it('puts spaces to their lots, phones to their phones, and the rest into groups', async () => {
  await start();
  expect(pbx.hints.all().map(({ extension, state, at }) => [extension, state, at])).toEqual([
    ['6001', 'idle', { phone: 'pjsip_6001' }],
    ['690', 'ringing', null],
    ['701', 'idle', { lot: 'default', space: '701' }],
    ['702', 'in_use', { lot: 'office', space: '702' }],
    ['lamp', 'on_hold', null],
  ]);
  expect(pbx.hints.all()[0]).toMatchObject({ devices: ['PJSIP/6001'], presentity: 'CustomPresence:6001' });
  expect(pbx.hints.ofLot('office').map(({ extension }) => extension)).toEqual(['702']);
  expect(pbx.hints.groups.all().map(({ id, name, hints }) => [id, name, hints.length])).toEqual([
    ['default_6xx', 'default 6xx', 1],
    ['lamps', 'lamps', 1],
  ]);
});

it('changes the one device that shows the hint', async () => {
  await start();
  const tell = (Exten: string, Hint: string, Status: string) =>
    ami.tell('ExtensionStatus', { Exten, Context: 'default', Hint, Status });
  tell('701', 'park:701@parkedcalls', '1');
  const id = pbx.hints.ofLot('default')[0]?.id;
  expect(changes).toEqual([
    { subject: 'hint', id },
    { subject: 'parking', id: 'default' },
  ]);
  changes.length = 0;
  tell('690', 'PJSIP/6001&PJSIP/6002', '0');
  expect(changes.map(({ subject, id: of }) => [subject, of])).toContainEqual(['blf', 'default_6xx']);
  changes.length = 0;
  tell('6001', 'PJSIP/6001,CustomPresence:6001', '1');
  // The presence beside it is another subject's.
  expect(changes.filter(({ subject }) => subject !== 'presence')).toMatchObject([{ subject: 'hint' }]);
});

it('reads the list once when a dialplan brings new hints, and forgets those that went', async () => {
  await start();
  ami.lists.ExtensionStateList = [hint('lamp', 'Custom:other'), hint('door', 'Custom:door', '1')];
  ami.sent.length = 0;
  for (const Exten of ['door', 'lamp'])
    ami.tell('ExtensionStatus', { Exten, Context: 'default', Hint: '', Status: '0' });
  await vi.advanceTimersByTimeAsync(3000);
  expect(ami.sent).toEqual([{ Action: 'ExtensionStateList' }]);
  expect(pbx.hints.all().map(({ extension, devices }) => [extension, devices[0]])).toEqual([
    ['lamp', 'Custom:other'],
    ['door', 'Custom:door'],
  ]);
  // Of one that went Asterisk tells nothing, but repeats what is known of the others.
  ami.lists.ExtensionStateList = [hint('door', 'Custom:door', '1')];
  ami.tell('ExtensionStatus', { Exten: 'door', Context: 'default', Hint: 'Custom:door', Status: '1' });
  await vi.advanceTimersByTimeAsync(3000);
  expect(pbx.hints.all().map(({ extension }) => extension)).toEqual(['door']);
  ami.lists.ExtensionStateList = [hint('lamp', 'Custom:other'), hint('door', 'Custom:door', '1')];
  ami.tell('ExtensionStatus', { Exten: 'lamp', Context: 'default', Hint: '', Status: '0' });
  await vi.advanceTimersByTimeAsync(3000);
  ami.tell('ExtensionStatus', { Exten: 'door', Context: 'default', Hint: '', Status: '-1' });
  expect(pbx.hints.all().map(({ extension }) => extension)).toEqual(['lamp']);
});

it('shows phones as well, only some contexts, or none, as the settings say', async () => {
  await start({ show: 'all', contexts: ['default'] });
  expect(pbx.hints.groups.all().map(({ id }) => id)).toEqual(['default_60xx', 'default_6xx']);
  await pbx.stop();
  await start({ show: 'none', contexts: [] });
  expect(pbx.hints.all()).toEqual([]);
});

it('asks for no list for what lights in a context that is not shown', async () => {
  await start({ show: 'all', contexts: ['default'] });
  const asked = () => ami.sent.filter(({ Action }) => Action === 'ExtensionStateList').length;
  const before = asked();
  ami.tell('ExtensionStatus', { Exten: 'lamp', Context: 'lamps', Hint: 'Custom:lamp', Status: '1' });
  ami.tell('ExtensionStatus', { Exten: '_61XX', Context: 'default', Hint: 'PJSIP/61', Status: '1' });
  await vi.advanceTimersByTimeAsync(10_000);
  expect([asked() - before, changes]).toEqual([0, []]);
});

it('has none where there are no hints, or no list of them', async () => {
  delete ami.lists.ExtensionStateList;
  await start();
  expect(pbx.status.up).toBe(true);
  expect(pbx.hints.all()).toEqual([]);
});

it('keeps groups of at most a hundred, whatever else there is', async () => {
  ami.lists.ExtensionStateList = Array.from({ length: 500 }, (_, n) => hint(`${4000 + n}`, `Custom:${n}`));
  await start();
  expect(pbx.hints.groups.all().map(({ hints }) => hints.length)).toEqual([100, 100, 100, 100, 100]);
});
