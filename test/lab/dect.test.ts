/** DECT bases as the field has them, on the dialplan of docs/dect.md, from a real Asterisk to a real Home Assistant. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskSettings, Companion, FRONT_DOOR } from './companion.ts';
import type { Asterisk } from './stack/asterisk.ts';
import { type DectBaseOptions, DectBases } from './stack/dect-base.ts';
import type { EntityState, EventLog, HassClient, StateChanged } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';
import { REPO } from './stack/place.ts';

const handset = (name: string, digit: number, ...extensions: string[]) => ({ name, digit, extensions });

/**
 * Two bases as slow as the field has them, two in a hurry, one of them on an IAX2 line, and one on a DAHDI line, which
 * this Asterisk cannot call.
 */
const DECT = [
  {
    name: 'Quicktone',
    line: 'PJSIP/2001',
    no_answer: [46, 49],
    all: ['1300'],
    handsets: [
      { ...handset('Hall', 3, '1103'), mailbox: '03@default' },
      { name: 'Garden', line: 'PJSIP/2002', ring_time: 2, extensions: ['1102', '1502'] },
    ],
  },
  {
    name: 'Upstairs',
    line: 'PJSIP/2003',
    no_answer: [2, 4],
    all: ['1200'],
    handsets: [handset('Cellar', 3, '1203'), handset('Loft', 4, '1204', '1206')],
  },
  { name: 'Workshop', line: 'PJSIP/2005', no_answer: [46, 49], handsets: [handset('Study', 5, '1205')] },
  { name: 'Barn', line: 'IAX2/2009', no_answer: [2, 4], handsets: [handset('Stable', 3, '1403')] },
  {
    name: 'Mill',
    line: 'DAHDI/1',
    handsets: [
      { ...handset('Wheel', 4, '1303'), mailbox: '03@default' },
      { name: 'Weir', line: 'DAHDI/2', extensions: ['1302'] },
    ],
  },
];

/** What the lab's own bases need besides the page's text. */
const MORE = `
[default](+)
exten => _1[12345]XX,1,Goto(dect,\${EXTEN},1)
[dect](+)
exten => _120[034],1,Set(DECT_FROM=2000)
 same => n,Set(DECT_TO=4000)
 same => n,Gosub(dect-phone,s,1(\${EXTEN},PJSIP/2003,20,\${EXTEN:-1}))
exten => 1205,1,Gosub(dect-phone,s,1(\${EXTEN},PJSIP/2005,20,5))
exten => 1206,1,Dial(PJSIP/2003,20,gD(4444))
exten => 1599,1,Dial(PJSIP/2003,20,gD(w4444))
exten => 1502,1,Gosub(dect-phone,s,1(\${EXTEN},PJSIP/2002,2))
exten => 1303,1,Gosub(dect-phone,s,1(\${EXTEN},DAHDI/1,20,4))
exten => 1302,1,Dial(PJSIP/6004,20)
 same => n,Gosub(dect-phone,s,1(\${EXTEN},DAHDI/2,20))
exten => 1403,1,Set(DECT_FROM=2000)
 same => n,Set(DECT_TO=4000)
 same => n,Gosub(dect-phone,s,1(\${EXTEN},IAX2/2009,20,3))
`;

/** The base on the IAX2 line, which is the other Asterisk: one call, answered at once, four digits. */
const ANNEX = `
[dect-base]
exten => s,1,GotoIf($[\${GROUP_COUNT(line)} > 0]?busy)
 same => n,Set(GROUP()=line)
 same => n,Answer()
 same => n,Read(DIGITS,,4,,1,5)
 same => n,Set(DB(dect/digits)=\${DIGITS})
 same => n,Wait(\${DB(dect/holds)})
 same => n,Hangup()
 same => n(busy),Hangup(17)
`;
/** A moment as the product tells it. */
const ISO = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/;
const BOXES = ['00', '02', '03', '04', '05'].map((box) => `${box} => 1234,Box ${box}\n`).join('');

/** A doorbell that rings handsets. */
const GATE = { name: 'Gate', endpoint: 'PJSIP/8001' };

