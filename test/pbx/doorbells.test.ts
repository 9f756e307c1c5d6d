/** One press is one ring, whatever the dialplan does with it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DoorbellHappening, Pbx } from '../../src/pbx/index.ts';
import { event, FakeAmi, snapshot } from './fake-ami.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const door = { name: 'PJSIP/8000-00000001', id: '1.1', num: '8000', cid: 'Doorbell', exten: '620' };
const gate = { name: 'PJSIP/8001-00000005', id: '1.5', num: '8001', cid: 'Gate', exten: '777' };
const kitchen = { name: 'PJSIP/6001-00000002', id: '1.2', linked: '1.1' };
const office = { name: 'PJSIP/6002-00000003', id: '1.3', linked: '1.1' };

let ami: FakeAmi;
let pbx: Pbx;
let now: number;
let happenings: DoorbellHappening[];
let lines: string[];
/** Who ConfbridgeList says is in room 1. */
let members: Record<string, string>[];

async function settle(): Promise<void> {
  for (let turn = 0; turn < 80; turn += 1) await Promise.resolve();
}

beforeEach(async () => {
  vi.useFakeTimers();
  ami = new FakeAmi();
  now = NOW;
  happenings = [];
  lines = [];
  members = [];
  for (const list of ['BridgeList', 'CoreShowChannels', 'DeviceStateList', 'ParkedCalls'])
    ami.lists[list] = [];
  ami.lists.PJSIPShowEndpoints = ['6001', '6002', '8000', '8001'].map((name) =>
    event('EndpointList', { ObjectName: name, DeviceState: 'Not in use' }),
  );
  ami.lists.PJSIPShowEndpoint = [];
  ami.lists.Parkinglots = [
    event('Parkinglot', { Name: 'default', StartSpace: '701', StopSpace: '703', Timeout: '60' }),
  ];
  ami.lists.ConfbridgeListRooms = [];
  ami.lists.ConfbridgeList = () => members.map((member) => event('ConfbridgeList', member));
  const note = (_: object, words: string) => void lines.push(words);
  pbx = new Pbx(
    {
      id: 'home',
      phones: [
        { endpoint: 'PJSIP/6001', name: 'Kitchen' },
        { endpoint: 'PJSIP/6002', name: 'Office' },
      ],
      doorbells: [
        { name: 'Front door', endpoint: 'PJSIP/8000', extensions: [], answer_on: [] },
        { name: 'Gate', endpoint: 'PJSIP/8001', extensions: [], answer_on: [] },
      ],
    },
    ami.client,
    { debug() {}, info: note, warn: note, error: note },
    null,
    () => now,
  );
  pbx.onHappening((happening) => {
    if (happening.subject === 'doorbell') happenings.push(happening);
  });
  pbx.start();
  ami.link({ state: 'up' });
  await settle();
  lines.length = 0;
});

afterEach(async () => {
  await pbx.stop();
  vi.useRealTimers();
});

const view = (id = 'pjsip_8000') => pbx.doorbells.get(id);
const told = () => happenings.map(({ type }) => type);

function press(who = door): void {
  ami.tell('Newchannel', snapshot({ ...who, state: 'Ring' }));
}
function round(value = ''): void {
  ami.tell('VarSet', { ...snapshot(door), Variable: 'DIALSTATUS', Value: value });
}
function dial(phone: typeof kitchen): void {
  ami.tell('Newchannel', snapshot({ ...phone, state: 'Down' }));
  ami.tell('DialBegin', { ...snapshot({ ...door, state: 'Ring' }), ...snapshot(phone, 'Dest') });
}
function undial(phone: typeof kitchen, DialStatus: string, cause: string, TechCause = ''): void {
  ami.tell('DialEnd', { ...snapshot(door), ...snapshot(phone, 'Dest'), DialStatus });
  ami.tell('Hangup', { ...snapshot(phone), Cause: cause, TechCause });
}
function enter(channel: { name: string; id: string }, more = {}): void {
  ami.tell('BridgeEnter', {
    ...snapshot(channel),
    ...{ BridgeUniqueid: 'b1', BridgeTechnology: 'simple_bridge', ...more },
  });
}
function hangup(channel: { name: string; id: string }, Cause = '16'): void {
  ami.tell('Hangup', { ...snapshot(channel), Cause });
}

