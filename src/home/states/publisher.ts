/**
 * Devices without a broker: their entities as bare states, through Home Assistant's REST API. They can be looked at
 * and triggered on, but belong to no device and cannot be pressed or opened. Home Assistant forgets them when it
 * restarts, so all are told again at each connect.
 */
import {
  type Device,
  type DeviceRef,
  type Entity,
  type EventPayload,
  entityIdOf,
  keyOf,
} from '../entities/model.ts';
import type { Link } from '../link/link.ts';
import type { HomeLog } from '../log.ts';
import type { Publisher } from '../publisher.ts';

/** Requests at a time. */
const WORKERS = 8;

const SHOWN: ReadonlySet<Entity['platform']> = new Set(['sensor', 'binary_sensor', 'event']);

interface Shown {
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface HomeAssistantState extends Shown {
  readonly entity_id: string;
}

export class StatesPublisher implements Publisher {
  readonly #link: Link;
  readonly #companion: string;
  readonly #log: HomeLog;
  readonly #devices = new Map<string, Device>();
  readonly #up = new Map<string, boolean>();
  /** What the event entities were told last, by entity id. */
  readonly #events = new Map<string, Shown>();
  /** What Home Assistant has of ours, by entity id. */
  readonly #told = new Map<string, string>();
  /** Entity ids to be told again; null: to be taken away. The latest counts. */
  readonly #queue = new Map<string, Shown | null>();
  /** Entity ids of others, which are not to be overwritten; null until Home Assistant was asked. */
  #taken: Set<string> | null = null;
  /** Events on their way. */
  #telling: Promise<void> = Promise.resolve();
  readonly #workers = new Set<Promise<void>>();
  #working = 0;
  #stopped = false;

