/** Every action on a real Asterisk, as the phones and the doorbell see it. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createRegistry, type OpenWay, type Registry } from '../../src/actions/index.ts';
import { AmiClient } from '../../src/ami/index.ts';
import { type Happening, Pbx } from '../../src/pbx/index.ts';
import { actionPorts } from '../actions/ports.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';

const DOOR = { doorbell: 'Front door' };

let lab: Lab;
let kitchen: Phone;
let living: Phone;
let home: House;
let way: OpenWay = { kind: 'none' };

/** The product's rooms from the wire to the actions, logged in as one of the lab's AMI users. */
class House implements AsyncDisposable {
  readonly pbx: Pbx;
  readonly registry: Registry;
  readonly happenings: Happening[] = [];
  readonly #ami: AmiClient;

  constructor({ username = 'admin', door: endpoint = 'PJSIP/8000' } = {}) {
    const { host, port, secret } = lab.asterisk().ami;
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    this.#ami = new AmiClient({ host, port, username, secret, tls: false, log });
    const door = { name: 'Front door', endpoint, extensions: [] };
    const doorbells = [{ ...door, answer_on: ['PJSIP/6001', 'PJSIP/6002'] }];
    this.pbx = new Pbx({ id: 'home', phones: [], doorbells }, this.#ami, log);
    this.pbx.onHappening((happening) => this.happenings.push(happening));
    this.registry = createRegistry(
      actionPorts({
        pbxes: [this.pbx],
        openWay: () => way,
        fetch,
        log,
      }),
    );
  }

  async start(): Promise<this> {
    this.pbx.start();
    this.#ami.start();
    await until('the PBX to be known', () => this.pbx.status.up);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pbx.stop();
    await this.#ami.stop();
  }

  run(action: string, fields: object) {
    return this.registry.run(action, fields, { via: 'script', name: 'lab' });
  }

  /** Types of the doorbell's happenings. */
  door(): string[] {
    return this.happenings.filter(({ subject }) => subject === 'doorbell').map(({ type }) => type);
  }

  async quiet(): Promise<void> {
    await until('the calls to end', () => this.pbx.calls.all().length === 0);
  }
}

beforeAll(async () => {
  lab = Lab.attach();
  [kitchen, living] = await Promise.all([lab.phone('6001'), lab.phone('6002')]);
  home = await new House().start();
});
afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
  await Promise.all([kitchen?.stop(), living?.stop()]);
  await lab?.stop();
});
afterEach(async () => {
  await lab.asterisk().hangUpAll();
  await home.quiet();
  home.happenings.length = 0;
  way = { kind: 'none' };
});

const failed = (code: string, message: string | RegExp) => ({
  ok: false,
  error: { code, message: typeof message === 'string' ? message : expect.stringMatching(message) },
});
const KITCHEN = { endpoint: 'PJSIP/6001', name: 'Kitchen' };
const LIVING = { endpoint: 'PJSIP/6002', name: 'Living room' };

/** A visitor at the front door, talking to the kitchen. */
async function talking() {
  const press = await lab.doorbell('8000').press('6001');
  await kitchen.answer();
  await press.waitFor('answered');
  await until('the two to be joined', () => home.pbx.doorbells.all()[0]?.state === 'answered');
  return press;
}

it('answers on a phone that does not ring: it rings, gets the visitor, and the others stop', async () => {
  await using press = await lab.doorbell('8000').press('6001');
  await kitchen.waitFor('ringing');
  const run = home.run('answer', { ...DOOR, on: 'Living room' });
  const call = await living.answer();
  expect(call.peerName).toBe('Doorbell');
  expect(await run).toMatchObject({ ok: true, result: { phone: LIVING } });
  await press.waitFor('answered');
  await kitchen.waitFor('ended');
  expect(home.door()).toEqual(['ring', 'answered']);
  await living.hangUp();
  await press.waitFor('hung up');
});

it('answers on a phone that rings: the others stop, and it rings on until it is picked up', async () => {
  await using press = await lab.doorbell('8000').press('600');
  await Promise.all([kitchen.waitFor('ringing'), living.waitFor('ringing')]);
  const rings = living.rings;
  const run = home.run('answer', { ...DOOR, on: 6002 });
  await kitchen.waitFor('ended');
  await living.answer();
  expect(await run).toMatchObject({ ok: true, result: { phone: LIVING } });
  await press.waitFor('answered');
  expect(living.rings).toBe(rings);
});

it('answers a visitor who is parked', async () => {
  await using press = await lab.doorbell('8000').press('444');
  await press.waitFor('answered');
  await until('the parked call', () => home.pbx.doorbells.all()[0]?.state === 'parked');
  const run = home.run('answer', {});
  await kitchen.answer();
  expect(await run).toMatchObject({ ok: true, result: { phone: KITCHEN } });
  await until('the answer to be told', () => home.door().includes('answered'));
  expect(home.door()).toEqual(['ring', 'parked', 'answered']);
});

