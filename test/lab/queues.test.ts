/** Queues of a real Asterisk in a real Home Assistant: every entity, event and action. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskSettings, Companion } from './companion.ts';
import { House } from './house.ts';
import { DeskPhone } from './stack/desk-phone.ts';
import {
  type EntityState,
  type EventLog,
  type HassClient,
  type StateChanged,
  statesOf,
} from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';

/** `support` is in the lab's own queues.conf. */
const QUEUES = `
[sales]
strategy = ringall
timeout = 4
retry = 1
servicelevel = 20
wrapuptime = 2
ringinuse = no
[big]
strategy = ringall
[secret]
strategy = ringall
[freepbx]
strategy = ringall
timeout = 15
setinterfacevar = yes
`;

const DIALPLAN = `[default](+)
exten => 611,1,Queue(sales,r)
exten => _6[23]1X,1,Set(CALLERID(all)=Caller \${EXTEN:3} <50\${EXTEN:3}>)
same => n,Queue(sales,r,,,\${IF($["\${EXTEN:1:1}"="3"]?1:300)})
same => n,Wait(60)
exten => 615,1,Queue(big,r)
exten => 616,1,Queue(freepbx,r)
exten => 6002,hint,PJSIP/6002
[from-queue]
exten => 6002,1,Dial(PJSIP/6002,20)
[queue-caller]
exten => s,1,Answer()
same => n,Wait(600)
[queue-agent]
exten => _X.,1,Wait(600)
`;

const EVENT = 'event.queue_sales_activity';
const WAITING = 'sensor.queue_sales_waiting';
const LONGEST = 'sensor.queue_sales_longest_wait';
const AVAILABLE = 'sensor.queue_sales_members_available';
const ANNA = 'sensor.queue_sales_anna_state';
const PAUSED = 'switch.queue_sales_anna_paused';

interface Happened {
  readonly subject: string;
  readonly type: string;
  readonly time: string;
  readonly queue: string;
  readonly call?: string;
}

/** Anna as an event entity names her, and as the bus does. */
const BY = { member: 'Anna', member_id: 'sales__pjsip_6001', phone: 'pjsip_6001' };
const REF = {
  id: 'sales__pjsip_6001',
  name: 'Anna',
  interface: 'PJSIP/6001',
  phone: { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' },
};

type Answer = { readonly ok: boolean; readonly result: never; readonly error: never };

let lab: Lab;
let companion: Companion;
let hass: HassClient;
let wall: HassClient;
let kitchen: Phone;
let living: Phone;
let changes: EventLog<StateChanged>;
let bus: EventLog<Happened>;
let dialplan: AsyncDisposable;

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  wall = lab.homeAssistant.as('wall');
  await configure(QUEUES);
  await lab.asterisk().rx('module reload app_queue.so');
  dialplan = await lab.asterisk().dialplan('queues', DIALPLAN);
  const { id: user } = await wall.ws<{ id: string }>({ type: 'auth/current_user' });
  [kitchen, living] = await Promise.all([lab.phone('6001'), lab.phone('6002')]);
  companion = await Companion.start(lab, {
    queues: [
      {
        queue: 'sales',
        members: [{ phone: 'PJSIP/6001', name: 'Anna', user, permission: 'overview', control: 'own' }],
      },
      { queue: 'secret', hidden: true },
    ],
  });
  await hass.waitForState(WAITING, '0', 30);
  await companion.scripts();
  changes = await hass.record('state_changed');
  bus = await hass.record('asterisk_event');
}, 90_000);

afterAll(async () => {
  await changes?.[Symbol.asyncDispose]();
  await bus?.[Symbol.asyncDispose]();
  await lab?.asterisk().hangUpAll();
  await Promise.all([companion?.stop(), kitchen?.stop(), living?.stop()]);
  await dialplan?.[Symbol.asyncDispose]();
  await rm(join(lab.asterisk().dir, 'etc', 'queues.d', 'lab.conf'), { force: true });
  await lab.asterisk().rx('module reload app_queue.so');
  await lab.stop();
}, 60_000);

/** What an entity has shown since the test began, in order. */
const shown = (entity: string): EntityState[] => statesOf(changes, entity);

