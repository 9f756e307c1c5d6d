import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Happening, QueueHappening } from '../../src/pbx/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import type { QueueOptions } from '../../src/pbx/model.ts';
import { event, FakeAmi, snapshot } from './fake-ami.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const OPTIONS: QueueOptions[] = [
  { queue: 'support', name: 'Help', members: [], permission: 'details', control: 'all' },
  { queue: 'secret', hidden: true, members: [], permission: 'details', control: 'all' },
];

let ami: FakeAmi;
let pbx: Pbx;
let happenings: QueueHappening[];
let changes: string[];
let said: string[];

const params = (Queue: string, more = {}) =>
  event('QueueParams', { Queue, Strategy: 'ringall', ServiceLevel: '20', ServicelevelPerf: '80.0', ...more });

const member = {
  Queue: 'support',
  StateInterface: 'PJSIP/6001',
  Membership: 'dynamic',
  Penalty: '0',
  Status: '1',
  Paused: '0',
  InCall: '0',
  LastCall: '0',
  LoginTime: '1795500000',
  Wrapuptime: '0',
};
/** As the list has a member, and as the events have it. */
const listed = (more = {}) =>
  event('QueueMember', { ...member, Name: 'PJSIP/6001', Location: 'PJSIP/6001', ...more });
const tell = (
  name: 'QueueMemberStatus' | 'QueueMemberPause' | 'QueueMemberAdded' | 'QueueMemberRemoved',
  more = {},
) => ami.tell(name, { ...member, MemberName: 'PJSIP/6001', Interface: 'PJSIP/6001', ...more });

const visitor = (n: number) => ({ name: `PJSIP/900${n}-1`, id: `9.${n}`, num: `50${n}`, cid: `Caller ${n}` });
const entry = (n: number, Position: number, more = {}) =>
  event('QueueEntry', {
    Queue: 'support',
    Position: String(Position),
    Channel: visitor(n).name,
    Uniqueid: visitor(n).id,
    CallerIDNum: `50${n}`,
    CallerIDName: `Caller ${n}`,
    Wait: '12',
    Priority: '0',
    ...more,
  });

function joins(n: number, Position = 1, Queue = 'support'): void {
  ami.tell('QueueCallerJoin', { ...snapshot(visitor(n)), Queue, Position: String(Position) });
}
function leaves(n: number, Position = 1): void {
  ami.tell('QueueCallerLeave', { ...snapshot(visitor(n)), Queue: 'support', Position: String(Position) });
}
const agent = (n: number, more = {}) => ({
  ...snapshot(visitor(n)),
  ...snapshot({ name: 'PJSIP/6001-7', id: '6.1' }, 'Dest'),
  Queue: 'support',
  MemberName: 'PJSIP/6001',
  Interface: 'PJSIP/6001',
  ...more,
});
/** A member's phone picks up. */
function picksUp(): void {
  ami.tell('Newchannel', snapshot({ name: 'PJSIP/6001-7', id: '6.1', state: 'Down' }));
  ami.tell('Newstate', snapshot({ name: 'PJSIP/6001-7', id: '6.1', state: 'Up' }));
}

const support = () => pbx.queues.get('support');
const numbers = () => support()?.callers.map(({ caller }) => caller.number);
const types = () => happenings.map(({ type }) => type);