it('gives up when the visitor leaves, the phone does not answer, or is not there', async () => {
  await using press = await lab.doorbell('8000').press('6001');
  await kitchen.waitFor('ringing');
  expect(await home.run('answer', { on: 'Living room', timeout: 1 })).toMatchObject(
    failed('failed', /^Living room: .*was not answered in time/),
  );
  await living.waitFor('ended');
  expect(await home.run('answer', { on: '6004' })).toMatchObject(
    failed('failed', /^Attic: .*not registered/),
  );
  const run = home.run('answer', { on: 'Living room' });
  await living.waitFor('ringing');
  await press.hangUp();
  expect(await run).toMatchObject(failed('conflict', 'The caller has hung up.'));
  await living.waitFor('ended');
});

it('parks the other party with its own timeout, and retrieves it to another phone', async () => {
  await using press = await talking();
  const parked = await home.run('park', { phone: 'Kitchen', lot: 'default', timeout: 20 });
  expect(parked).toMatchObject({ ok: true, result: { lot: 'default', space: '701' } });
  await kitchen.waitFor('ended');
  const [call] = home.pbx.parking.find('default')?.parked ?? [];
  expect(call).toMatchObject({ caller: { name: 'Doorbell' }, parkedBy: 'Kitchen' });
  expect(((call?.until ?? 0) - (call?.since ?? 0)) / 1000).toBeCloseTo(20, 0);
  const run = home.run('retrieve', { phone: 'Living room' });
  const rings = await living.answer();
  expect(rings.peerName).toBe('Doorbell');
  expect(await run).toMatchObject({ ok: true, result: { phone: LIVING, lot: 'default', space: '701' } });
  await until('the lot to be empty', () => home.pbx.parking.find('default')?.parked.length === 0);
  expect(press.state).toBe('answered');
});

it('announces the space to a phone that is to hear it', async () => {
  await using press = await talking();
  const parked = await home.run('park', { phone: 'Kitchen', announce: 'Kitchen' });
  expect(parked).toMatchObject({ ok: true, result: { space: '701' } });
  expect(kitchen.call?.state).toBe('established');
  const log = async () => (await lab.asterisk().rx('core show channels concise')).includes('PJSIP/6001');
  expect(await log()).toBe(true);
  expect(press.state).toBe('answered');
});

it('parks a visitor who still rings, in the lot that is named; the phones stop', async () => {
  await using press = await lab.doorbell('8000').press('600');
  await kitchen.waitFor('ringing');
  expect(await home.run('park', { ...DOOR, lot: 'office' })).toMatchObject({
    ok: true,
    result: { lot: 'office', space: '751' },
  });
  await press.waitFor('answered');
  await kitchen.waitFor('ended');
  expect(await home.run('retrieve', { space: '799', phone: 'Kitchen' })).toMatchObject(
    failed('not_found', 'No call is parked in space 799; taken: 751.'),
  );
  const run = home.run('retrieve', { lot: 'office', phone: 'Kitchen' });
  await kitchen.waitFor('ringing');
  await press.hangUp();
  expect(await run).toMatchObject(failed('conflict', 'The call in space 751 has hung up.'));
  await kitchen.waitFor('ended');
});

it('dials, says that the other side answered, and dials the same again', async () => {
  const run = home.run('dial', { phone: 'Kitchen', number: '6002', caller_name: 'Cook, "the"' });
  await kitchen.answer();
  const call = await living.answer();
  expect(call.peerName).toBe('Cook,  the');
  expect(await run).toMatchObject({ ok: true, result: { phone: KITCHEN, state: 'answered' } });
  await kitchen.hangUp();
  await living.waitFor('ended');
  const again = home.run('redial', { phone: 'Kitchen' });
  await kitchen.answer();
  await living.answer();
  expect(await again).toMatchObject({ ok: true, result: { number: '6002', state: 'answered' } });
});

it('says why a call did not come about', async () => {
  const busy = home.run('dial', { phone: 'Kitchen', number: '6002' });
  await kitchen.answer();
  await living.waitFor('ringing');
  await living.hangUp();
  expect(await busy).toMatchObject(failed('failed', '6002 did not answer, is busy or cannot be reached.'));
  await kitchen.hangUp();
  const rings = kitchen.rings;
  expect(await home.run('dial', { phone: 'Kitchen', number: 'nowhere' })).toMatchObject(
    failed('not_found', 'There is no extension "nowhere" in context default.'),
  );
  expect(kitchen.rings).toBe(rings);
  expect(await home.run('dial', { phone: 'Attic', number: '6002' })).toMatchObject(
    failed('failed', /^Attic: .*not registered/),
  );
});

