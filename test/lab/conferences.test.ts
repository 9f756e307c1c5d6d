/** Conferences on a real Asterisk, in a real Home Assistant. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createRegistry } from '../../src/actions/index.ts';
import { AmiClient } from '../../src/ami/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import { actionPorts } from '../actions/ports.ts';
import { blockOf } from '../docs/pages.ts';
import { Companion } from './companion.ts';
import { House } from './house.ts';
import type { EntityState, EventLog, HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';
import { samplesOf, share } from './stack/sound.ts';

const MEMBERS = 'sensor.family_members';
const ACTIVE = 'binary_sensor.family_active';
const EVENT = 'event.family_activity';
const LOCK = 'switch.family_lock';
const RECORD = 'switch.family_record';

const TONE = 1004;

/** 771 and 772 lead into the room; 773 says something and is silent then; 774 is silent; 775 never stops. Context
 * `lab-talker`: a caller of whom more is known. */
const DIALPLAN = `
[default](+)
exten => 771,1,ConfBridge(family,,talking_guest)
exten => 772,1,ConfBridge(family,,talking_host)
exten => 773,1,Answer()
 same => n,Playtones(!1004/1500,0/1000)
 same => n,Wait(60)
exten => 774,1,Answer()
 same => n,Wait(120)
exten => 775,1,Answer()
 same => n,Playtones(${TONE})
 same => n,Wait(60)

[lab-talker]
exten => s,1,Set(CALLERID(all)="Anna" <555>)
 same => n,ConfBridge(family,,talking_guest)
`;

const LOG = { debug() {}, info() {}, warn() {}, error() {} };

interface Answer {
  readonly ok: boolean;
  readonly result: Readonly<Record<string, unknown>>;
  readonly error: { readonly code: string; readonly field: string | null; readonly message: string };
}
interface Member {
  readonly name: string;
  readonly [key: string]: unknown;
}
interface Happened {
  readonly subject: string;
  readonly type: string;
  readonly room: string;
  readonly members: number;
  readonly call?: string;
}
interface StateChanged {
  readonly entity_id: string;
  readonly new_state: EntityState | null;
}

let lab: Lab;
let companion: Companion;
let hass: HassClient;
let wall: HassClient;
let kitchen: Phone;
let living: Phone;
let dialplan: AsyncDisposable;
let changes: EventLog<StateChanged>;
let bus: EventLog<Happened>;
/** Where recordings go, on this machine. */
let folder: string;

beforeAll(async () => {
  lab = Lab.attach();
  const asterisk = lab.asterisk();
  dialplan = await asterisk.dialplan('conferences', DIALPLAN);
  folder = join(asterisk.dir, 'spool', 'conferences');
  await mkdir(folder, { recursive: true, mode: 0o777 });
  hass = lab.homeAssistant.as('admin');
  wall = lab.homeAssistant.as('wall');
  const inTree = `${await spoolInTree()}/conferences`;
  [kitchen, living, companion] = await Promise.all([
    lab.phone('6001'),
    lab.phone('6002'),
    Companion.start(lab, { conferences: [{ room: 'family', name: 'Family', record_folder: inTree }] }),
  ]);
  await hass.waitForState(ACTIVE, 'off', 30);
  await companion.scripts();
});
afterAll(async () => {
  await companion?.stop();
  await Promise.all([kitchen?.stop(), living?.stop()]);
  await dialplan?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
  await lab?.stop();
});
beforeEach(async () => {
  changes = await hass.record('state_changed');
  bus = await hass.record('asterisk_event');
});
afterEach(async () => {
  await changes[Symbol.asyncDispose]();
  await bus[Symbol.asyncDispose]();
  await lab.asterisk().hangUpAll();
  await hass.waitForState(ACTIVE, 'off');
  await hass.waitForState('binary_sensor.conference_1_active', 'off');
});

/** Asterisk's spool as Asterisk sees it. */
async function spoolInTree(): Promise<string> {
  const settings = await lab.asterisk().rx('core show settings');
  return /Spool directory:\s+(\S+)/.exec(settings)?.[1] ?? '';
}

