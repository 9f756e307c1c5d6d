import { describe, expect, it } from 'vitest';
import { DECLARATIONS } from '../../src/actions/index.ts';
import { deviceOf, eventOf, idsOf, SUBJECTS } from '../../src/home/entities/index.ts';
import { type Device, entityIdOf } from '../../src/home/entities/model.ts';
import { scriptOf } from '../../src/home/install/script-config.ts';
import { AROUND } from './around.ts';
import { type FakePbx, house, NOW, wholeHouse } from './fake-pbx.ts';

function device(pbx: FakePbx, subject: (typeof SUBJECTS)[number], id: string, more = {}): Device {
  const found = deviceOf(pbx, subject, id, { ...AROUND, ...more });
  if (found === null) throw new Error(`there is no ${subject} ${id}`);
  return found;
}

it('of another PBX than the first begins its entity ids with that PBX', () => {
  const kitchen = house().phones.all()[0]?.id ?? '';
  const [first, second] = ['home', 'annex'].map((firstPbx) =>
    device(house(), 'phone', kitchen, { firstPbx }),
  );
  expect(second?.slug).toBe(`home_${first?.slug}`);
  expect(device(house(), 'pbx', 'home', { firstPbx: 'annex' }).slug).toBe('asterisk_home');
});

describe('every device', () => {
  const devices = SUBJECTS.flatMap((subject) => {
    const pbx = wholeHouse();
    return idsOf(pbx, subject).map((id) => device(pbx, subject, id));
  });

  it.each(devices.map((each) => [each.name, each] as const))(
    '%s has a value for all that shows one',
    (_, each) => {
      const keys = each.entities.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      for (const entity of each.entities) {
        const shows = !['button', 'event', 'notify'].includes(entity.platform);
        expect([entity.key, entity.key in each.state.values]).toEqual([entity.key, shows]);
        expect([entity.key, entity.key in each.state.attributes]).toEqual([
          entity.key,
          entity.attributes === true,
        ]);
        expect(entityIdOf(each, entity)).toMatch(/^[a-z_]+\.[a-z0-9_]+$/);
        expect(entity.name?.startsWith(each.name)).not.toBe(true);
      }
    },
  );
});

it.each(
  SUBJECTS.flatMap((subject) => {
    const pbx = house();
    return idsOf(pbx, subject).flatMap((id) => {
      const { entities } = device(pbx, subject, id);
      return entities.flatMap((entity) => ('command' in entity ? [entity.command] : []));
    });
  }).flatMap((command) => (command.do === 'action' ? [[command.action, command] as const] : [])),
)('the action %s takes %j', (action, { fields, field }) => {
  const declared = DECLARATIONS.find(({ id }) => id === action);
  // What is typed, chosen or set, for which the field's own example stands.
  const value = field === undefined ? {} : { [field]: declared?.fields.shape[field]?.meta()?.example };
  expect(declared?.fields.safeParse({ pbx: 'home', ...fields, ...value })).toMatchObject({ success: true });
});

it('every action can be written as a script with words for each field', () => {
  for (const action of DECLARATIONS) {
    const { fields } = scriptOf(action, 'c1') as { fields: Record<string, object> };
    expect(Object.keys(fields)).toContain('pbx');
    for (const [key, field] of Object.entries(fields)) {
      expect([action.id, key, field]).toEqual([
        action.id,
        key,
        expect.objectContaining({
          name: expect.any(String),
          description: expect.any(String),
          selector: expect.any(Object),
        }),
      ]);
    }
  }
});

describe('the hub', () => {
  it('says what is wrong', () => {
    const pbx = house();
    pbx.setStatus({ up: false, version: '', problem: 'The secret is wrong' });
    expect(device(pbx, 'pbx', 'home', { history: null }).state).toEqual({
      values: { connection: false, problem: true, active_calls: 0, version: null },
      attributes: {
        connection: { since: '2026-11-24T10:00:00.000Z', user_events_left_out: 0 },
        problem: { reason: 'The secret is wrong' },
      },
    });
  });
});