it('rings the phones again for a visitor who was missed, and connects who answers with the doorbell', async () => {
  const press = await lab.doorbell('8000').press('600', { giveUpAfter: 1 });
  await press.waitFor('cancelled');
  await until('the press to be over', () => home.door().includes('ended'));
  await using door = await lab.phone('8000', { answer: 'auto' });
  const run = home.run('redial', DOOR);
  await kitchen.waitFor('ringing');
  const call = await living.answer();
  expect(call.peerName).toBe('Front door');
  expect(await run).toMatchObject({ ok: true, result: { phone: LIVING } });
  await door.waitFor('established');
  await kitchen.waitFor('ended');
  await living.hangUp();
  await door.waitFor('ended');
});

it('hangs up, and sends a visitor away who is not counted as missed', async () => {
  const first = await talking();
  expect(await home.run('hang_up', { phone: 'Kitchen' })).toMatchObject({ ok: true, result: { ended: 1 } });
  await first.waitFor('hung up');
  await kitchen.waitFor('ended');
  await home.quiet();
  expect(await home.run('hang_up', { phone: 'Kitchen' })).toMatchObject(
    failed('conflict', 'Kitchen is in no call.'),
  );
  home.happenings.length = 0;
  const second = await lab.doorbell('8000').press('600');
  await kitchen.waitFor('ringing');
  expect(await home.run('ignore', {})).toMatchObject({ ok: true });
  await second.waitFor('refused');
  await until('the press to be over', () => home.door().includes('ended'));
  expect(home.door()).toEqual(['ring', 'cancelled', 'ended']);
});

it('transfers blind', async () => {
  await using press = await talking();
  expect(await home.run('transfer', { phone: 'Kitchen', target: 'nowhere' })).toMatchObject(
    failed('not_found', 'There is no extension "nowhere" in context default.'),
  );
  expect(await home.run('transfer', { phone: 'Kitchen', target: '6002' })).toMatchObject({
    ok: true,
    result: { state: 'transferred' },
  });
  await kitchen.waitFor('ended');
  await living.answer();
  expect(press.state).toBe('answered');
});

it('transfers when the target has answered, and changes nothing if it does not', async () => {
  await using press = await talking();
  const fields = { phone: 'Kitchen', target: '6002', kind: 'when_answered' };
  expect(await home.run('transfer', { ...fields, timeout: 1 })).toMatchObject(
    failed('failed', /^6002: .*was not answered in time/),
  );
  await living.waitFor('ended');
  expect(kitchen.call?.state).toBe('established');
  const run = home.run('transfer', fields);
  await living.answer();
  expect(await run).toMatchObject({ ok: true, result: { state: 'transferred' } });
  await kitchen.waitFor('ended');
  expect([living.call?.state, press.state]).toEqual(['established', 'answered']);
});

it('transfers attended where the call allows it, and types nothing to the visitor where it does not', async () => {
  const fields = { phone: 'Kitchen', target: '6002', kind: 'attended' };
  const refused = await talking();
  expect(await home.run('transfer', fields)).toMatchObject(failed('conflict', /option t or T/));
  expect(refused.digits).toBe('');
  await refused.hangUp();
  await home.quiet();
  const extension = '[default](+)\nexten => 660,1,Dial(PJSIP/6001,20,t)\n';
  await using _dialplan = await lab.asterisk().dialplan('attended', extension);
  await using press = await lab.doorbell('8000').press('660');
  await kitchen.answer();
  await press.waitFor('answered');
  await until('the two to be joined', () => home.pbx.doorbells.all()[0]?.state === 'answered');
  expect(await home.run('transfer', fields)).toMatchObject({ ok: true, result: { state: 'consulting' } });
  await living.answer();
  await kitchen.hangUp();
  await until('the transfer', () => home.happenings.some(({ type }) => type === 'transferred'));
  expect([living.call?.state, press.state, press.digits]).toEqual(['established', 'answered', '']);
});

it.each(['8000', '8001'])(
  'opens by keys on the call: the doorbell %s gets them in order and once',
  async (user) => {
    way = { kind: 'dtmf', digits: '#9', withoutCall: 'refuse' };
    await using house = await new House({ door: `PJSIP/${user}` }).start();
    await using press = await lab.doorbell(user).press('6001');
    await kitchen.answer();
    await press.waitFor('answered');
    await until('the two to be joined', () => house.pbx.doorbells.all()[0]?.state === 'answered');
    const [one, two] = await Promise.all([house.run('open_door', DOOR), house.run('open_door', DOOR)]);
    expect(one).toMatchObject({ ok: true, result: { way: 'dtmf' } });
    expect(two).toMatchObject(failed('conflict', 'Front door is being opened already.'));
    await press.waitForDigits('#9');
    await press.hangUp();
    expect(press.digits).toBe('#9');
    expect(house.happenings).toContainEqual(
      expect.objectContaining({ subject: 'doorbell', type: 'opened', way: 'dtmf', who: 'lab' }),
    );
  },
);