const run = (action: string, fields: object = {}) =>
  wall.callService<Answer>(`script.asterisk_${action}`, { ...fields }, { respond: true });

const press = (entity_id: string) => hass.callService('button.press', {}, { target: { entity_id } });
const turn = (entity_id: string, to: 'on' | 'off') =>
  hass.callService(`switch.turn_${to}`, {}, { target: { entity_id } });

/** What the event entity was told since the test began. */
function seen(entity: string): EntityState['attributes'][] {
  return changes.data.flatMap(({ entity_id, new_state }) =>
    entity_id === entity && new_state !== null ? [new_state.attributes] : [],
  );
}

/** The type, and whom it is about. */
function inShort({ event_type, by, caller_number }: EntityState['attributes']): string {
  return [event_type, by ?? caller_number].filter((word) => word !== undefined).join(' ');
}

const told = (entity = EVENT) => seen(entity).map(inShort);

/** What the bus was told of the room since the test began. */
const onBus = () => bus.data.filter(({ subject, room }) => subject === 'conference' && room === 'family');

/** What each of them carries. */
function happening(type: string, more: object): object {
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
  const room = { subject: 'conference', conference: 'family', room: 'family', name: 'Family' };
  return { companion: 'asterisk', pbx: 'home', time, ...room, type, ...more };
}

/** The first that was told so. */
const attributesOf = (short: string) => seen(EVENT).find((attributes) => inShort(attributes) === short);

async function members(accept: (members: Member[]) => boolean, entity = MEMBERS): Promise<Member[]> {
  const state = await hass.waitForState(entity, ({ attributes }) => accept(attributes.members as Member[]));
  return state.attributes.members as Member[];
}

/** A call of the lab's own in the room, such as one that says something (773). */
async function plant(extension: string, profile = 'talking_guest', room = 'family'): Promise<void> {
  await lab
    .asterisk()
    .rx(`channel originate Local/${extension}@default application ConfBridge ${room},,${profile}`);
}

it('has the room of the settings and the one of the dialplan before anybody is in', async () => {
  expect((await hass.getState(MEMBERS))?.attributes).toMatchObject({
    companion: 'asterisk',
    pbx: 'home',
    conference: 'family',
    room: 'family',
    since: null,
    waiting: 0,
    talk_detection: true,
    members: [],
    unit_of_measurement: 'members',
    state_class: 'measurement',
  });
  expect((await hass.getState('sensor.conference_1_members'))?.attributes).toMatchObject({
    friendly_name: 'Conference 1 Members',
    conference: '1',
    room: '1',
    talk_detection: false,
  });
  expect((await hass.getState(ACTIVE))?.attributes.device_class).toBe('running');
});

it('shows a visitor who waits, and lets a phone join as the marked user for whom they wait', async () => {
  await using visitor = await lab.doorbell('8000').press('777');
  await visitor.waitFor('answered');
  const entity = 'sensor.conference_1_members';
  expect(await members(([one]) => one?.waiting === true, entity)).toMatchObject([
    { name: 'Doorbell', number: '8000', phone: null, admin: false, marked: false, muted: false },
  ]);
  expect((await hass.getState(entity))?.attributes).toMatchObject({ conference: '1', waiting: 1 });
  const join = run('conference_join', { phone: 'Kitchen' });
  expect((await kitchen.answer()).peerName).toBe('1');
  expect(await join).toMatchObject({
    ok: true,
    result: { conference: { room: '1' }, phone: { name: 'Kitchen' }, state: 'joined' },
  });
  expect(
    await members((all) => all.length === 2 && !all.some(({ waiting }) => waiting), entity),
  ).toMatchObject([
    { name: 'Kitchen', phone: 'pjsip_6001', admin: true, marked: true },
    { name: 'Doorbell', marked: false },
  ]);
  const heard = visitor.soundPackets;
  await until('the visitor to hear the conference', () => visitor.soundPackets > heard + 20);
  await press('button.conference_1_kick_all');
  await hass.waitForState('binary_sensor.conference_1_active', 'off');
  await Promise.all([visitor.waitFor('hung up'), kitchen.waitFor('ended')]);
  expect(told('event.conference_1_activity').slice(0, 2)).toEqual(['join 8000', 'join Kitchen']);
});

