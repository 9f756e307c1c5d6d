/** A real broker on a free port, and somebody who listens to all of it. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync, type MqttClient } from 'mqtt';
import { vi } from 'vitest';

export interface Heard {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

export class TestBroker {
  #aedes: Aedes | null = null;
  #server: Server | null = null;
  #port = 0;

  get url(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  /** Starts, or starts again on the same port with nothing retained. */
  async start(): Promise<void> {
    const aedes = await Aedes.createBroker();
    const server = createServer(aedes.handle);
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#aedes = aedes;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const [aedes, server] = [this.#aedes, this.#server];
    this.#aedes = null;
    this.#server = null;
    await new Promise<void>((resolve) => (aedes === null ? resolve() : aedes.close(() => resolve())));
    await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
  }

  /** Breaks the connections of clients whose id starts so, as a cable that is pulled. */
  cut(clientId: string): void {
    for (const client of Object.values(this.#clients())) {
      if (client.id.startsWith(clientId)) client.conn.destroy();
    }
  }

  #clients(): Record<string, { id: string; conn: { destroy(): void } }> {
    return (this.#aedes as unknown as { clients: Record<string, { id: string; conn: { destroy(): void } }> })
      .clients;
  }

  get clients(): number {
    return this.#aedes?.connectedClients ?? 0;
  }
}

/** Hears everything, what was retained before included. */
export class Observer {
  readonly heard: Heard[] = [];
  readonly retained = new Map<string, string>();
  readonly client: MqttClient;

  private constructor(client: MqttClient) {
    this.client = client;
    client.on('message', (topic, buffer, { retain }) => {
      const payload = buffer.toString();
      this.heard.push({ topic, payload, retain });
      if (payload === '') this.retained.delete(topic);
      else this.retained.set(topic, payload);
    });
  }

  static async at(broker: TestBroker): Promise<Observer> {
    const client = await connectAsync(broker.url, { protocolVersion: 4, reconnectPeriod: 0 });
    const observer = new Observer(client);
    await client.subscribeAsync('#');
    return observer;
  }

  async stop(): Promise<void> {
    await this.client.endAsync(true);
  }

  /** What was last said on a topic, as JSON. */
  json(topic: string): unknown {
    const payload = this.retained.get(topic);
    return payload === undefined ? undefined : JSON.parse(payload);
  }

  on(topic: string): string[] {
    return this.heard.filter((each) => each.topic === topic).map(({ payload }) => payload);
  }

  async until(topic: string, payload?: string): Promise<void> {
    await vi.waitFor(() => {
      const said = this.on(topic);
      if (payload === undefined ? said.length === 0 : said.at(-1) !== payload) {
        throw new Error(`${topic} said ${JSON.stringify(said)}`);
      }
    }, 5_000);
  }

  /** Everything that was published before this has been heard after it. */
  async fence(): Promise<void> {
    const mark = `fence ${this.heard.length}`;
    await this.client.publishAsync('test/fence', mark);
    await this.until('test/fence', mark);
  }
}
