/** OpenAPI at `/api/openapi.json`, and a page for it at `/api/docs`. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The bar offers to load another document, which the policy forbids. */
const THEME = '.swagger-ui .topbar { display: none }';

/** Has to come before the routes that it is to describe. */
export async function addDocs(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Asterisk Companion',
        version,
        description:
          'What the PBXs do now, as JSON and as a live stream, and the actions that they can be asked for. The live ' +
          'stream is a websocket at `/api/live` with the subprotocol `asterisk-companion.v1`; a browser sends its ' +
          'token as a second one, `bearer.` and the token in base64url.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
      tags: [{ name: 'state' }, { name: 'actions' }],
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    theme: { title: 'Asterisk Companion: API', css: [{ filename: 'theme.css', content: THEME }] },
    uiConfig: { deepLinking: false, tryItOutEnabled: true },
    // Swagger UI brings a style element along; names of callers never come to its page.
    transformStaticCSP: (policy) => policy.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
    transformSpecificationClone: true,
    transformSpecification: (document, request) => ({ ...document, servers: serversFor(request) }),
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, async (request) => ({
    ...app.swagger(),
    servers: serversFor(request),
  }));
}

/** Behind ingress everything lies under a path that only the request tells. */
function serversFor({ headers }: FastifyRequest): { url: string }[] {
  const path = headers['x-ingress-path'];
  return [{ url: typeof path === 'string' && /^\/[\w/-]*$/.test(path) ? path : '/' }];
}
