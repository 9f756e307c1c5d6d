/** The page and what it is made of. It holds no data: that comes over the API. */
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const PAGE = fileURLToPath(new URL('./page/', import.meta.url));

export async function addPage(app: FastifyInstance): Promise<void> {
  await app.register(fastifyStatic, {
    root: PAGE,
    prefix: '/page/',
    index: false,
    // Under ingress a path is used by one version after the other: asked every time, sent when it changed.
    cacheControl: false,
    // What is sent as a file by others may have said more already.
    setHeaders: (reply) => {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache');
    },
  });
  app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.sendFile('index.html'));
}
