import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { headersOf } from '../../src/demo/traces.ts';
import type { Headers } from './replay.ts';

/** A client that says what it is told to and keeps every message. */
export class RawClient {
  readonly messages: Headers[] = [];
  closed = false;
  readonly #socket: Socket;
  #rest = '';
  #look = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.on('close', () => {
      this.closed = true;
      this.#look();
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  send(...lines: string[]): void {
    this.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  /** Once the event loop has gone round a few times: what the other side had to say has come. */
  async settled(): Promise<void> {
    for (let round = 0; round < 10; round++) await setImmediate();
  }

  /** Sends an action (its lines hold `ActionID: …`), and gives the answer. */
  async act(lines: readonly string[]): Promise<Headers> {
    const { ActionID } = Object.fromEntries(headersOf(lines));
    this.send(...lines);
    return this.wait((message) => message.Response !== undefined && message.ActionID === ActionID);
  }

  async login(secret = 'demo', events = 'Events: system,call,agent,user,dtmf,cdr'): Promise<Headers> {
    return this.act(['Action: Login', 'ActionID: login', 'Username: admin', `Secret: ${secret}`, events]);
  }

  /** The first message of this kind, if need be once it has come. */
  async wait(fits: (message: Headers) => boolean): Promise<Headers> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found !== undefined) return found;
      if (this.closed) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
  }

  async waitClosed(): Promise<void> {
    while (!this.closed)
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
  }

  end(): void {
    this.#socket.destroy();
  }

  /** The key for a challenge. */
  static key(challenge: string, secret = 'demo'): string {
    return createHash('md5').update(challenge).update(secret).digest('hex');
  }

  #read(chunk: string): void {
    this.#rest += chunk;
    const greeting = /^Asterisk Call Manager\/\S+\r\n/.exec(this.#rest);
    if (greeting !== null) {
      this.messages.push({ Greeting: greeting[0].trim() });
      this.#rest = this.#rest.slice(greeting[0].length);
    }
    const parts = this.#rest.split('\r\n\r\n');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) this.messages.push(Object.fromEntries(headersOf(part.split('\r\n'))));
    this.#look();
  }
}