describe('a doorbell', () => {
  it('shows the press that is alive', () => {
    const pbx = house();
    pbx.doorbell({
      id: 'front_door',
      state: 'parked',
      press: {
        call: '1.1',
        channel: 'PJSIP/8000-1',
        caller: { name: 'Gate', number: '8000' },
        extension: '444',
        since: Date.UTC(2026, 10, 24, 10),
        answeredBy: null,
        answeredAt: null,
        by: [],
        talkingTo: [],
        waiting: null,
        attempts: 0,
        attemptsKnownBy: null,
        parked: { lot: 'default', space: '701' },
        outcome: 'ringing',
      },
      last: { name: 'Gate', number: '8000', time: '2026-11-24T10:00:00.000Z', outcome: 'ringing' },
    });
    expect(device(pbx, 'doorbell', 'front_door').state).toEqual({
      values: {
        state: 'parked',
        last_visitor: 'Gate',
        last_visit: '2026-11-24T10:00:00.000Z',
        door: 'LOCKED',
      },
      attributes: {
        state: {
          companion: 'c1',
          pbx: 'home',
          doorbell: 'front_door',
          caller_name: 'Gate',
          caller_number: '8000',
          call: '1.1',
          since: '2026-11-24T10:00:00.000Z',
          answered_by: null,
          talking_to: null,
          lot: 'default',
          space: '701',
          room: null,
          attempts: 0,
          attempts_known_by: null,
        },
        last_visitor: { caller_name: 'Gate', caller_number: '8000', outcome: 'ringing' },
        door: { problem: null, last_opened: null, last_opened_by: null },
      },
    });
  });
});

describe('a doorbell in a conference', () => {
  it('shows that the visitor waits, and then all who have come and who is there', () => {
    const pbx = house();
    const press = {
      call: '1.1',
      channel: 'PJSIP/8000-1',
      caller: { name: 'Gate', number: '8000' },
      extension: '777',
      since: Date.UTC(2026, 10, 24, 10),
      answeredBy: null,
      answeredAt: null,
      by: [],
      talkingTo: [],
      waiting: { room: '1', name: 'Hall' },
      attempts: 3,
      attemptsKnownBy: 'dialplan',
      parked: null,
      outcome: 'ringing',
    } as const;
    pbx.doorbell({ id: 'front_door', state: 'waiting', press });
    const shown = () => device(pbx, 'doorbell', 'front_door').state;
    expect(shown().values.state).toBe('waiting');
    expect(shown().attributes.state).toMatchObject({
      ...{ room: '1', answered_by: null, talking_to: null, attempts: 3, attempts_known_by: 'dialplan' },
    });
    const kitchen = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };
    const office = { id: 'pjsip_6002', endpoint: 'PJSIP/6002', name: 'Office' };
    const by = [kitchen, office];
    pbx.doorbell({
      id: 'front_door',
      state: 'answered',
      press: { ...press, by, waiting: null, talkingTo: ['Office'] },
    });
    expect(shown().attributes.state).toMatchObject({ answered_by: 'Kitchen, Office', talking_to: 'Office' });
    expect(
      eventOf(
        {
          ...{ subject: 'doorbell', type: 'answered', time: NOW, pbx: 'home', name: 'Front door' },
          ...{ doorbell: 'front_door', call: '1.1', caller: press.caller, extension: '777' },
          ...{ by: office, answered_by: by, attempts: 3 },
        },
        pbx,
      )?.payload,
    ).toEqual({
      event_type: 'answered',
      caller_name: 'Gate',
      caller_number: '8000',
      call: '1.1',
      extension: '777',
      by: 'Office',
      by_phone: 'pjsip_6002',
      answered_by: ['Kitchen', 'Office'],
      attempts: 3,
    });
  });
});

it('tells of a ring group that it is called, under its name', () => {
  const pbx = house();
  expect(
    eventOf(
      {
        ...{ subject: 'ring_group', type: 'called', time: NOW, pbx: 'home', name: 'Everybody' },
        ...{ group: '600', extension: '600', call: '1.1', caller: { name: 'Office\n', number: '6003' } },
      },
      pbx,
    ),
  ).toEqual({
    ref: { pbx: 'home', subject: 'ring_group', id: '600' },
    key: 'ring_group',
    payload: {
      event_type: 'called',
      caller_name: 'Office',
      caller_number: '6003',
      group: 'Everybody',
      extension: '600',
      call: '1.1',
    },
  });
});

