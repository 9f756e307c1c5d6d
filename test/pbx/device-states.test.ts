import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Change } from '../../src/pbx/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import type { PbxOptions } from '../../src/pbx/model.ts';
import { event, FakeAmi } from './fake-ami.ts';

const log = { debug() {}, info: (_: object, line: string) => void lines.push(line), warn() {}, error() {} };

let ami: FakeAmi;
let pbx: Pbx;
let changes: Change[];
let lines: string[];

async function settle(): Promise<void> {
  for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
}

async function start(blf?: PbxOptions['blf']): Promise<void> {
  pbx = new Pbx({ id: 'home', phones: [], doorbells: [], ...(blf && { blf }) }, ami.client, log);
  pbx.start();
  ami.link({ state: 'up' });
  await settle();
  expect(pbx.status.up).toBe(true);
  pbx.onChange((change) => change.subject === 'device_state' && changes.push(change));
}

function stored(states: Readonly<Record<string, string>>): void {
  ami.lists.DBGetTree = Object.entries(states).map(([name, Val]) =>
    event('DBGetTreeResponse', { Key: `/CustomDevstate/${name}`, Val }),
  );
}

function hinted(...hints: readonly string[]): void {
  ami.lists.ExtensionStateList = hints.map((Hint, number) =>
    event('ExtensionStatus', { Exten: `lamp${number}`, Context: 'default', Hint, Status: '0' }),
  );
}

const says = (device: string, state: string) =>
  ami.tell('DeviceStateChange', { Device: device, State: state });

const groups = () =>
  Object.fromEntries(
    pbx.deviceStates
      .all()
      .map(({ id, states }) => [id, states.map(({ device, state }) => `${device} ${state}`)]),
  );

beforeEach(() => {
  ami = new FakeAmi();
  changes = [];
  lines = [];
  for (const list of ['BridgeList', 'CoreShowChannels', 'DeviceStateList', 'PJSIPShowEndpoints'])
    ami.lists[list] = [];
  stored({ night: 'INUSE', 'odd name': 'INUSE', never: 'UNKNOWN' });
  hinted('PJSIP/6001&Custom:lamp,CustomPresence:6001', 'Custom:night', 'Custom:a)b');
});
afterEach(() => pbx.stop());

it('are those that were set and those that a hint names, if they can be set', async () => {
  await start();
  expect(ami.sent).toContainEqual({ Action: 'DBGetTree', Family: 'CustomDevstate' });
  expect(groups()).toEqual({ custom: ['Custom:lamp unknown', 'Custom:night inuse'] });
  expect(pbx.deviceStates.get('custom')?.name).toBe('');
  expect(pbx.deviceStates.get('other')).toBeUndefined();
});

it('follow what is set elsewhere', async () => {
  await start();
  says('Custom:night', 'RINGING');
  says('Custom:night', 'RINGING');
  says('Custom:lamp', 'NOT_INUSE');
  expect(changes).toEqual([
    { subject: 'device_state', id: 'custom' },
    { subject: 'device_state', id: 'custom' },
  ]);
  expect(groups()).toEqual({ custom: ['Custom:lamp not_inuse', 'Custom:night ringing'] });
  changes.length = 0;
  says('Custom:gate', 'ONHOLD');
  says('PJSIP/6001', 'INUSE');
  says('Custom:a)b', 'INUSE');
  expect(changes).toEqual([{ subject: 'device_state', id: '*' }]);
  expect(groups().custom).toContain('Custom:gate onhold');
});

it('go when Asterisk knows them no more, unless a hint still names them', async () => {
  await start();
  says('Custom:gate', 'INUSE');
  says('Custom:gate', 'UNKNOWN');
  says('Custom:night', 'UNKNOWN');
  expect(groups()).toEqual({ custom: ['Custom:lamp unknown', 'Custom:night unknown'] });
  hinted('Custom:night');
  stored({});
  ami.tell('Reload', { Module: 'func_devstate', Status: '0' });
  await settle();
  expect(groups()).toEqual({ custom: ['Custom:night unknown'] });
});

it('go with the last hint that names them', async () => {
  await start();
  const gone = { Exten: 'lamp0', Context: 'default', Hint: '', Status: '-1' };
  ami.tell('ExtensionStatus', gone);
  expect(groups()).toEqual({ custom: ['Custom:night inuse'] });
  expect(changes).toEqual([{ subject: 'device_state', id: '*' }]);
  ami.tell('ExtensionStatus', { ...gone, Exten: 'lamp1' });
  expect(groups()).toEqual({ custom: ['Custom:night inuse'] });
});

it('believe an event over the list that it overtakes', async () => {
  ami.lists.DBGetTree = async () => {
    says('Custom:night', 'BUSY');
    says('Custom:door', 'UNKNOWN');
    return ['night', 'door'].map((name) =>
      event('DBGetTreeResponse', { Key: `/CustomDevstate/${name}`, Val: 'INUSE' }),
    );
  };
  await start();
  expect(groups().custom).toEqual(['Custom:lamp unknown', 'Custom:night busy']);
});

it('come in groups of at most a hundred', async () => {
  hinted();
  stored(Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`DND${100 + n}`, 'NOT_INUSE'])));
  await start();
  expect(pbx.deviceStates.all().map(({ name, states }) => [name, states.length])).toEqual([
    ['DND1xx', 100],
    ['DND2xx', 100],
    ['DND3xx', 50],
  ]);
  const [first] = pbx.deviceStates.all();
  says('Custom:DND150', 'INUSE');
  expect(changes).toEqual([{ subject: 'device_state', id: first?.id }]);
});

it('are only those that the owner wants', async () => {
  stored({ night: 'INUSE', DND100: 'INUSE', DND200: 'INUSE' });
  await start({ show: 'others', contexts: [], custom: ['night', 'DND1*'] });
  expect(Object.values(groups()).flat()).toEqual(['Custom:DND100 inuse', 'Custom:night inuse']);
  await pbx.stop();
  await start({ show: 'none', contexts: [] });
  expect(groups()).toEqual({});
});

it('are those that hints name, where the login may not read the database', async () => {
  delete ami.lists.DBGetTree;
  await start();
  expect(groups()).toEqual({ custom: ['Custom:lamp unknown', 'Custom:night unknown'] });
});

it('are none while their module is not loaded, with one line in the log', async () => {
  let value = '';
  ami.send = async () => ({ all: () => [value] });
  await start();
  expect(groups()).toEqual({});
  ami.tell('Reload', { Module: 'func_devstate', Status: '0' });
  await settle();
  expect(lines.filter((line) => line.includes('func_devstate'))).toHaveLength(1);
  value = 'UNKNOWN';
  ami.tell('Load', { Module: 'func_devstate.so', Status: 'Success' });
  await settle();
  expect(groups()).toEqual({ custom: ['Custom:lamp unknown', 'Custom:night inuse'] });
});
