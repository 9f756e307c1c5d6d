/** What goes wrong in a house, and what a person sees of it. */
import mqtt from 'mqtt';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { asteriskSettings, Companion, FRONT_DOOR } from './companion.ts';
import type { EventLog, HassClient, StateChanged } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';

const EVENT = 'event.front_door';
const STATE = 'sensor.front_door_state';
const CONNECTED = 'binary_sensor.asterisk_home_connection';
const PROBLEM = 'binary_sensor.asterisk_home_problem';

let lab: Lab;
let companion: Companion;
let hass: HassClient;
let kitchen: Phone;
let changes: EventLog<StateChanged>;
let began: number;

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  kitchen = await lab.phone('6001');
  const side = { ...FRONT_DOOR, endpoint: 'PJSIP/8009', name: 'Side door' };
  companion = await Companion.start(lab, { doorbells: [FRONT_DOOR, side] });
  await hass.waitForState(STATE, 'idle', 20);
});
afterAll(async () => {
  await companion?.stop();
  // The side door is this file's own. A file that restarts the broker has it forget the door, and then nobody knows
  // that Home Assistant still has it.
  await using _without = await Companion.start(lab, { scripts: false });
  await until('the side door to be gone', async () => !(await hass.getState('sensor.side_door_state')), {
    seconds: 20,
  });
  await kitchen?.stop();
});
beforeEach(async () => {
  began = Date.now();
  changes = await hass.record('state_changed');
});
afterEach(async () => {
  await changes[Symbol.asyncDispose]();
  // A test that failed half way must not make the next ones fail.
  if (!lab.asterisk().running) await lab.asterisk().start();
  if (!companion.running) await companion.launch();
  await lab.asterisk().rx('channel request hangup all');
  await hass.waitForState(STATE, 'idle', 20);
});

/** The rings that the event entity has shown since the test began; that it shows an older one again is none. */
function rings(): number {
  const seen = changes.data
    .filter(({ entity_id, new_state }) => entity_id === EVENT && new_state?.attributes.event_type === 'ring')
    .map(({ new_state }) => Date.parse(new_state?.state ?? ''))
    .filter((at) => at >= began);
  return new Set(seen).size;
}

/** The states that an entity has had since the test began, in order, none twice running. */
function states(entity: string): unknown[] {
  const all = changes.data
    .filter(({ entity_id }) => entity_id === entity)
    .map(({ new_state }) => new_state?.state);
  return all.filter((state, at) => state !== all[at - 1]);
}

async function expectNoProblem(): Promise<void> {
  const problem = await hass.waitForState(PROBLEM, 'off', 10);
  expect(problem.attributes.reason).toBeNull();
}

it('Asterisk killed during a ring and started again', async () => {
  await using press = await lab.doorbell('8000').press('600', { giveUpAfter: 5 });
  await hass.waitForState(STATE, 'ringing');
  await lab.asterisk().kill();
  await hass.waitForState(STATE, 'unavailable', 10);
  const connected = await hass.waitForState(CONNECTED, 'off', 10);
  expect(connected.state).toBe('off');
  const { host, port } = lab.asterisk().ami;
  const reason = `Asterisk at ${host}:${port}: nothing listens there. Is Asterisk running, and \`enabled = yes\` in manager.conf?`;
  const problem = await hass.waitForState(PROBLEM, ({ attributes }) => attributes.reason === reason, 10);
  expect(problem.state).toBe('on');
  await lab.asterisk().start();
  await hass.waitForState(STATE, 'idle', 10);
  await hass.waitForState(CONNECTED, 'on', 10);
  await expectNoProblem();
  expect(rings()).toBe(1);
  // What it was before is not shown again when Asterisk is back.
  expect(states(STATE)).toEqual(['ringing', 'unavailable', 'idle']);
  expect(press.state).not.toBe('answered');
  await kitchen.stop();
  kitchen = await lab.phone('6001');
});

it('Asterisk frozen and thawed', async () => {
  await lab.asterisk().freeze();
  await hass.waitForState(STATE, 'unavailable', 10);
  await lab.asterisk().thaw();
  await hass.waitForState(STATE, 'idle', 10);
  await using press = await lab.doorbell('8000').press('600', { giveUpAfter: 1 });
  await hass.waitForState(STATE, 'ringing');
  await press.waitFor('cancelled');
  expect(rings()).toBe(1);
});

it('the broker killed and started', async () => {
  await lab.broker.kill();
  await hass.waitForState(STATE, 'unavailable', 10);
  const logged = lab.broker.log().length;
  await lab.broker.start();
  await hass.waitForState(STATE, 'idle', 20);
  // Home Assistant subscribes to 500 topics at a time: states may be there before events are heard again.
  await until('Home Assistant to hear the doorbell again', () =>
    lab.broker.log().slice(logged).includes('asterisk/home/doorbell/pjsip_8000/doorbell/event'),
  );
  await using press = await lab.doorbell('8000').press('600', { giveUpAfter: 1 });
  await hass.waitForState(STATE, 'ringing');
  await press.waitFor('cancelled');
  expect(rings()).toBe(1);
});