describe('a loop', () => {
  it('is one ring, and each round of it an attempt, with or without a phone to ring', () => {
    press();
    for (let tries = 0; tries < 3; tries += 1) {
      round();
      round('CHANUNAVAIL');
      now += 1000;
    }
    round();
    dial(kitchen);
    dial(office);
    expect(view()).toMatchObject({ state: 'ringing', press: { attempts: 4, attemptsKnownBy: 'dialplan' } });
    undial(kitchen, 'BUSY', '17');
    undial(office, 'NOANSWER', '0');
    hangup(door);
    expect(told()).toEqual(['ring', 'missed', 'ended']);
    expect(happenings.map(({ attempts }) => attempts)).toEqual([undefined, 4, 4]);
    expect(view()).toMatchObject({ state: 'idle', press: null, last: { outcome: 'missed' } });
  });

  it('counts the rounds in which a phone rang where the dialplan is not seen, and says so once', () => {
    press();
    for (let tries = 0; tries < 2; tries += 1) {
      dial(kitchen);
      dial(office);
      undial(kitchen, 'BUSY', '17');
      undial(office, 'BUSY', '17');
    }
    expect(view()?.press).toMatchObject({ attempts: 2, attemptsKnownBy: 'ringing' });
    hangup(door, '17');
    expect(told()).toEqual(['ring', 'missed', 'ended']);
    expect(lines).toEqual([expect.stringMatching(/known by the phones that ring.*read class `dialplan`/)]);
  });

  it('says it too when no attempt at all was seen, unless the visitor was parked', () => {
    press();
    ami.tell('ParkedCall', {
      ...snapshot(door, 'Parkee'),
      ...{ Parkinglot: 'default', ParkingSpace: '701', ParkingTimeout: '60' },
    });
    hangup(door);
    expect(lines).toEqual([]);
    press();
    hangup(door);
    expect(lines).toHaveLength(1);
    expect(happenings.at(-1)).toMatchObject({ type: 'ended', outcome: 'missed', attempts: 0 });
  });

  it('tells a count now and then, and warns, when it goes round without a pause', () => {
    const changes: string[] = [];
    press();
    pbx.onChange(({ subject, id }) => void (subject === 'doorbell' && changes.push(id)));
    for (let tries = 0; tries < 500; tries += 1) {
      now += 1;
      round();
    }
    expect(changes.length).toBe(1);
    expect(view()?.press?.attempts).toBe(500);
    expect(lines).toEqual([expect.stringMatching(/put a Wait\(1\) into it/)]);
  });
});

it('is cancelled when a person declines in the last round, and missed when the phone is busy', () => {
  press();
  dial(kitchen);
  undial(kitchen, 'NOANSWER', '21', '603');
  hangup(door, '34');
  press();
  dial(kitchen);
  undial(kitchen, 'NOANSWER', '21', '603');
  dial(office);
  undial(office, 'BUSY', '17', '486');
  hangup(door, '17');
  press();
  dial(kitchen);
  undial(kitchen, 'NOANSWER', '21', '401');
  hangup(door, '21');
  expect(told()).toEqual([
    ...['ring', 'cancelled', 'ended'],
    ...['ring', 'missed', 'ended'],
    ...['ring', 'missed', 'ended'],
  ]);
});

it('knows the person who declined by the phone’s wish to end, though its end comes after the visitor’s', () => {
  press();
  dial(kitchen);
  ami.tell('HangupRequest', { ...snapshot(kitchen), Cause: '21', TechCause: '603' });
  hangup(door, '21');
  ami.tell('Hangup', { ...snapshot(kitchen), Cause: '21', TechCause: '603' });
  expect(told()).toEqual(['ring', 'cancelled', 'ended']);
});

it('ends as cancelled when the visitor is moved on, whatever becomes of the call', () => {
  press();
  pbx.doorbells.moveOn('pjsip_8000', 'Anna');
  expect(happenings.at(-1)).toMatchObject({ type: 'cancelled', who: 'Anna', attempts: 0 });
  expect(view()).toMatchObject({ state: 'idle', press: null, last: { outcome: 'cancelled' } });
  ami.tell('Newchannel', snapshot({ ...kitchen, state: 'Down' }));
  enter(kitchen);
  enter(door);
  expect(view()?.state).toBe('idle');
  hangup(door);
  expect(told()).toEqual(['ring', 'cancelled', 'ended']);
});