  constructor(link: Link, companion: string, log: HomeLog) {
    this.#link = link;
    this.#companion = companion;
    this.#log = log;
    link.onConnect(() => this.#connected());
  }

  start(): void {
    this.#stopped = false;
  }

  async stop(forGood: boolean): Promise<void> {
    this.#stopped = true;
    // After a reconnect, what was told before may wait to be told again.
    const waiting = forGood ? [...this.#queue.keys()].filter((id) => this.#taken?.has(id) === false) : [];
    this.#queue.clear();
    // What is on its way would arrive after the last word.
    await Promise.all([this.#telling, ...this.#workers]);
    const away = { state: 'unavailable', attributes: { companion: this.#companion } };
    const ids = new Set([...this.#told.keys(), ...waiting]).values();
    const leave = async () => {
      for (const id of ids) {
        if (!this.#link.connected) return;
        await (forGood ? this.#delete(id) : this.#post(id, away));
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, leave));
  }

  show(devices: readonly Device[]): void {
    for (const device of devices) {
      this.#devices.set(keyOf(device), device);
      this.#showDevice(device);
    }
  }

  remove(devices: readonly DeviceRef[]): void {
    for (const ref of devices) {
      const device = this.#devices.get(keyOf(ref));
      this.#devices.delete(keyOf(ref));
      for (const entity of device?.entities ?? []) {
        if (device === undefined) continue;
        this.#events.delete(entityIdOf(device, entity));
        this.#enqueue(entityIdOf(device, entity), null);
      }
    }
  }

  event(ref: DeviceRef, key: string, payload: EventPayload): void {
    const device = this.#devices.get(keyOf(ref));
    const entity = device?.entities.find((each) => each.key === key);
    if (device === undefined || entity?.platform !== 'event') return;
    const attributes = { ...common(device, entity, this.#companion), ...payload };
    const shown = { state: new Date().toISOString(), attributes };
    const id = entityIdOf(device, entity);
    this.#events.set(id, shown);
    if (this.#stopped || !this.#link.connected || this.#taken === null || this.#taken.has(id)) return;
    // One after the other, and none left out: a ring that was missed at once was a ring.
    this.#telling = this.#telling.then(() => this.#post(id, shown));
  }

  available(pbx: string, up: boolean): void {
    if (this.#up.get(pbx) === up) return;
    this.#up.set(pbx, up);
    for (const device of this.#devices.values()) if (device.pbx === pbx) this.#showDevice(device);
  }

  /** What vanished while we were away, Home Assistant shows until its next restart. */
  complete(): void {}

  async #connected(): Promise<void> {
    this.#taken = null;
    this.#told.clear();
    const states = await this.#link.call<HomeAssistantState[]>({ type: 'get_states' });
    const others = states.filter(({ attributes }) => attributes.companion !== this.#companion);
    this.#taken = new Set(others.map(({ entity_id }) => entity_id));
    for (const device of this.#devices.values()) this.#showDevice(device);
  }

  #showDevice(device: Device): void {
    for (const entity of device.entities) {
      const shown = this.#shown(device, entity);
      if (shown !== null) this.#enqueue(entityIdOf(device, entity), shown);
    }
  }

  /** Null for what can only be pressed, opened or chosen. */
  #shown(device: Device, entity: Entity): Shown | null {
    if (!SHOWN.has(entity.platform)) return null;
    const attributes = { ...common(device, entity, this.#companion), ...device.state.attributes[entity.key] };
    if (!entity.always && this.#up.get(device.pbx) !== true) return { state: 'unavailable', attributes };
    const value = device.state.values[entity.key] ?? null;
    if (entity.platform === 'event') {
      return this.#events.get(entityIdOf(device, entity)) ?? { state: 'unknown', attributes };
    }
    if (entity.platform === 'binary_sensor') return { state: value === true ? 'on' : 'off', attributes };
    return { state: value === null ? 'unknown' : String(value), attributes };
  }

  #enqueue(id: string, shown: Shown | null): void {
    if (shown !== null && this.#told.get(id) === JSON.stringify(shown)) return;
    this.#queue.set(id, shown);
    while (this.#working < Math.min(WORKERS, this.#queue.size)) {
      const worker: Promise<void> = this.#work().finally(() => this.#workers.delete(worker));
      this.#workers.add(worker);
    }
  }

  async #work(): Promise<void> {
    this.#working += 1;
    // The others of this moment join the queue first: the latest counts.
    await Promise.resolve();
    for (const [id, shown] of this.#queue) {
      if (this.#taken === null || this.#stopped) break;
      this.#queue.delete(id);
      if (this.#taken.has(id)) continue;
      await (shown === null ? this.#delete(id) : this.#post(id, shown));
    }
    this.#working -= 1;
  }

  async #post(id: string, shown: Shown): Promise<void> {
    this.#told.set(id, JSON.stringify(shown));
    await this.#link.rest('POST', `states/${id}`, shown).catch((error: unknown) => {
      this.#told.delete(id);
      this.#log.debug({ err: error, entity: id }, 'A state did not reach Home Assistant');
    });
  }

  async #delete(id: string): Promise<void> {
    this.#told.delete(id);
    await this.#link.rest('DELETE', `states/${id}`).catch((error: unknown) => {
      this.#log.debug({ err: error, entity: id }, 'A state could not be taken away');
    });
  }
}

/** What Home Assistant needs to show a bare state well; `companion` tells ours from others'. */
function common(device: Device, entity: Entity, companion: string): Readonly<Record<string, unknown>> {
  return {
    companion,
    friendly_name: entity.name === null ? device.name : `${device.name} ${entity.name}`,
    ...(entity.icon === undefined ? {} : { icon: entity.icon }),
    ...('deviceClass' in entity ? { device_class: entity.deviceClass } : {}),
    ...('options' in entity ? { options: entity.options } : {}),
    ...('stateClass' in entity ? { state_class: entity.stateClass } : {}),
    ...('unit' in entity ? { unit_of_measurement: entity.unit } : {}),
    ...(entity.platform === 'event' ? { event_types: entity.types } : {}),
  };
}
