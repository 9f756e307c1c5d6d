/** Who asks. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Asker } from '../actions/index.ts';
import { type Refusal, refusal } from './errors.ts';
import { FailedLogins } from './failed-logins.ts';
import type { HttpOptions } from './options.ts';
import { isLoopback, isOwnPage, isSupervisor, namesLoopback } from './origin.ts';

/** Wrong tokens that an address may send a minute. */
const MOST_WRONG = 10;

/** A websocket cannot send Authorization from a browser; its subprotocols can carry the token, base64url. */
const TOKEN_PROTOCOL = /^bearer\.([\w-]+)$/;

export type Verdict =
  | { readonly asker: Asker; readonly refused?: never }
  | { readonly refused: Refusal; readonly asker?: never };

export class Auth {
  readonly #options: Pick<HttpOptions, 'tokens' | 'ingress' | 'open' | 'log'>;
  readonly #tokens: readonly { readonly name: string; readonly digest: Buffer }[];
  readonly #failed: FailedLogins;

  constructor(options: Pick<HttpOptions, 'tokens' | 'ingress' | 'open' | 'log'>, now?: () => number) {
    this.#options = options;
    this.#tokens = options.tokens.map(({ name, token }) => ({ name, digest: digest(token) }));
    this.#failed = new FailedLogins(MOST_WRONG, now);
  }

  /** Who asks, or why not. What a browser could be made to send from elsewhere is refused. */
  check(request: FastifyRequest): Verdict {
    const { ip, headers } = request;
    const given = tokenOf(request);
    if (given !== undefined) return this.#byToken(ip, given);
    if (this.#options.ingress && isSupervisor(ip)) {
      if (!isOwnPage(headers, true)) return elsewhere();
      return { asker: ingressUser(request) };
    }
    if (this.#options.open && isLoopback(ip) && namesLoopback(headers.host)) {
      if (!isOwnPage(headers, false)) return elsewhere();
      return { asker: { via: 'demo', name: 'demo' } };
    }
    return no(
      'unauthorized',
      this.#tokens.length > 0
        ? 'A token is needed: Authorization: Bearer …'
        : 'A token is needed, and none is configured: set http.token in the settings.',
    );
  }

  #byToken(address: string, given: string): Verdict {
    if (this.#failed.blocked(address))
      return no('too_many_requests', 'Too many wrong tokens: wait a minute.');
    const wanted = digest(given);
    // All are compared, each in the same time: how long it takes tells nothing.
    const found = this.#tokens.filter(({ digest: known }) => timingSafeEqual(known, wanted))[0];
    if (found) return { asker: { via: 'api', name: found.name } };
    this.#failed.failed(address);
    this.#options.log.warn({ address }, 'Somebody came with a wrong token');
    return no('unauthorized', 'The token is wrong.');
  }
}

function tokenOf({ headers }: FastifyRequest): string | undefined {
  const bearer = /^Bearer +(.*\S)\s*$/i.exec(headers.authorization ?? '');
  if (bearer) return utf8(bearer[1] ?? '');
  for (const protocol of (headers['sec-websocket-protocol'] ?? '').split(',')) {
    const found = TOKEN_PROTOCOL.exec(protocol.trim());
    if (found) return Buffer.from(found[1] ?? '', 'base64url').toString();
  }
  return undefined;
}

/** Whom the Supervisor let in; it removes what a client sends under these names. */
function ingressUser({ headers }: FastifyRequest): Asker {
  const text = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? utf8(value) : '';
  };
  const name = text('x-remote-user-display-name') || text('x-remote-user-name') || 'ingress';
  const userId = text('x-remote-user-id');
  return { via: 'ingress', name, ...(userId ? { userId } : {}) };
}

/** Node reads headers as latin1; names and tokens are sent as UTF-8. */
function utf8(header: string): string {
  return Buffer.from(header, 'latin1').toString();
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function elsewhere(): Verdict {
  return no('forbidden', 'This request comes from another page.');
}

function no(code: 'unauthorized' | 'forbidden' | 'too_many_requests', message: string): Verdict {
  return { refused: refusal(code, message) };
}
