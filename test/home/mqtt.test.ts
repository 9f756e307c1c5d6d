import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyOf } from '../../src/home/entities/model.ts';
import { Observer, TestBroker } from './broker.ts';
import { FakeHomeAssistant } from './fake-home-assistant.ts';
import { MQTT, makeHome } from './setup.ts';

const STATUS = 'asterisk/status';
const DOORBELL = 'asterisk/home/doorbell/front_door';
const KITCHEN = 'asterisk/home/phone/pjsip_6001';
const LOT = 'asterisk/home/parking/default';
const discovery = (key: string) => `homeassistant/device/asterisk_c1/${key}/config`;

let broker: TestBroker;
let observer: Observer;
const homes: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  broker = new TestBroker();
  await broker.start();
  observer = await Observer.at(broker);
});

afterEach(async () => {
  await Promise.all(homes.splice(0).map((home) => home.stop()));
  await observer.stop();
  await broker.stop();
});

function make(options: Parameters<typeof makeHome>[0] = {}) {
  const made = makeHome({ mqtt: { ...MQTT, url: broker.url }, ...options });
  homes.push(made.home);
  return made;
}

async function started(options: Parameters<typeof makeHome>[0] = {}) {
  const made = make(options);
  made.home.start();
  await observer.until(STATUS, 'online');
  return made;
}

