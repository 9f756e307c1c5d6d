/**
 * The live stream. A client gets everything once, then what changes: objects coalesced, happenings each.
 *
 * Version 1: `{type: "hello", version, companion, state}`, then `{type: "change", pbx, subject, id, value}` and
 * `{type: "happening", happening}`. `value` is the object, null when it has gone, or for id `*` all of its kind.
 */
import type { WebSocket } from 'ws';
import type { Change, PbxView } from '../pbx/index.ts';
import type { HttpOptions } from './options.ts';
import { partOf, pbxState } from './state.ts';

const LIVE_VERSION = 1;
export const LIVE_PROTOCOL = 'asterisk-companion.v1';

/** Close codes (RFC 6455, 7.4.2 and the private range). */
const CLOSE = { goingAway: 1001, tooSlow: 4008, tooMany: 4013 } as const;

/** ms in which changes of one object become one message. */
const COALESCE_MS = 50;
/** ms between pings; who has not answered by the next one is gone. */
const PING_MS = 30_000;
const MOST_CLIENTS = 100;
/** ms for a client to answer a goodbye. */
const GOODBYE_MS = 1_000;
/** Bytes that may wait for a client. The first message of a large PBX may be larger: it counts from after it. */
const MOST_WAITING = 1 << 20;

interface Client {
  readonly socket: WebSocket;
  /** Bytes that `hello` had. */
  readonly allowance: number;
  alive: boolean;
}

export class Live {
  readonly #options: Pick<HttpOptions, 'pbxes' | 'opens' | 'version' | 'log'>;
  readonly #clients = new Map<WebSocket, Client>();
  /** Those that were told to leave, and have not. */
  readonly #leaving = new Set<WebSocket>();
  readonly #pending = new Map<string, { pbx: PbxView; change: Change }>();
  readonly #stops: (() => void)[] = [];
  #flush: NodeJS.Timeout | undefined;
  #ping: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: Pick<HttpOptions, 'pbxes' | 'opens' | 'version' | 'log'>) {
    this.#options = options;
  }

  start(): void {
    for (const pbx of this.#options.pbxes) {
      this.#stops.push(pbx.onChange((change) => this.#changed(pbx, change)));
      this.#stops.push(pbx.onHappening((happening) => this.#send({ type: 'happening', happening })));
    }
    this.#ping = setInterval(() => this.#pingAll(), PING_MS);
  }

  /** Says goodbye; who does not answer it in time is cut off, and who comes from now on at once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const stop of this.#stops.splice(0)) stop();
    clearInterval(this.#ping);
    clearTimeout(this.#flush);
    this.#flush = undefined;
    this.#pending.clear();
    const sockets = [...this.#clients.keys()];
    this.#clients.clear();
    for (const socket of this.#leaving) socket.terminate();
    await Promise.all(sockets.map(goodbye));
  }

  /** Takes a client that may see everything. */
  add(socket: WebSocket): void {
    socket.on('error', () => socket.terminate());
    if (this.#stopped) {
      // A page comes back soon after its goodbye, and would keep the server open.
      socket.terminate();
      return;
    }
    if (this.#clients.size >= MOST_CLIENTS) {
      this.#dismiss(socket, CLOSE.tooMany, 'too many clients');
      return;
    }
    const { pbxes, opens, version } = this.#options;
    const state = { pbxes: pbxes.map((pbx) => pbxState(pbx, opens)) };
    const hello = JSON.stringify({ type: 'hello', version: LIVE_VERSION, companion: version, state });
    const client: Client = { socket, allowance: Buffer.byteLength(hello), alive: true };
    this.#clients.set(socket, client);
    socket.on('pong', () => {
      client.alive = true;
    });
    socket.on('close', () => this.#clients.delete(socket));
    socket.send(hello);
  }

  #changed(pbx: PbxView, change: Change): void {
    if (this.#clients.size === 0) return;
    this.#pending.set(`${pbx.id} ${change.subject} ${change.id}`, { pbx, change });
    this.#flush ??= setTimeout(() => this.#flushNow(), COALESCE_MS);
  }

  #flushNow(): void {
    this.#flush = undefined;
    const changes = [...this.#pending.values()];
    this.#pending.clear();
    for (const { pbx, change } of changes) {
      const value = partOf(pbx, change, this.#options.opens);
      this.#send({ type: 'change', pbx: pbx.id, ...change, value });
    }
  }

  #send(message: object): void {
    if (this.#clients.size === 0) return;
    const text = JSON.stringify(message);
    for (const client of this.#clients.values()) {
      if (client.socket.bufferedAmount > MOST_WAITING + client.allowance) this.#drop(client);
      else client.socket.send(text);
    }
  }

  /**
   * It does not read, and what waits for it would only grow. It gets no more, and hears why when it reads on; if it
   * does not within ws's own time, it is cut off. It may come back and begin anew.
   */
  #drop({ socket }: Client): void {
    this.#options.log.warn({ waiting: socket.bufferedAmount }, 'A live client is too slow and was dropped');
    this.#clients.delete(socket);
    this.#dismiss(socket, CLOSE.tooSlow, 'too slow');
  }

  #dismiss(socket: WebSocket, code: number, why: string): void {
    this.#leaving.add(socket);
    socket.once('close', () => this.#leaving.delete(socket));
    socket.close(code, why);
  }

  #pingAll(): void {
    for (const client of this.#clients.values()) {
      if (!client.alive) {
        client.socket.terminate();
        continue;
      }
      client.alive = false;
      client.socket.ping();
    }
  }
}

function goodbye(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), GOODBYE_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.close(CLOSE.goingAway, 'the companion stops');
  });
}