/** The types that the event entity has shown since the test began, in order. */
function types(): unknown[] {
  return shown(EVENT)
    .map(({ attributes }) => attributes.event_type)
    .filter(Boolean);
}

/** Waits until the bus has been told of something in the queue sales for the so manyth time, and gives it. */
function onBus(type: string, number = 1): Promise<Happened> {
  const all = () =>
    bus.data.filter((one) => one.subject === 'queue' && one.queue === 'sales' && one.type === type);
  return until(`${type} on the bus`, () => all().at(number - 1));
}

/** What every happening of the queue carries. */
function happening(type: string, more: object): object {
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
  const base = { companion: 'asterisk', pbx: 'home', time, subject: 'queue', queue: 'sales', name: 'sales' };
  return { ...base, type, ...more };
}

/** The numbers of members, as the entity has shown them: those that are not 0. */
function counts(): object[] {
  return shown(AVAILABLE).map(({ state, attributes }) => {
    const words = ['total', 'ringing', 'in_call', 'busy', 'on_hold', 'wrap_up', 'paused', 'unreachable'];
    const some = words.map((word) => [word, attributes[word]] as const).filter(([, count]) => count !== 0);
    return { available: state, queue: attributes.queue, ...Object.fromEntries(some) };
  });
}

function told(type: string) {
  return hass.waitForState(EVENT, ({ attributes }) => attributes.event_type === type, 15);
}

function run(action: string, fields: object, as: HassClient = hass): Promise<Answer> {
  return as.callService<Answer>(`script.asterisk_${action}`, { ...fields }, { respond: true });
}

/** A caller that no phone is needed for: `6211` is Caller 1, who waits long. */
async function calls(extension: string): Promise<void> {
  await lab.asterisk().rx(`channel originate Local/s@queue-caller/n extension ${extension}@default`);
}

async function callers(wanted: readonly string[]): Promise<void> {
  const numbers = ({ attributes }: EntityState) =>
    (attributes.callers as { number: string }[]).map(({ number }) => number);
  await hass.waitForState(WAITING, (entity) => numbers(entity).join() === wanted.join(), 15);
}

/** Who waits, as the entity has it. */
async function waits(): Promise<unknown> {
  return (await hass.getState(WAITING))?.attributes.callers;
}

/** Writes the queues of this test; a reload reads them. */
async function configure(queues: string): Promise<void> {
  const folder = join(lab.asterisk().dir, 'etc', 'queues.d');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'lab.conf'), queues);
}

/** What is published from now on, without what was kept from before. */
async function messages(filter: string) {
  const topics: string[] = [];
  const client = await mqtt.connectAsync(lab.broker.url);
  client.on('message', (topic, _payload, { retain }) => {
    if (!retain) topics.push(topic);
  });
  await client.subscribeAsync(filter);
  return { topics, [Symbol.asyncDispose]: () => client.endAsync() };
}

it('shows what there is, and a member who cannot be reached', async () => {
  const waiting = await hass.waitForState('sensor.queue_support_waiting', '0');
  expect(waiting.attributes).toMatchObject({
    queue: 'support',
    queue_name: 'support',
    strategy: 'ringall',
    setinterfacevar: true,
    told: true,
    callers: [],
  });
  const attic = await hass.waitForState('sensor.queue_support_attic_state', 'unreachable');
  expect(attic.attributes).toMatchObject({
    membership: 'static',
    phone: 'pjsip_6004',
    interface: 'PJSIP/6004',
  });
  expect((await hass.getState('sensor.queue_support_members_available'))?.attributes).toMatchObject({
    total: 1,
    unreachable: 1,
  });
  await hass.waitForState('sensor.queue_big_waiting', () => true);
  expect(await hass.getState('sensor.queue_secret_waiting')).toBeUndefined();
  expect((await hass.getState(WAITING))?.attributes.setinterfacevar).toBe(false);
  const lines = (await companion.log()).filter(({ msg }) => msg.startsWith('setinterfacevar is off'));
  expect(lines.map(({ queue }) => queue).sort()).toEqual(['big', 'sales']);
});

