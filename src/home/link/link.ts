/**
 * The link to Home Assistant's websocket API. Connects for ever: through restarts of Home Assistant, 502s of a
 * proxy in front of it, and a token that was revoked, which is said in words and retried slowly.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, type HaWebSocket, type MessageBase } from 'home-assistant-js-websocket';
import type { HomeLog } from '../log.ts';
import { InvalidToken, openSocket, websocketUrl } from './socket.ts';

export interface LinkOptions {
  /** `http://host:8123`, or `http://supervisor/core` */
  readonly url: string;
  /** A long-lived access token of an administrator, or the Supervisor's. */
  readonly token: string;
  /** Where it serves what is not of its API, when that is elsewhere: the Supervisor hands on `/api` alone. */
  readonly files?: string | undefined;
}

/** Home Assistant said no, or is not there (`not_connected`). */
export class HomeAssistantError extends Error {
  override readonly name = 'HomeAssistantError';
  /** Home Assistant's own code, such as `unknown_command` or `unauthorized`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** ms */
const TIMES = {
  firstWait: 500,
  longestWait: 10_000,
  refusedWait: 60_000,
  ping: 30_000,
  pong: 10_000,
} as const;

export class Link {
  readonly #url: string;
  readonly #token: string;
  readonly #files: string;
  readonly #log: HomeLog;
  readonly #connects: (() => Promise<void>)[] = [];
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #connection: Connection | null = null;
  #problem: string | null = 'Not connected to Home Assistant yet';

  constructor(options: LinkOptions, log: HomeLog) {
    this.#url = options.url.replace(/\/+$/, '');
    this.#token = options.token;
    this.#files = options.files?.replace(/\/+$/, '') ?? this.#url;
    this.#log = log;
  }

  get connected(): boolean {
    return this.#connection !== null;
  }

  /** Home Assistant's version, `''` while not connected. */
  get version(): string {
    return this.#connection?.haVersion ?? '';
  }

  /** Why there is no link, or null. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Runs at each connect, all at the same time; one that fails is logged and the others go on. */
  onConnect(listener: () => Promise<void>): void {
    this.#connects.push(listener);
  }

  start(): void {
    this.#stop = new AbortController();
    this.#running = this.#run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** @throws HomeAssistantError */
  async call<T>(message: MessageBase): Promise<T> {
    const connection = this.#connection;
    if (connection === null) throw notConnected();
    return connection.sendMessagePromise<T>(message).catch(raise);
  }

  /** Gone with the connection: to be asked for in `onConnect`. */
  async subscribe<T>(message: MessageBase, listener: (event: T) => void): Promise<void> {
    const connection = this.#connection;
    if (connection === null) throw notConnected();
    await connection.subscribeMessage<T>(listener, message, { resubscribe: false }).catch(raise);
  }

  /**
   * Home Assistant's REST API, for what its websocket does not offer.
   * @returns the body, or null for a 404
   * @throws HomeAssistantError
   */
  async rest(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#url}/api/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.any([AbortSignal.timeout(20_000), this.#stop.signal]),
    }).catch((error: Error) => {
      throw new HomeAssistantError('not_connected', `Home Assistant cannot be reached: ${error.message}`);
    });
    const text = await response.text();
    if (response.status === 404) return null;
    if (!response.ok) throw new HomeAssistantError(`http_${response.status}`, text.slice(0, 500));
    return text === '' ? null : JSON.parse(text);
  }

  /**
   * How a path or an address that Home Assistant gave is fetched. The token goes to its API alone: files have a
   * signature, and other servers are not to see it.
   */
  address(path: string): { readonly url: string; readonly headers: Readonly<Record<string, string>> } {
    if (!path.startsWith('/')) return { url: path, headers: {} };
    const root = new URL(`${this.#url}/api/`).href;
    // Beside its API, with `..` in a path, there may be the Supervisor's own.
    const api = path.startsWith('/api/') && new URL(`${this.#url}${path}`).href.startsWith(root);
    const url = `${api ? this.#url : this.#files}${path}`;
    return { url, headers: api ? { authorization: `Bearer ${this.#token}` } : {} };
  }

  async #run(signal: AbortSignal): Promise<void> {
    let wait: number = TIMES.firstWait;
    while (!signal.aborted) {
      try {
        const socket = await openSocket(websocketUrl(this.#url), this.#token, signal);
        wait = TIMES.firstWait;
        await this.#serve(socket, signal);
      } catch (error) {
        if (signal.aborted) break;
        this.#failed(error as Error);
        if (error instanceof InvalidToken) wait = TIMES.refusedWait;
      }
      await sleep(wait * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      wait = Math.min(TIMES.longestWait, wait * 2);
    }
  }

  /** Until the connection is lost. */
  async #serve(socket: HaWebSocket, signal: AbortSignal): Promise<void> {
    // One connection, one object: reconnecting is ours, since the library stops at a token that was revoked.
    const connection = new Connection(socket, { setupRetry: 0, createSocket: () => Promise.reject() });
    const lost = Promise.withResolvers<void>();
    const leave = () => connection.close();
    connection.addEventListener('disconnected', leave);
    signal.addEventListener('abort', leave, { once: true });
    socket.addEventListener('close', () => lost.resolve());
    const keepalive = setInterval(() => void ping(connection, socket), TIMES.ping);
    this.#connection = connection;
    this.#problem = null;
    this.#log.info({ version: connection.haVersion }, 'Connected to Home Assistant');
    for (const listener of this.#connects) void this.#tell(listener);
    await lost.promise;
    clearInterval(keepalive);
    signal.removeEventListener('abort', leave);
    this.#connection = null;
    if (!signal.aborted) this.#failed(new Error('the connection was lost'));
  }

  async #tell(listener: () => Promise<void>): Promise<void> {
    try {
      await listener();
    } catch (error) {
      const lost = error instanceof HomeAssistantError && error.code === 'not_connected';
      if (!lost) this.#log.error({ err: error }, 'Something could not be set up in Home Assistant');
    }
  }

  #failed(error: Error): void {
    const problem =
      error instanceof InvalidToken
        ? 'Home Assistant refuses the access token: make a new long-lived one and set home_assistant.token'
        : `Home Assistant at ${new URL(this.#url).host} cannot be reached: ${error.message}`;
    if (problem !== this.#problem) this.#log.warn({}, problem);
    this.#problem = problem;
  }
}

/** Ends a socket whose other side no longer answers. */
async function ping(connection: Connection, socket: HaWebSocket): Promise<void> {
  const limit = setTimeout(() => socket.close(), TIMES.pong);
  await Promise.resolve(connection.ping()).catch(() => undefined);
  clearTimeout(limit);
}

function notConnected(): HomeAssistantError {
  return new HomeAssistantError('not_connected', 'There is no connection to Home Assistant');
}

/** The library rejects with Home Assistant's error object, or with a number of its own. */
function raise(error: unknown): never {
  if (typeof error === 'object' && error !== null && 'code' in error) {
    throw new HomeAssistantError(String(error.code), 'message' in error ? String(error.message) : '');
  }
  throw notConnected();
}
