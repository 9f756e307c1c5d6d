/** A press outlives what it can outlive, and no fault makes a ring that nobody rang. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Companion } from './companion.ts';
import type { Press } from './stack/doorbell.ts';
import type { EventLog, HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';

interface Told {
  readonly subject: string;
  readonly type: string;
  readonly doorbell?: string;
  readonly outcome?: string;
  readonly attempts?: number;
}

/** One for each state that a press can be in; the office's phone plays a doorbell, too. */
const DOORS = [
  { user: '8000', name: 'Front door', extension: 'loop', state: 'ringing' },
  { user: '8001', name: 'Gate', extension: '777', state: 'waiting' },
  { user: '8009', name: 'Yard', extension: '444', state: 'parked' },
  { user: '6003', name: 'Stable', extension: '6002', state: 'answered' },
] as const;

const LOOP = `
[default](+)
exten => loop,1,Ringing()
 same => n(dialing),Dial(PJSIP/6004,5)
 same => n,Wait(1)
 same => n,Goto(dialing)
`;

let lab: Lab;
let companion: Companion;
let hass: HassClient;
let dialplan: AsyncDisposable;
let bus: EventLog<Told>;

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  dialplan = await lab.asterisk().dialplan('doorbells-faults', LOOP);
  companion = await Companion.start(lab, {
    doorbells: DOORS.map(({ user, name }) => ({ name, endpoint: `PJSIP/${user}` })),
  });
  await hass.waitForState('sensor.stable_state', 'idle', 20);
});
afterAll(async () => {
  await companion?.stop();
  await dialplan?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  bus = await hass.record<Told>('asterisk_event');
});
afterEach(async () => {
  await bus[Symbol.asyncDispose]();
  if (!lab.asterisk().running) await lab.asterisk().start();
  await lab.asterisk().hangUpAll();
  await until('the companion to be up', async () => (await state('8000')).state === 'idle', { seconds: 30 });
});

/** What the companion knows of a doorbell. */
async function state(user: string): Promise<{ state: string; press: { attempts: number } | null }> {
  type Answer = { pbxes: { status: { up: boolean }; doorbells: { endpoint: string }[] }[] };
  const { body } = await companion.http<Answer>('GET', '/api/state');
  const found = body.pbxes[0]?.doorbells.find(({ endpoint }) => endpoint === `PJSIP/${user}`);
  return (found ?? { state: 'unknown', press: null }) as never;
}

/** What the bus was told of doorbells, of one or of all. */
function told(user?: string): string[] {
  return bus.data
    .filter(({ subject, doorbell }) => subject === 'doorbell' && (!user || doorbell === `pjsip_${user}`))
    .map(({ type, outcome }) => (outcome ? `${type} ${outcome}` : type));
}

const attempts = (count: number) =>
  until(`${count} attempts`, async () => ((await state('8000')).press?.attempts ?? 0) >= count);

it('Asterisk killed with a visitor in each of the states: each press ends as lost, and none rings again', async () => {
  await using living = await lab.phone('6002');
  const presses: Press[] = [];
  for (const { user, extension } of DOORS) presses.push(await lab.doorbell(user).press(extension));
  await living.answer();
  for (const { user, state: wanted } of DOORS)
    await until(`${user} to be ${wanted}`, async () => (await state(user)).state === wanted);
  await lab.asterisk().kill();
  await Promise.all(presses.map((press) => press.cutPower()));
  await hass.waitForState('sensor.front_door_state', 'unavailable', 20);
  await lab.asterisk().start();
  for (const name of ['front_door', 'gate', 'yard', 'stable'])
    await hass.waitForState(`sensor.${name}_state`, 'idle', 20);
  expect(told('8000')).toEqual(['ring', 'ended lost']);
  expect(told('8001')).toEqual(['ring', 'waiting', 'ended lost']);
  expect(told('8009')).toEqual(['ring', 'parked', 'ended lost']);
  expect(told('6003')).toEqual(['ring', 'answered', 'ended lost']);
});

it('the link cut in mid-loop: the same press goes on, and so does its count', async () => {
  await using press = await lab.doorbell('8000').press('loop');
  await attempts(2);
  await kickSessions();
  await bus.waitFor(
    'the link to be back',
    ({ subject, type }) => subject === 'pbx' && type === 'connected',
    20,
  );
  const before = (await state('8000')).press?.attempts ?? 0;
  await attempts(before + 1);
  expect(told()).toEqual(['ring']);
  await press.hangUp();
  await until('the end', () => told().length === 3);
  expect(told()).toEqual(['ring', 'missed', 'ended missed']);
});

it('the companion killed in mid-loop: a new one finds the visitor, and its end is told', async () => {
  await using press = await lab.doorbell('8000').press('loop');
  await attempts(1);
  // What it has not said yet dies with it.
  await until('the ring to be told', () => told().length === 1);
  await companion.kill();
  await companion.launch();
  await until('the visitor to be found', async () => (await state('8000')).state === 'ringing', {
    seconds: 20,
  });
  await attempts(1);
  // What happens before it is there, Home Assistant is not told.
  await until('the link to Home Assistant', async () => {
    const { body } = await companion.http<{ home_assistant: string }>('GET', '/healthz');
    return body.home_assistant === 'connected';
  });
  expect(told()).toEqual(['ring']);
  await press.hangUp();
  await until('the end', () => told().length === 3);
  expect(told()).toEqual(['ring', 'missed', 'ended missed']);
});

/** Throws every AMI client out. */
async function kickSessions(): Promise<void> {
  const connected = await lab.asterisk().rx('manager show connected');
  const sessions = connected.split('\n').filter((line) => /\b127\.0\.0\.1\b/.test(line));
  expect(sessions.length).toBeGreaterThan(0);
  for (const line of sessions) {
    const [, , , , descriptor = ''] = line.trim().split(/\s+/);
    await lab.asterisk().rx(`manager kick session ${descriptor}`);
  }
}