it('logs a phone in; a caller is told, rings in vain, is connected, and is counted', async () => {
  expect(await run('queue_log_in', { phone: 'Kitchen' }, wall)).toMatchObject({
    ok: true,
    result: { queues: [{ queue: 'sales', did: 'added' }] },
  });
  await hass.waitForState(ANNA, 'available');
  await hass.waitForState(AVAILABLE, '1');
  await using press = await lab.doorbell('8000').press('611');
  const waiting = await hass.waitForState(WAITING, '1');
  expect(waiting.attributes.callers).toMatchObject([{ position: 1, name: 'Doorbell', number: '8000' }]);
  expect((await told('joined')).attributes).toMatchObject({
    caller_name: 'Doorbell',
    caller_number: '8000',
    position: 1,
    waiting: 1,
  });
  await hass.waitForState(ANNA, 'ringing');
  const vain = await told('no_answer');
  expect(vain.attributes).toMatchObject({ members: ['Anna'], count: 1, caller_number: '8000', waiting: 1 });
  const wait = await hass.waitForState(LONGEST, ({ state }) => Number(state) >= 5);
  const waited = (Date.now() - Date.parse(String(wait.attributes.since))) / 1000;
  expect(Number(wait.state)).toBeLessThanOrEqual(Math.ceil(waited));
  expect(wait.attributes).toMatchObject({ device_class: 'duration', unit_of_measurement: 's' });
  await kitchen.answer();
  await press.waitFor('answered');
  const connected = await told('connected');
  expect(connected.attributes).toMatchObject({
    member: 'Anna',
    phone: 'pjsip_6001',
    caller_name: 'Doorbell',
    waiting: 0,
  });
  expect(Number(connected.attributes.waited)).toBeGreaterThanOrEqual(5);
  const talking = await hass.waitForState(ANNA, 'in_call');
  expect(talking.attributes).toMatchObject({ caller_name: 'Doorbell', caller_number: '8000' });
  await hass.waitForState(WAITING, '0');
  expect((await hass.waitForState(LONGEST, '0')).attributes.since).toBeNull();
  await hass.waitForState(AVAILABLE, ({ state, attributes }) => state === '0' && attributes.in_call === 1);
  await kitchen.hangUp();
  const completed = await told('completed');
  expect(completed.attributes).toMatchObject({
    member: 'Anna',
    ended_by: 'member',
    caller_number: '8000',
    waited: connected.attributes.waited,
    talked: expect.any(Number),
  });
  const wrapping = await hass.waitForState(ANNA, 'wrap_up');
  const { time } = await onBus('completed');
  const wrapUp = Date.parse(String(wrapping.attributes.wrap_up_until)) - Date.parse(time);
  expect(Math.abs(wrapUp - 2000)).toBeLessThan(1000);
  await hass.waitForState('sensor.queue_sales_completed', '1');
  expect((await hass.waitForState('sensor.queue_sales_service_level', '100')).attributes.within).toBe(20);
  // Asterisk's average of one call.
  const average = await hass.waitForState('sensor.queue_sales_hold_time', ({ state }) => Number(state) >= 1);
  expect(average.attributes).toMatchObject({ talk_time: expect.any(Number), unit_of_measurement: 's' });
  const free = await hass.waitForState(ANNA, 'available');
  expect(free.attributes).toMatchObject({
    queue: 'sales',
    queue_name: 'sales',
    member: 'sales__pjsip_6001',
    member_name: 'Anna',
    interface: 'PJSIP/6001',
    phone: 'pjsip_6001',
    membership: 'dynamic',
    penalty: 0,
    calls_taken: 1,
    last_call: expect.stringMatching(/^20/),
    logged_in_since: expect.stringMatching(/^20/),
    wrap_up_until: null,
    paused_since: null,
    caller_number: '',
  });
  expect(types()).toEqual(['member_added', 'joined', 'no_answer', 'connected', 'completed']);
  expect(shown(EVENT)[0]?.attributes).toMatchObject({ event_type: 'member_added', ...BY });
  const sales = { queue: 'sales', total: 1 };
  expect(counts()).toEqual(
    expect.arrayContaining([
      { available: '1', ...sales },
      { available: '0', ringing: 1, ...sales },
      { available: '0', in_call: 1, ...sales },
      { available: '0', wrap_up: 1, ...sales },
    ]),
  );
  const { call } = await onBus('joined');
  const caller = { number: '8000', name: 'Doorbell' };
  const of = { call, caller };
  const talk = { ...of, member: REF, waited: connected.attributes.waited, waiting: 0 };
  expect(bus.data.filter(({ queue }) => queue === 'sales')).toEqual([
    happening('member_added', { member: REF }),
    happening('joined', { ...of, position: 1, waiting: 1 }),
    happening('no_answer', { ...of, waiting: 1, members: [REF], count: 1 }),
    happening('connected', talk),
    happening('completed', { ...talk, talked: expect.any(Number), ended_by: 'member' }),
  ]);
}, 60_000);

