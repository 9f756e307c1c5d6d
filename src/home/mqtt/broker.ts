/**
 * The connection to the broker. Each connection is a client of its own, so that nothing which was on its way when
 * one broke is sent again later: a ring must not be told minutes after it was over. Reconnects for ever.
 */
import { randomBytes } from 'node:crypto';
import { connect, type IClientPublishOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import type { HomeLog } from '../log.ts';

export interface BrokerOptions {
  /** `mqtt://host:1883` or `mqtts://…` */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Own CA, in PEM. */
  readonly ca?: string;
  /** With `mqtts`: check the broker's certificate (default true). */
  readonly verify?: boolean;
}

export interface BrokerEvents {
  /** Connected; `subscribe` and `publish` work until `onLost`. */
  onConnect(): void;
  onLost(): void;
  onMessage(topic: string, payload: Buffer, packet: IPublishPacket): void;
}

/** ms: before the first try and at most, after a refusal, and for the last words. */
const WAIT = { first: 500, longest: 10_000, refused: 60_000, goodbye: 2_000 } as const;

/** MQTT's reasons that no retry mends: CONNACK codes of 3.1.1 and of 5. */
const REFUSALS: Readonly<Record<number, string>> = {
  2: 'The broker refuses our client id',
  4: 'The broker refuses the user name or password: check mqtt.username and mqtt.password',
  5: 'The broker does not let this user in: check mqtt.username and its rights',
  133: 'The broker refuses our client id',
  134: 'The broker refuses the user name or password: check mqtt.username and mqtt.password',
  135: 'The broker does not let this user in: check mqtt.username and its rights',
  138: 'The broker has banned this client',
};

/** "Unacceptable protocol version", in 3.1.1 and in 5. */
const OLD_BROKER = new Set([1, 132]);

export class Broker {
  readonly #options: BrokerOptions;
  readonly #name: string;
  /** For words: an address may hold a password. */
  readonly #host: string;
  readonly #will: { topic: string; payload: string };
  readonly #events: BrokerEvents;
  readonly #log: HomeLog;
  #client: MqttClient | null = null;
  #timer: NodeJS.Timeout | null = null;
  #wait: number = WAIT.first;
  /** 5 until a broker says that it cannot. */
  #version: 4 | 5 = 5;
  #connected = false;
  #stopped = false;
  #problem: string | null = null;

  /**
   * @param name start of the client id, which a broker's log shows
   * @param will what the broker publishes, retained, when we vanish
   */
  constructor(
    options: BrokerOptions,
    name: string,
    will: { topic: string; payload: string },
    events: BrokerEvents,
    log: HomeLog,
  ) {
    this.#options = options;
    this.#name = name;
    this.#host = new URL(options.url).host;
    this.#will = will;
    this.#events = events;
    this.#log = log;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Why there is no connection, or null. */
  get problem(): string | null {
    return this.#problem;
  }

  start(): void {
    this.#stopped = false;
    this.#connect();
  }

  /** Publishes the will itself, then closes the connection; what was published before is sent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const client = this.#client;
    if (client === null) return;
    const goodbye = this.publish(this.#will.topic, this.#will.payload, { qos: 1, retain: true });
    this.#client = null;
    this.#connected = false;
    // A broker that hangs must not hold us: losing the connection makes it publish the will.
    const force = setTimeout(() => client.end(true), WAIT.goodbye);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await Promise.race([goodbye.then(() => client.endAsync()), closed]).catch(() => undefined);
    clearTimeout(force);
    client.end(true);
  }

  /** Sends now or not at all. Resolves when it is sent (QoS 0) or acknowledged; never rejects. */
  async publish(topic: string, payload: string, options: IClientPublishOptions): Promise<void> {
    if (!this.#connected) return;
    await this.#client?.publishAsync(topic, payload, options).catch((error: unknown) => {
      this.#log.debug({ err: error, topic }, 'A message was lost with the connection');
    });
  }

  /** Resolves once the broker has taken the subscriptions; false when it has not. */
  async subscribe(topics: readonly string[]): Promise<boolean> {
    const done = await this.#client?.subscribeAsync([...topics], { qos: 1 }).catch((error: unknown) => {
      this.#log.warn({ err: error, topics }, 'The broker does not let us subscribe');
    });
    return Boolean(done);
  }

  async unsubscribe(topics: readonly string[]): Promise<void> {
    await this.#client?.unsubscribeAsync([...topics]).catch((error: unknown) => {
      this.#log.debug({ err: error, topics }, 'A subscription ended with the connection');
    });
  }

  #connect(): void {
    const { url, username, password, ca, verify } = this.#options;
    const client = connect(url, {
      protocolVersion: this.#version,
      clientId: `${this.#name}_${randomBytes(4).toString('hex')}`,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
      keepalive: 30,
      resubscribe: false,
      will: { ...this.#will, payload: Buffer.from(this.#will.payload), qos: 1, retain: true },
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(ca === undefined ? {} : { ca }),
      ...(verify === undefined ? {} : { rejectUnauthorized: verify }),
    });
    this.#client = client;
    client.on('connect', () => {
      this.#connected = true;
      this.#problem = null;
      this.#wait = WAIT.first;
      this.#events.onConnect();
    });
    client.on('message', (topic, payload, packet) => this.#events.onMessage(topic, payload, packet));
    client.on('error', (error) => this.#failed(error));
    client.on('close', () => this.#closed(client));
  }

  #failed(error: Error & { code?: unknown }): void {
    const code = typeof error.code === 'number' ? error.code : -1;
    if (OLD_BROKER.has(code) && this.#version === 5) {
      this.#log.info(
        {},
        'The broker speaks no MQTT 5; using 3.1.1, so answers to actions have a fixed topic',
      );
      this.#version = 4;
      this.#wait = 0;
      return;
    }
    const refusal = REFUSALS[code];
    if (refusal !== undefined) this.#wait = WAIT.refused;
    const problem = refusal ?? `The MQTT broker at ${this.#host} cannot be reached: ${error.message}`;
    if (problem !== this.#problem) this.#log.warn({ code: error.code }, problem);
    this.#problem = problem;
  }

  #closed(client: MqttClient): void {
    if (client !== this.#client) return;
    const was = this.#connected;
    this.#connected = false;
    this.#client = null;
    client.end(true);
    if (was) {
      this.#problem = 'The connection to the MQTT broker was lost';
      this.#log.warn({}, `${this.#problem}; connecting again`);
      this.#events.onLost();
    }
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#connect(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(WAIT.longest, Math.max(WAIT.first, this.#wait * 2));
  }
}
