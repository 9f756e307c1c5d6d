/** Conferences, as their events and lists tell of them. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AmiActionError, AmiDisconnected } from '../../src/ami/index.ts';
import { type Change, type ConferenceHappening, type Happening, Pbx } from '../../src/pbx/index.ts';
import { event, FakeAmi, snapshot } from './fake-ami.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const infos: string[] = [];
const log = { debug() {}, info: (_: object, words: string) => infos.push(words), warn() {}, error() {} };

const visitor = { name: 'PJSIP/8000-00000001', id: '1.1', num: '8000', cid: 'Doorbell' };
const kitchen = { name: 'PJSIP/6001-00000002', id: '1.2', num: '6001', cid: '' };

let ami: FakeAmi;
let pbx: Pbx;
let happenings: ConferenceHappening[];
let changes: Change[];
/** Who ConfbridgeList says is in, by room. */
let listed: Record<string, Record<string, string>[]>;
let locked: Set<string>;

const subject = (happening: Happening) => happening.subject === 'conference';

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  infos.length = 0;
  ami = new FakeAmi();
  happenings = [];
  changes = [];
  listed = {};
  locked = new Set();
  ami.lists.PJSIPShowEndpoints = ['6001', '6002', '8000'].map((name) =>
    event('EndpointList', { ObjectName: name, DeviceState: 'Not in use' }),
  );
  ami.lists.PJSIPShowEndpoint = [];
  ami.lists.BridgeList = [];
  ami.lists.ConfbridgeListRooms = () =>
    Object.entries(listed).map(([room, members]) =>
      event('ConfbridgeListRooms', {
        Conference: room,
        Parties: String(members.length),
        Locked: locked.has(room) ? 'Yes' : 'No',
      }),
    );
  ami.lists.ConfbridgeList = () => {
    const room = ami.sent.at(-1)?.Conference ?? '';
    return (listed[room] ?? []).map((member) => event('ConfbridgeList', member));
  };
  pbx = new Pbx(
    {
      id: 'home',
      phones: [{ endpoint: 'PJSIP/6001', name: 'Kitchen' }],
      doorbells: [{ name: 'Front door', endpoint: 'PJSIP/8000', extensions: [], answer_on: [] }],
      conferences: [{ room: 'family', name: 'Family' }],
    },
    ami.client,
    log,
  );
  pbx.onHappening((happening) => {
    if (subject(happening)) happenings.push(happening as ConferenceHappening);
  });
  pbx.onChange((change) => {
    if (change.subject === 'conference') changes.push(change);
  });
  pbx.start();
});
afterEach(async () => {
  await pbx.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

async function up(): Promise<void> {
  ami.link({ state: 'up' });
  await vi.advanceTimersByTimeAsync(0);
  expect(pbx.status.up).toBe(true);
  happenings.length = 0;
  changes.length = 0;
  ami.sent.length = 0;
}

const NO_WAY = { extension: null, bridge: null, profile: null };

type Who = { name: string; id: string; num: string; cid: string };

function tell(name: 'Join' | 'Leave' | 'Mute' | 'Unmute' | 'Talking', who: Who, more = {}, room = 'family') {
  ami.tell(`Confbridge${name}`, { ...snapshot(who), Conference: room, Admin: 'No', Muted: 'No', ...more });
}

function inList(who: Who, more: Record<string, string> = {}): Record<string, string> {
  const no = { Admin: 'No', MarkedUser: 'No', WaitMarked: 'No', Waiting: 'No', Muted: 'No', Talking: 'No' };
  return { ...snapshot(who), ...no, AnsweredTime: '3', ...more };
}

/** Comes in, and the list says what Join does not. */
async function join(who: Who, more: Record<string, string> = {}, room = 'family'): Promise<void> {
  listed[room] = [...(listed[room] ?? []), inList(who, more)];
  tell('Join', who, { Admin: more.Admin ?? 'No' }, room);
  await vi.advanceTimersByTimeAsync(1000);
}

async function leave(who: Who, room = 'family'): Promise<void> {
  listed[room] = (listed[room] ?? []).filter(({ Uniqueid }) => Uniqueid !== who.id);
  if (listed[room]?.length === 0) delete listed[room];
  tell('Leave', who, {}, room);
  await vi.advanceTimersByTimeAsync(0);
}

const family = () => pbx.conferences.get('family');
const asked = (action: string) => ami.sent.filter(({ Action }) => Action === action).length;

it('a room that the settings name is there, empty', async () => {
  await up();
  expect(pbx.conferences.all()).toEqual([
    {
      id: 'family',
      room: 'family',
      name: 'Family',
      members: [],
      locked: false,
      recording: false,
      since: null,
      entrances: { plain: NO_WAY, marked: NO_WAY },
      talkDetection: null,
      recordFolder: null,
    },
  ]);
  expect(vi.getTimerCount()).toBe(0);
});

it('tells who waits for a marked user, and when they no longer do', async () => {
  await up();
  await join(visitor, { WaitMarked: 'Yes', Waiting: 'Yes' });
  expect(family()?.members).toEqual([
    {
      call: '1.1',
      channel: 'PJSIP/8000-00000001',
      caller: { number: '8000', name: 'Doorbell' },
      phone: null,
      admin: false,
      marked: false,
      waiting: true,
      muted: false,
      talking: false,
      since: NOW,
    },
  ]);
  expect(pbx.conferences.of('1.1')).toEqual({
    room: { id: 'family', room: 'family', name: 'Family' },
    member: family()?.members[0],
  });
  listed.family = [inList(visitor, { WaitMarked: 'Yes' })];
  await join(kitchen, { MarkedUser: 'Yes', Admin: 'Yes' });
  expect(family()?.members).toMatchObject([
    { call: '1.1', waiting: false },
    { call: '1.2', marked: true, admin: true, phone: { name: 'Kitchen' }, since: NOW + 1000 },
  ]);
  listed.family = [inList(visitor, { WaitMarked: 'Yes', Waiting: 'Yes' }), inList(kitchen)];
  await leave(kitchen);
  await vi.advanceTimersByTimeAsync(1000);
  expect(family()?.members).toMatchObject([{ call: '1.1', waiting: true }]);
  expect(pbx.conferences.of('1.2')).toBeUndefined();
});

it('tells its happenings whole', async () => {
  await up();
  await join(kitchen, { Admin: 'Yes' });
  tell('Mute', kitchen);
  tell('Unmute', kitchen);
  tell('Talking', kitchen, { TalkingStatus: 'on' });
  expect(family()?.members[0]).toMatchObject({ talking: true, muted: false });
  tell('Talking', kitchen, { TalkingStatus: 'off' });
  ami.tell('ConfbridgeRecord', { Conference: 'family' });
  expect(family()?.recording).toBe(true);
  ami.tell('ConfbridgeStopRecord', { Conference: 'family' });
  await leave(kitchen);
  const phone = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };
  const room = { pbx: 'home', subject: 'conference', conference: 'family', room: 'family', name: 'Family' };
  const who = { call: '1.2', caller: { number: '6001', name: '' }, by: phone, admin: true };
  const joined = { time: '2026-11-24T08:00:00.000Z', ...room, members: 1 };
  const later = { ...joined, time: '2026-11-24T08:00:01.000Z' };
  expect(happenings).toEqual([
    { ...joined, type: 'join', ...who },
    { ...later, type: 'muted', ...who },
    { ...later, type: 'unmuted', ...who },
    { ...later, type: 'talk_start', ...who },
    { ...later, type: 'talk_end', ...who },
    { ...later, type: 'recording_started' },
    { ...later, type: 'recording_stopped' },
    { ...later, type: 'leave', members: 0, ...who, seconds: 1 },
  ]);
});

it('knows who joins before it hears of their caller ID', async () => {
  await up();
  ami.tell('Newchannel', snapshot({ name: visitor.name, id: visitor.id }));
  await join(visitor);
  const caller = { number: '8000', name: 'Doorbell' };
  expect(family()?.members).toMatchObject([{ caller }]);
  expect(happenings).toMatchObject([{ type: 'join', caller }]);
  // Whoever is put through goes by what the channel says now.
  ami.tell('NewCallerid', snapshot({ ...visitor, num: '555', cid: 'Anna' }));
  expect(family()?.members).toMatchObject([{ caller: { number: '555', name: 'Anna' } }]);
});

it('sees a lock that was made elsewhere within 5 s, and asks for none while every room is empty', async () => {
  await up();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ami.sent).toEqual([]);
  await join(kitchen);
  locked.add('family');
  await vi.advanceTimersByTimeAsync(5000);
  expect(family()?.locked).toBe(true);
  locked.delete('family');
  await pbx.conferences.refresh();
  expect(family()?.locked).toBe(false);
  expect(happenings.map(({ type }) => type)).toEqual(['join', 'locked', 'unlocked']);
  await leave(kitchen);
  ami.tell('ConfbridgeEnd', { Conference: 'family' });
  await vi.advanceTimersByTimeAsync(5000);
  expect(vi.getTimerCount()).toBe(0);
});