it('shows a member who is in a call that is not the queue’s', async () => {
  await using office = await DeskPhone.plugIn(lab.asterisk(), '6003');
  await kitchen.dial('6003');
  const call = await office.answer();
  await hass.waitForState(ANNA, 'busy');
  await hass.waitForState(AVAILABLE, ({ attributes }) => attributes.busy === 1);
  // Who is held is on hold, not who holds.
  await office.hold(call);
  await hass.waitForState(ANNA, 'on_hold');
  await hass.waitForState(AVAILABLE, ({ attributes }) => attributes.on_hold === 1);
  await kitchen.hangUp();
  await hass.waitForState(ANNA, 'available');
});

it('pauses from the switch and with a reason, and has a penalty where the queue uses one', async () => {
  await hass.callService('switch.turn_on', {}, { target: { entity_id: PAUSED } });
  await hass.waitForState(ANNA, 'paused');
  await hass.waitForState(PAUSED, 'on');
  await hass.callService('switch.turn_off', {}, { target: { entity_id: PAUSED } });
  await hass.waitForState(ANNA, 'available');
  await hass.waitForState(PAUSED, 'off');
  const began = Date.now();
  expect(await run('queue_pause', { member: 'Anna', reason: 'Lunch; back soon' })).toMatchObject({
    ok: true,
  });
  const paused = await hass.waitForState(ANNA, 'paused');
  expect(paused.attributes).toMatchObject({ paused_reason: 'Lunch back soon' });
  // Asterisk's own moment, in whole seconds.
  const since = Date.parse(String(paused.attributes.paused_since));
  expect(since).toBeGreaterThan(began - 1000);
  expect(since).toBeLessThanOrEqual(Date.parse(paused.last_changed));
  expect((await told('member_paused')).attributes).toMatchObject({ reason: 'Lunch back soon', ...BY });
  expect(await onBus('member_paused', 2)).toEqual(
    happening('member_paused', { member: REF, reason: 'Lunch back soon' }),
  );
  expect(await run('queue_unpause', { member: 'Kitchen', queue: 'sales' })).toMatchObject({ ok: true });
  expect((await told('member_unpaused')).attributes).toMatchObject(BY);
  expect(await onBus('member_unpaused', 2)).toEqual(happening('member_unpaused', { member: REF }));
  expect(await hass.getState('number.queue_sales_anna_penalty')).toBeUndefined();
  expect(await run('queue_penalty', { member: 'Anna', penalty: 3 })).toMatchObject({ ok: true });
  await hass.waitForState('number.queue_sales_anna_penalty', '3');
  await hass.callService(
    'number.set_value',
    { value: 0 },
    { target: { entity_id: 'number.queue_sales_anna_penalty' } },
  );
  await hass.waitForState(ANNA, ({ attributes }) => attributes.penalty === 0);
});

