import { beforeEach, describe, expect, it } from 'vitest';
import type { Happening } from '../../src/pbx/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import { event, FakeAmi, snapshot } from './fake-ami.ts';

const quiet = {
  debug() {},
  info() {},
  warn: (facts: object, message: string) => void warnings.push({ ...facts, message }),
  error() {},
};
const NOW = Date.parse('2026-11-24T08:00:00Z');

const door = { name: 'PJSIP/8000-00000001', id: '1.1', num: '8000', cid: 'Doorbell', exten: '600' };
const kitchen = { name: 'PJSIP/6001-00000002', id: '1.2', linked: '1.1', conn: '8000', connName: 'Doorbell' };
const office = { name: 'PJSIP/6002-00000003', id: '1.3', linked: '1.1', conn: '8000', connName: 'Doorbell' };

let ami: FakeAmi;
let pbx: Pbx;
let now: number;
let happenings: Happening[];
let warnings: object[];

/** Lets a snapshot, which is a chain of lists, come to its end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
}

function endpoint(name: string, state = 'Not in use') {
  return event('EndpointList', { ObjectName: name, DeviceState: state });
}

beforeEach(() => {
  ami = new FakeAmi();
  now = NOW;
  happenings = [];
  warnings = [];
  ami.lists.BridgeList = [];
  ami.lists.CoreShowChannels = [];
  ami.lists.DeviceStateList = [];
  ami.lists.PJSIPShowEndpoints = [
    endpoint('6001'),
    endpoint('6002'),
    endpoint('6004', 'Unavailable'),
    endpoint('8000'),
    endpoint('anonymous'),
  ];
  ami.lists.PJSIPShowEndpoint = [event('EndpointDetail', { Callerid: '"Kitchen" <6001>' })];
  ami.lists.Parkinglots = [
    event('Parkinglot', { Name: 'default', StartSpace: '701', StopSpace: '703', Timeout: '60' }),
  ];
  ami.lists.ParkedCalls = [];
  pbx = new Pbx(
    {
      id: 'home',
      phones: [
        { endpoint: 'PJSIP/6001', name: 'Kitchen' },
        { endpoint: 'PJSIP/6002', name: 'Office' },
      ],
      doorbells: [{ name: 'Front door', endpoint: 'PJSIP/8000', extensions: [], answer_on: ['PJSIP/6001'] }],
    },
    ami.client,
    quiet,
    null,
    () => now,
  );
  pbx.onHappening((happening) => happenings.push(happening));
  pbx.start();
});

async function up(): Promise<void> {
  ami.link({ state: 'up' });
  await settle();
  expect(pbx.status.up).toBe(true);
  happenings.length = 0;
}

const told = (subject: Happening['subject']) =>
  happenings.filter((happening) => happening.subject === subject).map((happening) => happening.type);
const doorbell = () => pbx.doorbells.get('pjsip_8000');

function press(): void {
  ami.tell('Newchannel', snapshot({ ...door, state: 'Ring' }));
}

function ring(phone: typeof kitchen): void {
  ami.tell('Newchannel', snapshot({ ...phone, state: 'Down' }));
  ami.tell('DialBegin', {
    ...snapshot({ ...door, state: 'Ring' }),
    ...snapshot({ ...phone, state: 'Down' }, 'Dest'),
  });
  ami.tell('Newstate', snapshot({ ...phone, state: 'Ringing' }));
}

function enter(channel: { name: string; id: string }, bridge = 'b1', technology = 'simple_bridge'): void {
  ami.tell('BridgeEnter', { ...snapshot(channel), BridgeUniqueid: bridge, BridgeTechnology: technology });
}

function hangup(channel: { name: string; id: string }, cause = '16'): void {
  ami.tell('Hangup', { ...snapshot(channel), Cause: cause, 'Cause-txt': 'Normal Clearing' });
}

describe('phones', () => {
  it('are found by themselves; doorbells and strangers are none', async () => {
    await up();
    expect(
      pbx.phones.all().map(({ id, name, state, registered }) => ({ id, name, state, registered })),
    ).toEqual([
      { id: 'pjsip_6001', name: 'Kitchen', state: 'idle', registered: true },
      { id: 'pjsip_6002', name: 'Office', state: 'idle', registered: true },
      { id: 'pjsip_6004', name: 'Kitchen', state: 'unavailable', registered: false },
    ]);
  });

  it('are found by whatever a person writes', async () => {
    await up();
    for (const text of ['PJSIP/6002', 'pjsip_6002', '6002', 'office', ' Office '])
      expect(pbx.phones.find(text)?.id).toBe('pjsip_6002');
    expect(pbx.phones.find('cellar')).toBeUndefined();
  });

  it('count a call as missed once, when it is over, and not when another phone took it', async () => {
    await up();
    press();
    ring(kitchen);
    ring(office);
    ami.tell('Newstate', snapshot({ ...office, state: 'Up' }));
    enter(office);
    enter(door);
    hangup(kitchen, '26');
    hangup(office);
    hangup(door);
    expect(pbx.phones.get('pjsip_6001')?.missed).toBe(0);
    press();
    ring(kitchen);
    hangup(kitchen);
    ring({ ...kitchen, name: 'PJSIP/6001-00000009', id: '1.9' });
    hangup({ ...kitchen, name: 'PJSIP/6001-00000009', id: '1.9' });
    expect(pbx.phones.get('pjsip_6001')?.missed).toBe(0);
    hangup(door);
    expect(pbx.phones.get('pjsip_6001')).toMatchObject({
      missed: 1,
      lastCaller: { number: '8000', name: 'Doorbell', time: '2026-11-24T08:00:00.000Z' },
    });
    pbx.phones.resetMissed('pjsip_6001');
    expect(pbx.phones.get('pjsip_6001')?.missed).toBe(0);
  });

  const other = { name: 'PJSIP/6004-00000007', id: '7.1', num: '6004', exten: '6005' };
  const missed = () =>
    happenings.flatMap((one) => (one.subject === 'phone' && one.type === 'missed' ? one.call : []));

  it('have missed nothing that is known of a call whose end nobody saw', async () => {
    await up();
    press();
    ring(kitchen);
    ami.link({ state: 'down' });
    ami.link({ state: 'up' });
    await settle();
    ami.tell('Newchannel', snapshot({ ...other, state: 'Ring' }));
    hangup(other);
    expect(missed()).toEqual([]);
    expect(pbx.phones.get('pjsip_6001')?.missed).toBe(0);
    // One that goes on is seen to its end.
    press();
    ring(kitchen);
    ami.link({ state: 'down' });
    ami.lists.CoreShowChannels = [door, kitchen].map((one) => event('CoreShowChannel', snapshot(one)));
    ami.link({ state: 'up' });
    await settle();
    hangup(kitchen);
    hangup(door);
    expect(missed()).toEqual(['1.1']);
  });

  it('miss the call that theirs has become part of, when that is over and not before', async () => {
    await up();
    const caller = { name: 'PJSIP/6002-00000006', id: '0.1', num: '6002', exten: '6004' };
    const relinked = { ...kitchen, linked: '0.1' };
    ami.tell('Newchannel', snapshot({ ...caller, state: 'Ring' }));
    press();
    ring(kitchen);
    // A transfer while it rings: what rings is the older call's now, and who transferred leaves.
    ami.tell('NewConnectedLine', snapshot({ ...relinked, state: 'Ringing' }));
    hangup(door);
    ami.tell('Newchannel', snapshot({ ...other, state: 'Ring' }));
    hangup(other);
    expect(missed()).toEqual([]);
    hangup(relinked);
    hangup(caller);
    expect(missed()).toEqual(['0.1']);
  });

  it('miss the call that their caller was taken into, when they do not ring any more and plumbing is left', async () => {
    await up();
    const caller = { name: 'PJSIP/6002-00000006', id: '0.1', num: '6002', exten: '6004' };
    const half = { name: 'Local/600@default-00000001;1', id: '2.1', linked: '1.1' };
    ami.tell('Newchannel', snapshot({ ...caller, state: 'Ring' }));
    press();
    ring(kitchen);
    ami.tell('Newchannel', snapshot({ ...half, state: 'Ring' }));
    hangup(kitchen);
    ami.tell('NewConnectedLine', snapshot({ ...door, linked: '0.1' }));
    hangup(half);
    hangup(caller);
    expect(missed()).toEqual([]);
    hangup(door);
    expect(missed()).toEqual(['0.1']);
  });

  it('remember what they dialled, and whom they talk to', async () => {
    await up();
    ami.tell(
      'Newchannel',
      snapshot({ name: 'PJSIP/6001-00000005', id: '1.5', num: '6001', state: 'Ring', exten: '6002' }),
    );
    ami.tell('DeviceStateChange', { Device: 'PJSIP/6001', State: 'INUSE' });
    expect(pbx.phones.get('pjsip_6001')).toMatchObject({
      lastDialled: '6002',
      state: 'dialing',
      connected: { number: '6002', name: '' },
    });
    ami.tell(
      'Newstate',
      snapshot({ name: 'PJSIP/6001-00000005', id: '1.5', conn: '6002', connName: 'Office' }),
    );
    expect(pbx.phones.get('pjsip_6001')).toMatchObject({
      state: 'in_call',
      connected: { number: '6002', name: 'Office' },
    });
  });

  it.each(['res_pjsip.so', 'All'])('come and go with a reload of %s', async (module) => {
    await up();
    ami.lists.PJSIPShowEndpoints = [endpoint('6001'), endpoint('6005')];
    ami.tell('Reload', { Module: module, Status: '0' });
    await settle();
    // 6002 stays: the settings name it.
    expect(pbx.phones.all().map(({ id, state }) => `${id} ${state}`)).toEqual([
      'pjsip_6001 idle',
      'pjsip_6002 unavailable',
      'pjsip_6005 idle',
    ]);
  });

  it('show of a phone that Asterisk calls busy what its channels do', async () => {
    await up();
    const state = () => pbx.phones.get('pjsip_6001')?.state;
    const device = (State: string) => ami.tell('DeviceStateChange', { Device: 'PJSIP/6001', State });
    const call = { name: 'PJSIP/6001-00000009', id: '9.1', num: '6001' };
    const goes = (name: 'Newchannel' | 'Newstate', to: 'Down' | 'Ring' | 'Ringing' | 'Up') => {
      ami.tell(name, snapshot({ ...call, state: to }));
      return state();
    };
    device('BUSY');
    expect(state()).toBe('busy');
    expect([goes('Newchannel', 'Down'), goes('Newstate', 'Ringing'), goes('Newstate', 'Up')]).toEqual([
      'dialing',
      'ringing',
      'in_call',
    ]);
    ami.tell('Hangup', { ...snapshot(call), Cause: '16' });
    expect(goes('Newchannel', 'Ring')).toBe('dialing');
  });

  it('are there where Asterisk tells their state, though the AMI user may not list endpoints', async () => {
    delete ami.lists.PJSIPShowEndpoints;
    const tells = (State: string) => {
      ami.lists.DeviceStateList = [event('DeviceStateChange', { Device: 'PJSIP/6002', State })];
    };
    const missing = () => warnings.filter((warning) => JSON.stringify(warning).includes('PJSIP/6002'));
    tells('BUSY');
    await up();
    expect([pbx.phones.get('pjsip_6002')?.state, missing()]).toEqual(['busy', []]);
    tells('INVALID');
    ami.tell('Reload', { Module: 'res_pjsip.so', Status: '0' });
    await settle();
    expect([pbx.phones.get('pjsip_6002')?.state, missing().length]).toEqual(['unavailable', 1]);
  });

  it('are said to be missing once, and again when they were there meanwhile', async () => {
    const missing = {
      endpoint: 'PJSIP/6002',
      message: 'The settings name a phone that this Asterisk does not have: see `pjsip show endpoints`',
    };
    await up();
    const reload = async (...names: string[]) => {
      ami.lists.PJSIPShowEndpoints = names.map((name) => endpoint(name));
      ami.tell('Reload', { Module: 'res_pjsip.so', Status: '0' });
      await settle();
    };
    await reload('6001');
    await reload('6001');
    expect(warnings).toEqual([missing]);
    await reload('6001', '6002');
    await reload('6001');
    expect(warnings).toEqual([missing, missing]);
  });

  it('tells the keys that are pressed on a phone, but for those that we press for it', async () => {
    await up();
    const call = { name: 'PJSIP/6001-00000009', id: '9.1', num: '6001', exten: '200' };
    ami.tell('Newchannel', snapshot({ ...call, state: 'Ring' }));
    const hears = (Digit: string, Direction = 'Received') =>
      ami.tell('DTMFEnd', { ...snapshot(call), Digit, Direction });
    pbx.phones.pressing('9.1', '1');
    pbx.phones.pressing('9.1', '2');
    const forget = pbx.phones.pressing('9.1', '3');
    hears('1', 'Sent');
    for (const digit of ['1', '1', '4', '2']) hears(digit);
    forget();
    hears('3');
    expect(
      happenings.flatMap((one) => (one.subject === 'phone' && one.type === 'dtmf' ? one.digit : [])),
    ).toEqual(['1', '4', '3']);
  });
});

describe('a press', () => {
  it('is one ring, answered by the phone that enters the bridge', async () => {
    await up();
    press();
    expect(doorbell()).toMatchObject({
      state: 'ringing',
      press: { caller: { number: '8000', name: 'Doorbell' } },
    });
    ring(kitchen);
    ring(office);
    enter(office);
    enter(door);
    expect(doorbell()).toMatchObject({ state: 'answered', press: { answeredBy: { name: 'Office' } } });
    now += 5000;
    hangup(office);
    hangup(door);
    expect(told('doorbell')).toEqual(['ring', 'answered', 'ended']);
    expect(happenings.at(-1)).toMatchObject({
      subject: 'doorbell',
      type: 'ended',
      outcome: 'answered',
      seconds: 5,
    });
    expect(doorbell()).toMatchObject({ state: 'idle', press: null, last: { outcome: 'answered' } });
  });

  it('is missed when nobody comes, cancelled when somebody sends the visitor away', async () => {
    await up();
    press();
    hangup(door);
    expect(told('doorbell')).toEqual(['ring', 'missed', 'ended']);
    happenings.length = 0;
    press();
    pbx.doorbells.dismiss('pjsip_8000', 'Anna');
    hangup(door);
    expect(told('doorbell')).toEqual(['ring', 'cancelled', 'ended']);
  });

  it('is not answered by a parking lot, and is by who retrieves it', async () => {
    await up();
    press();
    const where = { Parkinglot: 'default', ParkingSpace: '701', ParkingTimeout: '60', ParkingDuration: '0' };
    ami.tell('ParkedCall', { ...snapshot(door, 'Parkee'), ...where, ParkerDialString: 'PJSIP/8000' });
    enter(door, 'lot', 'holding_bridge');
    expect(doorbell()).toMatchObject({
      state: 'parked',
      press: { parked: { lot: 'default', space: '701' } },
    });
    expect(pbx.parking.get('default')?.parked).toEqual([
      {
        lot: 'default',
        space: '701',
        call: '1.1',
        channel: door.name,
        caller: { number: '8000', name: 'Doorbell' },
        parkedBy: 'Front door',
        how: 'self',
        since: NOW,
        until: NOW + 60_000,
      },
    ]);
    ami.tell('Newchannel', snapshot({ ...kitchen, state: 'Down' }));
    ami.tell('UnParkedCall', { ...snapshot(door, 'Parkee'), ...snapshot(kitchen, 'Retriever'), ...where });
    enter(kitchen, 'b2');
    enter(door, 'b2');
    expect(told('doorbell')).toEqual(['ring', 'parked', 'answered']);
    expect(told('parking')).toEqual(['parked', 'retrieved']);
    expect(pbx.parking.get('default')?.parked).toEqual([]);
  });

  it('is answered through Local halves too', async () => {
    await up();
    press();
    const one = { name: 'Local/600@default-00000001;1', id: '2.1', linked: '1.1' };
    const two = { name: 'Local/600@default-00000001;2', id: '2.2', linked: '1.1' };
    for (const half of [one, two]) ami.tell('Newchannel', snapshot({ ...half, state: 'Ring' }));
    ring(kitchen);
    enter(door, 'b1');
    enter(one, 'b1');
    expect(doorbell()?.state).toBe('ringing');
    enter(two, 'b2');
    enter(kitchen, 'b2');
    expect(doorbell()).toMatchObject({ state: 'answered', press: { answeredBy: { name: 'Kitchen' } } });
    expect(pbx.calls.all()).toHaveLength(1);
  });

  it('does not begin when Asterisk calls the door', async () => {
    await up();
    ami.tell('Newchannel', snapshot({ ...door, state: 'Down' }));
    expect(told('doorbell')).toEqual([]);
    expect(doorbell()?.state).toBe('idle');
  });
});

describe('a resync', () => {
  it('takes a press over without a ring, and tells how it ends', async () => {
    ami.lists.CoreShowChannels = [
      event('CoreShowChannel', { ...snapshot({ ...door, state: 'Ring' }), Duration: '00:00:07' }),
    ];
    await up();
    expect(doorbell()).toMatchObject({ state: 'ringing', press: { since: NOW - 7000 } });
    expect(told('doorbell')).toEqual([]);
    hangup(door);
    expect(told('doorbell')).toEqual(['missed', 'ended']);
  });

  it('drops what is gone without inventing an end, but for a press, which was lost', async () => {
    await up();
    press();
    ring(kitchen);
    ami.link({ state: 'down' });
    expect(pbx.status.up).toBe(false);
    ami.link({ state: 'up', bootedAt: 900_000 });
    await settle();
    expect(pbx.calls.all()).toEqual([]);
    expect(told('doorbell')).toEqual(['ring', 'ended']);
    expect(told('call')).toEqual(['started']);
    expect(told('pbx')).toEqual(['disconnected', 'restarted', 'connected']);
    expect(doorbell()).toMatchObject({ state: 'idle', last: { outcome: 'lost' } });
  });

  it('lets an event that came meanwhile win over the list', async () => {
    ami.lists.CoreShowChannels = () => {
      hangup(door);
      ami.tell('Newchannel', snapshot({ ...kitchen, linked: '1.2', state: 'Ring' }));
      return [event('CoreShowChannel', snapshot(door))];
    };
    await up();
    expect(pbx.calls.all().map((call) => call.id)).toEqual(['1.2']);
  });

  it('lets the device state that an event brought win over the list, of a phone that is new as well', async () => {
    const states = () => Object.fromEntries(pbx.phones.all().map(({ id, state }) => [id, state]));
    const changes = (State: string) => () => {
      for (const Device of ['PJSIP/6001', 'PJSIP/6004']) ami.tell('DeviceStateChange', { Device, State });
      return [event('DeviceStateChange', { Device: 'PJSIP/6001', State: 'UNAVAILABLE' })];
    };
    ami.lists.DeviceStateList = changes('RINGING');
    await up();
    expect(states()).toEqual({ pjsip_6001: 'ringing', pjsip_6002: 'idle', pjsip_6004: 'ringing' });
    ami.lists.DeviceStateList = changes('ONHOLD');
    ami.tell('Reload', { Module: 'res_pjsip.so' });
    await settle();
    expect(states()).toEqual({ pjsip_6001: 'on_hold', pjsip_6002: 'idle', pjsip_6004: 'on_hold' });
    ami.lists.DeviceStateList = [];
    ami.tell('Reload', { Module: 'res_pjsip.so' });
    await settle();
    expect(states()).toEqual({ pjsip_6001: 'idle', pjsip_6002: 'idle', pjsip_6004: 'unavailable' });
  });

  it('lists a channel once that is told of only after the list', async () => {
    ami.lists.CoreShowChannels = [
      event('CoreShowChannel', snapshot({ ...kitchen, linked: '1.2', state: 'Ring' })),
    ];
    await up();
    ami.tell('Newchannel', snapshot({ ...kitchen, linked: '1.2', state: 'Ring', exten: '6002' }));
    expect(pbx.calls.all().map(({ channels }) => channels.map(({ uniqueid }) => uniqueid))).toEqual([
      ['1.2'],
    ]);
    expect(pbx.phones.get('pjsip_6001')).toMatchObject({ channels: ['1.2'], lastDialled: '6002' });
    hangup(kitchen);
    expect(told('call')).toEqual(['ended']);
    expect(pbx.calls.all()).toEqual([]);
    expect(pbx.phones.get('pjsip_6001')?.channels).toEqual([]);
  });

  it('lets the state that an event brought win over the list, too', async () => {
    await up();
    press();
    ring(kitchen);
    ami.lists.CoreShowChannels = () => {
      ami.tell('Newstate', snapshot({ ...kitchen, state: 'Up' }));
      enter(kitchen);
      return [kitchen, door].map((one) => event('CoreShowChannel', snapshot({ ...one, state: 'Ringing' })));
    };
    ami.tell('Reload', { Module: 'chan_pjsip.so' });
    await settle();
    expect(pbx.calls.channel('1.2')).toMatchObject({ state: 'Up', bridge: expect.any(String) });
    expect(pbx.calls.channel('1.1')).toMatchObject({ state: 'Ringing', bridge: null });
  });

  it('takes over what happened to a call while the link was down, and tells none of it', async () => {
    await up();
    press();
    ami.tell('Newchannel', snapshot({ ...kitchen, linked: '1.2', state: 'Ring' }));
    enter(door);
    happenings.length = 0;
    ami.link({ state: 'down' });
    const together = [door, kitchen].map((one) =>
      event('CoreShowChannel', { ...snapshot({ ...one, linked: '1.1' }), BridgeId: 'b2' }),
    );
    ami.lists.CoreShowChannels = together;
    ami.link({ state: 'up' });
    await settle();
    expect(pbx.calls.all().map(({ id, channels }) => [id, channels.length])).toEqual([['1.1', 2]]);
    expect(pbx.calls.peer('1.1')?.uniqueid).toBe('1.2');
    expect(told('call')).toEqual([]);
    ami.lists.CoreShowChannels = together.map((item) => ({ ...item, BridgeId: '' }));
    ami.tell('Reload', { Module: 'chan_pjsip.so' });
    await settle();
    expect(pbx.calls.channel('1.1')?.bridge).toBeNull();
  });

  it('waits for the one before: of several reloads only the last is read, and no hangup is undone', async () => {
    await up();
    press();
    const lists: (() => void)[] = [];
    ami.lists.CoreShowChannels = () => {
      const { promise, resolve } = Promise.withResolvers<readonly ReturnType<typeof event>[]>();
      lists.push(() => resolve([event('CoreShowChannel', snapshot(door))]));
      return promise;
    };
    const reload = (module: string) => ami.tell('Reload', { Module: `${module}.so` });
    reload('res_pjsip');
    await settle();
    for (const module of ['chan_pjsip', 'res_parking']) reload(module);
    await settle();
    expect(lists).toHaveLength(1);
    lists[0]?.();
    await settle();
    expect(lists).toHaveLength(2);
    hangup(door);
    lists[1]?.();
    await settle();
    expect(pbx.calls.all()).toEqual([]);
  });

  it('is tried again after a failure, and says so', async () => {
    ami.lists.PJSIPShowEndpoints = () => {
      throw new Error('PJSIPShowEndpoints: no answer from Asterisk within 10000 ms');
    };
    ami.link({ state: 'up' });
    await settle();
    expect(pbx.status).toMatchObject({ up: false, problem: expect.stringContaining('no answer') });
    await pbx.stop();
  });

  it('survives modules that are not loaded', async () => {
    ami.lists.PJSIPShowEndpoints = [];
    delete ami.lists.Parkinglots;
    delete ami.lists.ParkedCalls;
    await up();
    expect(pbx.parking.all()).toEqual([]);
  });
});

describe('calls', () => {
  it('merge when Linkedids meet', async () => {
    await up();
    press();
    ami.tell('Newchannel', snapshot({ ...kitchen, linked: '1.2', state: 'Ring' }));
    expect(pbx.calls.all().map((call) => call.id)).toEqual(['1.1', '1.2']);
    enter(door);
    enter(kitchen);
    expect(pbx.calls.all().map(({ id, channels }) => [id, channels.map(({ uniqueid }) => uniqueid)])).toEqual(
      [['1.1', ['1.1', '1.2']]],
    );
    expect(pbx.calls.peer('1.1')?.uniqueid).toBe('1.2');
    hangup(door);
    hangup({ ...kitchen, linked: '1.1' } as typeof kitchen);
    expect(pbx.calls.all()).toEqual([]);
    expect(told('call')).toEqual(['started', 'started', 'answered', 'ended']);
  });

  it.each([
    ['basic', [['1.1', ['1.1', '1.2']]]],
    // Those in a conference have come by calls of their own.
    [
      'base',
      [
        ['1.1', ['1.1']],
        ['1.2', ['1.2']],
      ],
    ],
  ])('merge when the older comes later, in a bridge that is %s', async (BridgeType, calls) => {
    await up();
    press();
    const pickup = { ...kitchen, linked: '1.2' };
    ami.tell('Newchannel', snapshot({ ...pickup, state: 'Ring' }));
    for (const channel of [pickup, door])
      ami.tell('BridgeEnter', {
        ...snapshot(channel),
        ...{ BridgeUniqueid: 'b1', BridgeTechnology: 'simple_bridge', BridgeType },
      });
    expect(pbx.calls.all().map(({ id, channels }) => [id, channels.map(({ uniqueid }) => uniqueid)])).toEqual(
      calls,
    );
  });

  it.each([
    ['calls', [kitchen, door]],
    ['is called', [door, kitchen]],
  ])('say at their end who called whom, also when who %s hangs up last', async (_, leaving) => {
    await up();
    press();
    ring(kitchen);
    for (const channel of [kitchen, door]) enter(channel);
    for (const channel of leaving) hangup(channel);
    const parties = { from: { number: '8000', name: 'Doorbell' }, to: { number: '600', name: '' } };
    expect(happenings.filter(({ subject }) => subject === 'call')).toMatchObject([
      { type: 'started', ...parties },
      { type: 'answered', ...parties },
      { type: 'ended', ...parties },
    ]);
  });

  it('follow a channel through a new name', async () => {
    await up();
    press();
    ami.tell('Rename', { Channel: door.name, Newname: 'PJSIP/8000-00000099', Uniqueid: '1.1' });
    expect(pbx.calls.channel('PJSIP/8000-00000099')?.uniqueid).toBe('1.1');
    expect(pbx.calls.channel(door.name)).toBeUndefined();
    expect(doorbell()?.press?.channel).toBe('PJSIP/8000-00000099');
  });

  it('leave nothing behind', async () => {
    await up();
    for (let call = 0; call < 100; call += 1) {
      press();
      ring(kitchen);
      enter(kitchen);
      enter(door);
      hangup(kitchen);
      hangup(door);
    }
    expect(pbx.calls.all()).toEqual([]);
    expect(pbx.calls.channelsOf('PJSIP/8000')).toEqual([]);
    await pbx.stop();
    expect(ami.listeners).toBe(0);
  });
});

it('a dialplan’s user event is told with its fields', async () => {
  await up();
  ami.tell('UserEvent', { UserEvent: 'Gate', headers: [['Who', 'cat']] as unknown as string });
  expect(happenings).toEqual([
    {
      time: '2026-11-24T08:00:00.000Z',
      pbx: 'home',
      subject: 'user_event',
      type: 'Gate',
      fields: { Who: 'cat' },
    },
  ]);
});

it('a listener that throws does not keep others from hearing', async () => {
  pbx.onHappening(() => {
    throw new Error('broken');
  });
  const heard: string[] = [];
  pbx.onHappening((happening) => heard.push(happening.type));
  await up();
  press();
  expect(heard).toContain('ring');
});