describe('what is published', () => {
  it('describes the doorbell whole', async () => {
    await started({ configurationUrl: 'homeassistant://config/app/asterisk' });
    const common = (key: string, id: string) => ({
      uniq_id: `asterisk-c1-home-doorbell-front_door-${key}`,
      def_ent_id: id,
    });
    const template = (key: string) => ({ val_tpl: `{{ value_json.${key} }}` });
    const attributes = (key: string) => ({
      json_attr_t: DOORBELL,
      json_attr_tpl: `{{ value_json.attributes.${key} | to_json }}`,
    });
    expect(observer.json(discovery('home-doorbell-front_door'))).toEqual({
      dev: {
        ids: ['asterisk-c1-home-doorbell-front_door'],
        name: 'Front door',
        mf: 'Asterisk',
        mdl: 'Doorbell',
        mdl_id: 'PJSIP/8000',
        via_device: 'asterisk-c1-home',
        cu: 'homeassistant://config/app/asterisk',
      },
      o: { name: 'Asterisk Companion', sw: '0.1.0' },
      avty: [{ t: 'asterisk/status' }, { t: 'asterisk/home/status' }],
      avty_mode: 'all',
      stat_t: DOORBELL,
      cmps: {
        doorbell: {
          p: 'event',
          name: null,
          ...common('doorbell', 'event.front_door'),
          dev_cla: 'doorbell',
          stat_t: `${DOORBELL}/doorbell/event`,
          evt_typ: ['ring', 'answered', 'missed', 'cancelled', 'parked', 'waiting', 'opened', 'ended'],
        },
        state: {
          p: 'sensor',
          name: 'State',
          ic: 'mdi:doorbell-video',
          ...common('state', 'sensor.front_door_state'),
          ...attributes('state'),
          ...template('state'),
          dev_cla: 'enum',
          ops: ['idle', 'ringing', 'parked', 'waiting', 'answered'],
        },
        last_visitor: {
          p: 'sensor',
          name: 'Last visitor',
          ic: 'mdi:account-clock',
          ...common('last_visitor', 'sensor.front_door_last_visitor'),
          ...attributes('last_visitor'),
          ...template('last_visitor'),
        },
        last_visit: {
          p: 'sensor',
          name: 'Last visit',
          ...common('last_visit', 'sensor.front_door_last_visit'),
          ...template('last_visit'),
          dev_cla: 'timestamp',
        },
        answer: {
          p: 'button',
          name: 'Answer',
          ic: 'mdi:phone',
          ...common('answer', 'button.front_door_answer'),
          cmd_t: `${DOORBELL}/answer/set`,
        },
        ignore: {
          p: 'button',
          name: 'Ignore',
          ic: 'mdi:phone-hangup',
          ...common('ignore', 'button.front_door_ignore'),
          cmd_t: `${DOORBELL}/ignore/set`,
        },
        door: {
          p: 'lock',
          name: 'Door',
          ...common('door', 'lock.front_door_door'),
          ...attributes('door'),
          ...template('door'),
          cmd_t: `${DOORBELL}/door/set`,
          pl_open: 'OPEN',
        },
      },
    });
  });

  it('has Home Assistant show durations in whole seconds', async () => {
    const { pbx } = await started();
    pbx.queue({ id: 'support' });
    const key = discovery('home-queue-support');
    await vi.waitFor(() =>
      expect(observer.json(key)).toMatchObject({
        cmps: { hold_time: { dev_cla: 'duration', unit_of_meas: 's', sug_dsp_prc: 0 } },
      }),
    );
  });

  it('tells the state of a device in one retained message', async () => {
    await started();
    expect(observer.json(KITCHEN)).toEqual({
      state: 'idle',
      registered: true,
      connected_line: null,
      last_caller: null,
      missed_calls: 0,
      presence_status: 'away',
      presence: 'away',
      presence_message: 'Back at "1"',
      do_not_disturb: false,
      record: false,
      attributes: {
        presence_status: {
          presentity: 'CustomPresence:6001',
          subtype: 'lunch',
          message: 'Back at "1"',
        },
        state: {
          companion: 'c1',
          pbx: 'home',
          phone: 'pjsip_6001',
          phone_name: 'Kitchen',
          endpoint: 'PJSIP/6001',
        },
        connected_line: { caller_name: '', caller_number: '' },
        last_caller: { caller_name: '', caller_number: '', time: null },
      },
    });
    expect(observer.heard.filter(({ topic }) => topic === KITCHEN)).toHaveLength(1);
  });

  it('describes the hub first, and keeps its connection and problem available while the PBX is not', async () => {
    await started();
    const described = observer.heard.filter(({ topic }) => topic.startsWith('homeassistant/device/'));
    expect(described[0]?.topic).toBe(discovery('home'));
    const { cmps } = observer.json(discovery('home')) as { cmps: Record<string, { avty?: object[] }> };
    const always = Object.entries(cmps).filter(([, { avty }]) => avty !== undefined);
    expect(always).toEqual([
      ['connection', expect.objectContaining({ avty: [{ t: STATUS }] })],
      ['problem', expect.objectContaining({ avty: [{ t: STATUS }] })],
    ]);
  });

  it('says online only when everything else has been said', async () => {
    await started();
    const topics = observer.heard.map(({ topic }) => topic);
    expect(topics.indexOf(STATUS)).toBe(topics.length - 1);
    expect(topics).toContain(LOT);
    expect(observer.on('asterisk/home/status')).toEqual(['online']);
  });

  it('puts all of one change into one message, and an unchanged state into none', async () => {
    const { pbx } = await started();
    observer.heard.length = 0;
    pbx.phone({ id: 'pjsip_6001', state: 'ringing' });
    pbx.phone({ id: 'pjsip_6001', connected: { name: 'Anna', number: '6002' } });
    pbx.phone({ id: 'pjsip_6002' });
    await observer.until(KITCHEN);
    await observer.fence();
    const said = observer.heard.filter(({ topic }) => topic !== 'test/fence');
    expect(said.map(({ topic }) => topic)).toEqual([KITCHEN]);
    expect(JSON.parse(said[0]?.payload ?? '')).toMatchObject({ state: 'ringing', connected_line: 'Anna' });
  });

  it('keeps ids when a name changes', async () => {
    const { pbx } = await started();
    const ids = () =>
      JSON.stringify(observer.json(discovery('home-phone-pjsip_6001'))).match(/"uniq_id":"[^"]*"/g);
    const before = ids();
    observer.heard.length = 0;
    pbx.phone({ id: 'pjsip_6001', name: 'Scullery' });
    await observer.until(discovery('home-phone-pjsip_6001'));
    expect(observer.json(discovery('home-phone-pjsip_6001'))).toMatchObject({ dev: { name: 'Scullery' } });
    expect(ids()).toEqual(before);
  });

  it('keeps what a caller says inside of JSON', async () => {
    const { pbx } = await started();
    const name = '{{ 7*7 }}"}/#+<script>\n🔔';
    observer.heard.length = 0;
    pbx.phone({ id: 'pjsip_6001', connected: { name, number: '+/#' } });
    pbx.doorbellEvent({ type: 'ring', caller: { name, number: '+/#' } });
    await observer.until(KITCHEN);
    expect(new Set(observer.heard.map(({ topic }) => topic))).toEqual(
      new Set([KITCHEN, `${DOORBELL}/doorbell/event`]),
    );
    expect(observer.json(KITCHEN)).toMatchObject({ connected_line: '{{ 7*7 }}"}/#+<script> 🔔' });
  });
});

