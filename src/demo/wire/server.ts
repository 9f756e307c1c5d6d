import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Session, type SessionOptions } from './session.ts';
import type { Message } from './shapes.ts';

/** Takes AMI clients. */
export class AmiServer {
  readonly #session: () => SessionOptions;
  readonly #server: Server;
  readonly #sessions = new Set<Session>();
  #frozen = false;

  /** `session`: what the next session is made with. */
  constructor(session: () => SessionOptions) {
    this.#session = session;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Listens, on a free port when it is 0, and gives the port. */
  async start(host: string, port: number): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.drop();
    await closed;
  }

  /** Closes every connection; new ones are taken. */
  drop(): void {
    for (const session of this.#sessions) session.stop();
  }

  /** Connections stay and nothing is heard or said on them, until it goes on. */
  freeze(frozen: boolean): void {
    this.#frozen = frozen;
    for (const session of this.#sessions) session.freeze(frozen);
  }

  /** Tells an event to all who want it. */
  event(name: string, message: Message): void {
    for (const session of this.#sessions) session.event(name, message);
  }

  #accept(socket: Socket): void {
    const session = new Session(socket, this.#session());
    this.#sessions.add(session);
    socket.on('close', () => this.#sessions.delete(session));
    if (this.#frozen) session.freeze(true);
    session.start();
  }
}