it('is all there with no more than docs/conferences.md has people type', async () => {
  const asterisk = lab.asterisk();
  const profiles = join(asterisk.dir, 'etc', 'confbridge.d');
  await mkdir(profiles, { recursive: true });
  const typed = (file: string) => blockOf('docs/conferences.md', 'ini', `; ${file}`);
  await writeFile(join(profiles, 'page.conf'), await typed('confbridge.conf'));
  await asterisk.rx('module reload app_confbridge.so');
  try {
    await using _dialplan = await asterisk.dialplan('page', `[page]\n${await typed('extensions.conf')}`);
    await using house = await new House(lab, 'admin', { context: 'page' }).start();
    expect(house.pbx.conferences.all()).toMatchObject([
      {
        room: 'family',
        entrances: {
          plain: { extension: '777', bridge: 'house', profile: 'guest' },
          marked: { extension: '888', bridge: 'house', profile: 'host' },
        },
        talkDetection: true,
      },
    ]);
    await asterisk.rx('channel originate Local/777@page extension 775@default');
    await members(([one]) => one?.waiting === true);
    const joined = house.run('conference_join', { conference: 'family', phone: 'Kitchen' });
    await kitchen.answer();
    expect(await joined).toMatchObject({ ok: true, result: { state: 'joined' } });
    const [host, guest] = await members((all) => all.length === 2 && all[1]?.talking === true);
    expect(host).toMatchObject({ name: 'Kitchen', admin: true, marked: true, waiting: false });
    expect(guest).toMatchObject({ admin: false, marked: false, waiting: false });
    const list = await asterisk.rx('confbridge list family');
    expect(list).toMatch(/^Local\S+ +\S* *guest +house/m);
    expect(list).toMatch(/^PJSIP\S+ +\S* *host +house/m);
    await kitchen.hangUp();
    await hass.waitForState(ACTIVE, 'off');
  } finally {
    await rm(profiles, { recursive: true });
    await asterisk.rx('module reload app_confbridge.so');
  }
});

it('tells who talks, and shows it while they do', async () => {
  await lab.asterisk().rx('channel originate Local/773@default extension s@lab-talker');
  await hass.waitForState(ACTIVE, 'on');
  await members(([one]) => one?.talking === true);
  await members(([one]) => one?.talking === false);
  await until('the end to be told', () => told().some((one) => one.startsWith('talk_end')));
  expect(told().map((one) => one.split(' ')[0])).toEqual(['join', 'talk_start', 'talk_end']);
  const { call } = seen(EVENT)[0] ?? {};
  expect(seen(EVENT)).toMatchObject(
    ['join', 'talk_start', 'talk_end'].map((event_type) => ({
      ...{ event_type, members: 1, call: expect.any(String), admin: false },
      ...{ caller_name: 'Anna', caller_number: '555' },
    })),
  );
  const who = { call, caller: { number: '555', name: 'Anna' }, by: null, admin: false };
  await until('the bus to be told', () => onBus().length === 3);
  expect(onBus()).toEqual(
    ['join', 'talk_start', 'talk_end'].map((type) => happening(type, { ...who, members: 1 })),
  );
});

