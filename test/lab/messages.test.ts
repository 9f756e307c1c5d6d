/** Text messages and user events on the real stack. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { AmiClient } from '../../src/ami/index.ts';
import { Companion } from './companion.ts';
import type { HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';
import { REPO } from './stack/place.ts';
import { header } from './stack/sip-trace.ts';

const EVIL = 'Hallo "du", 🍜\nzwei\r\nFrom: nobody\r\n\r\nAction: Originate';
const EVENT = 'event.kitchen_message';
/** A moment as the product tells it. */
const ISO = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/;
/** How many a dialplan in a loop raises, and at least how many of them a second. */
const LOOPS = 8_000;
const FLOOD = 2_000;

interface Told {
  readonly subject: string;
  readonly type: string;
  readonly fields: Record<string, string>;
  readonly [field: string]: unknown;
}

let lab: Lab;
let companion: Companion;
let admin: HassClient;
let wall: HassClient;
let kitchen: Phone;
let dialplan: AsyncDisposable;

beforeAll(async () => {
  lab = Lab.attach();
  admin = lab.homeAssistant.as('admin');
  wall = lab.homeAssistant.as('wall');
  const page = await readFile(join(REPO, 'docs/messages.md'), 'utf8');
  const line = /```ini\n\[default\]\n(exten => home,[^\n]*)\n```/.exec(page)?.[1];
  if (line === undefined) throw new Error('docs/messages.md has no line for home');
  dialplan = await lab.asterisk().dialplan(
    'messages',
    `[default](+)
${line}
exten => 690,1,Answer()
 same => n,Set(i=0)
 same => n,Set(began=\${STRFTIME(,,%s.%3q)})
 same => n,While($[\${i} < ${LOOPS}])
 same => n,UserEvent(Loop,n: \${i})
 same => n,Set(i=$[\${i} + 1])
 same => n,EndWhile()
 same => n,UserEvent(Looped,began: \${began},ended: \${STRFTIME(,,%s.%3q)})
exten => 691,1,UserEvent(Alarm,zone: 3,reason: smoke: in the attic)
 same => n,UserEvent(Private,pin: 1234)
`,
  );
  kitchen = await lab.phone('6001', { textsTo: 'home' });
  companion = await Companion.start(lab, { user_events: { bus: ['Alarm', 'Loop*'] } });
  await admin.waitForState(EVENT, (entity) => entity.state !== 'unavailable', 30);
  await companion.scripts();
});
afterEach(() => lab.asterisk().hangUpAll());
afterAll(async () => {
  await companion?.stop();
  await kitchen?.stop();
  await dialplan?.[Symbol.asyncDispose]();
});

/** Runs an extension with nobody on the line. */
function runs(extension: string): Promise<string> {
  return lab.asterisk().rx(`channel originate Local/${extension}@default application Wait 120`);
}

it('shows on a phone what is sent to its notify entity', async () => {
  const message = 'Dinner, "now" 🍜\nand be quick';
  const target = { target: { entity_id: 'notify.kitchen_send_message' } };
  await wall.callService('notify.send_message', { message }, target);
  await until('the phone to have the message', () => kitchen.texts.length > 0);
  expect(kitchen.texts.map(({ body }) => body)).toEqual([message]);
  const sip = kitchen.messages().filter(({ start }) => start.startsWith('MESSAGE'));
  expect(header(sip[0] as (typeof sip)[number], 'From')).toContain('sip:home@');
});

it('answers an action with what became of the message', async () => {
  const before = kitchen.texts.length;
  const send = (fields: Record<string, unknown>) =>
    wall.callService('script.asterisk_send_message', fields, { respond: true });
  expect(await send({ phone: 'Kitchen', text: 'From six hundred', from: '600' })).toMatchObject({
    ok: true,
    result: { phone: { id: 'pjsip_6001' }, from: '600' },
  });
  await until('the phone to have the message', () => kitchen.texts.length > before);
  const sip = kitchen.messages().filter(({ start }) => start.startsWith('MESSAGE'));
  expect(header(sip.at(-1) as (typeof sip)[number], 'From')).toContain('sip:600@');
  expect(await send({ phone: 'Attic', text: 'x' })).toMatchObject({
    ok: false,
    error: {
      code: 'failed',
      message: expect.stringMatching(/^Attic did not get the message: it is not registered/),
    },
  });
  expect(await send({ phone: 'Kitchen', text: 'x'.repeat(757) })).toMatchObject({
    ok: false,
    error: { code: 'invalid', field: 'text' },
  });
  expect(await send({ phone: 'Kitchen', text: 'y'.repeat(756) })).toMatchObject({ ok: true });
  await until('the longest', () => kitchen.texts.at(-1)?.body.length === 756);
});

