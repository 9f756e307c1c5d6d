/** The call log: `GET /api/history`. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type CallLog, CURSOR, OUTCOMES, unread } from '../actions/index.ts';
import { refusal, STATUS } from './errors.ts';

const QUERY = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('How many calls, newest first.'),
  search: z.string().trim().min(1).max(80).optional().describe('Part of a name or number.'),
  pbx: z.string().max(40).optional().describe('Only of this PBX.'),
  outcome: z.enum(OUTCOMES).optional().describe('Only calls that ended so.'),
  before: z.string().regex(CURSOR).optional().describe('`next` of the page before.'),
});

export function addHistory(app: FastifyInstance, history: CallLog | null): void {
  const { $schema, ...querystring } = z.toJSONSchema(QUERY, { io: 'input' });
  const schema = {
    summary: 'Call history',
    description: 'Calls, newest first, with what else happened in them. `next` is null on the last page.',
    tags: ['state'],
    querystring,
  };
  app.get('/api/history', { schema }, async (request, reply) => {
    if (history === null)
      return reply.code(404).send(refusal('not_found', 'No call log is kept: set history.days.'));
    const query = QUERY.safeParse(request.query);
    if (!query.success) {
      const words = query.error.issues.map(({ path, message }) => [...path, message].join(': '));
      return reply.code(STATUS.invalid).send(refusal('invalid', `${words.join('; ')}.`));
    }
    try {
      return { problem: history.problem, ...(await history.page(query.data)) };
    } catch (error) {
      return reply.code(STATUS.unavailable).send(refusal('unavailable', unread(history, error)));
    }
  });
}