it('lets a user do what the settings say, and no more', async () => {
  expect(await run('queue_add', { queue: 'sales', member: 'Living room' }, wall)).toMatchObject({
    ok: false,
    error: { code: 'forbidden' },
  });
  expect(await run('queue_withdraw', { queue: 'sales', caller: '1' }, wall)).toMatchObject({ ok: false });
  const seen = await run('queue_status', { queue: 'sales' }, wall);
  expect(seen).toMatchObject({
    ok: true,
    result: { queues: [{ permission: 'overview', own: { state: 'available', paused: false }, waiting: 0 }] },
  });
  expect(JSON.stringify(seen)).not.toContain('"members"');
  expect(await run('queue_status', { queue: 'sales' })).toMatchObject({
    ok: true,
    result: { queues: [{ permission: 'details', members: [{ name: 'Anna' }] }] },
  });
  expect(await run('queue_log_out', { phone: 'Kitchen' }, wall)).toMatchObject({
    ok: true,
    result: { queues: [{ queue: 'sales', did: 'removed' }] },
  });
  await until('the member’s entities to go', async () => (await hass.getState(ANNA)) === undefined);
  expect((await told('member_removed')).attributes).toMatchObject(BY);
  expect(await onBus('member_removed')).toEqual(happening('member_removed', { member: REF }));
});

it('adds, removes, and pauses a static member in place of a log-out', async () => {
  expect(await run('queue_add', { queue: 'sales', member: 'Living room', name: 'Bob' })).toMatchObject({
    ok: true,
    result: { member: 'sales__pjsip_6002', interface: 'PJSIP/6002' },
  });
  await hass.waitForState('sensor.queue_sales_bob_state', 'available');
  expect(await run('queue_add', { queue: 'sales', member: 'Living room' })).toMatchObject({
    ok: false,
    error: { code: 'conflict' },
  });
  expect(await run('queue_remove', { queue: 'sales', member: 'Bob' })).toMatchObject({ ok: true });
  await until('Bob to go', async () => (await hass.getState('sensor.queue_sales_bob_state')) === undefined);
  // The membership is known from before, name and all.
  expect(await run('queue_log_in', { phone: 'Living room' })).toMatchObject({
    ok: true,
    result: { queues: [{ queue: 'sales', did: 'added' }] },
  });
  await hass.waitForState('sensor.queue_sales_bob_state', 'available');
  expect(await run('queue_log_out', { phone: 'Living room' })).toMatchObject({ ok: true });
  expect(await run('queue_remove', { queue: 'support', member: 'Attic' })).toMatchObject({
    ok: false,
    error: { code: 'conflict' },
  });
  expect(await run('queue_log_out', { phone: 'Attic' })).toMatchObject({
    ok: true,
    result: { queues: [{ queue: 'support', did: 'paused' }] },
  });
  await hass.waitForState('switch.queue_support_attic_paused', 'on');
  expect(await run('queue_log_in', { phone: 'Attic' })).toMatchObject({
    ok: true,
    result: { queues: [{ queue: 'support', did: 'unpaused' }] },
  });
  expect(await run('queue_add', { queue: 'sales', member: 'nowhere!' })).toMatchObject({
    ok: false,
    error: { code: 'not_found', field: 'member' },
  });
});

it('knows the phone behind a member of FreePBX', async () => {
  const location = 'Local/6002@from-queue/n';
  await lab
    .asterisk()
    .rx(`queue add member ${location} to freepbx penalty 0 as Carl state_interface hint:6002@default`);
  const state = 'sensor.queue_freepbx_carl_state';
  const carl = await hass.waitForState(state, 'available', 20);
  expect(carl.attributes).toMatchObject({ interface: location, phone: 'pjsip_6002' });
  await using press = await lab.doorbell('8000').press('616');
  await living.answer();
  await press.waitFor('answered');
  const talking = await hass.waitForState(state, 'in_call');
  expect(talking.attributes).toMatchObject({ caller_number: '8000' });
  const event = await hass.waitForState(
    'event.queue_freepbx_activity',
    ({ attributes }) => attributes.event_type === 'connected',
  );
  expect(event.attributes).toMatchObject({ member: 'Carl', phone: 'pjsip_6002' });
  await living.hangUp();
  await hass.waitForState(state, 'available');
  expect(await run('queue_log_out', { phone: 'Living room', queue: 'freepbx' })).toMatchObject({
    result: { queues: [{ queue: 'freepbx', did: 'removed' }] },
  });
  // Back by the way that it was there before.
  expect(await run('queue_log_in', { phone: 'Living room', queue: 'freepbx' })).toMatchObject({ ok: true });
  expect((await hass.waitForState(state, 'available')).attributes).toMatchObject({ interface: location });
  // Home Assistant still has whom it saw go and come at once.
  expect(await run('queue_pause', { member: 'Carl', queue: 'freepbx' })).toMatchObject({ ok: true });
  await hass.waitForState('switch.queue_freepbx_carl_paused', 'on');
  expect(await run('queue_remove', { member: 'Carl', queue: 'freepbx' })).toMatchObject({ ok: true });
}, 60_000);