it('tells what a phone writes, whatever that is, by the docs’ line of dialplan', async () => {
  await using bus = await admin.record<Told>('asterisk_event');
  await using userEvents = await admin.record<Told>('asterisk_user_event');
  await kitchen.text(EVIL);
  const text = EVIL.replaceAll('\r\n', '\n');
  const shown = await admin.waitForState(EVENT, ({ attributes }) => attributes.text === text);
  expect(shown.attributes).toMatchObject({ event_type: 'received', to: 'home' });
  const told = await bus.waitFor('the message', ({ subject }) => subject === 'message');
  expect(told).toEqual({
    ...{ companion: 'asterisk', pbx: 'home', time: expect.stringMatching(ISO), subject: 'message' },
    type: 'received',
    text: EVIL,
    to: 'home',
    from: { number: '6001', name: 'Kitchen' },
    phone: { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' },
  });
  expect(await lab.asterisk().rx('core show channels count')).not.toContain('PJSIP');
  expect(userEvents.data).toEqual([]);
});

it('tells the bus a user event with all its fields, and none that is not wanted there', async () => {
  await using userEvents = await admin.record<Told>('asterisk_user_event');
  await runs('691');
  const alarm = await userEvents.waitFor('the alarm', ({ type }) => type === 'Alarm');
  expect(alarm).toMatchObject({
    companion: 'asterisk',
    pbx: 'home',
    time: expect.stringMatching(ISO),
    subject: 'user_event',
    fields: { zone: '3', reason: 'smoke: in the attic', Context: 'default', Exten: '691' },
  });
  await lab.asterisk().hangUpAll();
  expect(userEvents.data.map(({ type }) => type)).toEqual(['Alarm']);
});

it('survives a dialplan in a loop: bus and log stay readable, and the door still rings at once', async () => {
  await using userEvents = await admin.record<Told>('asterisk_user_event');
  await using raised = await Counter.start(lab);
  const logged = (await companion.log()).length;
  const began = Date.now();
  await runs('690');
  await until('the loop to run', () => raised.count > 500, { seconds: 20 });
  await using press = await lab.doorbell('8000').press('600', { giveUpAfter: 2 });
  await admin.waitForState('event.front_door', ({ attributes }) => attributes.event_type === 'ring', 5);
  await runs('691');
  await userEvents.waitFor('the alarm', ({ type }) => type === 'Alarm', 5);
  await press.waitFor('cancelled');
  await until('the loop to end', () => raised.ended, { seconds: 60 });
  const seconds = (Date.now() - began) / 1000;
  expect(raised.count).toBe(LOOPS);
  const { fields } = await userEvents.waitFor('the last', ({ type }) => type === 'Looped');
  // By Asterisk's own clock: anything slower would be no flood, and prove nothing.
  const perSecond = LOOPS / (Number(fields.ended) - Number(fields.began));
  console.log(`${LOOPS} user events, ${perSecond.toFixed()} a second; ${seconds.toFixed(1)} s in all`);
  expect(perSecond).toBeGreaterThanOrEqual(FLOOD);
  const loops = userEvents.data.filter(({ type }) => type === 'Loop').length;
  expect(loops).toBeGreaterThanOrEqual(100);
  expect(loops).toBeLessThanOrEqual(100 + 20 * (seconds + 2));
  const connection = await admin.waitForState(
    'binary_sensor.asterisk_home_connection',
    ({ attributes }) => attributes.user_events_left_out === LOOPS - loops,
    30,
  );
  expect(connection.state).toBe('on');
  const lines = (await companion.log()).slice(logged).filter(({ level }) => Number(level) >= 40);
  expect(lines.map(({ msg, name, leftOut }) => [msg, name, leftOut])).toEqual([
    ['The dialplan raises a user event more often than is good; leaving some out', 'Loop', undefined],
    ['User events were left out', 'Loop', LOOPS - loops],
  ]);
}, 150_000);

/** Counts what the loop raises, over a link of its own. */
class Counter implements AsyncDisposable {
  count = 0;
  ended = false;
  readonly #ami: AmiClient;

  private constructor(ami: AmiClient) {
    this.#ami = ami;
    ami.listen({
      UserEvent: ({ UserEvent }) => {
        if (UserEvent === 'Loop') this.count += 1;
        if (UserEvent === 'Looped') this.ended = true;
      },
    });
  }

  static async start(lab: Lab): Promise<Counter> {
    const { host, port, secret } = lab.asterisk().ami;
    const log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
    const ami = new AmiClient({ host, port, username: 'admin', secret, tls: false, log });
    const counter = new Counter(ami);
    ami.start();
    await until('the link of the counter', () => ami.status.state === 'up');
    return counter;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ami.stop();
  }
}