interface Happened {
  readonly subject: string;
  readonly type: string;
  readonly base: string;
  readonly handset: string | null;
  readonly call: string;
}
let lab: Lab;
let annex: Asterisk;
let companion: Companion;
let hass: HassClient;
let bases: DectBases;
let garden: Phone;
let changes: EventLog<StateChanged>;
let bus: EventLog<Happened>;
const undo = new AsyncDisposableStack();
const speeds: Record<string, DectBaseOptions> = {
  2001: { givesUpAfter: 47 },
  2003: { givesUpAfter: 3 },
  2005: { givesUpAfter: 47 },
};

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  const asterisk = lab.asterisk();
  annex = lab.asterisk('annex');
  for (const each of [asterisk, annex]) {
    await each.rx('module load chan_iax2.so');
    undo.defer(async () => void (await each.rx('module unload chan_iax2.so')));
  }
  undo.use(await annex.dialplan('dect-base', ANNEX));
  undo.defer(async () => void (await annex.rx('database deltree dect')));
  const page = await readFile(join(REPO, 'docs/dect.md'), 'utf8');
  const dialplan = /```ini\n(.*?)```/s.exec(page)?.[1] ?? '';
  undo.use(await asterisk.dialplan('dect', dialplan + MORE));
  const voicemail = join(asterisk.dir, 'etc', 'voicemail.conf');
  const text = await readFile(voicemail, 'utf8');
  await writeFile(voicemail, `${text}\n[default](+)\n${BOXES}`);
  await asterisk.rx('voicemail reload');
  undo.defer(async () => {
    await writeFile(voicemail, text);
    await asterisk.rx('voicemail reload');
  });
  bases = undo.use(await DectBases.plugIn(asterisk.dectPort, speeds));
  garden = undo.use(await lab.phone('2002'));
  companion = undo.use(await Companion.start(lab, { dect: DECT, doorbells: [FRONT_DOOR, GATE] }));
  await hass.waitForState('sensor.hall_state', 'free', 20);
  changes = undo.use(await hass.record<StateChanged>('state_changed'));
  bus = undo.use(await hass.record<Happened>('asterisk_event'));
});
afterAll(async () => {
  await lab.asterisk().rx('channel request hangup all');
  await undo.disposeAsync();
});

/** What an event entity has shown, in order. */
function shown(entity: string): EntityState['attributes'][] {
  return changes.data.flatMap(({ entity_id, new_state }) =>
    entity_id === entity && new_state?.attributes.event_type != null ? [new_state.attributes] : [],
  );
}

const types = (entity: string) => shown(entity).map(({ event_type }) => event_type);

/** What the bus was told of a handset, or of a base itself, in order, once there are so many. */
const onBus = (base: string, handset: string | null, number: number) =>
  until(`${handset ?? base} on the bus ${number} times`, () => {
    const all = bus.data.filter(
      (one) => one.subject === 'dect' && one.base === base && one.handset === handset,
    );
    return all.length >= number && all;
  });

/** What each of them carries. */
function happening(type: string, more: object): object {
  const time = expect.stringMatching(ISO);
  return { companion: 'asterisk', pbx: 'home', time, subject: 'dect', type, ...more };
}

/** A doorbell's channel, and where it is in the dialplan: `VoiceMail(03@default,u)`. */
async function channelOf(user: string): Promise<{ readonly channel: string; readonly doing: string } | null> {
  for (const line of (await lab.asterisk().rx('core show channels concise')).split('\n')) {
    const [channel = '', , , , , application = '', data = ''] = line.split('!');
    if (channel.startsWith(`PJSIP/${user}-`)) return { channel, doing: `${application}(${data})` };
  }
  return null;
}

/** `''` when the call has ended. */
const doing = async (user: string) => (await channelOf(user))?.doing ?? '';

const reaches = (user: string, application: string, seconds = 20) =>
  until(`${user} to reach ${application}`, async () => (await doing(user)) === application, { seconds });

