/** `/healthz`: 200 as long as the companion runs. Whoever may ask is told how its links are, too. */
import type { FastifyInstance } from 'fastify';
import type { Auth } from './auth.ts';
import type { HttpOptions } from './options.ts';

export function addHealth(app: FastifyInstance, { pbxes, links, version }: HttpOptions, auth: Auth): void {
  const schema = {
    summary: 'Health',
    description: '200 as long as the companion runs; with a token also how its links are.',
    tags: ['state'],
  };
  app.get('/healthz', { schema, config: { rateLimit: false } }, async (request) => {
    if (!auth.check(request).asker) return { ok: true };
    const pbx = pbxes.map(({ id, status }) => ({ id, up: status.up, problem: status.problem }));
    return { ok: true, version, pbx, ...links() };
  });
}
