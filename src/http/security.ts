/** What browsers are told, and how often one may come. */
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { STATUS } from './errors.ts';
import { isSupervisor } from './origin.ts';

/** Requests a minute, for each address; behind ingress for each user. */
const MOST_REQUESTS = 600;

export async function addSecurity(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'media-src': ["'self'"],
        'manifest-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        // Ingress shows the page in a frame of Home Assistant's own origin.
        'frame-ancestors': ["'self'"],
      },
    },
    xFrameOptions: { action: 'sameorigin' },
    // They mean something over HTTPS only, and whether it comes to that is Home Assistant's or the proxy's business.
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  });
  await app.register(rateLimit, {
    max: MOST_REQUESTS,
    timeWindow: 60_000,
    keyGenerator: requester,
    errorResponseBuilder: () =>
      Object.assign(new Error(`More than ${MOST_REQUESTS} requests a minute.`), {
        statusCode: STATUS.too_many_requests,
      }),
  });
}

function requester({ ip, headers }: FastifyRequest): string {
  return isSupervisor(ip) ? `${ip} ${headers['x-remote-user-id']}` : ip;
}