it('tells a base that gives up from a handset that answers, at the field’s own 47 and 60 s', async () => {
  const began = Date.now();
  const study = lab.phone('6003');
  await using missed = await lab.doorbell('8000').press('1103', { holdFor: 120 });
  const [rung] = await Promise.all([bases.call('2001'), study]);
  await using office = await study;
  await office.dial('1205');
  const talked = await bases.call('2005');
  const answeredAt = Date.now();
  talked.lift();

  const ringing = await hass.waitForState('sensor.hall_state', 'ringing');
  expect(ringing.attributes).toMatchObject({
    base: 'Quicktone',
    digit: '3',
    mailbox: '03@default',
    caller_name: 'Doorbell',
    caller_number: '8000',
    all: false,
  });
  const busy = await hass.waitForState('binary_sensor.quicktone_line_busy', 'on');
  expect(busy.attributes).toMatchObject({
    ...{ companion: 'asterisk', pbx: 'home', base: 'pjsip_2001', line: 'PJSIP/2001' },
    ...{ digit: '3', caller_name: 'Doorbell', caller_number: '8000' },
    handsets: [
      { name: 'Hall', digit: '3' },
      { name: 'Garden', digit: null },
    ],
  });
  const ddi = await hass.waitForState('event.quicktone_ddi', (entity) => entity.attributes.digit === '3');
  expect(ddi.attributes).toMatchObject({
    event_type: 'ddi_dial',
    handsets: ['Hall'],
    caller_name: 'Doorbell',
  });
  await until('the digits', () => rung.digits === '3333' && talked.digits === '5555');
  const known = await hass.waitForState('sensor.quicktone_known_by', 'dial');
  expect(known.attributes).toMatchObject({ no_answer_from: 46, no_answer_to: 49 });
  // The base has answered the doorbell, and nobody has.
  expect((await hass.getState('sensor.front_door_state'))?.state).toBe('ringing');

  // A second caller of that base: it is busy, and the first goes on ringing.
  const second = await lab.doorbell('8001').press('1300');
  await reaches('8001', 'VoiceMail(00@default,b)');
  await hass.waitForState('event.hall_activity', ({ attributes }) => attributes.event_type === 'busy');
  expect((await hass.getState('sensor.hall_state'))?.state).toBe('ringing');
  await second.hangUp();

  await shortCalls();
  await directLine();
  await iaxLine();
  await dahdiLine();

  await until('the base to give up', () => rung.state === 'ended', { seconds: 60 });
  const gone = Date.now();
  await reaches('8000', 'VoiceMail(03@default,u)');
  await hass.waitForState('event.hall_activity', ({ attributes }) => attributes.event_type === 'missed');
  expect(types('event.hall_activity')).toEqual(['ringing', 'ringing', 'busy', 'missed']);
  expect((await hass.waitForState('sensor.hall_missed_calls', '1')).state).toBe('1');
  expect(await hass.getState('sensor.hall_last_caller')).toMatchObject({
    state: 'Doorbell',
    attributes: {
      caller_name: 'Doorbell',
      caller_number: '8000',
      time: expect.stringMatching(ISO),
      outcome: 'missed',
    },
  });
  const one = { digit: '3', all: false, call: expect.any(String) };
  const all = { digit: '0', all: true, call: expect.any(String) };
  const hall = { base: 'Quicktone', mailbox: '03@default' };
  const visitor = { caller_name: 'Doorbell', caller_number: '8000' };
  const other = { caller_name: 'Back door', caller_number: '8001' };
  expect(shown('event.hall_activity')).toMatchObject([
    { event_type: 'ringing', ...one, ...hall, ...visitor },
    { event_type: 'ringing', ...all, ...hall, ...other },
    { event_type: 'busy', ...all, ...hall, ...other },
    { event_type: 'missed', ...one, ...hall, ...visitor },
  ]);
  const quicktone = { base: 'pjsip_2001', base_name: 'Quicktone', handsets: ['Hall'] };
  const itself = { ...quicktone, handset: 'pjsip_2001_3', handset_name: 'Hall', mailbox: '03@default' };
  const [door, gate] = [
    { ...one, caller: { number: '8000', name: 'Doorbell' } },
    { ...all, caller: { number: '8001', name: 'Back door' } },
  ];
  expect(await onBus('pjsip_2001', 'pjsip_2001_3', 4)).toEqual([
    happening('ringing', { ...itself, ...door }),
    happening('ringing', { ...itself, ...gate }),
    happening('busy', { ...itself, ...gate }),
    happening('missed', { ...itself, ...door }),
  ]);
  const nobody = { handset: null, handset_name: null, mailbox: null };
  expect(await onBus('pjsip_2001', null, 2)).toEqual([
    happening('ddi_dial', { ...quicktone, ...nobody, ...door }),
    happening('ddi_dial', { ...quicktone, ...nobody, ...gate }),
  ]);
  await hass.waitForState('binary_sensor.quicktone_line_busy', 'off');
  expect((gone - began) / 1000).toBeGreaterThan(46);

  await hass.waitForState('sensor.study_state', 'in_call', 20);
  await until('a minute of talk', () => Date.now() - answeredAt > 60_000, { seconds: 60 });
  talked.hangUp();
  await until('the office to be free', () => office.call?.state === 'ended');
  const ended = await hass.waitForState(
    'event.study_activity',
    ({ attributes }) => attributes.event_type === 'ended',
  );
  expect(ended.attributes.seconds).toBeGreaterThanOrEqual(60);
  expect(types('event.study_activity')).toEqual(['ringing', 'answered', 'ended']);
  expect(shown('event.study_activity')).toMatchObject(
    Array.from({ length: 3 }, () => ({
      ...{ base: 'Workshop', digit: '5', all: false, mailbox: null, call: expect.any(String) },
      ...{ caller_name: 'Office', caller_number: '6003' },
    })),
  );
  const reader = { handset: 'pjsip_2005_5', handset_name: 'Study', handsets: ['Study'], mailbox: null };
  const workshop = { base: 'pjsip_2005', base_name: 'Workshop', digit: '5', all: false };
  const theirs = { call: expect.any(String), caller: { number: '6003', name: 'Office' } };
  expect(await onBus('pjsip_2005', 'pjsip_2005_5', 3)).toEqual([
    happening('ringing', { ...workshop, ...reader, ...theirs }),
    happening('answered', { ...workshop, ...reader, ...theirs }),
    happening('ended', { ...workshop, ...reader, ...theirs, seconds: ended.attributes.seconds }),
  ]);
  expect((await hass.getState('sensor.study_missed_calls'))?.state).toBe('0');
  await missed.hangUp();
  await hass.waitForState('event.front_door', ({ attributes }) => attributes.event_type === 'missed');
  expect(types('event.front_door')).toEqual(['ring', 'missed']);

  await hass.callService('button.press', {}, { target: { entity_id: 'button.asterisk_home_reset_missed' } });
  await hass.waitForState('sensor.hall_missed_calls', '0');
}, 200_000);