it('a room that ends is unlocked and not recorded, and nobody is told', async () => {
  await up();
  await join(kitchen);
  ami.tell('ConfbridgeRecord', { Conference: 'family' });
  locked.add('family');
  await pbx.conferences.refresh();
  await leave(kitchen);
  ami.tell('ConfbridgeEnd', { Conference: 'family' });
  expect(family()).toMatchObject({ members: [], locked: false, recording: false, since: null });
  expect(happenings.at(-1)?.type).toBe('leave');
});

it('does not take for present who has left and is still listed, until they come in again', async () => {
  await up();
  await join(visitor, { WaitMarked: 'Yes' });
  await join(kitchen, { MarkedUser: 'Yes' });
  // Asterisk tells who leaves before it takes them off its list.
  tell('Leave', visitor);
  tell('Leave', kitchen);
  await vi.advanceTimersByTimeAsync(1000);
  expect(family()?.members).toEqual([]);
  tell('Join', visitor);
  await vi.advanceTimersByTimeAsync(1000);
  expect(family()?.members).toMatchObject([{ call: visitor.id }]);
  // The conference has ended without a word.
  delete listed.family;
  await vi.advanceTimersByTimeAsync(5000);
  expect(family()?.members).toEqual([]);
});

it('asks one list at a time, few for 200 who join at once, and knows them all', async () => {
  await up();
  let running = 0;
  ami.lists.ConfbridgeList = async () => {
    running += 1;
    expect(running).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    running -= 1;
    return (listed.family ?? []).map((member) => event('ConfbridgeList', member));
  };
  listed.family = [];
  for (let index = 0; index < 200; index += 1) {
    const who = { name: `PJSIP/${index}-1`, id: `2.${index}`, num: String(index), cid: '' };
    listed.family.push(inList(who, { Waiting: 'Yes', WaitMarked: 'Yes' }));
    tell('Join', who);
    await vi.advanceTimersByTimeAsync(5);
  }
  await vi.advanceTimersByTimeAsync(5000);
  expect(family()?.members).toHaveLength(200);
  expect(family()?.members.every(({ waiting }) => waiting)).toBe(true);
  expect(asked('ConfbridgeList')).toBeLessThan(8);
  expect(happenings).toHaveLength(200);
});

