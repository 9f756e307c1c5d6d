/**
 * Serves the sounds to Asterisk, which can send no token: `GET /media/<id>.wav`, and nothing else. It is a server of
 * its own, so that an Asterisk on another machine can be let in here without opening the pages and the API to it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clips } from './clips.ts';

/** Requests a minute for each address: Asterisk makes one for a sound. */
const MOST_REQUESTS = 600;
const MINUTE = 60_000;
/** Addresses that are remembered for it. */
const MOST_ADDRESSES = 1_000;
const MOST_CONNECTIONS = 100;
/** ms that a connection may be silent: one that reads nothing is ended, and leaves its place to another. */
const SILENCE = 20_000;
const PATH = /^\/media\/([0-9a-f]{32})\.wav$/;

export class ClipServer {
  readonly #clips: Clips;
  readonly #now: () => number;
  readonly #counts = new Map<string, { count: number; until: number }>();
  #server: Server | null = null;

  constructor(clips: Clips, now: () => number = Date.now) {
    this.#clips = clips;
    this.#now = now;
  }

  /**
   * Listens, and gives the port.
   * @throws when it cannot
   */
  async start(host: string, port: number): Promise<number> {
    const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) =>
      this.#answer(request, response),
    );
    server.maxConnections = MOST_CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, resolve);
    });
    // A connection that could not be taken in is whoever's it was to try again, and not the companion's end.
    server.on('error', () => {});
    server.setTimeout(SILENCE);
    this.#server = server;
    return (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('x-content-type-options', 'nosniff');
    const status = this.#refusal(request);
    const kept = status === null ? this.#clips.get(PATH.exec(request.url ?? '')?.[1] ?? '') : undefined;
    if (kept === undefined) {
      response.writeHead(status ?? 404).end();
      return;
    }
    kept.fetched += 1;
    response.writeHead(200, {
      'content-type': 'audio/wav',
      'content-length': kept.wav.length,
      // Asterisk keeps it for so long, and fetches it once for many phones.
      'cache-control': `max-age=${Math.max(1, Math.round((kept.until - this.#now()) / 1000))}`,
    });
    response.end(kept.wav);
  }

  #refusal({ method, socket }: IncomingMessage): number | null {
    const address = socket.remoteAddress ?? '';
    const known = this.#counts.get(address);
    const count =
      known !== undefined && known.until > this.#now() ? known : { count: 0, until: this.#now() + MINUTE };
    count.count += 1;
    this.#counts.delete(address);
    this.#counts.set(address, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > MOST_ADDRESSES && oldest !== undefined) this.#counts.delete(oldest);
    if (count.count > MOST_REQUESTS) return 429;
    return method === 'GET' ? null : 405;
  }
}