/** On the base in a hurry: our word against the dialplan's, at both edges of the window. */
async function shortCalls(): Promise<void> {
  for (const [givesUpAfter, outcome] of [
    [1.7, 'answered'],
    [2.3, 'missed'],
    [3.7, 'missed'],
    [4.3, 'answered'],
  ] as const) {
    speeds[2003] = { givesUpAfter };
    const press = await lab.doorbell('8001').press('1203');
    const call = await bases.call('2003');
    await until('the base to give up', () => call.state === 'ended');
    const said = await until('what the dialplan makes of it', async () => {
      const now = await doing('8001');
      return now === '' || now.startsWith('VoiceMail') ? { now } : undefined;
    });
    const last = await hass.waitForState(
      'sensor.cellar_last_caller',
      ({ attributes }) => attributes.outcome !== 'ringing',
    );
    expect({ givesUpAfter, dialplan: said.now, ours: last.attributes.outcome }).toEqual({
      givesUpAfter,
      dialplan: outcome === 'missed' ? 'VoiceMail(03@default,u)' : '',
      ours: outcome,
    });
    await press.hangUp();
    const door = await hass.waitForState('event.gate', ({ attributes }) =>
      ['missed', 'ended'].includes(String(attributes.event_type)),
    );
    expect([door.attributes.event_type, door.attributes.answered_by]).toEqual(
      outcome === 'missed' ? ['missed', undefined] : ['ended', ['Cellar']],
    );
  }
  speeds[2003] = { givesUpAfter: 3 };
  // All handsets at once; and a caller who leaves before anybody can know.
  const all = await lab.doorbell('8001').press('1200');
  const call = await bases.call('2003');
  await hass.waitForState(
    'sensor.loft_state',
    ({ state, attributes }) => state === 'ringing' && !!attributes.all,
  );
  await hass.waitForState('sensor.cellar_state', 'ringing');
  await until('the digits', () => call.digits === '0000');
  await all.hangUp();
  await hass.waitForState('event.loft_activity', ({ attributes }) => attributes.event_type === 'unclear');
  await hass.waitForState('sensor.loft_state', 'free');
  const { attributes } = await hass.waitForState(
    'event.upstairs_ddi',
    (entity) => entity.attributes.digit === '0',
  );
  expect(attributes).toMatchObject({ all: true, handsets: ['Cellar', 'Loft'], caller_name: 'Back door' });
  const upstairs = { base: 'pjsip_2003', base_name: 'Upstairs', handsets: ['Cellar', 'Loft'] };
  const itself = { ...upstairs, handset: 'pjsip_2003_4', handset_name: 'Loft', mailbox: null };
  const ring = { digit: '0', all: true, call: expect.any(String) };
  const visitor = { ...ring, caller: { number: '8001', name: 'Back door' } };
  expect(await onBus('pjsip_2003', 'pjsip_2003_4', 2)).toEqual([
    happening('ringing', { ...itself, ...visitor }),
    happening('unclear', { ...itself, ...visitor }),
  ]);
  const shows = { ...ring, base: 'Upstairs', mailbox: null };
  expect(shown('event.loft_activity')).toMatchObject(
    ['ringing', 'unclear'].map((event_type) => ({
      ...{ event_type, caller_name: 'Back door', caller_number: '8001' },
      ...shows,
    })),
  );
  expect(await hass.getState('sensor.loft_last_caller')).toMatchObject({
    state: 'Back door',
    attributes: {
      caller_name: 'Back door',
      caller_number: '8001',
      time: expect.stringMatching(ISO),
      outcome: 'unclear',
    },
  });
  // An extension that no handset has: Dial's own words say which it is.
  const other = await lab.doorbell('8001').press('1599');
  await hass.waitForState(
    'sensor.loft_state',
    ({ state, attributes: { all } }) => state === 'ringing' && !all,
  );
  await hass.waitForState('event.upstairs_ddi', (entity) => entity.attributes.digit === '4');
  await hass.waitForState('sensor.upstairs_known_by', 'dial');
  await other.hangUp();
  await hass.waitForState('sensor.loft_state', 'free');
}

