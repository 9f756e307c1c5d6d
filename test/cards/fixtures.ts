import type { EntityState, Hass } from '../../addon/cards/shared/hass.ts';

/** Noon of a day, ms since the epoch. */
export const NOON = Date.parse('2026-11-24T12:00:00.000Z');

/** ISO 8601, seconds from noon. */
export function at(seconds: number): string {
  return new Date(NOON + seconds * 1000).toISOString();
}

export function entity(
  entity_id: string,
  state: string,
  attributes: EntityState['attributes'] = {},
): EntityState {
  return { entity_id, state, attributes, last_updated: at(0) };
}

/** A call as src/home/entities/parking.ts writes it. */
export function parked(fields: Readonly<Record<string, unknown>> = {}) {
  return {
    space: '701',
    name: 'Front door',
    number: '8000',
    since: at(-10),
    until: at(35),
    parked_by: 'Front door',
    call: '1764000000.1',
    ...fields,
  };
}

export function lot(calls: readonly object[] = [], extra: EntityState['attributes'] = {}): EntityState {
  return entity('sensor.parking_default_parked_calls', String(calls.length), {
    companion: 'c1',
    pbx: 'home',
    lot: 'default',
    lot_name: 'default',
    first_space: '701',
    last_space: '720',
    timeout: 45,
    calls,
    ...extra,
  });
}

export function phone(number: string, name: string, state = 'idle', pbx = 'home'): EntityState {
  return entity(`sensor.${name.toLowerCase()}_state`, state, {
    companion: 'c1',
    pbx,
    phone: `pjsip_${number}`,
    endpoint: `PJSIP/${number}`,
    phone_name: name,
  });
}

/** What Home Assistant would hand to a card; `callService` refuses unless it is given. */
export function hassOf(entities: readonly EntityState[], more: Partial<Hass> = {}): Hass {
  return {
    states: Object.fromEntries(entities.map((each) => [each.entity_id, each])),
    locale: { language: 'en' },
    user: { id: 'tablet' },
    services: { script: { asterisk_retrieve: {} } },
    callService: () => Promise.reject(new Error('no script was expected to run')),
    ...more,
  };
}
