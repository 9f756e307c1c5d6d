/** DECT bases as the field has them, on the dialplan of docs/dect.md, from a real Asterisk to a real Home Assistant. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AmiClient } from '../../src/ami/index.ts';
import { type Happening, Pbx } from '../../src/pbx/index.ts';
import { Companion, FRONT_DOOR } from './companion.ts';
import { type DectBaseOptions, DectBases } from './stack/dect-base.ts';
import type { EntityState, EventLog, HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';
import { REPO } from './stack/place.ts';

const handset = (name: string, digit: number, ...extensions: string[]) => ({ name, digit, extensions });

/** Two bases as slow as the field has them, and one in a hurry. */
const DECT = [
  {
    name: 'Quicktone',
    line: 'PJSIP/2001',
    no_answer: [46, 49],
    all: ['1300'],
    handsets: [
      { ...handset('Hall', 3, '1103'), mailbox: '03@default' },
      { name: 'Garden', line: 'PJSIP/2002', extensions: ['1102'] },
    ],
  },
  {
    name: 'Upstairs',
    line: 'PJSIP/2003',
    no_answer: [2, 4],
    all: ['1200'],
    handsets: [handset('Cellar', 3, '1203'), handset('Loft', 4, '1204')],
  },
  { name: 'Workshop', line: 'PJSIP/2005', no_answer: [46, 49], handsets: [handset('Study', 5, '1205')] },
];

/** What the lab's own bases need besides the page's text. */
const MORE = `
[default](+)
exten => _1[1235]XX,1,Goto(dect,\${EXTEN},1)
[dect](+)
exten => _120[034],1,Set(DECT_FROM=2000)
 same => n,Set(DECT_TO=4000)
 same => n,Gosub(dect-phone,s,1(\${EXTEN},PJSIP/2003,20,\${EXTEN:-1}))
exten => 1205,1,Gosub(dect-phone,s,1(\${EXTEN},PJSIP/2005,20,5))
exten => 1599,1,Dial(PJSIP/2003,20,gD(w4444))
`;
const BOXES = ['00', '02', '03', '04', '05'].map((box) => `${box} => 1234,Box ${box}\n`).join('');

/** A doorbell that rings handsets. */
const GATE = { name: 'Gate', endpoint: 'PJSIP/8001' };

interface StateChanged {
  readonly entity_id: string;
  readonly new_state: EntityState | null;
}

let lab: Lab;
let companion: Companion;
let hass: HassClient;
let bases: DectBases;
let garden: Phone;
let changes: EventLog<StateChanged>;
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
});
afterAll(async () => {
  await lab.asterisk().rx('channel request hangup all');
  await undo.disposeAsync();
});

/** The types that an event entity has shown, in order. */
function types(entity: string): unknown[] {
  return changes.data
    .filter(({ entity_id, new_state }) => entity_id === entity && new_state?.attributes.event_type != null)
    .map(({ new_state }) => new_state?.attributes.event_type);
}

/** Where a doorbell's call is in the dialplan, as `VoiceMail(03@default,u)`; `''` when it has ended. */
async function doing(user: string): Promise<string> {
  for (const line of (await lab.asterisk().rx('core show channels concise')).split('\n')) {
    const [channel = '', , , , , application = '', data = ''] = line.split('!');
    if (channel.startsWith(`PJSIP/${user}-`)) return `${application}(${data})`;
  }
  return '';
}

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
  expect(busy.attributes).toMatchObject({ digit: '3', caller_number: '8000' });
  const ddi = await hass.waitForState('event.quicktone_ddi', (entity) => entity.attributes.digit === '3');
  expect(ddi.attributes).toMatchObject({
    event_type: 'ddi_dial',
    handsets: ['Hall'],
    caller_name: 'Doorbell',
  });
  await until('the digits', () => rung.digits === '3333' && talked.digits === '5555');
  await hass.waitForState('sensor.quicktone_known_by', 'dial');
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

  await until('the base to give up', () => rung.state === 'ended', { seconds: 60 });
  const gone = Date.now();
  await reaches('8000', 'VoiceMail(03@default,u)');
  await hass.waitForState('event.hall_activity', ({ attributes }) => attributes.event_type === 'missed');
  expect(types('event.hall_activity')).toEqual(['ringing', 'ringing', 'busy', 'missed']);
  expect((await hass.waitForState('sensor.hall_missed_calls', '1')).state).toBe('1');
  expect((await hass.getState('sensor.hall_last_caller'))?.attributes).toMatchObject({ outcome: 'missed' });
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
}

/** A handset that has its line for itself rings, answers, is busy and is missed as a phone. */
async function directLine(): Promise<void> {
  const shows = (type: string) =>
    hass.waitForState('event.garden_activity', ({ attributes }) => attributes.event_type === type);
  const first = await lab.doorbell('8001').press('1102');
  await garden.waitFor('ringing');
  await hass.waitForState('sensor.garden_state', 'ringing');
  await garden.answer();
  await hass.waitForState('sensor.garden_state', 'in_call');
  await garden.hangUp();
  await shows('ended');
  await first.waitFor('hung up').catch(() => first.hangUp());
  const second = await lab.doorbell('8001').press('1102');
  await garden.waitFor('ringing');
  await garden.hangUp();
  await reaches('8001', 'VoiceMail(02@default,b)');
  await shows('busy');
  await second.hangUp();
  const third = await lab.doorbell('8001').press('1102');
  await garden.waitFor('ringing');
  await third.hangUp();
  await shows('missed');
  await hass.waitForState('sensor.garden_missed_calls', '1');
}

it('knows the handset by Dial’s own words, and by the UserEvent where the AMI user may not read them', async () => {
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const { host, port, secret } = lab.asterisk().ami;
  const seen = async (username: string, extension: string): Promise<readonly string[]> => {
    const ami = new AmiClient({ host, port, username, secret, tls: false, log: quiet });
    const [, upstairs] = DECT;
    const dect = [
      {
        ...(upstairs as (typeof DECT)[0]),
        all: [],
        no_answer: [2, 4] as const,
        handsets: [{ name: 'Loft', digit: '4', ring_time: 20, extensions: [] }],
      },
    ];
    const pbx = new Pbx({ id: 'home', phones: [], doorbells: [], dect }, ami, quiet);
    const happenings: Happening[] = [];
    pbx.onHappening((happening) => happenings.push(happening));
    pbx.start();
    ami.start();
    await until('the PBX to be known', () => pbx.status.up);
    const press = await lab.doorbell('8001').press(extension);
    await bases.call('2003');
    await press.hangUp();
    await until('the end', () => pbx.calls.all().length === 0);
    await pbx.stop();
    await ami.stop();
    const told = happenings.filter(({ subject }) => subject === 'dect');
    return [String(pbx.dect.bases.all()[0]?.knownBy), ...told.map(({ type }) => type)];
  };
  expect(await seen('admin', '1599')).toEqual(['dial', 'ddi_dial', 'ringing', 'unclear']);
  expect(await seen('nodialplan', '1204')).toEqual(['user_event', 'ddi_dial', 'ringing', 'unclear']);
  expect(await seen('nodialplan', '1599')).toEqual(['null']);
});

it('says in the log how handsets are known', async () => {
  const lines = (await companion.log()).filter(({ msg }) => msg.startsWith('The handset is known by'));
  expect(lines.map(({ base, way }) => [base, way])).toContainEqual(['Quicktone', 'dial']);
});