/** A handset that has its line for itself rings, answers, is busy and is missed as a phone. */
async function directLine(): Promise<void> {
  const shows = (type: string) =>
    hass.waitForState('event.garden_dect_activity', ({ attributes }) => attributes.event_type === type);
  const first = await lab.doorbell('8001').press('1102');
  await garden.waitFor('ringing');
  await hass.waitForState('sensor.garden_dect_state', 'ringing');
  await garden.answer();
  await hass.waitForState('sensor.garden_dect_state', 'in_call');
  await garden.hangUp();
  await shows('ended');
  await first.waitFor('hung up').catch(() => first.hangUp());
  const second = await lab.doorbell('8001').press('1102');
  await garden.waitFor('ringing');
  await garden.hangUp();
  await reaches('8001', 'VoiceMail(02@default,b)');
  await shows('busy');
  await second.hangUp();
  // It rings for its own ring time, and not at all when it is off.
  const third = await lab.doorbell('8001').press('1502');
  await garden.waitFor('ringing');
  const ringing = await hass.waitForState('sensor.garden_dect_state', 'ringing');
  expect(ringing.attributes).toMatchObject({ base: 'Quicktone', line: 'PJSIP/2002', caller_number: '8001' });
  const [since, end] = ['since', 'until'].map((key) => Date.parse(String(ringing.attributes[key])));
  expect(Number(end) - Number(since)).toBe(2000);
  await reaches('8001', 'VoiceMail(02@default,u)');
  await shows('missed');
  await hass.waitForState('sensor.garden_dect_missed_calls', '1');
  await third.hangUp();
  await garden.stop();
  const fourth = await lab.doorbell('8001').press('1102');
  await reaches('8001', 'VoiceMail(02@default,u)');
  await shows('unreachable');
  await fourth.hangUp();
  expect(types('event.garden_dect_activity')).toEqual([
    ...['ringing', 'answered', 'ended'],
    ...['ringing', 'busy', 'ringing', 'missed', 'unreachable'],
  ]);
  const itself = { handset: 'pjsip_2002', handset_name: 'Garden', mailbox: null, digit: null, all: false };
  expect(await onBus('pjsip_2001', 'pjsip_2002', 8)).toEqual(
    types('event.garden_dect_activity').map((type) =>
      happening(String(type), {
        ...{ ...itself, base: 'pjsip_2001', base_name: 'Quicktone', handsets: ['Garden'] },
        ...{ call: expect.any(String), caller: { number: '8001', name: 'Back door' } },
        ...(type === 'ended' ? { seconds: expect.any(Number) } : {}),
      }),
    ),
  );
}