describe('events', () => {
  it('tells a ring once, at once, and not retained', async () => {
    const { pbx } = await started();
    pbx.doorbellEvent({ type: 'ring' });
    await observer.until(`${DOORBELL}/doorbell/event`);
    expect(observer.heard.at(-1)).toEqual({
      topic: `${DOORBELL}/doorbell/event`,
      payload: JSON.stringify({
        event_type: 'ring',
        caller_name: 'Doorbell',
        caller_number: '8000',
        call: '1764000000.1',
        extension: '600',
      }),
      retain: false,
    });
  });

  it('finds the lot by the name that Asterisk uses', async () => {
    const { home, pbx } = make();
    pbx.lot({ id: 'office_1a2b3c', name: 'Office' });
    home.start();
    await observer.until(STATUS, 'online');
    pbx.parkingEvent({ type: 'parked', lot: 'Office' });
    await observer.until('asterisk/home/parking/office_1a2b3c/activity/event');
  });

  it('drops those that happen while there is no broker, and says how many', async () => {
    const { pbx, log } = await started();
    await observer.stop();
    await broker.stop();
    await vi.waitFor(() => expect(log.of('warn').join()).toContain('lost'), 5_000);
    pbx.doorbellEvent({ type: 'ring' });
    pbx.doorbellEvent({ type: 'missed' });
    pbx.phone({ id: 'pjsip_6001', missed: 3 });
    await broker.start();
    observer = await Observer.at(broker);
    await observer.until(STATUS, 'online');
    expect(observer.on(`${DOORBELL}/doorbell/event`)).toEqual([]);
    expect(observer.json(KITCHEN)).toMatchObject({ missed_calls: 3 });
    expect(log.lines.find(({ message }) => message.startsWith('Events'))?.facts).toEqual({ events: 2 });
  });
});