describe('a visitor who is handed over to a lot', () => {
  const SPACE = { Parkinglot: 'default', ParkingSpace: '701', ParkingTimeout: '60' };
  const local = { name: 'Local/700@default-01;2', id: '1.8', linked: '1.1' };

  beforeEach(() => {
    press();
    dial(kitchen);
    enter(kitchen);
    enter(door);
  });

  it('is parked in the place of the phone that went there first', () => {
    const second = { ...kitchen, id: '1.9', linked: '1.9' };
    ami.tell('ParkedCall', { ...snapshot(second, 'Parkee'), ...SPACE });
    expect(view()?.state).toBe('answered');
    ami.tell('ParkedCallSwap', { ...snapshot(door, 'Parkee'), ...SPACE });
    ami.tell('AttendedTransfer', { Result: 'Success', ...snapshot(door, 'Transferee') });
    expect(view()).toMatchObject({ state: 'parked', press: { parked: { lot: 'default', space: '701' } } });
    ami.tell('ParkedCallGiveUp', { ...snapshot(door, 'Parkee'), ...SPACE });
    hangup(door);
    expect(told()).toEqual(['ring', 'answered', 'parked', 'ended']);
  });

  it('is parked at the other end of what waits there, until that is retrieved', () => {
    ami.tell('ParkedCall', { ...snapshot(local, 'Parkee'), ...SPACE });
    ami.tell('AttendedTransfer', { Result: 'Success', ...snapshot(door, 'Transferee') });
    expect(view()?.state).toBe('parked');
    ami.tell('UnParkedCall', { ...snapshot(local, 'Parkee'), ...SPACE, RetrieverChannel: office.name });
    expect(view()?.state).toBe('answered');
    hangup(door);
    expect(told()).toEqual(['ring', 'answered', 'parked', 'ended']);
  });
});

describe('a conference', () => {
  const CONF = { BridgeUniqueid: 'c1', BridgeTechnology: 'softmix', BridgeCreator: 'ConfBridge' };

  async function join(channel: { name: string; id: string }, marked: boolean): Promise<void> {
    members = members.map((member) => ({ ...member, Waiting: marked ? 'No' : (member.Waiting ?? '') }));
    members.push({
      ...snapshot(channel),
      MarkedUser: marked ? 'Yes' : 'No',
      WaitMarked: marked ? 'No' : 'Yes',
      Waiting: marked || members.some(({ MarkedUser }) => MarkedUser === 'Yes') ? 'No' : 'Yes',
    });
    enter(channel, CONF);
    ami.tell('ConfbridgeJoin', { ...snapshot(channel), Conference: '1' });
    // A room rests between two lists.
    await vi.advanceTimersByTimeAsync(500);
  }
  function leave(channel: { name: string; id: string }): void {
    members = members.filter(({ Uniqueid }) => Uniqueid !== channel.id);
    ami.tell('ConfbridgeLeave', { ...snapshot(channel), Conference: '1' });
    ami.tell('BridgeLeave', { ...snapshot(channel), ...CONF });
  }
  function call(phone: typeof kitchen): void {
    ami.tell('Newchannel', snapshot({ ...phone, linked: phone.id, state: 'Ring' }));
  }

  it('is waited in, with other visitors too, until somebody comes, and each who does is told', async () => {
    ami.lists.ConfbridgeListRooms = () => [
      event('ConfbridgeListRooms', { Conference: '1', Parties: String(members.length), Locked: 'No' }),
    ];
    press({ ...door, exten: '777' });
    await join(door, false);
    expect(view()).toMatchObject({ state: 'waiting', press: { waiting: { room: '1', name: '1' } } });
    press(gate);
    await join(gate, false);
    expect([view()?.state, view('pjsip_8001')?.state]).toEqual(['waiting', 'waiting']);
    expect(told()).toEqual(['ring', 'waiting', 'ring', 'waiting']);
    expect(happenings[1]).toMatchObject({ room: '1', room_name: '1' });
    happenings.length = 0;
    hangup(gate);
    leave(gate);
    happenings.length = 0;
    call(kitchen);
    await join(kitchen, true);
    call(office);
    await join(office, true);
    expect(happenings.map(({ type, by }) => `${type} by ${by?.name}`)).toEqual([
      'answered by Kitchen',
      'answered by Office',
    ]);
    expect(happenings[1]?.answered_by?.map(({ name }) => name)).toEqual(['Kitchen', 'Office']);
    leave(kitchen);
    hangup(kitchen);
    expect(view()).toMatchObject({ state: 'answered', press: { talkingTo: ['Office'] } });
    expect(view()?.press?.by.map(({ name }) => name)).toEqual(['Kitchen', 'Office']);
    now += 7000;
    leave(office);
    leave(door);
    hangup(door);
    expect(happenings.at(-1)).toMatchObject({ type: 'ended', outcome: 'answered', seconds: 7 });
    expect(told()).toEqual(['answered', 'answered', 'ended']);
  });
});