/** A base on an IAX2 line gives up, is busy, is answered, and loses its caller, as one on a PJSIP line does. */
async function iaxLine(): Promise<void> {
  const shows = (type: string) =>
    hass.waitForState('event.stable_activity', ({ attributes }) => attributes.event_type === type);
  const press = (seconds: number, user = '8001') =>
    annex.rx(`database put dect holds ${seconds}`).then(() => lab.doorbell(user).press('1403'));
  const missed = await press(1.5);
  await hass.waitForState('sensor.stable_state', 'ringing');
  await hass.waitForState('binary_sensor.barn_line_busy', 'on');
  await reaches('8001', 'VoiceMail(03@default,u)');
  await shows('missed');
  expect(await annex.rx('database get dect digits')).toContain('Value: 3333');
  await hass.waitForState('sensor.stable_missed_calls', '1');
  await missed.hangUp();

  await using _answered = await press(60);
  await hass.waitForState('sensor.stable_state', 'in_call');
  const busy = await press(60, '8009');
  await reaches('8009', 'VoiceMail(03@default,b)');
  await shows('busy');
  await busy.hangUp();
  await hass.waitForState('sensor.stable_state', 'in_call');
  await annex.hangUpAll();
  await shows('ended');
  await hass.waitForState('binary_sensor.barn_line_busy', 'off');

  // While the digits are sent: the line then asks for its end, too.
  await using _left = await press(60);
  await hass.waitForState('binary_sensor.barn_line_busy', 'on');
  await lab.asterisk().rx(`channel request hangup ${(await channelOf('8001'))?.channel}`);
  await shows('unclear');
  await annex.hangUpAll();
  expect(types('event.stable_activity')).toEqual([
    ...['ringing', 'missed', 'ringing', 'answered', 'ringing', 'busy', 'ended'],
    ...['ringing', 'unclear'],
  ]);
}