it('Home Assistant restarted', async () => {
  await lab.homeAssistant.restart();
  await hass.waitForState(STATE, 'idle', 20);
  await until(
    'the link to be back',
    async () =>
      (await companion.log()).filter(({ msg }) => msg === 'Connected to Home Assistant').length >= 2,
    { seconds: 20 },
  );
  const answer = await lab.homeAssistant
    .as('wall')
    .callService<{ ok: boolean }>('script.asterisk_retrieve', { phone: 'Kitchen' }, { respond: true });
  expect(answer.ok).toBe(false);
});

it('the companion killed in a ring and started again', async () => {
  await using press = await lab.doorbell('8000').press('600', { giveUpAfter: 12 });
  await hass.waitForState(STATE, 'ringing');
  const before = rings();
  await companion.kill();
  await hass.waitForState(STATE, 'unavailable', 10);
  await companion.launch();
  await hass.waitForState(STATE, 'ringing', 10);
  await press.waitFor('cancelled', 20);
  await hass.waitForState(EVENT, (entity) => entity.attributes.event_type === 'missed');
  expect([before, rings()]).toEqual([1, 1]);
});

it('SIGTERM: leaves within 5 s, and says offline', async () => {
  const said: string[] = [];
  const listener = await mqtt.connectAsync(lab.broker.url);
  listener.on('message', (topic, payload) => said.push(`${topic} ${payload}`));
  await listener.subscribeAsync('asterisk/status');
  await until('the retained status', () => said.includes('asterisk/status online'));
  const took = await companion.stop();
  await until('offline', () => said.at(-1) === 'asterisk/status offline');
  await listener.endAsync();
  expect(took).toBeLessThan(5000);
  await hass.waitForState(STATE, 'unavailable');
  await companion.launch();
  await hass.waitForState(STATE, 'idle', 10);
});

it('two PBXs, one down', async () => {
  await companion.stop();
  const asterisk = [asteriskSettings(lab, 'home'), asteriskSettings(lab, 'annex')];
  await using both = await Companion.start(lab, { asterisk });
  await hass.waitForState('binary_sensor.asterisk_annex_connection', 'on', 10);
  await lab.asterisk('annex').kill();
  await hass.waitForState('binary_sensor.asterisk_annex_connection', 'off', 10);
  expect((await hass.getState(STATE))?.state).toBe('idle');
  expect((await hass.getState(CONNECTED))?.state).toBe('on');
  await lab.asterisk('annex').start();
  await hass.waitForState('binary_sensor.asterisk_annex_connection', 'on', 10);
  expect(both.running).toBe(true);
  await both.stop();
  await companion.launch();
});

it('an AMI user who may not originate is told so', async () => {
  await companion.stop();
  const asterisk = [{ ...asteriskSettings(lab, 'home'), username: 'listener' }];
  await using poor = await Companion.start(lab, { asterisk });
  const problem = await hass.waitForState(PROBLEM, 'on', 10);
  expect(problem.attributes.reason).toBe(
    'The AMI user lacks the write class originate, so no phone can be rung: nothing is dialled, retrieved, ' +
      'announced or played: in manager.conf, add originate to its write classes and reload manager',
  );
  await hass.waitForState(STATE, 'idle');
  const answer = await hass.callService<{ ok: boolean; error: { message: string } }>(
    'script.asterisk_dial',
    { phone: 'Kitchen', number: '600' },
    { respond: true },
  );
  expect(answer).toMatchObject({ ok: false, error: { code: 'forbidden' } });
  await poor.stop();
  await companion.launch();
  await expectNoProblem();
});

it('a refused login is told apart from an unreachable host, and its secret is nowhere', async () => {
  await companion.stop();
  const secret = 'certainly-wrong';
  const asterisk = [{ ...asteriskSettings(lab, 'home'), secret }];
  await using refused = await Companion.start(lab, { asterisk });
  const problem = await hass.waitForState(PROBLEM, 'on', 10);
  const { host, port } = lab.asterisk().ami;
  expect(problem.attributes.reason).toBe(
    `Asterisk at ${host}:${port} refused the login of 'admin' (Authentication failed). Check username and secret ` +
      `against manager.conf, and that the permit and deny lines of this user let 127.0.0.1 in`,
  );
  const said = JSON.stringify([await refused.log(), await hass.states()]);
  expect(said).not.toContain(secret);
  await refused.stop();
  await companion.launch();
  await expectNoProblem();
});

it.each([
  'Eve "the" <b>',
  '<script>alert(1)</script>',
  'Zoë 🐈',
  "O'Neil \\n {{ 7*7 }}",
  'a\\r\\nAction: Logoff',
])('a visitor called %s', async (callerName) => {
  await hass.waitForState('sensor.side_door_state', 'idle', 15);
  await using press = await lab.doorbell('8009').press('600', { callerName, giveUpAfter: 1 });
  await hass.waitForState('event.side_door', ({ attributes }) => attributes.caller_name === callerName);
  await hass.waitForState('sensor.side_door_last_visitor', callerName);
  await press.waitFor('cancelled');
});