it('mutes, unmutes and kicks one and all', async () => {
  const joins = [
    run('conference_join', { phone: 'Kitchen', conference: 'Family', marked: false }),
    run('conference_join', { phone: 'Living room', conference: 'Family' }),
  ];
  await Promise.all([kitchen.answer(), living.answer()]);
  for (const join of joins) expect(await join).toMatchObject({ ok: true, result: { state: 'joined' } });
  expect((await hass.waitForState(MEMBERS, '2')).attributes.since).toMatch(/^20/);
  const muted = (wanted: string[]) => (all: Member[]) =>
    all.length === 2 &&
    wanted.join() ===
      all
        .flatMap((one) => (one.muted ? one.name : []))
        .sort()
        .join();
  expect(await run('conference_mute', { member: '6001' })).toMatchObject({
    ok: true,
    result: { members: 1 },
  });
  await members(muted(['Kitchen']));
  await press('button.family_mute_all');
  await members(muted(['Kitchen', 'Living room']));
  expect(await run('conference_unmute', { member: 'living room' })).toMatchObject({ ok: true });
  await members(muted(['Kitchen']));
  await press('button.family_unmute_all');
  await members(muted([]));
  expect(told()).toEqual(expect.arrayContaining(['muted Kitchen', 'unmuted Living room', 'unmuted Kitchen']));
  expect(await run('conference_kick', { conference: 'Family', member: 'Attic' })).toMatchObject({
    ok: false,
    error: { code: 'not_found', field: 'member' },
  });
  expect(await run('conference_kick', { member: 'participants' })).toMatchObject({
    ok: true,
    result: { members: 1 },
  });
  await kitchen.waitFor('ended');
  expect(living.call?.state).toBe('established');
  await press('button.family_kick_all');
  await living.waitFor('ended');
  await until('the end to be told', () => told().at(-1) === 'leave Living room');
  const who = { by: 'Living room', by_phone: 'pjsip_6002', caller_number: '6002', admin: true };
  expect(attributesOf('join Living room')).toMatchObject({ ...who, call: expect.any(String) });
  expect(attributesOf('muted Living room')).toMatchObject({ ...who, members: 2 });
  expect(attributesOf('leave Living room')).toMatchObject({
    ...who,
    members: 0,
    seconds: expect.any(Number),
  });
  await until('the bus to be told', () => onBus().at(-1)?.members === 0);
  const by = { id: 'pjsip_6002', endpoint: 'PJSIP/6002', name: 'Living room' };
  const { call } = attributesOf('join Living room') ?? {};
  const about = { call, caller: { number: '6002', name: 'Living room' }, by, admin: true };
  const ofLiving = onBus().filter((one) => one.call === call);
  expect(ofLiving).toEqual([
    happening('join', { ...about, members: expect.any(Number) }),
    happening('muted', { ...about, members: 2 }),
    ...Array.from({ length: 2 }, () => happening('unmuted', { ...about, members: 2 })),
    happening('leave', { ...about, members: 0, seconds: expect.any(Number) }),
  ]);
});

it('locks, shows a lock that was made elsewhere within 5 s, and lets nobody in meanwhile', async () => {
  expect(await run('conference_lock', { conference: 'Family' })).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'Nobody is in Family.' },
  });
  await plant('774', 'talking_host');
  await hass.waitForState(ACTIVE, 'on');
  await turn(LOCK, 'on');
  await hass.waitForState(LOCK, 'on');
  expect(
    await run('conference_join', { phone: 'Kitchen', conference: 'Family', marked: false }),
  ).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'Family is locked: unlock it first.' },
  });
  await turn(LOCK, 'off');
  await hass.waitForState(LOCK, 'off');
  const room = { ok: true, result: { conference: { room: 'family', name: 'Family' } } };
  expect(await run('conference_lock', { conference: 'Family' })).toMatchObject(room);
  await hass.waitForState(LOCK, 'on');
  expect(await lab.asterisk().rx('confbridge list')).toMatch(/^family .* Yes /m);
  expect(await run('conference_unlock', {})).toMatchObject(room);
  await hass.waitForState(LOCK, 'off');
  expect(await lab.asterisk().rx('confbridge list')).toMatch(/^family .* No /m);
  const began = Date.now();
  await lab.asterisk().rx('confbridge lock family');
  await hass.waitForState(LOCK, 'on');
  expect(Date.now() - began).toBeLessThan(5000);
  expect(await run('conference_unlock', { conference: 'Family' })).toMatchObject({
    ok: true,
    result: { locked: false },
  });
  await until('the locks to be told', () => told().filter((one) => one.endsWith('locked')).length === 6);
  expect(told().filter((one) => one.endsWith('locked'))).toEqual(
    Array.from({ length: 3 }, () => ['locked', 'unlocked']).flat(),
  );
  const locks = ['locked', 'unlocked', 'locked', 'unlocked', 'locked', 'unlocked'];
  expect(seen(EVENT).slice(1)).toMatchObject(locks.map((event_type) => ({ event_type, members: 1 })));
  await until('the bus to be told', () => onBus().length === 7);
  expect(onBus().slice(1)).toEqual(locks.map((type) => happening(type, { members: 1 })));
});

