import { describe, expect, it } from 'vitest';
import { Arrivals } from '../../addon/cards/parked-calls/arrivals.ts';
import { selectPhone } from '../../addon/cards/parked-calls/choice.ts';
import { checkConfig } from '../../addon/cards/parked-calls/config.ts';
import { findLots, findPhones, isLot, readLot, readPhone } from '../../addon/cards/parked-calls/entities.ts';
import { inputsOf, sameInputs } from '../../addon/cards/parked-calls/inputs.ts';
import { canRetrieve, retrieve } from '../../addon/cards/parked-calls/retrieve.ts';
import { freeSpaces, ranges } from '../../addon/cards/parked-calls/spaces.ts';
import { entity, hassOf, lot, NOON, parked, phone } from './fixtures.ts';

const LOT = 'sensor.parking_default_parked_calls';

describe('reading the entities', () => {
  it('reads a lot with its calls, by space', () => {
    const calls = [parked({ space: '710', call: '9.9' }), parked({ until: null, parked_by: 'Kitchen\n' })];
    expect(readLot(hassOf([lot(calls)]), LOT)).toEqual({
      entityId: LOT,
      status: 'ok',
      pbx: 'home',
      id: 'default',
      name: 'default',
      first: '701',
      last: '720',
      calls: [
        {
          space: '701',
          name: 'Front door',
          number: '8000',
          parkedBy: 'Kitchen',
          since: NOON - 10_000,
          until: null,
          key: '701|1764000000.1|2026-11-24T11:59:50.000Z',
        },
        {
          space: '710',
          name: 'Front door',
          number: '8000',
          parkedBy: 'Front door',
          since: NOON - 10_000,
          until: NOON + 35_000,
          key: '710|9.9|2026-11-24T11:59:50.000Z',
        },
      ],
    });
  });

  it('survives attributes that are not what they should be', () => {
    const strange = lot([], { calls: [null, 7, {}, parked({ since: 'x', name: ['a'] })] });
    const calls = readLot(hassOf([strange]), LOT).calls;
    expect(calls.map(({ space, name, since }) => [space, name, since])).toEqual([
      ['', '', null],
      ['701', '', null],
    ]);
    expect(readLot(hassOf([lot([], { calls: 'none' })]), LOT).calls).toEqual([]);
  });

  it('tells an unavailable lot from one that does not exist', () => {
    const hass = hassOf([entity(LOT, 'unavailable', { friendly_name: 'Parking lot default Parked calls' })]);
    expect(readLot(hass, LOT)).toMatchObject({ status: 'unavailable', calls: [] });
    expect(readLot(hass, LOT).name).toBe('Parking lot default Parked calls');
    expect(readLot(hass, 'sensor.none')).toMatchObject({ status: 'missing', name: 'sensor.none' });
  });

  it('finds the lots and phones among everything else', () => {
    const door = { companion: 'c1', pbx: 'home', doorbell: 'front_door', lot: 'default', space: '701' };
    const others = [
      entity('sensor.sun', '1', { lot: 'x' }),
      entity('light.lot', 'on', lot().attributes),
      entity('sensor.front_door_state', 'parked', door),
    ];
    const hass = hassOf([phone('6001', 'Kitchen'), ...others, lot()]);
    expect(findLots(hass)).toEqual([LOT]);
    expect(findPhones(hass)).toEqual(['sensor.kitchen_state']);
    expect(isLot(hass.states['sensor.sun'])).toBe(false);
    expect(isLot(undefined)).toBe(false);
  });

  it('finds a lot that has lost its attributes by its device', () => {
    const lost = entity(LOT, 'unavailable');
    const entities = { [LOT]: { device_id: 'd' } };
    expect(findLots(hassOf([lost]))).toEqual([]);
    expect(findLots(hassOf([lost], { entities, devices: { d: { model: 'Parking lot' } } }))).toEqual([LOT]);
    expect(findLots(hassOf([lost], { entities, devices: { d: { model: 'Phone' } } }))).toEqual([]);
  });

  it('calls a phone what people call it in Home Assistant', () => {
    const kitchen = phone('6001', 'Kitchen');
    const id = kitchen.entity_id;
    const entities = { [id]: { device_id: 'd' } };
    const called = (device: object) =>
      readPhone(hassOf([], { entities, devices: { d: device } }), kitchen).name;
    expect(called({ name: 'PJSIP/6001', name_by_user: 'Hall' })).toBe('Hall');
    expect(called({ name: 'Cook', name_by_user: null })).toBe('Cook');
    expect(readPhone(hassOf([]), kitchen).name).toBe('Kitchen');
    expect(readPhone(hassOf([]), { ...kitchen, attributes: {} }).name).toBe(id);
  });
});

