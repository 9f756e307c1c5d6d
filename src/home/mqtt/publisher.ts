/** Devices over MQTT: discovery, one retained state per device, events, availability, and the wishes that come back. */
import type { IPublishPacket } from 'mqtt';
import { type Device, type DeviceRef, type EventPayload, keyOf } from '../entities/model.ts';
import type { HomeLog } from '../log.ts';
import type { Publisher } from '../publisher.ts';
import { Broker, type BrokerOptions } from './broker.ts';
import { discoveryOf, missingComponents, type Origin, stateOf } from './discovery.ts';
import { Retained } from './retained.ts';
import { type TopicOptions, Topics } from './topics.ts';

export interface MqttOptions extends BrokerOptions {
  /** `asterisk` */
  readonly baseTopic: string;
  /** `homeassistant` */
  readonly discoveryPrefix: string;
  /** Where Home Assistant says `online` (default `homeassistant/status`). */
  readonly birthTopic?: string;
}

/** What arrives from the broker besides our own state. */
export interface MqttWishes {
  command(ref: DeviceRef, key: string, payload: string): void;
  /** @param answer sends what comes of it, to where the asker wants it */
  action(id: string, payload: Buffer, answer: (payload: string) => void): void;
}

/** ms without another retained message after which the broker has sent all that it holds. */
const QUIET = 150;

/**
 * ms from a device's removal until it may come again. While Home Assistant is still taking it out of its registries, a
 * description that comes anew is taken for an old one: its entities would never be there (tried on 2026.11).
 */
const GOING = 1000;

/** Bytes; a wish is some fields. */
const LONGEST_WISH = 65_536;

export class MqttPublisher implements Publisher {
  readonly #topics: Topics;
  readonly #origin: Origin;
  readonly #wishes: MqttWishes;
  readonly #log: HomeLog;
  readonly #birthTopic: string;
  readonly #discoveryPrefix: string;
  readonly #broker: Broker;
  readonly #retained: Retained;
  /** PBXs that are configured, and those of them whose devices are all known. */
  readonly #pbxes: ReadonlySet<string>;
  readonly #complete = new Set<string>();
  /** What the broker has sent since we connected; null when that is over. */
  #reading: Map<string, string> | null = null;
  #quiet: NodeJS.Timeout | null = null;
  /** Devices that have just been removed, by topic, and what they are to be when they come again meanwhile. */
  readonly #going = new Map<string, { readonly timer: NodeJS.Timeout; again: Device | null }>();
  /** Events that happened while there was no broker. */
  #missed = 0;

  constructor(
    options: MqttOptions,
    origin: Origin,
    pbxes: readonly string[],
    wishes: MqttWishes,
    log: HomeLog,
  ) {
    const topicOptions: TopicOptions = { ...options, companion: origin.companion };
    this.#topics = new Topics(topicOptions);
    this.#origin = origin;
    this.#wishes = wishes;
    this.#log = log;
    this.#pbxes = new Set(pbxes);
    this.#birthTopic = options.birthTopic ?? 'homeassistant/status';
    this.#discoveryPrefix = options.discoveryPrefix;
    this.#retained = new Retained((topic, payload) => void this.#keep(topic, payload));
    this.#broker = new Broker(
      options,
      `asterisk_${origin.companion}`,
      { topic: this.#topics.status, payload: 'offline' },
      {
        onConnect: () => void this.#connected(),
        onLost: () => this.#lost(),
        onMessage: (topic, payload, packet) => this.#message(topic, payload, packet),
      },
      log,
    );
  }

  get connected(): boolean {
    return this.#broker.connected;
  }

  get problem(): string | null {
    return this.#broker.problem;
  }

  start(): void {
    this.#broker.start();
  }

  async stop(): Promise<void> {
    this.#lost();
    await this.#broker.stop();
  }