describe('custom device states', () => {
  it('are selects in words that Home Assistant has no other meaning for', () => {
    const pbx = house();
    pbx.deviceState('Custom:2nd floor', 'unavailable');
    const { name, slug, entities, state } = device(pbx, 'device_state', 'custom');
    expect([name, slug]).toEqual(['Device states', 'device_states']);
    const [entity] = entities;
    if (entity?.platform !== 'select' || entity.command.do !== 'action') throw new Error('no select');
    expect(entity).toMatchObject({
      name: '2nd floor',
      command: { action: 'set_device_state', fields: { device: 'Custom:2nd floor' }, field: 'state' },
    });
    expect(state.values).toEqual({ [entity.key]: 'unreachable' });
    expect(entity.options).not.toContain('unavailable');
    expect(entity.options).not.toContain('unknown');
    expect(entity.command.values?.get('unreachable')).toBe('unavailable');
    pbx.deviceState('Custom:2nd floor', 'unknown');
    expect(device(pbx, 'device_state', 'custom').state.values).toEqual({ [entity.key]: null });
  });
});

describe('a parking lot', () => {
  it('shows who waits in it', () => {
    const pbx = house();
    const since = Date.UTC(2026, 10, 24, 10);
    const waiting = {
      lot: 'default',
      call: '1.1',
      channel: 'PJSIP/8000-1',
      parkedBy: 'Front door',
      how: 'blind' as const,
      since,
    };
    pbx.lot({
      id: 'default',
      parked: [
        { ...waiting, space: '701', caller: { name: '<b>Gate</b>', number: '8000' }, until: since + 45_000 },
        { ...waiting, space: '702', caller: { name: '', number: '' }, until: null },
      ],
    });
    expect(device(pbx, 'parking', 'default').state).toEqual({
      values: { parked_calls: 2, retrieve_on: 'Kitchen' },
      attributes: {
        parked_calls: {
          companion: 'c1',
          pbx: 'home',
          lot: 'default',
          lot_name: 'default',
          first_space: '701',
          last_space: '720',
          timeout: 45,
          calls: [
            {
              space: '701',
              name: '<b>Gate</b>',
              number: '8000',
              since: '2026-11-24T10:00:00.000Z',
              until: '2026-11-24T10:00:45.000Z',
              parked_by: 'Front door',
              how: 'blind',
              call: '1.1',
            },
            {
              space: '702',
              name: '',
              number: '',
              since: '2026-11-24T10:00:00.000Z',
              until: null,
              parked_by: 'Front door',
              how: 'blind',
              call: '1.1',
            },
          ],
          calling_back: [],
        },
      },
    });
  });

  it('has a lamp for each space with a hint, and offers the phones that see the lot', () => {
    const pbx = house();
    pbx.lot({ id: 'default', label: 'Reception', phones: ['PJSIP/6002'] });
    for (const [space, state] of [
      ['702', 'in_use'],
      ['701', 'idle'],
    ] as const)
      pbx.hint({ extension: space, state, at: { lot: 'default', space } });
    const { name, entities, state } = device(pbx, 'parking', 'default');
    expect(name).toBe('Reception');
    expect(entities.slice(-2)).toMatchObject([
      { key: 'space_701', name: 'Space 701', platform: 'binary_sensor' },
      { key: 'space_702' },
    ]);
    expect(state.values).toMatchObject({ space_701: false, space_702: true, retrieve_on: 'Office' });
    expect(entities.find(({ key }) => key === 'retrieve_on')).toMatchObject({ options: ['Office'] });
  });

  it('retrieves on the chosen phone, else on the first that is registered', () => {
    const pbx = house();
    pbx.phone({ id: 'pjsip_6001', registered: false });
    pbx.phone({ id: 'pjsip_6003', name: 'Kitchen' });
    const command = (chosen: string | null) =>
      device(pbx, 'parking', 'default', { choice: () => chosen }).entities.find(
        ({ key }) => key === 'retrieve',
      );
    expect(command(null)).toMatchObject({ command: { fields: { lot: 'default', phone: 'pjsip_6003' } } });
    expect(command('pjsip_6002')).toMatchObject({ command: { fields: { phone: 'pjsip_6002' } } });
    expect(command('pjsip_gone')).toMatchObject({ command: { fields: { phone: 'pjsip_6003' } } });
    const { values } = device(pbx, 'parking', 'default').state;
    expect(values.retrieve_on).toBe('Kitchen (PJSIP/6003)');
  });
});