describe('a start and an end', () => {
  it('adopts what is retained already and publishes differences alone', async () => {
    const first = await started();
    await first.home.stop();
    observer.heard.length = 0;
    const second = make();
    second.pbx.phone({ id: 'pjsip_6001', missed: 1 });
    second.home.start();
    await observer.until(STATUS, 'online');
    const retained = observer.heard.map(({ topic }) => topic);
    expect(retained).toEqual([KITCHEN, STATUS]);
  });

  it('removes what the PBX has no more, now and from an earlier run', async () => {
    const first = await started();
    first.pbx.removePhone('pjsip_6002');
    await observer.until(discovery('home-phone-pjsip_6002'), '');
    await observer.until('asterisk/home/phone/pjsip_6002', '');
    await first.home.stop();
    const second = make();
    second.pbx.phoneRows.clear();
    second.home.start();
    await observer.until(discovery('home-phone-pjsip_6001'), '');
    await observer.until(KITCHEN, '');
    expect(observer.retained.has(discovery('home-doorbell-front_door'))).toBe(true);
  });

  it('lets Home Assistant take a device out before it comes again, as it is by then', async () => {
    const { pbx } = await started();
    const topic = discovery('home-phone-pjsip_6002');
    const state = 'asterisk/home/phone/pjsip_6002';
    pbx.removePhone('pjsip_6002');
    await observer.until(topic, '');
    const gone = performance.now();
    pbx.phone({ id: 'pjsip_6002', name: 'Living room', state: 'ringing' });
    pbx.phone({ id: 'pjsip_6002', state: 'in_call' });
    await vi.waitFor(() => expect(observer.json(state)).toMatchObject({ state: 'in_call' }), 5_000);
    expect(observer.json(topic)).toMatchObject({ dev: { name: 'Living room' } });
    expect(performance.now() - gone).toBeGreaterThan(900);
    const since = observer.on(state).slice(observer.on(state).lastIndexOf('') + 1);
    expect(since).toHaveLength(1);
    // What goes meanwhile again is not told of in between.
    pbx.removePhone('pjsip_6002');
    pbx.phone({ id: 'pjsip_6002' });
    pbx.removePhone('pjsip_6002');
    await observer.until(topic, '');
  });

  it('names what a device has no more with its platform alone, before leaving it out', async () => {
    const first = await started();
    await first.home.stop();
    observer.heard.length = 0;
    await started({ opens: () => false });
    const topic = discovery('home-doorbell-front_door');
    const locks = observer.on(topic).map((payload) => JSON.parse(payload).cmps.door);
    expect(locks).toEqual([{ p: 'lock' }, undefined]);
  });

  it('removes nothing of a PBX that is not up yet', async () => {
    const first = await started();
    await first.home.stop();
    const second = make();
    second.pbx.setStatus({ up: false });
    second.pbx.phoneRows.clear();
    second.home.start();
    await observer.until(STATUS, 'online');
    await observer.fence();
    expect(observer.retained.get('asterisk/home/status')).toBe('offline');
    expect(observer.retained.has(discovery('home-phone-pjsip_6001'))).toBe(true);
    second.pbx.setStatus({ up: true });
    await observer.until(discovery('home-phone-pjsip_6001'), '');
  });

  it('removes a PBX that is no longer configured, and leaves other companions alone', async () => {
    const gone = discovery('old-phone-pjsip_1');
    const other = 'homeassistant/device/asterisk_c2/old-phone-pjsip_1/config';
    await observer.client.publishAsync(gone, '{}', { retain: true });
    await observer.client.publishAsync(other, '{}', { retain: true });
    await started();
    await observer.until(gone, '');
    expect(observer.retained.get(other)).toBe('{}');
  });

  it.each([
    ['{"cmps":{"x":null}}'],
    ['{"cmps":{"x":{"p":1}}}'],
    ['{"cmps":"lost"}'],
    ['{"cmps":7}'],
    ['null'],
    ['{'],
  ])('starts whatever somebody else put where a description of ours goes: %s', async (payload) => {
    const topic = discovery('home-phone-pjsip_6001');
    await observer.client.publishAsync(topic, payload, { retain: true });
    await observer.until(topic);
    await started();
    expect(observer.on(topic)).toEqual([payload, expect.stringContaining('"name":"Kitchen"')]);
  });

  it.each([['home-pbx-x'], ['home-phone-pjsip_6001-x'], ['home-nothing-x'], ['']])(
    'takes a description at %j for nothing of ours',
    async (key) => {
      await observer.client.publishAsync(discovery(key), '{"cmps":{}}', { retain: true });
      await started();
      await observer.fence();
      const described = ['home', 'home-phone-pjsip_6001', key].map((each) =>
        observer.retained.has(discovery(each)),
      );
      expect(described).toEqual([true, true, true]);
    },
  );

  it('clears states whose descriptions are gone, and nothing that is not its own', async () => {
    const ours = [
      'asterisk/home/phone/pjsip_9',
      'asterisk/old/pbx',
      'asterisk/old/status',
      'asterisk/old/blf/x',
    ];
    // The last two are of a companion whose topics are below ours.
    const others = [
      'asterisk/home/thing/x',
      'asterisk/home/pbx/x',
      'asterisk/annex/status',
      'asterisk/annex/x/pbx',
    ];
    for (const topic of [...ours, ...others])
      await observer.client.publishAsync(topic, '{}', { retain: true });
    const { log } = await started();
    for (const topic of ours) await observer.until(topic, '');
    await observer.fence();
    expect(others.filter((topic) => observer.retained.get(topic) === '{}')).toEqual(others);
    const removed = log.lines.filter(({ message }) => message.startsWith('Removing'));
    const devices = removed.map(({ facts }) => ('device' in facts ? facts.device : null));
    expect(devices.sort()).toEqual(['home-phone-pjsip_9', 'old', 'old-blf-x']);
  });

  it('clears the state of what is gone last, and says once that it goes', async () => {
    const topics = [discovery('old'), 'asterisk/old/status', 'asterisk/old/pbx'];
    for (const topic of topics.toReversed())
      await observer.client.publishAsync(topic, '{}', { retain: true });
    const { log } = await started();
    await observer.until('asterisk/old/pbx', '');
    const cleared = observer.heard.filter(({ payload }) => payload === '').map(({ topic }) => topic);
    expect(cleared).toEqual(topics);
    expect(log.lines.filter(({ message }) => message.startsWith('Removing'))).toHaveLength(1);
  });

  it('keeps the state of a device of a PBX that is not up yet', async () => {
    const state = 'asterisk/home/phone/pjsip_9';
    await observer.client.publishAsync(state, '{}', { retain: true });
    const { home, pbx } = make();
    pbx.setStatus({ up: false });
    home.start();
    await observer.until(STATUS, 'online');
    await observer.fence();
    expect(observer.retained.get(state)).toBe('{}');
    pbx.setStatus({ up: true });
    await observer.until(state, '');
  });

  it('has the broker say offline when it vanishes', async () => {
    await started();
    broker.cut('asterisk_c1');
    await observer.until(STATUS, 'online');
    await vi.waitFor(() => expect(observer.on(STATUS)).toEqual(['online', 'offline', 'online']), 5_000);
  });

  it('says offline when it stops', async () => {
    const { home } = await started();
    await home.stop();
    await observer.until(STATUS, 'offline');
    await vi.waitFor(() => expect(broker.clients).toBe(1), 5_000);
  });

  it('leaves no listener behind', async () => {
    const { home, pbx } = await started();
    expect(pbx.listeners).toBeGreaterThan(0);
    await home.stop();
    expect(pbx.listeners).toBe(0);
  });

  it('says everything again when Home Assistant has started', async () => {
    await started();
    const before = new Map(observer.retained);
    observer.heard.length = 0;
    await observer.client.publishAsync('homeassistant/status', 'online');
    await observer.until(LOT);
    await observer.until(KITCHEN);
    for (const { topic, payload } of observer.heard) {
      if (topic !== 'homeassistant/status') expect(payload).toBe(before.get(topic));
    }
    expect(observer.on(discovery('home-phone-pjsip_6001'))).toHaveLength(1);
  });
});

