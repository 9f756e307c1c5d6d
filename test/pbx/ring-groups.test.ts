import { beforeEach, expect, it } from 'vitest';
import { Pbx, type RingGroupHappening } from '../../src/pbx/index.ts';
import { event, FakeAmi, snapshot } from './fake-ami.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const caller = { name: 'PJSIP/6003-00000001', id: '1.1', num: '6003', cid: 'Office', exten: '600' };
const kitchen = { name: 'PJSIP/6001-00000002', id: '1.2', linked: '1.1' };

let ami: FakeAmi;
let pbx: Pbx;
let happenings: RingGroupHappening[];

async function settle(): Promise<void> {
  for (let turn = 0; turn < 80; turn += 1) await Promise.resolve();
}

beforeEach(async () => {
  ami = new FakeAmi();
  happenings = [];
  for (const list of ['BridgeList', 'CoreShowChannels', 'DeviceStateList']) ami.lists[list] = [];
  ami.lists.PJSIPShowEndpoints = ['6001', '6003'].map((name) =>
    event('EndpointList', { ObjectName: name, DeviceState: 'Not in use' }),
  );
  ami.lists.PJSIPShowEndpoint = [];
  pbx = new Pbx(
    {
      id: 'home',
      phones: [{ endpoint: 'PJSIP/6001', name: 'Kitchen' }],
      doorbells: [],
      ringGroups: [{ name: 'Everybody', extension: '600' }],
    },
    ami.client,
    quiet,
    null,
    () => NOW,
  );
  pbx.onHappening((happening) => {
    if (happening.subject === 'ring_group') happenings.push(happening);
  });
  pbx.start();
  ami.link({ state: 'up' });
  await settle();
});

const told = () => happenings.map(({ type, by }) => (by ? `${type} by ${by.name}` : type));
const group = () => pbx.ringGroups.find('Everybody');

function call(who = caller): void {
  ami.tell('Newchannel', snapshot({ ...who, state: 'Ring' }));
}
function enter(channel: { name: string; id: string }): void {
  ami.tell('BridgeEnter', {
    ...snapshot(channel),
    ...{ BridgeUniqueid: 'b1', BridgeTechnology: 'simple_bridge' },
  });
}
function hangup(channel: { name: string; id: string }): void {
  ami.tell('Hangup', snapshot(channel));
}

it('tells that it is called, by whom, and who answered', () => {
  call();
  expect(happenings).toEqual([
    {
      time: '2026-11-24T08:00:00.000Z',
      pbx: 'home',
      subject: 'ring_group',
      type: 'called',
      group: '600',
      name: 'Everybody',
      extension: '600',
      call: '1.1',
      caller: { number: '6003', name: 'Office' },
    },
  ]);
  expect(group()).toMatchObject({ state: 'ringing', caller: { name: 'Office' } });
  ami.tell('Newchannel', snapshot({ ...kitchen, state: 'Down', exten: 's' }));
  enter(kitchen);
  enter(caller);
  expect(group()?.state).toBe('answered');
  hangup(kitchen);
  hangup(caller);
  expect(told()).toEqual(['called', 'answered by Kitchen']);
  expect(group()).toMatchObject({ state: 'idle', caller: null });
});

it('is missed when nobody answers, and is not called by who dials something else', () => {
  call();
  hangup(caller);
  call({ ...caller, exten: '6001' });
  hangup(caller);
  expect(told()).toEqual(['called', 'missed']);
});

it('names who calls it through a Local half', () => {
  ami.tell('Newchannel', snapshot({ ...caller, exten: '700', state: 'Ring' }));
  const half = { name: 'Local/600@default-00000001;2', id: '1.3', linked: '1.1', exten: '600' };
  ami.tell('Newchannel', snapshot({ ...half, state: 'Ring' }));
  expect(happenings[0]).toMatchObject({ type: 'called', call: '1.3', caller: { name: 'Office' } });
});

it('invents no call after a reconnect, and forgets those that ended meanwhile', async () => {
  ami.lists.CoreShowChannels = [
    event('CoreShowChannel', { ...snapshot({ ...caller, state: 'Ring' }), Application: 'Dial' }),
  ];
  const reconnect = async () => {
    ami.link({ state: 'down' });
    ami.link({ state: 'up' });
    await settle();
  };
  await reconnect();
  expect(group()?.state).toBe('ringing');
  hangup(caller);
  call({ ...caller, id: '2.1' });
  ami.lists.CoreShowChannels = [];
  await reconnect();
  expect(group()?.state).toBe('idle');
  expect(told()).toEqual(['missed', 'called']);
});