it('knows after a reconnect who is in, who left, what is locked and recorded, and invents nothing', async () => {
  await up();
  await join(kitchen);
  ami.link({ state: 'down', problem: { code: 'closed', message: 'gone', at: 0 } });
  expect(vi.getTimerCount()).toBe(0);
  happenings.length = 0;
  listed = { family: [inList(visitor)], other: [inList({ ...kitchen, id: '1.9' }, { Talking: 'Yes' })] };
  locked.add('other');
  ami.lists.BridgeList = [
    event('BridgeListItem', { BridgeCreator: 'ConfBridge', BridgeName: 'other', BridgeNumChannels: '3' }),
    event('BridgeListItem', { BridgeCreator: 'ConfBridge', BridgeName: 'family', BridgeNumChannels: '2' }),
  ];
  ami.link({ state: 'up', problem: null });
  await vi.advanceTimersByTimeAsync(0);
  expect(family()).toMatchObject({ members: [{ call: '1.1', since: NOW - 2000 }], recording: false });
  expect(pbx.conferences.find('other')).toMatchObject({
    members: [{ call: '1.9', talking: true }],
    locked: true,
    recording: true,
  });
  expect(pbx.conferences.of('1.2')).toBeUndefined();
  expect(happenings).toEqual([]);
});

it('knows who left before the link was lost and came back meanwhile', async () => {
  await up();
  await join(kitchen);
  await leave(kitchen);
  listed = { family: [inList(kitchen)] };
  ami.link({ state: 'down' });
  ami.link({ state: 'up' });
  await vi.advanceTimersByTimeAsync(0);
  expect(family()?.members).toMatchObject([{ call: '1.2' }]);
});