it.each(['8000', '8001'])(
  'opens for a visitor %s whom nobody has answered: answers, sends the keys, and ends the call',
  async (user) => {
    way = { kind: 'dtmf', digits: '12*#', withoutCall: 'refuse' };
    await using house = await new House({ door: `PJSIP/${user}` }).start();
    await using press = await lab.doorbell(user).press('600');
    await kitchen.waitFor('ringing');
    expect(await house.run('open_door', DOOR)).toMatchObject({ ok: true });
    await press.waitFor('hung up');
    await kitchen.waitFor('ended');
    expect(press.digits).toBe('12*#');
    await until('the press to be over', () => house.door().includes('ended'));
    expect(house.door()).toEqual(['ring', 'parked', 'opened', 'cancelled', 'ended']);
  },
);

it('opens without a call only as configured: refuses, or places one', async () => {
  way = { kind: 'dtmf', digits: '#9', withoutCall: 'refuse' };
  expect(await home.run('open_door', DOOR)).toMatchObject(failed('conflict', /^Front door is in no call/));
  await using door = await lab.phone('8000', { answer: 'auto' });
  way = { kind: 'dtmf', digits: '#9', withoutCall: { dial: 'PJSIP/8000' } };
  expect(await home.run('open_door', DOOR)).toMatchObject({ ok: true, result: { way: 'dtmf' } });
  expect((await door.waitFor('ended')).digits).toBe('#9');
  way = { kind: 'call', dial: '8000', digits: '4,2' };
  expect(await home.run('open_door', DOOR)).toMatchObject({ ok: true, result: { way: 'call' } });
  expect((await door.waitFor('ended')).digits).toBe('42');
  expect(door.calls).toHaveLength(2);
});

it('says that a door station does not answer the call that is to open it', async () => {
  way = { kind: 'call', dial: 'PJSIP/6004', digits: '1' };
  expect(await home.run('open_door', DOOR)).toMatchObject(failed('failed', /^Front door: .*not registered/));
  expect(home.door()).toEqual([]);
});

it('lets the other party of a phone hear keys', async () => {
  await using press = await talking();
  expect(await home.run('send_dtmf', { phone: 'Kitchen', digits: '1w23' })).toMatchObject({
    ok: true,
    result: { sent: 3 },
  });
  await press.waitForDigits('123');
  expect(kitchen.call?.digits).toBe('');
});

it('presses keys for a phone in a menu, which hears them, and tells of those alone that somebody presses', async () => {
  await using _menu = await lab
    .asterisk()
    .dialplan(
      'menu',
      `[default](+)\nexten => 690,1,Answer()\nsame => n,Read(PIN,,4,,,30)\nsame => n,UserEvent(Menu,PIN: \${PIN})\n`,
    );
  await kitchen.dial('690');
  await until('the menu', () => home.pbx.phones.find('Kitchen')?.state === 'in_call');
  expect(await home.run('send_dtmf', { phone: 'Kitchen', digits: '123' })).toMatchObject({ ok: true });
  await kitchen.press('4');
  const heard = await until('the menu to hear them', () =>
    home.happenings.find(({ subject }) => subject === 'user_event'),
  );
  expect(heard).toMatchObject({ type: 'Menu', fields: { PIN: '1234' } });
  expect(home.happenings.flatMap((one) => ('digit' in one ? one.digit : []))).toEqual(['4']);
});

it('says which right the AMI user lacks, and does what needs none', async () => {
  await using house = await new House({ username: 'listener' }).start();
  expect(await house.run('dial', { phone: 'Kitchen', number: '6002' })).toMatchObject(
    failed('forbidden', /^Kitchen: Asterisk refused Originate: Permission denied/),
  );
  const press = await talking();
  expect(await house.run('hang_up', DOOR)).toMatchObject({ ok: true });
  await press.waitFor('hung up');
});

it('sends nothing of a field with a line break', async () => {
  const evil = '6001\r\nAction: Originate\r\nChannel: PJSIP/6002\r\nApplication: Echo\r\n\r\n';
  const rings = living.rings;
  for (const { id, fields } of home.registry.actions)
    for (const [field, one] of Object.entries(fields.shape)) {
      // A text of several lines travels as base64: there it is NUL that is refused.
      const text = one.meta()?.lines === true ? `${evil}\0` : evil;
      expect(await home.run(id, { [field]: text })).toMatchObject({
        ok: false,
        error: { code: 'invalid', field },
      });
    }
  expect(await home.run('dial', { phone: 'Kitchen', number: 'nowhere' })).toMatchObject(
    failed('not_found', /./),
  );
  expect(living.rings).toBe(rings);
});