describe('what concerns the card', () => {
  const config = { type: 'x' };
  const house = [lot([parked()]), phone('6001', 'Kitchen'), entity('light.hall', 'on')];
  const hass = hassOf(house);
  const before = inputsOf(hass, config, []);

  it('is not a light', () => {
    const states = { ...hass.states, 'light.hall': entity('light.hall', 'off') };
    expect(sameInputs(before, inputsOf({ ...hass, states }, config, []))).toBe(true);
  });

  it.each([
    ['a lot', { states: { ...hass.states, [LOT]: lot() } }],
    ['a phone', { states: { ...hass.states, 'sensor.kitchen_state': phone('6001', 'Kitchen', 'busy') } }],
    ['a new phone', { states: { ...hass.states, 'sensor.hall_state': phone('6002', 'Hall') } }],
    ['the language', { locale: { language: 'de' } }],
    ['the theme', { themes: { darkMode: true } }],
    ['the script', { services: {} }],
  ])('is %s', (_what, change) => {
    expect(sameInputs(before, inputsOf({ ...hass, ...change }, config, []))).toBe(false);
  });

  it('is a lot that was there before and has lost its attributes', () => {
    const lost = { ...hass, states: { ...hass.states, [LOT]: entity(LOT, 'unavailable') } };
    expect(inputsOf(lost, config, before.lots).lots).toEqual([LOT]);
    expect(inputsOf({ ...hass, states: {} }, config, before.lots).lots).toEqual([]);
  });

  it('is what the configuration names, in its order', () => {
    const lots = ['sensor.b', 'sensor.a'];
    expect(inputsOf(hass, { ...config, lots }, []).lots).toEqual(lots);
    expect(inputsOf(hass, { ...config, lots: [] }, []).lots).toEqual([LOT]);
  });
});

describe('the phone that rings', () => {
  const phones = [phone('6001', 'Kitchen'), phone('6002', 'Hall')].map((each) => readPhone(hassOf([]), each));
  const [kitchen, hall] = phones;

  it('is the chosen one before the configured one', () => {
    expect(selectPhone(phones, 'pjsip_6002', 'sensor.kitchen_state')).toBe(hall);
    expect(selectPhone(phones, null, 'sensor.kitchen_state')).toBe(kitchen);
  });

  it('is the configured one when the chosen one is gone', () => {
    expect(selectPhone(phones, 'pjsip_9999', 'sensor.kitchen_state')).toBe(kitchen);
  });

  it('is the only one, but never one of several by chance', () => {
    expect(selectPhone(phones.slice(1), null, undefined)).toBe(hall);
    expect(selectPhone(phones, null, undefined)).toBeNull();
    expect(selectPhone([], 'pjsip_6001', undefined)).toBeNull();
  });
});

describe('free spaces', () => {
  const spaces = (first: string, last: string, ...taken: string[]) =>
    freeSpaces({
      first,
      last,
      calls: readLot(hassOf([lot(taken.map((space) => parked({ space })))]), LOT).calls,
    });

  it('are those that nobody is parked in', () => {
    expect(spaces('701', '704', '702')).toEqual(['701', '703', '704']);
    expect(spaces('701', '701', '701')).toEqual([]);
    expect(spaces('099', '101')).toEqual(['099', '100', '101']);
  });

  it('are none when the lot does not say which spaces it has', () => {
    expect(spaces('', '')).toEqual([]);
    expect(spaces('720', '701')).toEqual([]);
  });

  it('are told as ranges', () => {
    expect(ranges(['701', '703', '704', '705', '710'])).toBe('701, 703–705, 710');
    expect(ranges([])).toBe('');
  });
});