it('records where the owner wants it, knows that after its own restart, and stops', async () => {
  await plant('775');
  await hass.waitForState(ACTIVE, 'on');
  expect(await run('conference_record', { conference: 'Family' })).toMatchObject({
    ok: true,
    result: {
      conference: { room: 'family' },
      file: expect.stringMatching(/\/conferences\/conference-family-\d{14}\.wav$/),
    },
  });
  await hass.waitForState(RECORD, 'on');
  expect(await run('conference_record', {})).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: 'Family is being recorded already.' },
  });
  const links = async () =>
    (await companion.log()).filter(({ msg }) => msg === 'Connected to Home Assistant').length;
  const before = await links();
  await companion.stop();
  await hass.waitForState(RECORD, 'unavailable');
  await companion.launch();
  await hass.waitForState(RECORD, 'on', 30);
  await hass.waitForState(MEMBERS, '1');
  // Until it hears of scripts again, they wait in vain.
  await until('the link to Home Assistant', async () => (await links()) > before, { seconds: 30 });
  const file = await until('the recording to have sound', async () => {
    const [name] = await readdir(folder);
    const { size } = name === undefined ? { size: 0 } : await stat(join(folder, name));
    return size > 32_000 ? name : null;
  });
  expect(file).toMatch(/^conference-family-\d{14}-\d{10}\.wav$/);
  expect(await run('conference_stop_recording', {})).toMatchObject({
    ok: true,
    result: { conference: { room: 'family' } },
  });
  await hass.waitForState(RECORD, 'off');
  expect(share(samplesOf(await readFile(join(folder, file))), TONE)).toBeGreaterThan(0.8);
  await turn(RECORD, 'on');
  await hass.waitForState(RECORD, 'on');
  await turn(RECORD, 'off');
  await hass.waitForState(RECORD, 'off');
  const ends = () => told().filter((one) => one === 'recording_stopped').length;
  await until('both ends to be told', () => ends() === 2);
  expect(told()).toContain('recording_started');
  const types = ['started', 'stopped', 'started', 'stopped'].map((end) => `recording_${end}`);
  // By its moment: Home Assistant shows the last one again when the companion is back.
  const shown = new Map(
    changes.data.flatMap(({ entity_id, new_state }) =>
      entity_id === EVENT && /^recording_/.test(String(new_state?.attributes.event_type))
        ? [[new_state?.state, new_state?.attributes]]
        : [],
    ),
  );
  expect([...shown.values()]).toMatchObject(types.map((event_type) => ({ event_type, members: 1 })));
  await until('the bus to be told', () => onBus().at(-1)?.type === 'recording_stopped');
  expect(onBus().filter(({ type }) => type.startsWith('recording_'))).toEqual(
    types.map((type) => happening(type, { members: 1 })),
  );
});

it('brings in a parked call, a visitor for whom phones ring, and both who talk', async () => {
  await using parked = await lab.doorbell('8001').press('444');
  await parked.waitFor('answered');
  await hass.waitForState('sensor.parking_default_parked_calls', '1');
  expect(await run('conference_bring_in', { conference: 'Family', lot: 'default' })).toMatchObject({
    ok: true,
    result: { conference: { name: 'Family' }, members: 1 },
  });
  await hass.waitForState('sensor.parking_default_parked_calls', '0');

  await using visitor = await lab.doorbell('8000').press('600');
  await Promise.all([kitchen.waitFor('ringing'), living.waitFor('ringing')]);
  expect(await run('conference_bring_in', { conference: 'Family', doorbell: 'Front door' })).toMatchObject({
    ok: true,
    result: { members: 2 },
  });
  await Promise.all([visitor.waitFor('answered'), kitchen.waitFor('ended'), living.waitFor('ended')]);

  await kitchen.dial('6002');
  await living.answer();
  await kitchen.waitFor('established');
  const [channel] = await until('the two to talk', async () => {
    const found = /PJSIP\/6001-\w+/.exec(await lab.asterisk().rx('core show channels concise'));
    return (await hass.getState('sensor.living_room_state'))?.state === 'in_call' ? found : null;
  });
  expect(await run('conference_bring_in', { conference: 'Family', call: channel })).toMatchObject({
    ok: true,
  });
  const names = (await members((all) => all.length === 4)).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['Kitchen', 'Living room', 'Doorbell']));
  expect([kitchen.call?.state, living.call?.state, visitor.state]).toEqual([
    'established',
    'established',
    'answered',
  ]);
});

