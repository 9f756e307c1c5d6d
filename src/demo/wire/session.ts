import { createHash, randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Where } from '../answers/action.ts';
import type { House } from '../house.ts';
import type { Reply } from './reply.ts';
import { Request } from './request.ts';
import { runAction } from './run.ts';
import type { Message, Shapes } from './shapes.ts';

export interface SessionOptions {
  readonly house: House;
  readonly shapes: Shapes;
  readonly username: string;
  readonly secret: string;
}

const GREETING = 'Asterisk Call Manager/11.0.0\r\n';
/** ms that Asterisk takes to refuse a login. */
const REFUSAL_MS = 1000;
/** Bytes of an action that is not finished, and of what the client has not read. */
const MOST_IN = 1 << 16;
const MOST_OUT = 1 << 24;

/** One client's connection. */
export class Session {
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  #rest = '';
  #challenge = '';
  #loggedIn = false;
  /** Classes of events that the client hears; null: all. */
  #mask: ReadonlySet<string> | null = null;
  /** Events that the client has filtered out. */
  readonly #excluded: (readonly [event: string, where: Where | null])[] = [];
  /** Actions that keep Asterisk's thread busy, and what waits until the last of them has been answered. */
  #holds = 0;
  #held: string[] = [];
  /** What a frozen Asterisk has not said yet; null while it is not frozen. */
  #frozen: string[] | null = null;

  constructor(socket: Socket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  start(): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: string) => this.#read(chunk));
    if (this.#frozen !== null) socket.pause();
    this.#write(GREETING);
  }

  /** Drops the connection. */
  stop(): void {
    this.#socket.destroy();
  }

  /** Keeps the connection and neither hears nor says anything, or goes on. */
  freeze(frozen: boolean): void {
    if (frozen) {
      this.#frozen ??= [];
      this.#socket.pause();
      return;
    }
    const waiting = this.#frozen ?? [];
    this.#frozen = null;
    for (const text of waiting) this.#write(text);
    this.#socket.resume();
  }

  /** Passes an event on if the client wants it. */
  event(name: string, message: Message): void {
    if (!this.#loggedIn || this.#excludes(name, message)) return;
    if (this.#mask === null || this.#mask.has(message.eventClass)) this.#send(message.text);
  }

  /** Nothing is said until the function that it gives is called, but answers that are written through. */
  hold(): () => void {
    this.#holds++;
    return () => {
      this.#holds--;
      if (this.#holds > 0) return;
      for (const text of this.#held.splice(0)) this.#write(text);
    };
  }

  /** `words`: as in an `Events` header. Gives whether anything is heard. */
  listen(words: string): boolean {
    const wanted = words.split(',').map((word) => word.trim().toLowerCase());
    if (/^(on|true|yes|1|all)?$/.test(words.toLowerCase()) || wanted.includes('all')) this.#mask = null;
    else this.#mask = new Set(wanted.filter((word) => !/^(off|false|no|0|none)$/.test(word)));
    return this.#mask === null || this.#mask.size > 0;
  }

  exclude(event: string, where: Where | null): void {
    this.#excluded.push([event, where]);
  }

  challenge(): string {
    this.#challenge = String(randomInt(1e8, 1e9));
    return this.#challenge;
  }

  /** Asterisk lets a wrong login wait, and closes. */
  login(request: Request, reply: Reply): void {
    if (!this.#knows(request)) {
      this.#options.house.switchboard.timers.after(REFUSAL_MS, () => {
        reply.error('Authentication failed');
        this.#socket.end();
      });
      return;
    }
    this.#loggedIn = true;
    this.listen(request.get('Events'));
    reply.ok('Authentication accepted');
    const { house, shapes } = this.#options;
    const seconds = Math.floor((house.switchboard.timers.now() - house.bootedAt) / 1000);
    const booted = { Uptime: seconds, LastReload: seconds, Status: 'Fully Booted' };
    this.event('FullyBooted', shapes.event('FullyBooted', booted));
  }

  logoff(): void {
    this.#socket.end();
  }

  #knows(request: Request): boolean {
    const { username, secret } = this.#options;
    if (request.get('Username') !== username) return false;
    if (request.get('AuthType').toUpperCase() !== 'MD5') return request.get('Secret') === secret;
    const key = createHash('md5').update(this.#challenge).update(secret).digest('hex');
    return this.#challenge !== '' && request.get('Key') === key;
  }

  #read(chunk: string): void {
    this.#rest += chunk;
    for (let end = /\r?\n\r?\n/.exec(this.#rest); end !== null; end = /\r?\n\r?\n/.exec(this.#rest)) {
      const lines = this.#rest.slice(0, end.index).split(/\r?\n/);
      this.#rest = this.#rest.slice(end.index + end[0].length);
      const write = (text: string) => this.#write(text);
      const { house, shapes } = this.#options;
      runAction(new Request(lines), { house, shapes, write, session: this, loggedIn: this.#loggedIn });
    }
    if (this.#rest.length > MOST_IN) this.stop();
  }

  #excludes(name: string, { text }: Message): boolean {
    return this.#excluded.some(([event, where]) => {
      if (event !== name || where === null) return event === name;
      const value = new RegExp(`^${where.header}: (.*)\r$`, 'm').exec(text)?.[1];
      return value !== undefined && where.pattern.test(value);
    });
  }

  #send(text: string): void {
    if (this.#holds === 0) this.#write(text);
    else this.#held.push(text);
  }

  #write(text: string): void {
    if (this.#frozen !== null) {
      this.#frozen.push(text);
      return;
    }
    if (this.#socket.destroyed) return;
    this.#socket.write(text);
    // As Asterisk does with a client that reads too slowly.
    if (this.#socket.writableLength > MOST_OUT) this.stop();
  }
}