  show(devices: readonly Device[]): void {
    for (const device of devices) {
      const topic = this.#topics.discovery(device);
      const going = this.#going.get(topic);
      if (going !== undefined) {
        going.again = device;
        continue;
      }
      const discovery = JSON.stringify(discoveryOf(device, this.#topics, this.#origin));
      const before = this.#retained.wanted(topic);
      if (before !== undefined && before !== discovery && this.#broker.connected)
        this.#dropComponents(topic, before, discovery);
      this.#retained.set(topic, discovery);
      this.#retained.set(this.#topics.state(device), JSON.stringify(stateOf(device.state)));
    }
  }

  remove(devices: readonly DeviceRef[]): void {
    for (const device of devices) {
      const topic = this.#topics.discovery(device);
      const going = this.#going.get(topic);
      if (going !== undefined) going.again = null;
      else if (this.#broker.connected)
        this.#going.set(topic, { timer: setTimeout(() => this.#gone(topic), GOING), again: null });
      this.#retained.clear(topic);
      if (device.subject === 'pbx') this.#retained.clear(this.#topics.pbxStatus(device.pbx));
      // Last: when the broker goes in between, it is what tells the next sweep of the rest.
      this.#retained.clear(this.#topics.state(device));
    }
  }

  /** A device that was removed may come again, and does if it is there. */
  #gone(topic: string): void {
    const going = this.#going.get(topic);
    if (going === undefined) return;
    clearTimeout(going.timer);
    this.#going.delete(topic);
    if (going.again !== null) this.show([going.again]);
  }

  event(ref: DeviceRef, key: string, payload: EventPayload): void {
    if (!this.#broker.connected) {
      this.#missed += 1;
      return;
    }
    void this.#broker.publish(this.#topics.event(ref, key), JSON.stringify(payload), { qos: 0 });
  }

  available(pbx: string, up: boolean): void {
    this.#retained.set(this.#topics.pbxStatus(pbx), up ? 'online' : 'offline');
  }

  complete(pbx: string): void {
    if (this.#complete.has(pbx)) return;
    this.#complete.add(pbx);
    this.#sweep();
  }

  async #connected(): Promise<void> {
    this.#reading = new Map();
    const { retained, wishes } = this.#topics;
    const subscribed = await this.#broker.subscribe([this.#birthTopic, ...wishes, ...retained]);
    if (!subscribed || !this.#broker.connected) return;
    this.#waitForQuiet();
  }

  /** Retained messages follow the subscription at once, one upon the other. */
  #waitForQuiet(): void {
    if (this.#quiet !== null) clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => void this.#read(), QUIET);
  }

  async #read(): Promise<void> {
    this.#quiet = null;
    const held = this.#reading ?? new Map<string, string>();
    this.#reading = null;
    await this.#broker.unsubscribe(this.#topics.retained);
    if (!this.#broker.connected) return;
    for (const [topic, payload] of held) {
      const wanted = this.#retained.wanted(topic);
      if (wanted !== undefined && this.#topics.deviceOf(topic) !== null)
        this.#dropComponents(topic, payload, wanted);
    }
    this.#retained.adopt(held);
    this.#sweep();
    await this.#retained.flushed();
    if (!this.#broker.connected) return;
    // Last, so that nobody sees an earlier run's states as today's.
    await this.#broker.publish(this.#topics.status, 'online', { qos: 1, retain: true });
    this.#log.info({ held: held.size }, 'Connected to the MQTT broker');
    if (this.#missed > 0) {
      this.#log.warn({ events: this.#missed }, 'Events were not told to the broker while it was away');
    }
    this.#missed = 0;
  }

  #lost(): void {
    if (this.#quiet !== null) clearTimeout(this.#quiet);
    this.#quiet = null;
    this.#reading = null;
    this.#retained.forget();
    for (const topic of [...this.#going.keys()]) this.#gone(topic);
  }

  #message(topic: string, payload: Buffer, packet: IPublishPacket): void {
    if (packet.retain && this.#reading !== null && payload.length > 0) {
      this.#reading.set(topic, payload.toString());
      if (this.#quiet !== null) this.#waitForQuiet();
    }
    // A wish that was retained is somebody's old one: opening a door for it would be wrong.
    if (packet.retain || payload.length > LONGEST_WISH) return;
    if (topic === this.#birthTopic) {
      if (payload.toString() === 'online') this.#retained.repeat();
      return;
    }
    const command = this.#topics.commandOf(topic);
    const action = this.#topics.actionOf(topic);
    if (command !== null) this.#wishes.command(command.ref, command.key, payload.toString());
    else if (action !== null) this.#wishes.action(action, payload, this.#answerTo(action, packet));
  }

  /** MQTT 5: to the asker's response topic with its correlation data. Else to a topic that is always the same. */
  #answerTo(action: string, { properties }: IPublishPacket): (payload: string) => void {
    const asked = properties?.responseTopic;
    const correlation = properties?.correlationData;
    const mayBe = asked !== undefined && !/[+#\0]/.test(asked) && !asked.startsWith(this.#discoveryPrefix);
    const topic = mayBe ? asked : `${this.#topics.action(action)}/response`;
    return (payload) =>
      void this.#broker.publish(topic, payload, {
        qos: 1,
        ...(correlation === undefined ? {} : { properties: { correlationData: correlation } }),
      });
  }

  /** Clears what an earlier run left: devices that the PBX has no more, and PBXs that are not configured any more. */
  #sweep(): void {
    const gone = new Map<string, DeviceRef>();
    for (const topic of this.#retained.unwanted()) {
      const ref = this.#topics.deviceOf(topic) ?? this.#topics.shownOn(topic);
      if (ref === null || (this.#pbxes.has(ref.pbx) && !this.#complete.has(ref.pbx))) continue;
      gone.set(keyOf(ref), ref);
    }
    for (const [device, ref] of gone) {
      this.#log.info({ device }, 'Removing a device that is no longer there');
      this.remove([ref]);
    }
  }

  /**
   * Home Assistant keeps an entity that is merely left out of its device's next description: it goes when it is
   * named with nothing but its platform first.
   */
  #dropComponents(topic: string, held: string, wanted: string): void {
    const gone = missingComponents(held, wanted);
    if (gone !== null) void this.#keep(topic, gone);
  }

  #keep(topic: string, payload: string): Promise<void> {
    return this.#broker.publish(topic, payload, { qos: 0, retain: true });
  }
}