describe('a link that was down', () => {
  const listed = (more = {}) =>
    event('CoreShowChannel', { ...snapshot({ ...door, state: 'Up' }), Application: 'Park', ...more });

  async function reconnect(): Promise<void> {
    ami.link({ state: 'down' });
    ami.link({ state: 'up' });
    await settle();
  }

  it('invents no second ring in mid-loop, and goes on counting', async () => {
    press();
    round();
    ami.lists.CoreShowChannels = [listed({ ChannelStateDesc: 'Ring', Application: 'Wait' })];
    await reconnect();
    round();
    expect(told()).toEqual(['ring']);
    expect(view()).toMatchObject({ state: 'ringing', press: { attempts: 2 } });
  });

  it('is no reason to take others who wait in a conference for company when the visitor leaves it', async () => {
    const waits = (who: typeof kitchen) => ({ ...snapshot(who), WaitMarked: 'Yes', Waiting: 'Yes' });
    const inBridge = (who: typeof kitchen, Application: string) =>
      event('CoreShowChannel', { ...snapshot(who), Application, BridgeId: 'c1' });
    members = [waits({ ...door, linked: '1.1' }), waits(office)];
    ami.lists.ConfbridgeListRooms = [
      event('ConfbridgeListRooms', { Conference: '1', Parties: '2', Locked: 'No' }),
    ];
    ami.lists.CoreShowChannels = [
      inBridge({ ...door, linked: '1.1' }, 'ConfBridge'),
      inBridge({ ...office, linked: '1.3' }, 'ConfBridge'),
    ];
    await reconnect();
    expect(view()?.state).toBe('waiting');
    // Asterisk tells that somebody left the conference before it tells that they left its bridge.
    ami.tell('ConfbridgeLeave', { ...snapshot(door), Conference: '1' });
    expect(view()).toMatchObject({ state: 'ringing', press: { talkingTo: [] } });
    expect(told()).toEqual([]);
  });

  it('takes over what became of the visitor meanwhile, as state and not as news', async () => {
    press();
    ami.lists.CoreShowChannels = [listed()];
    ami.lists.ParkedCalls = [
      event('ParkedCall', {
        ...snapshot(door, 'Parkee'),
        ...{ Parkinglot: 'default', ParkingSpace: '701', ParkingTimeout: '60' },
      }),
    ];
    await reconnect();
    expect(view()).toMatchObject({ state: 'parked', press: { parked: { space: '701' } } });
    ami.lists.ParkedCalls = [];
    ami.lists.CoreShowChannels = [
      listed({ BridgeId: 'b1' }),
      event('CoreShowChannel', { ...snapshot(kitchen), Application: 'AppDial', BridgeId: 'b1' }),
    ];
    ami.lists.BridgeList = [
      event('BridgeListItem', { BridgeUniqueid: 'b1', BridgeTechnology: 'simple_bridge' }),
    ];
    await reconnect();
    expect(view()).toMatchObject({
      state: 'answered',
      press: { answeredBy: { name: 'Kitchen' }, parked: null },
    });
    ami.lists.CoreShowChannels = [];
    ami.lists.BridgeList = [];
    await reconnect();
    expect(told()).toEqual(['ring', 'ended']);
    expect(happenings.at(-1)?.outcome).toBe('lost');
  });
});
