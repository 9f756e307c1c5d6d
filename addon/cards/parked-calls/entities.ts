/** Reads the companion's entities; src/home/entities/ is where they are written. */
import { deviceOf, type EntityState, type Hass } from '../shared/hass.ts';
import { plain } from '../shared/text.ts';
import { instant } from '../shared/time.ts';

export interface ParkedCall {
  readonly space: string;
  readonly name: string;
  readonly number: string;
  readonly parkedBy: string;
  /** ms since the epoch; null when the entity does not say. */
  readonly since: number | null;
  /** ms since the epoch; null when the lot keeps calls for ever. */
  readonly until: number | null;
  /** Tells this call from the next one in the same space. */
  readonly key: string;
}

export interface Lot {
  readonly entityId: string;
  /** `missing`: no such entity. `unavailable`: Asterisk or the companion is away. */
  readonly status: 'ok' | 'unavailable' | 'missing';
  readonly pbx: string;
  readonly id: string;
  readonly name: string;
  readonly first: string;
  readonly last: string;
  /** By space. */
  readonly calls: readonly ParkedCall[];
}

export interface Phone {
  readonly entityId: string;
  readonly pbx: string;
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

/** The model of a lot's device; src/home/entities/parking.ts. */
const LOT_MODEL = 'Parking lot';

/** Home Assistant's words for a state that says nothing. */
const NO_STATE = new Set(['unavailable', 'unknown']);

export function isLot(entity: EntityState | undefined): entity is EntityState {
  // A doorbell that is parked says in which lot, too.
  return entity !== undefined && isOurs(entity, 'lot') && Array.isArray(entity.attributes.calls);
}

function isPhone(entity: EntityState | undefined): entity is EntityState {
  return entity !== undefined && isOurs(entity, 'phone') && typeof entity.attributes.endpoint === 'string';
}

function isOurs(entity: EntityState, kind: string): boolean {
  const { attributes } = entity;
  return attributes.companion !== undefined && typeof attributes[kind] === 'string';
}

/** The entities of all lots, in the order of their ids. */
export function findLots(hass: Hass): readonly string[] {
  return sensors(hass)
    .filter((id) => isLot(hass.states[id]) || isLostLot(hass, id))
    .sort();
}

/** An unavailable entity has lost the attributes that tell what it is; its device still says so. */
function isLostLot(hass: Hass, id: string): boolean {
  return hass.states[id]?.state === 'unavailable' && deviceOf(hass, id)?.model === LOT_MODEL;
}

export function findPhones(hass: Hass): readonly string[] {
  return sensors(hass).filter((id) => isPhone(hass.states[id]));
}

function sensors(hass: Hass): string[] {
  return Object.keys(hass.states).filter((id) => id.startsWith('sensor.'));
}

export function readLot(hass: Hass, entityId: string): Lot {
  const entity = hass.states[entityId];
  if (!entity) return { entityId, status: 'missing', name: entityId, ...NOTHING };
  const { attributes } = entity;
  const name = nameOf(hass, entity, 'lot_name');
  if (NO_STATE.has(entity.state)) return { entityId, status: 'unavailable', name, ...NOTHING };
  const calls = Array.isArray(attributes.calls) ? attributes.calls : [];
  return {
    entityId,
    status: 'ok',
    pbx: plain(attributes.pbx),
    id: plain(attributes.lot),
    name,
    first: plain(attributes.first_space),
    last: plain(attributes.last_space),
    calls: calls.filter(isRecord).map(readCall).sort(bySpace),
  };
}

const NOTHING = { pbx: '', id: '', first: '', last: '', calls: [] } as const;

function readCall(call: Readonly<Record<string, unknown>>): ParkedCall {
  const space = plain(call.space);
  return {
    space,
    name: plain(call.name),
    number: plain(call.number),
    parkedBy: plain(call.parked_by),
    since: instant(call.since),
    until: instant(call.until),
    key: `${space}|${plain(call.call)}|${plain(call.since)}`,
  };
}

export function readPhone(hass: Hass, entity: EntityState): Phone {
  const { attributes } = entity;
  return {
    entityId: entity.entity_id,
    pbx: plain(attributes.pbx),
    id: plain(attributes.phone),
    name: nameOf(hass, entity, 'phone_name'),
    state: entity.state,
  };
}

/** What the device is called in Home Assistant, else what the companion calls it. */
function nameOf(hass: Hass, entity: EntityState, attribute: string): string {
  const device = deviceOf(hass, entity.entity_id);
  const { attributes } = entity;
  const names = [device?.name_by_user, device?.name, attributes[attribute], attributes.friendly_name];
  return names.map(plain).find((name) => name !== '') ?? entity.entity_id;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function bySpace(a: ParkedCall, b: ParkedCall): number {
  return a.space.localeCompare(b.space, 'en', { numeric: true });
}