it('knows who left and came back while the AMI user might not ask who is in', async () => {
  await up();
  await join(kitchen);
  const { ConfbridgeList: list = [] } = ami.lists;
  delete ami.lists.ConfbridgeList;
  await leave(kitchen);
  await join(visitor);
  ami.lists.ConfbridgeList = list;
  listed.family = [inList(kitchen), inList(visitor)];
  await join({ ...kitchen, id: '1.3' });
  expect(
    family()
      ?.members.map(({ call }) => call)
      .sort(),
  ).toEqual(['1.1', '1.2', '1.3']);
});

it('an event that comes while the list runs is newer than the list', async () => {
  listed.family = [inList(visitor), inList(kitchen)];
  const lists = Promise.withResolvers<void>();
  const rows = listed.family.map((member) => event('ConfbridgeList', member));
  ami.lists.ConfbridgeList = async () => {
    await lists.promise;
    return rows;
  };
  ami.link({ state: 'up' });
  await vi.advanceTimersByTimeAsync(0);
  tell('Leave', visitor);
  tell('Join', { ...kitchen, id: '1.3' });
  lists.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(family()?.members.map(({ call }) => call)).toEqual(['1.2', '1.3']);
  expect(pbx.conferences.of('1.1')).toBeUndefined();
});

it('keeps a room that it has seen, and lets the longest unused go when there are many', async () => {
  await up();
  await join(kitchen, {}, 'a');
  await leave(kitchen, 'a');
  expect(pbx.conferences.get('a')).toMatchObject({ members: [], since: null });
  for (let index = 0; index < 20; index += 1) ami.tell('ConfbridgeStart', { Conference: `r${index}` });
  expect(pbx.conferences.get('a')).toBeUndefined();
  expect(pbx.conferences.all()).toHaveLength(21);
  expect(family()).toBeDefined();
  expect(changes.at(-1)).toEqual({ subject: 'conference', id: '*' });
});

it('says once that there is no app_confbridge, and has no rooms then', async () => {
  delete ami.lists.ConfbridgeListRooms;
  await up();
  expect(pbx.conferences.all()).toEqual([]);
  ami.tell('Reload', { Module: 'app_confbridge' });
  await vi.advanceTimersByTimeAsync(0);
  expect(infos.filter((line) => line.includes('app_confbridge'))).toHaveLength(1);
});

