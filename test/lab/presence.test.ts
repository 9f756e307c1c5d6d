/** Presence on the real stack: from Home Assistant into the dialplan, and back. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRegistry, type Registry } from '../../src/actions/index.ts';
import { AmiClient } from '../../src/ami/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import { actionPorts } from '../actions/ports.ts';
import { Companion } from './companion.ts';
import type { HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import { REPO } from './stack/place.ts';

const SPECIAL = 'Lunch, back at "1" 🍜';
// biome-ignore lint/suspicious/noTemplateCurlyInString: what a dialplan would read as a variable
const WORSE = "a\nAction: Originate\n\n`$x`, \\ {{ 7*7 }} ${EXTEN} 'q' ü";
const STATUS = 'sensor.kitchen_presence_status';

let lab: Lab;
let companion: Companion;
let admin: HassClient;
let wall: HassClient;
let house: House;
let dialplan: AsyncDisposable;

interface ApiState {
  readonly pbxes: readonly { readonly presence: readonly { readonly presentity: string }[] }[];
}

/** The product's rooms from the wire to the actions, as one of the lab's AMI users. */
class House implements AsyncDisposable {
  readonly pbx: Pbx;
  readonly ami: AmiClient;
  readonly registry: Registry;
  readonly lines: string[] = [];

  constructor(username: string) {
    const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
    const { host, port, secret } = lab.asterisk().ami;
    this.ami = new AmiClient({ host, port, username, secret, tls: false, log: quiet });
    const log = { ...quiet, info: (_: object, line: string) => void this.lines.push(line) };
    this.pbx = new Pbx({ id: 'home', phones: [], doorbells: [] }, this.ami, log);
    this.registry = createRegistry(actionPorts({ pbxes: [this.pbx] }));
  }

  async start(): Promise<this> {
    this.pbx.start();
    this.ami.start();
    await until('the PBX to be read', () => this.pbx.status.up);
    return this;
  }

  run(id: string, fields: object) {
    return this.registry.run(id, fields, { via: 'api', name: 'lab' });
  }

  /** What Asterisk itself has, asked as a dialplan would. */
  async has(presentity: string, field: 'value' | 'subtype' | 'message'): Promise<string> {
    const Variable = `PRESENCE_STATE(${presentity},${field}${field === 'value' ? '' : ',e'})`;
    const value = (await this.ami.send({ Action: 'Getvar', Variable })).get('Value') ?? '';
    return field === 'value' ? value : Buffer.from(value, 'base64').toString();
  }

  async set(presentity: string, value: string): Promise<void> {
    await this.ami.send({ Action: 'Setvar', Variable: `PRESENCE_STATE(${presentity})`, Value: value });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pbx.stop();
    await this.ami.stop();
  }
}

/** What the product's own API tells of a presence. */
async function stateOf(presentity: string): Promise<unknown> {
  const { body } = await companion.http<ApiState>('GET', '/api/state');
  return body.pbxes[0]?.presence.find((one) => one.presentity === presentity);
}

/** The dialplan of a page of the docs, added to the lab's own context. */
async function dialplanOf(page: string): Promise<string> {
  const text = await readFile(join(REPO, 'docs', page), 'utf8');
  const blocks = [...text.matchAll(/```ini\n(\[default\]\n[\s\S]*?)```/g)].map(([, block]) => block);
  return blocks.join('\n').replaceAll('[default]', '[default](+)');
}

beforeAll(async () => {
  lab = Lab.attach();
  admin = lab.homeAssistant.as('admin');
  wall = lab.homeAssistant.as('wall');
  const more =
    '\n[default](+)\nexten => 6002,hint,PJSIP/6002,CustomPresence:living\nexten => 680,hint,Custom:lab_night\n';
  dialplan = await lab.asterisk().dialplan('presence', (await dialplanOf('presence.md')) + more);
  house = await new House('admin').start();
  for (const presentity of ['CustomPresence:6001', 'CustomPresence:living'])
    await house.set(presentity, 'not_set');
  companion = await Companion.start(lab);
  await admin.waitForState(STATUS, 'not_set', 30);
  await companion.scripts();
});
afterAll(async () => {
  await companion?.stop();
  for (const presentity of ['CustomPresence:6001', 'CustomPresence:living', 'CustomPresence:Batman'])
    await house?.set(presentity, 'not_set');
  await lab.asterisk().rx('database del CustomDevstate lab_night');
  await house?.[Symbol.asyncDispose]();
  await dialplan?.[Symbol.asyncDispose]();
});