describe('arrivals', () => {
  const lots = (...calls: object[]) => [readLot(hassOf([lot(calls)]), LOT)];
  const spacesOf = (arrivals: Arrivals, calls: object[]) =>
    arrivals.take(lots(...calls)).map((call) => call.space);

  it('are the calls parked since, not those that were there', () => {
    const arrivals = new Arrivals();
    const [a, b] = [parked(), parked({ space: '702', call: '2.2' })];
    expect(spacesOf(arrivals, [a])).toEqual([]);
    expect(spacesOf(arrivals, [a, b])).toEqual(['702']);
    expect(spacesOf(arrivals, [b])).toEqual([]);
    expect(spacesOf(arrivals, [parked({ call: '3.3' }), b])).toEqual(['701']);
  });

  it('are not the calls that show again after an outage', () => {
    const arrivals = new Arrivals();
    spacesOf(arrivals, [parked()]);
    arrivals.take([readLot(hassOf([entity(LOT, 'unavailable')]), LOT)]);
    expect(spacesOf(arrivals, [parked()])).toEqual([]);
  });
});

describe('retrieving', () => {
  const fields = { pbx: 'home', lot: 'default', space: '701', phone: 'pjsip_6001' };

  it('calls the script with the fields, asking for its answer and no toast', async () => {
    const calls: unknown[] = [];
    const hass = hassOf([], {
      callService: (...args) => {
        calls.push(args);
        return Promise.resolve({ response: { ok: true, result: {} } });
      },
    });
    expect(await retrieve(hass, fields)).toEqual({ ok: true });
    expect(calls).toEqual([
      ['script', 'asterisk_retrieve', { ...fields, via: 'card' }, undefined, false, true],
    ]);
  });

  const answering = (response: unknown) => hassOf([], { callService: () => Promise.resolve({ response }) });

  it('hands on why it was refused', async () => {
    const error = { code: 'conflict', field: 'space', message: 'Nobody is parked in 701.' };
    expect(await retrieve(answering({ ok: false, error }), fields)).toEqual({
      ok: false,
      message: 'Nobody is parked in 701.',
    });
  });

  it.each([[undefined], [null], [{}], ['fine'], [{ ok: 'true' }]])(
    'takes %j for no answer',
    async (response) => {
      expect(await retrieve(answering(response), fields)).toEqual({ ok: false, message: '' });
    },
  );

  it('hands on what Home Assistant throws', async () => {
    const thrown = (error: unknown) =>
      retrieve(hassOf([], { callService: () => Promise.reject(error) }), fields);
    expect(await thrown({ code: 'x', message: 'Unauthorized' })).toEqual({
      ok: false,
      message: 'Unauthorized',
    });
    expect(await thrown(undefined)).toEqual({ ok: false, message: '' });
  });

  it('is only possible while the script exists', () => {
    expect(canRetrieve(hassOf([]))).toBe(true);
    expect(canRetrieve(hassOf([], { services: { script: {} } }))).toBe(false);
    expect(canRetrieve(hassOf([], { services: {} }))).toBe(false);
  });
});

describe('checkConfig', () => {
  it('takes what the editor writes', () => {
    const config = { type: 'x', lots: [LOT], phone: 'sensor.kitchen_state', compact: true, title: 'Parked' };
    expect(checkConfig(config)).toEqual(config);
    expect(checkConfig({ type: 'x', phone: '' })).toEqual({ type: 'x', phone: '' });
  });

  it.each([
    [{ lots: LOT }, 'lots: must be a list'],
    [{ lots: ['Parking lot'] }, 'lots: must be a list'],
    [{ phone: '6001' }, 'phone: must be an entity'],
    [{ title: 7 }, 'title: must be a text'],
    [{ compact: 'yes' }, 'compact: must be true or false'],
  ])('refuses %j in words', (wrong, message) => {
    expect(() => checkConfig({ type: 'x', ...wrong })).toThrow(message);
  });
});