beforeEach(async () => {
  vi.useFakeTimers({ now: NOW });
  ami = new FakeAmi();
  happenings = [];
  changes = [];
  said = [];
  ami.lists.BridgeList = [];
  ami.lists.CoreShowChannels = [];
  ami.lists.DeviceStateList = [];
  ami.lists.PJSIPShowEndpoints = [event('EndpointList', { ObjectName: '6001', DeviceState: 'Not in use' })];
  ami.lists.PJSIPShowEndpoint = [event('EndpointDetail', { Callerid: '"Kitchen" <6001>' })];
  ami.lists.QueueStatus = [params('support'), listed(), params('secret')];
  const say = (_facts: object, message: string) => void said.push(message);
  const log = { debug() {}, info: say, warn: say, error: say };
  pbx = new Pbx({ id: 'home', phones: [], doorbells: [], queues: OPTIONS }, ami.client, log, null, Date.now);
  pbx.onHappening((happening: Happening) => {
    if (happening.subject === 'queue') happenings.push(happening);
  });
  pbx.onChange(({ subject, id }) => {
    if (subject === 'queue' || subject === 'queue_member') changes.push(`${subject} ${id}`);
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
  await vi.advanceTimersByTimeAsync(10);
  expect(pbx.status.up).toBe(true);
  happenings.length = 0;
  changes.length = 0;
}

it('are found with members and callers; hidden ones are not, and nothing is news', async () => {
  ami.lists.QueueStatus = [params('support'), listed(), entry(1, 1), entry(2, 2), params('secret')];
  ami.link({ state: 'up' });
  await vi.advanceTimersByTimeAsync(10);
  expect(pbx.queues.all()).toEqual([
    {
      id: 'support',
      queue: 'support',
      name: 'Help',
      strategy: 'ringall',
      completed: 0,
      abandoned: 0,
      holdTime: 0,
      talkTime: 0,
      serviceLevel: { percent: 80, seconds: 20 },
      callers: [1, 2].map((n) => ({
        position: n,
        caller: { number: `50${n}`, name: `Caller ${n}` },
        call: `9.${n}`,
        channel: `PJSIP/900${n}-1`,
        since: expect.closeTo(NOW - 12_000, -2),
        priority: 0,
      })),
      waitingSince: expect.closeTo(NOW - 12_000, -2),
      longestWait: 12,
      members: {
        total: 1,
        available: 1,
        ringing: 0,
        in_call: 0,
        busy: 0,
        on_hold: 0,
        wrap_up: 0,
        paused: 0,
        unreachable: 0,
      },
      penalties: false,
      setInterfaceVar: null,
      told: true,
    },
  ]);
  expect(pbx.queues.members.all()).toEqual([
    {
      id: 'support__pjsip_6001',
      queue: 'support',
      name: 'Kitchen',
      interface: 'PJSIP/6001',
      stateInterface: 'PJSIP/6001',
      phone: { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' },
      membership: 'dynamic',
      state: 'available',
      paused: false,
      pausedReason: '',
      pausedSince: null,
      penalty: 0,
      callsTaken: 0,
      lastCall: null,
      loggedInSince: 1795500000_000,
      caller: null,
      wrapUpUntil: null,
    },
  ]);
  expect(happenings).toEqual([]);
  joins(3, 1, 'secret');
  expect(happenings).toEqual([]);
});

it('tell a caller’s way to a member: joined, in vain, connected, completed', async () => {
  await up();
  joins(1);
  ami.tell('AgentCalled', agent(1));
  ami.tell('AgentRingNoAnswer', agent(1, { RingTime: '5000' }));
  ami.tell('AgentRingNoAnswer', agent(1, { Interface: 'PJSIP/6002', MemberName: 'Bob' }));
  await vi.advanceTimersByTimeAsync(60);
  ami.tell('AgentCalled', agent(1));
  picksUp();
  leaves(1);
  ami.tell('AgentConnect', agent(1, { HoldTime: '7', RingTime: '2' }));
  // A phone's own state came before, and Asterisk says no more of the member until the end.
  expect(pbx.queues.members.get('support__pjsip_6001')).toMatchObject({
    state: 'in_call',
    caller: { number: '501', name: 'Caller 1' },
  });
  ami.tell('AgentComplete', agent(1, { HoldTime: '7', TalkTime: '40', Reason: 'agent' }));
  tell('QueueMemberStatus', { LastCall: '1795507200', CallsTaken: '1' });
  expect(pbx.queues.members.get('support__pjsip_6001')).toMatchObject({ state: 'available', caller: null });
  expect(types()).toEqual(['joined', 'no_answer', 'connected', 'completed']);
  const kitchen = { id: 'support__pjsip_6001', name: 'Kitchen', interface: 'PJSIP/6001' };
  expect(happenings[1]).toMatchObject({ members: [kitchen, { name: 'Bob' }], count: 2 });
  expect(happenings[2]).toMatchObject({
    member: kitchen,
    waited: 7,
    waiting: 0,
    queue: 'support',
    name: 'Help',
  });
  expect(happenings[3]).toMatchObject({ member: kitchen, talked: 40, ended_by: 'member' });
});

it('show how long the longest has waited, every 5 s and only while somebody does', async () => {
  await up();
  ami.lists.QueueStatus = [params('support'), listed(), entry(2, 1, { Wait: '0' }), entry(1, 2)];
  expect(support()).toMatchObject({ longestWait: 0, waitingSince: null });
  joins(1);
  await vi.advanceTimersByTimeAsync(3_000);
  // Comes later, and is in front.
  joins(2);
  expect(support()).toMatchObject({ longestWait: 3, waitingSince: expect.closeTo(NOW, -3) });
  changes.length = 0;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(changes).toEqual(['queue support']);
  expect(support()?.longestWait).toBe(5);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(changes).toHaveLength(2);
  leaves(1, 2);
  expect(support()?.longestWait).toBe(7);
  ami.lists.QueueStatus = [params('support'), listed()];
  leaves(2);
  expect(support()).toMatchObject({ longestWait: 0, waitingSince: null });
  await vi.advanceTimersByTimeAsync(5_000);
  changes.length = 0;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(changes).toEqual([]);
});

it('tell who hung up from who went on: Asterisk says Abandon of both', async () => {
  await up();
  joins(1);
  joins(2, 2);
  await vi.advanceTimersByTimeAsync(9_000);
  ami.tell('HangupRequest', snapshot(visitor(1)));
  ami.tell('QueueCallerAbandon', { ...snapshot(visitor(1)), Queue: 'support', Position: '1' });
  leaves(1);
  ami.tell('QueueCallerAbandon', { ...snapshot(visitor(2)), Queue: 'support', Position: '1' });
  leaves(2);
  expect(types()).toEqual(['joined', 'joined', 'abandoned', 'left']);
  expect(happenings[2]).toMatchObject({ waited: 9, waiting: 1, caller: { number: '501' } });
  expect(happenings[3]).toMatchObject({ waited: 9, waiting: 0 });
});

it('know an answer to a caller who was there before us', async () => {
  ami.lists.QueueStatus = [params('support'), listed(), entry(1, 1)];
  ami.lists.CoreShowChannels = [
    event('CoreShowChannel', {
      ...snapshot({ ...visitor(1), state: 'Up' }),
      Application: 'Queue',
      Duration: '00:00:12',
    }),
    event('CoreShowChannel', {
      ...snapshot({ name: 'PJSIP/6001-7', id: '6.1', linked: '9.1', state: 'Ringing' }),
      Application: 'AppQueue',
      Duration: '00:00:02',
    }),
  ];
  await up();
  ami.tell('Newstate', snapshot({ name: 'PJSIP/6001-7', id: '6.1', linked: '9.1', state: 'Up' }));
  leaves(1);
  ami.tell('AgentConnect', agent(1, { HoldTime: '14' }));
  expect(types()).toEqual(['connected']);
});

it('tell of one who was lost on the way to a member though the queues were loaded anew meanwhile', async () => {
  await up();
  joins(1);
  ami.tell('AgentCalled', agent(1));
  picksUp();
  leaves(1);
  const lists = () => ami.sent.filter(({ Action }) => Action === 'QueueStatus').length;
  const before = lists();
  ami.tell('Reload', { Module: 'app_queue', Status: '0' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(lists()).toBeGreaterThan(before);
  ami.tell('Hangup', snapshot(visitor(1)));
  expect(types()).toEqual(['joined', 'abandoned']);
});

it('forget a caller whose channel has gone, and one who was lost on the way to a member', async () => {
  await up();
  joins(1);
  ami.tell('Hangup', snapshot(visitor(1)));
  expect(numbers()).toEqual([]);
  joins(2);
  ami.tell('AgentCalled', agent(2));
  picksUp();
  leaves(2);
  ami.tell('Hangup', snapshot(visitor(2)));
  expect(types()).toEqual(['joined', 'abandoned', 'joined', 'abandoned']);
});

it('keep places as callers come in front and leave the middle', async () => {
  await up();
  joins(1, 1);
  joins(2, 2);
  joins(3, 1);
  expect(numbers()).toEqual(['503', '501', '502']);
  leaves(1, 2);
  expect(support()?.callers.map(({ position }) => position)).toEqual([1, 2]);
  expect(numbers()).toEqual(['503', '502']);
});

it('ask for the order when a caller leaves from another place than was known, and for the figures', async () => {
  await up();
  for (const n of [1, 2, 3]) joins(n, n);
  ami.lists.QueueStatus = [params('support', { Completed: '4', Abandoned: '2' }), entry(3, 1), entry(2, 2)];
  // Somebody had moved the first to the end.
  leaves(1, 3);
  await vi.advanceTimersByTimeAsync(600);
  expect(numbers()).toEqual(['503', '502']);
  expect(support()).toMatchObject({ completed: 4, abandoned: 2 });
  expect(ami.sent.filter(({ Member }) => Member === '-').length).toBeGreaterThan(0);
});

it('pause, with a reason, and say so once', async () => {
  await up();
  const paused = { Paused: '1', PausedReason: 'Lunch', LastPause: '1795507000' };
  tell('QueueMemberPause', paused);
  tell('QueueMemberPause', paused);
  expect(pbx.queues.members.get('support__pjsip_6001')).toMatchObject({
    state: 'paused',
    pausedReason: 'Lunch',
    pausedSince: 1795507000_000,
  });
  expect(support()?.members).toMatchObject({ total: 1, available: 0, paused: 1 });
  tell('QueueMemberPause');
  expect(happenings).toMatchObject([{ type: 'member_paused', reason: 'Lunch' }, { type: 'member_unpaused' }]);
});

it('end a wrap-up by the clock', async () => {
  await up();
  tell('QueueMemberStatus', { InCall: '1', Status: '2', Wrapuptime: '5' });
  tell('QueueMemberStatus', { LastCall: '1795507200', Wrapuptime: '5' });
  expect(pbx.queues.members.get('support__pjsip_6001')).toMatchObject({ state: 'wrap_up' });
  changes.length = 0;
  await vi.advanceTimersByTimeAsync(5_001);
  expect(pbx.queues.members.get('support__pjsip_6001')).toMatchObject({
    state: 'available',
    wrapUpUntil: null,
  });
  expect(changes).toEqual(['queue support', 'queue_member support__pjsip_6001']);
});

it('touch one member where one has changed', async () => {
  ami.lists.QueueStatus = [
    params('support'),
    ...Array.from({ length: 100 }, (_, n) => listed({ Location: `Local/${n}@x/n`, Name: `Agent ${n}` })),
  ];
  await up();
  tell('QueueMemberStatus', { Interface: 'Local/7@x/n', MemberName: 'Agent 7', Status: '6' });
  expect(changes).toEqual(['queue support', `queue_member ${pbx.queues.members.all()[7]?.id}`]);
  changes.length = 0;
  await vi.advanceTimersByTimeAsync(15_100);
  // The list still says of it what it said before: one row.
  expect(changes.filter((change) => change.startsWith('queue_member'))).toHaveLength(1);
});

it('add and remove members, and remember what they were', async () => {
  await up();
  tell('QueueMemberRemoved', { Penalty: '2' });
  const phone = pbx.phones.get('pjsip_6001');
  if (phone === undefined) throw new Error('no phone');
  expect(pbx.queues.members.all()).toEqual([]);
  expect(pbx.queues.former(phone)).toMatchObject([{ queue: 'support', interface: 'PJSIP/6001' }]);
  tell('QueueMemberAdded');
  expect(pbx.queues.former(phone)).toEqual([]);
  expect(types()).toEqual(['member_removed', 'member_added']);
});

it('show penalties on all members while one has some', async () => {
  const other = { Interface: 'Local/7@x/n', StateInterface: 'Local/7@x/n', MemberName: 'Agent 7' };
  await up();
  const [phone] = pbx.queues.members.all();
  changes.length = 0;
  tell('QueueMemberAdded', { ...other, Penalty: '2' });
  expect(support()?.penalties).toBe(true);
  expect(changes).toContain(`queue_member ${phone?.id}`);
  changes.length = 0;
  tell('QueueMemberRemoved', { ...other, Penalty: '2' });
  expect(support()?.penalties).toBe(false);
  expect(changes).toContain(`queue_member ${phone?.id}`);
});

it('know the phone behind FreePBX’s members', async () => {
  ami.lists.QueueStatus = [
    params('support'),
    listed({ Location: 'Local/6001@from-queue/n', Name: 'Anna', StateInterface: 'hint:6001@ext-local' }),
  ];
  await up();
  expect(pbx.queues.members.all()).toMatchObject([
    { name: 'Anna', interface: 'Local/6001@from-queue/n', phone: { id: 'pjsip_6001' } },
  ]);
});

it('notice what no event tells within a while: a reload, a reset, a priority', async () => {
  await up();
  joins(1);
  joins(2, 2);
  ami.lists.QueueStatus = [
    params('support', { Completed: '9' }),
    entry(2, 1, { Priority: '5' }),
    entry(1, 2),
    params('new'),
  ];
  await vi.advanceTimersByTimeAsync(15_100);
  expect(numbers()).toEqual(['502', '501']);
  expect(pbx.queues.all().map(({ id }) => id)).toEqual(['support', 'new']);
  expect(support()).toMatchObject({ completed: 9, members: { total: 0 } });
  expect(pbx.queues.members.all()).toEqual([]);
});

it('give an event that is on its way time to come: a list that lacks a caller is not believed at once', async () => {
  await up();
  joins(1);
  await vi.advanceTimersByTimeAsync(15_100);
  expect(numbers()).toEqual(['501']);
  leaves(1);
  expect(types()).toEqual(['joined', 'left']);
  expect(said).not.toContainEqual(expect.stringMatching(/add agent/));
});

it('say once that nothing is told, when callers come and no event does; and see them all the same', async () => {
  await up();
  ami.lists.QueueStatus = [params('support'), listed(), entry(1, 1)];
  await vi.advanceTimersByTimeAsync(15_100);
  expect(numbers()).toEqual(['501']);
  expect(support()?.told).toBe(false);
  await vi.advanceTimersByTimeAsync(20_000);
  // That a channel ends is told of another class, and says nothing of the queue.
  ami.tell('Hangup', snapshot(visitor(1)));
  expect([numbers(), types(), support()?.told]).toEqual([[], [], false]);
  expect(said.filter((line) => /add agent/.test(line))).toHaveLength(1);
  changes.length = 0;
  joins(2, 2);
  expect(support()?.told).toBe(true);
  // Every queue says so.
  expect(changes).toContain('queue *');
});

it('are none where app_queue is not loaded, said once; a load brings them', async () => {
  const { QueueStatus } = ami.lists;
  delete ami.lists.QueueStatus;
  await up();
  expect(pbx.queues.all()).toEqual([]);
  expect(said.filter((line) => line.includes('no app_queue'))).toHaveLength(1);
  if (QueueStatus !== undefined) ami.lists.QueueStatus = QueueStatus;
  ami.tell('Load', { Module: 'app_queue.so', Status: 'Success' });
  await vi.advanceTimersByTimeAsync(300);
  expect(pbx.queues.all().map(({ id }) => id)).toEqual(['support']);
});

it('look again after a list that failed', async () => {
  await up();
  ami.lists.QueueStatus = () => Promise.reject(new Error('slow'));
  await vi.advanceTimersByTimeAsync(15_100);
  expect(said).toContainEqual('Could not read the state of the queues');
  ami.lists.QueueStatus = [params('support', { Completed: '3' }), listed()];
  await vi.advanceTimersByTimeAsync(15_100);
  expect(support()?.completed).toBe(3);
});

it('start anew after the link was lost, and invent nothing', async () => {
  await up();
  joins(1);
  ami.link({ state: 'down' });
  ami.lists.QueueStatus = [params('support'), entry(2, 1)];
  ami.link({ state: 'up' });
  await vi.advanceTimersByTimeAsync(10);
  expect(numbers()).toEqual(['502']);
  expect(types()).toEqual(['joined']);
});

it('do not tell after a lost link who had rung in vain before it', async () => {
  await up();
  joins(1);
  ami.tell('AgentCalled', agent(1));
  ami.tell('AgentRingNoAnswer', agent(1, { RingTime: '5000' }));
  ami.link({ state: 'down' });
  ami.lists.QueueStatus = [params('support'), listed(), entry(1, 1)];
  ami.link({ state: 'up' });
  await vi.advanceTimersByTimeAsync(60_000);
  leaves(1);
  expect(types()).toEqual(['joined', 'left']);
});
