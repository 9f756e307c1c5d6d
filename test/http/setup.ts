/** A house behind the pages and the API. */
import type { FastifyInstance } from 'fastify';
import { Live } from '../../src/http/live.ts';
import type { HttpOptions } from '../../src/http/options.ts';
import { createApp } from '../../src/http/server.ts';
import { bench, house, type World } from '../actions/world.ts';

export const TOKEN = 'correct horse battery staple';
export const BEARER = { authorization: `Bearer ${TOKEN}` };

export interface Setup {
  readonly world: World;
  readonly options: HttpOptions;
  /** What was logged: level, message, facts. */
  readonly lines: [level: string, message: string, facts: object][];
}

export function setup(more: Partial<HttpOptions> = {}): Setup {
  const world = house();
  const lines: Setup['lines'] = [];
  const options: HttpOptions = {
    listen: [{ host: '127.0.0.1', port: 0 }],
    tokens: [{ name: 'api', token: TOKEN }],
    ingress: false,
    open: false,
    version: '1.2.3',
    pbxes: [world],
    registry: bench([world]).registry,
    history: null,
    opens: (_pbx, doorbell) => doorbell === 'front_door',
    links: () => ({ broker: 'connected', home_assistant: 'off' }),
    log: {
      info: (facts, message) => void lines.push(['info', message, facts]),
      warn: (facts, message) => void lines.push(['warn', message, facts]),
      error: (facts, message) => void lines.push(['error', message, facts]),
    },
    ...more,
  };
  return { world, options, lines };
}

/** The routes without a port; closed by `await using`. */
export async function appOf(options: HttpOptions): Promise<FastifyInstance & AsyncDisposable> {
  const app = await createApp(options, new Live(options));
  await app.ready();
  return Object.assign(app, { [Symbol.asyncDispose]: async () => void (await app.close()) });
}

/** What the Supervisor adds to what its user's browser sends. */
export function ingress(more: Record<string, string> = {}) {
  return {
    remoteAddress: '172.30.32.2',
    headers: {
      host: '172.30.32.1:61234',
      'x-forwarded-host': 'home.example:8123',
      'x-ingress-path': '/api/hassio_ingress/abc',
      'x-hass-source': 'core.ingress',
      'x-remote-user-id': 'u1',
      'x-remote-user-name': 'anna',
      'x-remote-user-display-name': Buffer.from('Änna').toString('latin1'),
      ...more,
    },
  };
}
