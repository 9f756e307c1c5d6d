/** The pages and the API over HTTP. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { addApi } from './api.ts';
import { Auth } from './auth.ts';
import { addDocs } from './docs.ts';
import { type HttpErrorCode, refusal } from './errors.ts';
import { addHealth } from './health.ts';
import { LIVE_PROTOCOL, Live } from './live.ts';
import type { HttpAddress, HttpOptions } from './options.ts';
import { isThisMachine } from './origin.ts';
import { addPage } from './page.ts';
import { addSecurity } from './security.ts';

/** Bytes of a request's body: an action's fields are few and short. */
const BODY_LIMIT = 16 * 1024;
/** Bytes that a live client may send at once; it has nothing to say. */
const LIVE_LIMIT = 1024;

export class Http {
  readonly #options: HttpOptions;
  readonly #live: Live;
  readonly #servers: Server[] = [];
  #app: FastifyInstance | null = null;

  /** Only takes note; {@link start} listens. */
  constructor(options: HttpOptions) {
    this.#options = options;
    this.#live = new Live(options);
  }

  /**
   * Listens, and gives the addresses, such as `http://127.0.0.1:8099`, in the order of `listen`.
   * @throws when an address cannot be listened on, or `open` would let others than this machine in
   */
  async start(): Promise<readonly string[]> {
    const { listen, open, log } = this.#options;
    const outside = listen.find(({ host }) => !isThisMachine(host));
    if (open && outside)
      throw new Error(`Without a token only this machine may come in, not ${outside.host}`);
    this.#live.start();
    try {
      this.#app = await createApp(this.#options, this.#live);
      await this.#app.ready();
      for (const address of listen) await this.#listen(this.#app, address);
    } catch (error) {
      await this.stop();
      throw error;
    }
    const urls = this.#servers.map(urlOf);
    log.info({ urls }, 'The pages and the API are served');
    return urls;
  }

  /** Ends every request and stream, and listens no more. */
  async stop(): Promise<void> {
    await this.#live.stop();
    const closed = this.#servers.splice(0).map((server) => {
      const done = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      return done;
    });
    await Promise.all(closed);
    await this.#app?.close();
    this.#app = null;
  }

  async #listen(app: FastifyInstance, { host, port }: HttpAddress): Promise<void> {
    const server = createServer((request, response) => app.routing(request, response));
    // The websocket plugin listens on Fastify's own server, which stays unused: it listens at one address only.
    server.on('upgrade', (...upgrade) => app.server.emit('upgrade', ...upgrade));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(new Error(`Cannot listen on ${host}:${port}: ${error.message}`, { cause: error })),
      );
      server.listen({ host, port }, resolve);
    });
    // A connection that could not be taken in is said once, and is not the companion's end.
    const { log } = this.#options;
    server.once('error', (error) => log.error({ err: error, host, port }, 'A connection was not taken in'));
    server.on('error', () => {});
    this.#servers.push(server);
  }
}

/** The routes, without a port: {@link Http} listens. */
export async function createApp(options: HttpOptions, live: Live): Promise<FastifyInstance> {
  const { log } = options;
  const app = Fastify({ logger: false, bodyLimit: BODY_LIMIT, forceCloseConnections: true });
  const auth = new Auth(options);
  app.decorateRequest('asker', null);
  // The registry checks what an action is given, for every way in; the schemas here are for the documentation.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.removeContentTypeParser('text/plain');
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send(refusal('not_found', `There is no ${request.method} ${JSON.stringify(request.url)}.`)),
  );
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error }, 'A request failed');
    const message = status >= 500 ? 'The companion failed; its log has the reason.' : error.message;
    return reply.code(status).send(refusal(codeOf(status), message));
  });
  await addSecurity(app);
  await app.register(websocket, {
    options: {
      maxPayload: LIVE_LIMIT,
      handleProtocols: (protocols) => (protocols.has(LIVE_PROTOCOL) ? LIVE_PROTOCOL : false),
    },
  });
  await addDocs(app, options.version);
  addHealth(app, options, auth);
  await addPage(app);
  await app.register((api, _options, done) => {
    addApi(api, { options, auth, live });
    done();
  });
  return app;
}

function codeOf(status: number): HttpErrorCode {
  if (status === 429) return 'too_many_requests';
  return status < 500 ? 'invalid' : 'failed';
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
