import { connectAsync } from 'mqtt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Lab } from '../stack/lab.ts';
import { until } from '../stack/machine.ts';
import { cleanUp, pretend, type RegistryEntry, registered } from './setup.ts';

const lab = Lab.attach();
const admin = lab.homeAssistant.as('admin');
let made: ReturnType<typeof pretend>;
let ours: Map<string, RegistryEntry>;

function entity(key: string): string {
  const found = ours.get(key);
  if (found === undefined) throw new Error(`${key} is not registered; there is ${[...ours.keys()]}`);
  return found.entity_id;
}

/** What Home Assistant has said against MQTT messages since the test began. */
function complaints(log: string): string[] {
  const lines = log.slice(logged).split('\n');
  return lines.filter((line) => /mqtt/i.test(line) && /WARNING|ERROR/.test(line));
}

async function start(options: Parameters<typeof pretend>[1] = {}) {
  made = pretend(lab, { scripts: false, ...options });
  made.home.start();
  await until('all entities', async () => {
    ours = await registered(admin);
    return ours.size >= 34;
  });
  await until('the hub to be available', async () => {
    const state = await admin.getState(entity('version'));
    return state?.state === '22.10.1';
  });
}

/** Length of Home Assistant's log when the test began. */
let logged = 0;

beforeAll(() => cleanUp(lab));
afterAll(async () => {
  await cleanUp(lab);
  await lab.stop();
});
beforeEach(async () => {
  logged = (await lab.homeAssistant.log()).length;
  await start();
});
afterEach(() => made.home.stop());

describe('discovery', () => {
  it('registers every entity that is described, with the id that was asked for, and no word of complaint', async () => {
    expect(complaints(await lab.homeAssistant.log())).toEqual([]);
    // Recordings are called so in every house: those of another test may have the ids.
    const own = [...ours].filter(([key]) => !key.startsWith('recording-'));
    expect(own.map(([key, { entity_id }]) => `${key} = ${entity_id}`).sort()).toMatchSnapshot();
  });

  it('puts the devices below the PBX', async () => {
    const devices = await admin.ws<{ id: string; name: string; via_device_id: string | null }[]>({
      type: 'config/device_registry/list',
    });
    const hub = devices.find(({ id }) => id === ours.get('version')?.device_id);
    const door = devices.find(({ id }) => id === ours.get('doorbell-front_door-state')?.device_id);
    expect(hub?.name).toBe('Asterisk pretend');
    expect(door).toMatchObject({ name: 'Pretend door', via_device_id: hub?.id });
  });

  it('takes away a lock whose doorbell opens nothing any more', async () => {
    const id = entity('doorbell-front_door-door');
    await made.home.stop();
    made = pretend(lab, { scripts: false, opens: () => false });
    made.home.start();
    await until(
      'the lock to be gone',
      async () => !(await registered(admin)).has('doorbell-front_door-door'),
    );
    expect(await admin.getState(id)).toBeUndefined();
  });

  it('keeps the entity ids when a name changes', async () => {
    made.pbx.phone({ id: 'pjsip_6001', name: 'Scullery' });
    const id = entity('phone-pjsip_6001-state');
    await admin.waitForState(id, ({ attributes }) => attributes.friendly_name === 'Scullery State');
  });

  it('takes away a phone that is gone', async () => {
    made.pbx.removePhone('pjsip_6002');
    await until('the phone to be gone', async () => {
      return ![...(await registered(admin)).keys()].some((key) => key.startsWith('phone-pjsip_6002'));
    });
  });
});