/** A line that Asterisk cannot call: it makes no channel for it, and Dial ends at once with CHANUNAVAIL. */
async function dahdiLine(): Promise<void> {
  const visitor = { caller_name: 'Back door', caller_number: '8001' };
  const mill = { base: 'dahdi_1', base_name: 'Mill' };
  const call = { call: expect.any(String), all: false, caller: { number: '8001', name: 'Back door' } };

  const first = await lab.doorbell('8001').press('1303');
  await reaches('8001', 'VoiceMail(03@default,u)');
  const shows = (entity: string) =>
    hass.waitForState(entity, ({ attributes }) => attributes.event_type !== null);
  const dial = { event_type: 'ddi_dial', digit: '4', all: false, handsets: ['Wheel'] };
  expect((await shows('event.mill_ddi')).attributes).toMatchObject({ ...dial, ...visitor });
  await shows('event.wheel_activity');
  expect(shown('event.wheel_activity')).toMatchObject([
    {
      ...{ event_type: 'unreachable', base: 'Mill', digit: '4', all: false, mailbox: '03@default' },
      ...{ ...visitor, call: expect.any(String) },
    },
  ]);
  await first.hangUp();
  const wheel = { handset: 'dahdi_1_4', handset_name: 'Wheel', mailbox: '03@default' };
  const nobody = { handset: null, handset_name: null, mailbox: null };
  const by = { ...mill, ...call, digit: '4', handsets: ['Wheel'] };
  expect(await onBus('dahdi_1', null, 1)).toEqual([happening('ddi_dial', { ...by, ...nobody })]);
  expect(await onBus('dahdi_1', 'dahdi_1_4', 1)).toEqual([happening('unreachable', { ...by, ...wheel })]);
  await hass.waitForState('sensor.mill_known_by', 'dial');

  // A handset's own line is dialled by no digit. That a phone before it cannot be called either is none of its news.
  const second = await lab.doorbell('8001').press('1302');
  await reaches('8001', 'VoiceMail(02@default,u)');
  await shows('event.weir_dect_activity');
  await second.hangUp();
  const weir = { handset: 'dahdi_2', handset_name: 'Weir', mailbox: null, digit: null, handsets: ['Weir'] };
  expect(await onBus('dahdi_1', 'dahdi_2', 1)).toEqual([
    happening('unreachable', { ...mill, ...call, ...weir }),
  ]);
  expect(types('event.weir_dect_activity')).toEqual(['unreachable']);
  expect(types('event.mill_ddi')).toEqual(['ddi_dial']);
  for (const id of ['wheel', 'weir_dect']) {
    expect((await hass.getState(`sensor.${id}_state`))?.state).toBe('free');
    expect((await hass.getState(`sensor.${id}_missed_calls`))?.state).toBe('0');
    expect(await hass.getState(`sensor.${id}_last_caller`)).toMatchObject({
      state: 'Back door',
      attributes: { ...visitor, time: expect.stringMatching(ISO), outcome: 'unreachable' },
    });
  }
  const line = await hass.getState('binary_sensor.mill_line_busy');
  expect([line?.state, line?.attributes.line]).toEqual(['off', 'DAHDI/1']);
}

it('knows the handset by the UserEvent, or by the extension, where the AMI user may not read the dialplan', async () => {
  await companion.stop();
  const asterisk = [{ ...asteriskSettings(lab, 'home'), username: 'nodialplan' }];
  await using frugal = await Companion.start(lab, { asterisk, dect: [DECT[1]], scripts: false });
  for (const [extension, way] of [
    ['1204', 'user_event'],
    ['1206', 'extension'],
  ] as const) {
    const press = await lab.doorbell('8001').press(extension);
    await hass.waitForState('sensor.upstairs_known_by', way, 20);
    await hass.waitForState('sensor.loft_state', 'ringing');
    await press.hangUp();
    await hass.waitForState('sensor.loft_state', 'free');
  }
  // Nothing says which it is: the line is busy, and that is all.
  const press = await lab.doorbell('8001').press('1599');
  const busy = await hass.waitForState('binary_sensor.upstairs_line_busy', 'on');
  expect(busy.attributes).toMatchObject({ caller_name: 'Back door', digit: null });
  expect((await hass.getState('sensor.loft_state'))?.state).toBe('free');
  await press.hangUp();
  const said = (await frugal.log()).filter(({ msg }) => msg.startsWith('Nothing says which handset'));
  expect(said).toMatchObject([{ level: 40, base: 'Upstairs', line: 'PJSIP/2003' }]);
});

it('says in the log how handsets are known', async () => {
  const lines = (await companion.log()).filter(({ msg }) => msg.startsWith('The handset is known by'));
  expect(lines.map(({ base, way }) => [base, way])).toContainEqual(['Quicktone', 'dial']);
});