it('takes a message with commas, quotes and an emoji to Asterisk and back unharmed', async () => {
  await using bus = await admin.record<Record<string, unknown>>('asterisk_event');
  const fields = { phone: 'Kitchen', state: 'away', subtype: 'out, "of" office', message: SPECIAL };
  expect(await wall.callService('script.asterisk_set_presence', fields, { respond: true })).toMatchObject({
    ok: true,
    result: { presentity: 'CustomPresence:6001', state: 'away', subtype: fields.subtype, message: SPECIAL },
  });
  expect(await house.has('CustomPresence:6001', 'value')).toBe('away');
  expect(await house.has('CustomPresence:6001', 'subtype')).toBe(fields.subtype);
  expect(await house.has('CustomPresence:6001', 'message')).toBe(SPECIAL);
  const status = await wall.waitForState(STATUS, 'away');
  expect(status.attributes).toMatchObject({
    presentity: 'CustomPresence:6001',
    subtype: fields.subtype,
    message: SPECIAL,
  });
  await wall.waitForState('select.kitchen_presence', 'away');
  await wall.waitForState('text.kitchen_presence_message', SPECIAL);
  await wall.waitForState('switch.kitchen_do_not_disturb', 'off');
  const told = await bus.waitFor('the change', ({ subject }) => subject === 'presence');
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
  expect(told).toEqual({
    ...{ companion: 'asterisk', pbx: 'home', time, subject: 'presence', type: 'changed' },
    presentity: 'CustomPresence:6001',
    phone: { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' },
    ...{ before: 'not_set', state: 'away', subtype: fields.subtype, message: SPECIAL },
  });
  const answer = await wall.callService('script.asterisk_get_presence', { phone: '6001' }, { respond: true });
  expect(answer).toMatchObject({ ok: true, result: { state: 'away', message: SPECIAL } });
  expect(await stateOf('CustomPresence:6001')).toMatchObject({ state: 'away', message: SPECIAL });
});

it('takes the same message from the text entity, and from the docs’ dialplan', async () => {
  const target = { target: { entity_id: 'text.kitchen_presence_message' } };
  await wall.callService('text.set_value', { value: 'soon' }, target);
  await wall.waitForState('text.kitchen_presence_message', 'soon');
  await wall.callService('text.set_value', { value: SPECIAL }, target);
  await wall.waitForState('text.kitchen_presence_message', SPECIAL);
  expect(await house.has('CustomPresence:6001', 'message')).toBe(SPECIAL);
  await house.set('CustomPresence:6001', 'chat');
  await wall.waitForState('text.kitchen_presence_message', '');
  await lab.asterisk().rx('channel originate Local/671@default application Wait 5');
  const shown = await wall.waitForState(STATUS, 'away');
  expect(shown.attributes).toMatchObject({ subtype: '', message: SPECIAL });
  await wall.waitForState('text.kitchen_presence_message', SPECIAL);
  expect(await stateOf('CustomPresence:6001')).toMatchObject({ state: 'away', message: SPECIAL });
  await lab.asterisk().hangUpAll();
});

it('keeps several lines, and what would be an action of its own, as text', async () => {
  const fields = { phone: 'Kitchen', message: WORSE };
  expect(await wall.callService('script.asterisk_set_presence', fields, { respond: true })).toMatchObject({
    ok: true,
    result: { state: 'away', message: WORSE },
  });
  expect(await house.has('CustomPresence:6001', 'message')).toBe(WORSE);
  await admin.waitForState(STATUS, ({ attributes }) => attributes.message === WORSE);
  expect(await lab.asterisk().rx('core show channels count')).toContain('0 active channels');
  const most = 'x'.repeat(750 - 3);
  const long = await house.run('set_presence', { phone: 'PJSIP/6001', state: 'xa', message: most });
  expect(long).toMatchObject({ ok: true });
  expect(await house.has('CustomPresence:6001', 'message')).toBe(most);
  expect(await house.run('set_presence', { phone: '6001', message: 'x'.repeat(800) })).toMatchObject({
    ok: false,
    error: {
      code: 'invalid',
      field: 'message',
      message: expect.stringMatching(/800 bytes.*takes 75\d bytes/),
    },
  });
});

it('is set by the entities, by whoever uses a wall tablet, and by the dialplan', async () => {
  const kitchen = (entity: string) => ({ target: { entity_id: entity } });
  await wall.callService('select.select_option', { option: 'xa' }, kitchen('select.kitchen_presence'));
  await wall.waitForState(STATUS, 'xa');
  await wall.callService(
    'text.set_value',
    { value: 'Öfter, "mal"' },
    kitchen('text.kitchen_presence_message'),
  );
  await wall.waitForState(
    STATUS,
    ({ state, attributes }) => state === 'xa' && attributes.message === 'Öfter, "mal"',
  );
  await wall.callService('text.set_value', { value: '' }, kitchen('text.kitchen_presence_message'));
  await wall.waitForState('text.kitchen_presence_message', '');
  await wall.callService('switch.turn_off', {}, kitchen('switch.kitchen_do_not_disturb'));
  await wall.callService('switch.turn_on', {}, kitchen('switch.kitchen_do_not_disturb'));
  await wall.waitForState(STATUS, 'dnd');
  await wall.waitForState('switch.kitchen_do_not_disturb', 'on');
  await wall.callService('switch.turn_off', {}, kitchen('switch.kitchen_do_not_disturb'));
  await wall.waitForState(STATUS, 'available');
  const asked = (on: boolean) =>
    wall.callService('script.asterisk_do_not_disturb', { phone: 'Kitchen', on }, { respond: true });
  expect(await asked(true)).toMatchObject({ ok: true });
  await wall.waitForState('switch.kitchen_do_not_disturb', 'on');
  expect(await asked(false)).toMatchObject({ ok: true });
  await wall.waitForState(STATUS, 'available');
  await wall.callService(
    'select.select_option',
    { option: 'not_available' },
    kitchen('select.kitchen_presence'),
  );
  await wall.waitForState(STATUS, 'not_available');
  expect(await house.has('CustomPresence:6001', 'value')).toBe('unavailable');
  // The living room's hint gives it another name, and its user sets it by a feature code.
  await house.set('CustomPresence:living', 'chat,,Come in');
  const living = await wall.waitForState('sensor.living_room_presence_status', 'chat');
  expect(living.attributes).toMatchObject({ presentity: 'CustomPresence:living', message: 'Come in' });
});

it('routes calls by the docs’ dialplan: do not disturb to voicemail, away to the next phone, else the phone', async () => {
  await using kitchen = await lab.phone('6001');
  await using living = await lab.phone('6002');
  const choose = async (option: string) => {
    await wall.callService(
      'select.select_option',
      { option },
      { target: { entity_id: 'select.kitchen_presence' } },
    );
    await wall.waitForState(STATUS, option);
  };
  const dnd = { target: { entity_id: 'switch.kitchen_do_not_disturb' } };
  await wall.callService('switch.turn_on', {}, dnd);
  await wall.waitForState(STATUS, 'dnd');
  await using _first = await lab.doorbell('8001').press('670');
  await until('voicemail to have the caller', async () =>
    (await lab.asterisk().rx('core show channels')).includes('VoiceMail'),
  );
  await lab.asterisk().hangUpAll();
  expect([kitchen.rings, living.rings]).toEqual([0, 0]);
  await choose('away');
  await using _second = await lab.doorbell('8001').press('670', { giveUpAfter: 5 });
  await living.waitFor('ringing');
  expect(kitchen.rings).toBe(0);
  await lab.asterisk().hangUpAll();
  await choose('available');
  await using _third = await lab.doorbell('8001').press('670', { giveUpAfter: 5 });
  await kitchen.waitFor('ringing');
  expect(living.rings).toBe(1);
  await lab.asterisk().hangUpAll();
});

it('follows who comes home, by the blueprint', async () => {
  const blueprint = 'asterisk_companion/presence.yaml';
  await until(
    'the blueprint',
    async () => blueprint in (await admin.ws<object>({ type: 'blueprint/list', domain: 'automation' })),
    { seconds: 30 },
  );
  await admin.writeAutomation('lab_presence', {
    alias: 'Lab presence',
    use_blueprint: {
      path: blueprint,
      input: { person: 'person.lab', presence: 'select.kitchen_presence' },
    },
  });
  const is = (state: string) => admin.rest('POST', '/api/states/person.lab', { state });
  await is('not_home');
  await is('home');
  await wall.waitForState(STATUS, 'available');
  await is('Work');
  await wall.waitForState(STATUS, 'away');
  await is('home');
  await wall.waitForState(STATUS, 'available');
  await admin.removeAutomation('lab_presence');
  await admin.rest('DELETE', '/api/states/person.lab');
});

it('is of no phone, too', async () => {
  const fields = { presentity: 'CustomPresence:Batman', state: 'away', message: 'In the cave' };
  expect(await house.run('set_presence', fields)).toMatchObject({ ok: true, result: { phone: null } });
  expect(await house.has('CustomPresence:Batman', 'message')).toBe('In the cave');
});

it('lights the lamp of a custom device state, and reads what the dialplan sets', async () => {
  const run = (action: string, fields: Record<string, unknown>) =>
    wall.callService(`script.asterisk_${action}`, fields, { respond: true });
  const device = 'Custom:lab_night';
  expect(await run('set_device_state', { device, state: 'inuse' })).toMatchObject({
    ok: true,
    result: { device, state: 'inuse' },
  });
  const hints = await lab.asterisk().rx('core show hint 680');
  expect(hints).toContain('State:InUse');
  await house.ami.send({ Action: 'Setvar', Variable: `DEVICE_STATE(${device})`, Value: 'RINGING' });
  expect(await run('get_device_state', { device })).toMatchObject({ ok: true, result: { state: 'ringing' } });
  expect(await run('set_device_state', { device, state: 'not_inuse' })).toMatchObject({ ok: true });
});

it('has a select for a custom device state: it lights a phone’s lamp, and follows what Asterisk sets', async () => {
  const asterisk = lab.asterisk();
  const night = 'select.device_states_lab_night';
  const choose = (option: string) =>
    wall.callService('select.select_option', { option }, { target: { entity_id: night } });
  await using kitchen = await lab.phone('6001', { watches: ['680'] });
  const lit = (note: string) => until(`the lamp to show ${note}`, () => kitchen.lamp('680') === note);
  await wall.waitForState(night, 'idle');
  await lit('Ready');
  const has = (state: string) =>
    until(`Asterisk to have ${state}`, async () =>
      new RegExp(`Name: 'Custom:lab_night'\\s+State: '${state}'`).test(await asterisk.rx('devstate list')),
    );
  for (const [option, state] of [
    ['busy', 'BUSY'],
    ['ringing_in_use', 'RINGINUSE'],
    ['invalid', 'INVALID'],
    ['in_use', 'INUSE'],
  ] as const) {
    await choose(option);
    await has(state);
    await wall.waitForState(night, option);
  }
  await wall.waitForState('sensor.blf_default_6xx_number_680', 'in_use');
  await lit('On the phone');
  await asterisk.rx('devstate change Custom:lab_night RINGING');
  await wall.waitForState(night, 'ringing');
  await lit('Ringing');
  // Home Assistant has that word for entities that are gone.
  await choose('unreachable');
  await has('UNAVAILABLE');
  await wall.waitForState(night, 'unreachable');
  await choose('idle');
  await wall.waitForState(night, 'idle');
});

it('has that select for as long as a hint or Asterisk’s database knows the state', async () => {
  const asterisk = lab.asterisk();
  const gone = (entity: string) =>
    until(`${entity} to go`, async () => (await admin.getState(entity)) === undefined, { seconds: 20 });
  {
    await using _more = await asterisk.dialplan(
      'states',
      '[default](+)\nexten => gate,hint,Custom:lab_gate\n',
    );
    await admin.waitForState('select.device_states_lab_gate', 'unknown', 20);
  }
  await gone('select.device_states_lab_gate');
  await asterisk.rx('devstate change Custom:lab_door ONHOLD');
  await admin.waitForState('select.device_states_lab_door', 'on_hold');
  await asterisk.rx('database del CustomDevstate lab_door');
  await asterisk.rx('module reload func_devstate.so');
  await gone('select.device_states_lab_door');
});

it('says which class the AMI user lacks', async () => {
  await using reader = await new House('reader').start();
  expect(await reader.run('set_presence', { phone: 'PJSIP/6001', state: 'away' })).toMatchObject({
    ok: false,
    error: { code: 'forbidden', message: expect.stringMatching(/Setvar: Permission denied.*write class/) },
  });
  expect(await reader.run('get_presence', { phone: 'PJSIP/6001' })).toMatchObject({ ok: true });
});

it('is absent, with one line in the log, while its module is not loaded', async () => {
  const asterisk = lab.asterisk();
  await asterisk.rx('module unload res_manager_presencestate.so');
  await asterisk.rx('module unload func_devstate.so');
  try {
    await using bare = await new House('admin').start();
    expect(bare.pbx.presence.all()).toEqual([]);
    expect(bare.pbx.deviceStates.all()).toEqual([]);
    expect(bare.lines.filter((line) => line.includes('func_devstate'))).toHaveLength(1);
    expect(bare.lines.filter((line) => line.includes('presence'))).toHaveLength(1);
    expect(await bare.run('set_presence', { phone: 'PJSIP/6001', state: 'away' })).toMatchObject({
      ok: false,
      error: { code: 'unavailable', message: expect.stringContaining('res_manager_presencestate') },
    });
  } finally {
    await asterisk.rx('module load res_manager_presencestate.so');
    await asterisk.rx('module load func_devstate.so');
  }
});