it('moves callers up, withdraws one, and tells who gave up from who went on; a reload keeps them', async () => {
  for (const [extension, numbers] of [
    ['6211', ['501']],
    ['6212', ['501', '502']],
    ['6213', ['501', '502', '503']],
  ] as const) {
    await calls(extension);
    await callers(numbers);
  }
  expect(await run('queue_move_up', { queue: 'sales', caller: '3' })).toMatchObject({
    ok: true,
    result: { position: 1, priority: 1 },
  });
  await callers(['503', '501', '502']);
  const before = await waits();
  const happened = types().length;
  await configure(QUEUES.replace('servicelevel = 20', 'servicelevel = 30'));
  await lab.asterisk().rx('queue reload all');
  expect(await lab.asterisk().rx('queue show sales')).toMatch(/^sales has 3 calls .* within 30s/m);
  await lab.asterisk().rx('module reload app_queue.so');
  await hass.waitForState(
    'sensor.queue_sales_service_level',
    ({ attributes }) => attributes.within === 30,
    20,
  );
  // Nobody came anew, and nobody was lost: the same calls wait since the same moment.
  expect(await waits()).toEqual(before);
  expect(types().slice(happened)).toEqual([]);
  expect(await run('queue_withdraw', { caller: '501' })).toMatchObject({
    ok: true,
    result: { queue: 'sales' },
  });
  await callers(['503', '502']);
  expect((await told('left')).attributes).toMatchObject({ caller_number: '501', waiting: 2 });
  const went = { call: expect.any(String), waiting: 2, waited: expect.any(Number) };
  expect(await onBus('left')).toEqual(
    happening('left', { ...went, caller: { number: '501', name: 'Caller 1' } }),
  );
  expect(await run('queue_withdraw', { queue: 'sales', caller: '9' })).toMatchObject({
    ok: false,
    error: { code: 'not_found', field: 'caller' },
  });
  await lab.asterisk().rx('queue reset stats sales');
  {
    await using press = await lab.doorbell('8000').press('611', { giveUpAfter: 1 });
    await press.waitFor('cancelled');
  }
  expect((await told('abandoned')).attributes).toMatchObject({
    caller_number: '8000',
    waiting: 2,
    waited: expect.any(Number),
  });
  expect(await onBus('abandoned')).toEqual(
    happening('abandoned', { ...went, caller: { number: '8000', name: 'Doorbell' } }),
  );
  await hass.waitForState('sensor.queue_sales_abandoned', '1');
  await hass.waitForState('sensor.queue_sales_completed', '0');
  await calls('6314');
  await hass.waitForState(
    EVENT,
    ({ attributes }) => attributes.event_type === 'left' && attributes.caller_number === '504',
    15,
  );
  await lab.asterisk().hangUpAll();
  await callers([]);
}, 90_000);