it('has no rooms while app_confbridge is unloaded, and has them again', async () => {
  await up();
  await join(kitchen);
  const rooms = ami.lists.ConfbridgeListRooms;
  delete ami.lists.ConfbridgeListRooms;
  ami.tell('Unload', { Module: 'app_confbridge.so' });
  await vi.advanceTimersByTimeAsync(0);
  expect([pbx.conferences.all(), pbx.conferences.of('1.2'), changes.at(-1)?.id]).toEqual([
    [],
    undefined,
    '*',
  ]);
  ami.lists.ConfbridgeListRooms = rooms ?? [];
  listed = {};
  ami.tell('Load', { Module: 'app_confbridge.so' });
  await vi.advanceTimersByTimeAsync(0);
  expect(family()).toMatchObject({ members: [] });
});

it('goes on when a list is refused', async () => {
  await up();
  ami.lists.ConfbridgeList = () => {
    throw new AmiActionError('ConfbridgeList', 'Out of order', 'failed');
  };
  tell('Join', visitor);
  await vi.advanceTimersByTimeAsync(0);
  ami.lists.ConfbridgeListRooms = () => {
    throw new AmiDisconnected('ConfbridgeListRooms', 'gone');
  };
  await vi.advanceTimersByTimeAsync(4000);
  expect(family()?.members).toMatchObject([{ call: '1.1', waiting: false }]);
});

it('finds rooms and the ways in by the dialplan, that of included contexts too', async () => {
  const line = (Extension: string, AppData: string) =>
    event('ListDialplan', { Extension, Application: 'ConfBridge', AppData });
  ami.lists.ShowDialPlan = () => {
    const context = ami.sent.at(-1)?.Context;
    if (context === 'default')
      return [
        event('ListDialplan', { Extension: '600', Application: 'Dial', AppData: 'PJSIP/6001' }),
        line('777', '1,myconferenceroom,default_user'),
        line('888', '1,myconferenceroom,admin_user'),
        line('_9X', 'room-$x'),
        event('ListDialplan', { IncludeContext: 'more' }),
      ];
    if (context === 'more')
      return [line('s', 'family'), event('ListDialplan', { IncludeContext: 'default' })];
    throw new AmiActionError('ShowDialPlan', 'Did not find context', 'failed');
  };
  const commands: string[] = [];
  ami.send = async ({ Command: command = '' }) => {
    if (command !== '') commands.push(command);
    const marked = command.endsWith('admin_user');
    const output = [`Name: x`, `Marked User:             ${marked}`, 'Talk Detect Events:      enabled'];
    return { all: () => output };
  };
  await up();
  expect(commands).toEqual([
    'confbridge show profile user default_user',
    'confbridge show profile user admin_user',
  ]);
  expect(pbx.conferences.all().map(({ room }) => room)).toEqual(['family', '1']);
  expect(pbx.conferences.get('1')).toMatchObject({
    name: '1',
    entrances: {
      plain: { extension: '777', bridge: 'myconferenceroom', profile: 'default_user' },
      marked: { extension: '888', bridge: 'myconferenceroom', profile: 'admin_user' },
    },
    talkDetection: true,
  });
  expect(family()).toMatchObject({ entrances: { plain: NO_WAY, marked: NO_WAY }, talkDetection: null });
});

it('knows by events alone what the AMI user may not list, and says so once', async () => {
  const refuse = (action: string) => () => {
    throw new AmiActionError(action, 'Permission denied', 'permission');
  };
  ami.lists.ConfbridgeListRooms = refuse('ConfbridgeListRooms');
  ami.lists.ConfbridgeList = refuse('ConfbridgeList');
  await up();
  await join(kitchen);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(family()?.members).toMatchObject([{ call: '1.2' }]);
  ami.tell('Reload', { Module: 'app_confbridge' });
  await vi.advanceTimersByTimeAsync(0);
  expect(family()?.members).toEqual([]);
  expect(infos.filter((line) => line.includes('reporting'))).toHaveLength(1);
});
