/** A scripted Asterisk: a real server on a real port that answers actions as it is told. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** An action as it came over the wire. */
export interface Received {
  readonly action: string;
  readonly id: string;
  /** Its lines as they came. */
  readonly lines: readonly string[];
  get(name: string): string | undefined;
  /** Which connection it came over, from 1. */
  readonly connection: number;
}

/** Lines to answer with, without the ActionID; null: no answer. */
type Answer = (received: Received, socket: Socket) => readonly (readonly string[])[] | null;

export const GREETING = 'Asterisk Call Manager/11.0.0\r\n';
export const BOOTED = ['Event: FullyBooted', 'Privilege: system,all', 'Uptime: 60', 'LastReload: 60'];

/** What Asterisk 22.10 answers when all is well. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  Challenge: () => [['Response: Success', 'Challenge: 123456']],
  Login: () => [['Response: Success', 'Message: Authentication accepted'], BOOTED],
  CoreSettings: () => [['Response: Success', 'AMIversion: 11.0.0', 'AsteriskVersion: 22.10.1+dfsg+~cs6.17']],
  ListCommands: () => [
    ['Response: Success', 'Ping: Keepalive command (Priv: <none>)', 'Park: Park (Priv: call,all)'],
  ],
  Logoff: () => [['Response: Goodbye', 'Message: Thanks for all the fish.']],
};

export class FakeAsterisk {
  readonly received: Received[] = [];
  /** Answers by action; they go before the usual ones. */
  readonly answers = new Map<string, Answer>();
  greeting = GREETING;
  /** Takes bytes and says nothing, as a stopped process does. */
  frozen = false;
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiting: { readonly action: string; readonly resolve: (received: Received) => void }[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(tls?: TlsOptions, port = 0): Promise<FakeAsterisk> {
    const onSocket = (socket: Socket) => fake.#accept(socket);
    const server: Server = tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket);
    const fake: FakeAsterisk = new FakeAsterisk(server);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Writes to everyone who is connected. */
  write(bytes: string | Buffer): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }

  /** An event, from its lines. */
  say(...lines: string[]): void {
    this.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /** The next action of this name that has not come yet. */
  next(action: string): Promise<Received> {
    return new Promise((resolve) => {
      this.#waiting.push({ action, resolve });
    });
  }

  actions(name: string): Received[] {
    return this.received.filter((received) => received.action === name);
  }

  /** Writes to everyone who is connected, and closes once it has left. */
  end(bytes: string): void {
    for (const socket of this.#sockets) socket.end(bytes);
  }

  /** Closes every connection; the port stays open. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.drop();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(socket: Socket): void {
    const connection = ++this.connections;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    if (this.greeting !== '') socket.write(this.greeting);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        this.#message(socket, text.slice(0, end).split('\r\n'), connection);
        text = text.slice(end + 4);
      }
    });
  }

  #message(socket: Socket, lines: string[], connection: number): void {
    const get = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const action = get('Action') ?? '';
    const received: Received = { action, id: get('ActionID') ?? '', lines, get, connection };
    this.received.push(received);
    const waiting = this.#waiting.findIndex((waiter) => waiter.action === action);
    if (waiting >= 0) this.#waiting.splice(waiting, 1)[0]?.resolve(received);
    if (this.frozen) return;
    const answer = this.answers.get(action) ?? ANSWERS[action] ?? (() => [['Response: Success']]);
    for (const [first = '', ...rest] of answer(received, socket) ?? []) {
      const id = first.startsWith('Event: FullyBooted') ? [] : [`ActionID: ${received.id}`];
      socket.write(`${[first, ...id, ...rest].join('\r\n')}\r\n\r\n`);
    }
  }
}