it('holds a queue with 100 members and 300 callers', async () => {
  await using house = await new House(lab, 'admin').start();
  const { pbx } = house;
  const big = () => pbx.queues.find('big');
  try {
    for (let n = 100; n < 200; n += 1)
      await pbx.ami.send({
        Action: 'QueueAdd',
        Queue: 'big',
        Interface: `Local/${n}@queue-agent/n`,
        MemberName: `Agent ${n}`,
        Paused: 'true',
      });
    await until('100 members', () => big()?.members.total === 100);
    await hass.waitForState(
      'sensor.queue_big_members_available',
      ({ attributes }) => attributes.paused === 100,
      30,
    );
    const agent = 'sensor.queue_big_agent_150_state';
    await hass.waitForState(agent, 'paused', 30);
    await using heard = await messages('asterisk/home/queue_member/+');
    const location = 'Local/150@queue-agent/n';
    await pbx.ami.send({
      Action: 'QueuePause',
      Queue: 'big',
      Interface: location,
      Paused: 'true',
      Reason: 'x',
    });
    await hass.waitForState(agent, ({ attributes }) => attributes.paused_reason === 'x');
    expect(heard.topics).toHaveLength(1);
    for (let n = 0; n < 300; n += 1)
      await pbx.ami.send({
        Action: 'Originate',
        Channel: 'Local/s@queue-caller/n',
        Context: 'default',
        Exten: '615',
        Priority: 1,
        Async: 'true',
        CallerID: `Many <${1000 + n}>`,
      });
    await until('300 callers', () => big()?.callers.length === 300, { seconds: 60 });
    await hass.waitForState('sensor.queue_big_waiting', '300');
    await hass.waitForState('sensor.queue_big_longest_wait', ({ state }) => Number(state) >= 5);
    const first = big()?.callers.map(({ call, since }) => [call, since]);
    await lab.asterisk().rx('queue reload all');
    await pbx.queues.refresh();
    const view = big();
    expect(view?.callers.map(({ call, since }) => [call, since])).toEqual(first);
    expect(view?.callers.map(({ position }) => position)).toEqual(
      Array.from({ length: 300 }, (_, n) => n + 1),
    );
    expect(view?.members).toMatchObject({ total: 100, paused: 100, available: 0 });
    // One who comes anew reads the same.
    await using late = await new House(lab, 'admin').start();
    expect(late.pbx.queues.find('big')?.callers.map(({ call }) => call)).toEqual(
      view?.callers.map(({ call }) => call),
    );
    await lab.asterisk().hangUpAll();
    await until('the queue to be empty', () => big()?.callers.length === 0, { seconds: 30 });
    await hass.waitForState('sensor.queue_big_waiting', '0');
  } finally {
    for (let n = 100; n < 200; n += 1)
      await pbx.ami
        .send({ Action: 'QueueRemove', Queue: 'big', Interface: `Local/${n}@queue-agent/n` })
        .catch(() => {});
  }
  await until('the members to go', async () =>
    (await hass.states()).every(({ entity_id }) => !entity_id.includes('queue_big_agent')),
  );
}, 120_000);

it('has no queue where app_queue is not loaded, says so once, and finds them again', async () => {
  await lab.asterisk().rx('module unload app_queue.so');
  await until('the queues to go', async () => (await hass.getState(WAITING)) === undefined, { seconds: 20 });
  const said = (await companion.log()).filter(({ msg }) => msg.includes('no app_queue loaded'));
  expect(said).toHaveLength(1);
  await lab.asterisk().rx('module load app_queue.so');
  await hass.waitForState(WAITING, '0', 20);
}, 60_000);

it('says that the AMI user lacks the class agent, and sees who waits all the same', async () => {
  await companion.stop();
  await using deaf = await Companion.start(lab, {
    asterisk: [{ ...asteriskSettings(lab, 'home'), username: 'noagent' }],
    scripts: false,
  });
  const waiting = 'sensor.queue_big_waiting';
  await hass.waitForState(waiting, ({ state, attributes }) => state === '0' && attributes.told === true, 20);
  await calls('615');
  const { state, attributes } = await hass.waitForState(waiting, (now) => now.attributes.told === false, 40);
  expect([state, attributes.callers]).toEqual(['1', [expect.objectContaining({ position: 1 })]]);
  const said = (await deaf.log()).filter(({ msg }) => msg.startsWith('Callers come and go'));
  expect(said).toHaveLength(1);
  const fields = { queue: 'big', member: 'PJSIP/6001' };
  const { body } = await deaf.http<Answer>('POST', '/api/actions/queue_add', fields);
  expect(body).toMatchObject({
    ok: false,
    error: {
      code: 'forbidden',
      message: expect.stringMatching(/QueueAdd: .*add agent to the write classes/),
    },
  });
  await lab.asterisk().hangUpAll();
  await hass.waitForState(waiting, '0', 20);
}, 120_000);
