import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';

/** An MQTT broker within this process, for who has none. Speaks MQTT 3.1.1; keeps nothing over a stop. */
export class DemoBroker {
  readonly #host: string;
  #port: number;
  #server: Server | null = null;
  #broker: Aedes | null = null;
  readonly #sockets = new Set<Socket>();

  /** `port` 0: a free one. */
  constructor(port = 0, host = '127.0.0.1') {
    this.#port = port;
    this.#host = host;
  }

  get url(): string {
    return `mqtt://${this.#host}:${this.#port}`;
  }

  async start(): Promise<this> {
    const broker = await Aedes.createBroker();
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      broker.handle(socket);
    });
    server.listen(this.#port, this.#host);
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#broker = broker;
    this.#server = server;
    return this;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    const broker = this.#broker;
    this.#server = null;
    this.#broker = null;
    if (server === null || broker === null) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([closed, new Promise<void>((done) => broker.close(done))]);
  }
}