describe('wishes', () => {
  it('runs the action of a button', async () => {
    const { registry } = await started();
    await observer.client.publishAsync(`${KITCHEN}/redial/set`, 'PRESS');
    await vi.waitFor(() => expect(registry.asked).toHaveLength(1));
    expect(registry.asked[0]).toEqual({
      id: 'redial',
      fields: { pbx: 'home', phone: 'pjsip_6001' },
      asker: { via: 'entity', name: 'button.kitchen_redial' },
    });
  });

  it('takes no wish that was retained', async () => {
    await observer.client.publishAsync(`${DOORBELL}/door/set`, 'OPEN', { retain: true });
    await observer.client.publishAsync('asterisk/action/open_door', '{"doorbell":"front_door"}', {
      retain: true,
    });
    const { registry } = await started();
    await observer.client.publishAsync(`${KITCHEN}/redial/set`, 'PRESS');
    await vi.waitFor(() => expect(registry.asked).toHaveLength(1));
    expect(registry.asked[0]?.id).toBe('redial');
  });

  it('shows the door opening, open, and who opened it', async () => {
    const { pbx, registry } = await started();
    const door = () => observer.on(DOORBELL).map((payload) => JSON.parse(payload).door as string);
    const running = Promise.withResolvers<void>();
    registry.onRun = async () => {
      await running.promise;
      pbx.doorbells.opened('front_door', 'dtmf', 'lock.front_door_door');
    };
    await observer.client.publishAsync(`${DOORBELL}/door/set`, 'UNLOCK');
    await vi.waitFor(() => expect(door().at(-1)).toBe('OPENING'));
    running.resolve();
    await vi.waitFor(() => expect(door().at(-1)).toBe('OPEN'));
    expect(observer.json(DOORBELL)).toMatchObject({
      attributes: {
        door: {
          problem: null,
          last_opened: '2026-11-24T10:00:00.000Z',
          last_opened_by: 'lock.front_door_door',
        },
      },
    });
    expect(observer.on(`${DOORBELL}/doorbell/event`).map((payload) => JSON.parse(payload))).toEqual([
      expect.objectContaining({ event_type: 'opened', way: 'dtmf', who: 'lock.front_door_door' }),
    ]);
  });

  it('shows why a door was not opened', async () => {
    const { registry } = await started();
    registry.answer = { ok: false, error: { code: 'conflict', field: null, message: 'There is no call.' } };
    await observer.client.publishAsync(`${DOORBELL}/door/set`, 'OPEN');
    await vi.waitFor(() =>
      expect(observer.json(DOORBELL)).toMatchObject({
        door: 'LOCKED',
        attributes: { door: { problem: 'There is no call.' } },
      }),
    );
  });

  it('does nothing when asked to lock', async () => {
    const { registry } = await started();
    await observer.client.publishAsync(`${DOORBELL}/door/set`, 'LOCK');
    await observer.client.publishAsync(`${KITCHEN}/park/set`, 'PRESS');
    await vi.waitFor(() => expect(registry.asked).toHaveLength(1));
    expect(registry.asked[0]?.id).toBe('park');
  });

  it('offers no lock for a doorbell that opens nothing', async () => {
    await started({ opens: () => false });
    const { cmps } = observer.json(discovery('home-doorbell-front_door')) as { cmps: object };
    expect(Object.keys(cmps)).not.toContain('door');
    expect(observer.json(DOORBELL)).not.toHaveProperty('door');
  });

  it('retrieves on the phone that was chosen', async () => {
    const { registry } = await started();
    await observer.client.publishAsync(`${LOT}/retrieve_on/set`, 'Office');
    await vi.waitFor(() => expect(observer.json(LOT)).toMatchObject({ retrieve_on: 'Office' }));
    await observer.client.publishAsync(`${LOT}/retrieve/set`, 'PRESS');
    await vi.waitFor(() => expect(registry.asked).toHaveLength(1));
    expect(registry.asked[0]).toMatchObject({
      id: 'retrieve',
      fields: { pbx: 'home', lot: 'default', phone: 'pjsip_6002' },
    });
  });

  it('retrieves on a phone that is there, as it is at that moment', async () => {
    const { pbx, registry } = await started();
    pbx.phone({ id: 'pjsip_6002', registered: true });
    pbx.phone({ id: 'pjsip_6001', registered: false });
    await vi.waitFor(() => expect(observer.json(LOT)).toMatchObject({ retrieve_on: 'Office' }));
    await observer.client.publishAsync(`${LOT}/retrieve/set`, 'PRESS');
    await vi.waitFor(() => expect(registry.asked[0]).toMatchObject({ fields: { phone: 'pjsip_6002' } }));
  });

  it('sets the missed counts of its PBX back', async () => {
    const { registry } = await started();
    await observer.client.publishAsync('asterisk/home/pbx/reset_missed/set', 'PRESS');
    await vi.waitFor(() => expect(registry.asked).toHaveLength(1));
    expect(registry.asked[0]).toEqual({
      id: 'reset_missed',
      fields: { pbx: 'home' },
      asker: { via: 'entity', name: 'button.asterisk_home_reset_missed' },
    });
  });

  it('runs an action and answers', async () => {
    const { registry } = await started();
    await observer.client.publishAsync('asterisk/action/dial', '{"phone":"6001","number":"+49"}');
    await observer.until('asterisk/action/dial/response', '{"ok":true,"result":{"done":true}}');
    expect(registry.asked).toEqual([
      { id: 'dial', fields: { phone: '6001', number: '+49' }, asker: { via: 'mqtt', name: 'MQTT' } },
    ]);
  });

  it('answers what is no JSON object with an error', async () => {
    const { registry } = await started();
    await observer.client.publishAsync('asterisk/action/dial', '[1]');
    await observer.until('asterisk/action/dial/response');
    expect(observer.json('asterisk/action/dial/response')).toMatchObject({
      ok: false,
      error: { code: 'invalid' },
    });
    expect(registry.asked).toEqual([]);
  });
});