describe('states', () => {
  it.each([
    ['{{ 7*7 }}', '{{ 7*7 }}'],
    ['{% raw %}', '{% raw %}'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    [`"quotes' \\n`, `"quotes' \\n`],
    ['line\r\nbreak', 'line break'],
    ['🔔 Ünï', '🔔 Ünï'],
    ['None', '8000'],
    ['unavailable', '8000'],
    ['12', '12'],
    ['a'.repeat(300), 'a'.repeat(255)],
  ])('shows a caller of the name %j', async (name, shown) => {
    made.pbx.phone({ id: 'pjsip_6001', connected: { name, number: '8000' } });
    const { attributes } = await admin.waitForState(entity('phone-pjsip_6001-connected_line'), shown);
    expect(attributes.caller_number).toBe('8000');
  });

  it('are unavailable while the PBX is, but for what tells about that', async () => {
    made.pbx.setStatus({ up: false, problem: 'Asterisk cannot be reached' });
    await admin.waitForState(entity('phone-pjsip_6001-state'), 'unavailable');
    await admin.waitForState(entity('connection'), 'off');
    const { attributes } = await admin.waitForState(entity('problem'), 'on');
    expect(attributes.reason).toBe('Asterisk cannot be reached');
  });

  it('are all unavailable once we have left', async () => {
    await made.home.stop();
    await admin.waitForState(entity('problem'), 'unavailable');
    await admin.waitForState(entity('doorbell-front_door-doorbell'), 'unavailable');
  });

  it('are back after Home Assistant has restarted', async () => {
    made.pbx.phone({ id: 'pjsip_6001', state: 'ringing' });
    await admin.waitForState(entity('phone-pjsip_6001-state'), 'ringing');
    await lab.homeAssistant.restart();
    await admin.waitForState(entity('phone-pjsip_6001-state'), 'ringing', 20);
    await until('the link', () => made.home.status.homeAssistant?.connected, { seconds: 20 });
  });

  it('are back after the broker has died', async () => {
    await lab.broker.kill();
    await admin.waitForState(entity('phone-pjsip_6001-state'), 'unavailable');
    made.pbx.phone({ id: 'pjsip_6001', state: 'busy' });
    await lab.broker.start();
    await admin.waitForState(entity('phone-pjsip_6001-state'), 'busy', 30);
  });
});

describe('the doorbell', () => {
  it('rings for its own trigger, and an answer is not a ring', async () => {
    await using seen = await admin.record<{ caller: string }>('lab_rang');
    const door = entity('doorbell-front_door-doorbell');
    await admin.writeAutomation('lab_rang', {
      alias: 'Lab rang',
      triggers: [{ trigger: 'doorbell.rang', target: { entity_id: door } }],
      actions: [{ event: 'lab_rang', event_data: { caller: `{{ state_attr('${door}', 'caller_name') }}` } }],
    });
    made.pbx.doorbellEvent({ type: 'ring', caller: { name: 'Anna', number: '8000' } });
    await seen.waitFor('the automation', ({ caller }) => caller === 'Anna');
    made.pbx.doorbellEvent({ type: 'missed' });
    made.pbx.doorbellEvent({ type: 'ended', outcome: 'missed' });
    const { attributes } = await admin.waitForState(
      door,
      (state) => state.attributes.event_type === 'missed',
    );
    expect(attributes).toMatchObject({ caller_name: 'Doorbell', caller_number: '8000', extension: '600' });
    expect(seen.data).toHaveLength(1);
    await admin.removeAutomation('lab_rang');
  });

  it('shows its door opening, and why it did not', async () => {
    const lock = entity('doorbell-front_door-door');
    const { promise, resolve } = Promise.withResolvers<void>();
    made.registry.onRun = async () => {
      await promise;
      made.pbx.doorbells.opened('front_door', 'dtmf', 'somebody');
    };
    await lab.homeAssistant.as('wall').callService('lock.open', {}, { target: { entity_id: lock } });
    await admin.waitForState(lock, 'opening');
    resolve();
    await admin.waitForState(lock, 'open');
    await admin.waitForState(lock, 'locked');
    made.registry.onRun = () => {};
    made.registry.answer = {
      ok: false,
      error: { code: 'conflict', field: null, message: 'No call *at* all' },
    };
    await admin.callService('lock.unlock', {}, { target: { entity_id: lock } });
    await admin.waitForState(lock, ({ attributes }) => attributes.problem === 'No call *at* all');
    const notices = await admin.ws<{ notification_id: string; message: string }[]>({
      type: 'persistent_notification/get',
    });
    expect(notices.map(({ message }) => message)).toContain('No call &#42;at&#42; all');
  });
});

describe('the bus', () => {
  it('gets happenings and a dialplan’s events', async () => {
    await using happenings = await admin.record('asterisk_event');
    await using userEvents = await admin.record('asterisk_user_event');
    await until('the link', () => made.home.status.homeAssistant?.connected);
    made.pbx.doorbellEvent({ type: 'ring' });
    const base = { time: '2026-11-24T10:00:00.000Z', pbx: 'pretend' } as const;
    made.pbx.happen({ ...base, subject: 'user_event', type: 'Alarm', fields: { zone: '3' } });
    await happenings.waitFor('the ring', ({ type }) => type === 'ring');
    const event = await userEvents.waitFor('the alarm', ({ type }) => type === 'Alarm');
    expect(event).toEqual({
      companion: 'pretend',
      ...base,
      subject: 'user_event',
      type: 'Alarm',
      fields: { zone: '3' },
    });
  });
});

describe('MQTT 5', () => {
  it('gets its answer where it asks for it, with its correlation data', async () => {
    const client = await connectAsync(lab.broker.url, { protocolVersion: 5 });
    const answer = new Promise<string>((resolve) => {
      client.on('message', (_, payload, { properties }) =>
        resolve(`${properties?.correlationData} ${payload}`),
      );
    });
    await client.subscribeAsync('somewhere/else');
    await client.publishAsync('asterisk_pretend/action/dial', '{"phone":"6001","number":"600"}', {
      properties: { responseTopic: 'somewhere/else', correlationData: Buffer.from('c7') },
    });
    expect(await answer).toBe('c7 {"ok":true,"result":{"done":true}}');
    await client.endAsync();
  });
});