it('does all but record with the classes call, originate and reporting', async () => {
  const { host, port, secret } = lab.asterisk().ami;
  const ami = new AmiClient({ host, port, username: 'frugal', secret, tls: false, log: LOG });
  const pbx = new Pbx(
    {
      id: 'home',
      // It may not ask which endpoints there are.
      phones: [{ endpoint: 'PJSIP/6001', name: 'Kitchen' }],
      doorbells: [],
      conferences: [{ room: 'frugal', name: 'Frugal' }],
    },
    ami,
    LOG,
  );
  const registry = createRegistry(actionPorts({ pbxes: [pbx] }));
  const act = (action: string, fields: object) =>
    registry.run(action, { conference: 'Frugal', ...fields }, { via: 'script', name: 'lab' });
  pbx.start();
  ami.start();
  try {
    await until('the PBX to be known', () => pbx.status.up);
    const join = act('conference_join', { phone: '6001' });
    await kitchen.answer();
    expect(await join).toMatchObject({ ok: true, result: { state: 'joined' } });
    await until('the marks', () => pbx.conferences.find('frugal')?.members[0]?.marked);
    expect(await act('conference_lock', {})).toMatchObject({ ok: true });
    expect(await act('conference_mute', { member: 'all' })).toMatchObject({ ok: true });
    expect(await act('conference_record', {})).toMatchObject({
      ok: false,
      error: { code: 'forbidden', message: expect.stringContaining('ConfbridgeStartRecord') },
    });
    expect(await act('conference_kick', { member: 'all' })).toMatchObject({ ok: true });
    await kitchen.waitFor('ended');
  } finally {
    await pbx.stop();
    await ami.stop();
  }
});

it('holds 200 members', async () => {
  const { host, port, secret, username } = lab.asterisk().ami;
  const ami = new AmiClient({ host, port, username, secret, tls: false, events: false, log: LOG });
  ami.start();
  try {
    await until('the link', () => ami.status.state === 'up');
    for (let index = 0; index < 200; index += 1)
      await ami.send({
        Action: 'Originate',
        Channel: 'Local/774@default',
        Application: 'ConfBridge',
        Data: 'family,,talking_guest',
      });
  } finally {
    await ami.stop();
  }
  const { attributes } = await hass.waitForState(MEMBERS, '200', 60);
  expect(attributes.members).toHaveLength(40);
  expect(Buffer.byteLength(JSON.stringify(attributes))).toBeLessThan(16_384);
  await press('button.family_kick_all');
  await hass.waitForState(MEMBERS, '0', 60);
});

it('has no rooms, and says so in one line, while app_confbridge is not loaded', async () => {
  const asterisk = lab.asterisk();
  const lines = async () =>
    (await companion.log()).filter(({ msg }) => msg.includes('app_confbridge')).map(({ msg }) => msg);
  await asterisk.rx('module unload -f app_confbridge.so');
  try {
    await until('the room to be gone', async () => (await hass.getState(ACTIVE)) === undefined);
    expect(await lines()).toEqual(['This Asterisk has no app_confbridge loaded: no conferences']);
    expect((await hass.getState('binary_sensor.asterisk_home_problem'))?.state).toBe('off');
    expect(await run('conference_kick', { conference: 'Family', member: 'all' })).toMatchObject({
      ok: false,
      error: { code: 'not_found', field: 'conference' },
    });
  } finally {
    await asterisk.rx('module load app_confbridge.so');
  }
  await hass.waitForState(ACTIVE, 'off', 30);
});