describe('a broker that cannot be had', () => {
  it('is named without the password that its address holds', async () => {
    await observer.stop();
    await broker.stop();
    const url = broker.url.replace('//', '//anna:secret@');
    const { home, log } = make({ mqtt: { ...MQTT, url } });
    home.start();
    await vi.waitFor(() => expect(log.of('warn').join()).toContain('cannot be reached'), 5_000);
    expect(JSON.stringify([log.lines, home.status])).not.toContain('secret');
    await broker.start();
    observer = await Observer.at(broker);
  });

  it('is said in words and waited for', async () => {
    await observer.stop();
    await broker.stop();
    const { home, log } = make();
    home.start();
    await vi.waitFor(() => expect(log.of('warn').join()).toContain('cannot be reached'), 5_000);
    expect(home.status.broker).toEqual({
      connected: false,
      problem: expect.stringContaining(new URL(broker.url).host),
    });
    await broker.start();
    observer = await Observer.at(broker);
    await observer.until(STATUS, 'online');
    expect(home.status.broker).toEqual({ connected: true, problem: null });
  });
});

it('gives every device a topic part of its own', () => {
  const refs = [
    { pbx: 'a', subject: 'phone', id: 'b' },
    { pbx: 'a_phone_b', subject: 'pbx', id: 'a_phone_b' },
    { pbx: 'a', subject: 'phone', id: 'phone_b' },
    { pbx: 'a_phone', subject: 'phone', id: 'b' },
  ] as const;
  expect(new Set(refs.map(keyOf)).size).toBe(refs.length);
});

it('says so when Home Assistant does not listen to the broker', async () => {
  const ha = new FakeHomeAssistant();
  ha.components = [];
  await ha.start();
  const { home } = await started({ homeAssistant: { url: ha.url, token: 'good' } });
  await vi.waitFor(() => expect(JSON.stringify(ha.called)).toContain('Add the integration *MQTT*'));
  await home.stop();
  await ha.stop();
});
