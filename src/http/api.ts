/** The API: state, actions and the live stream. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ActionAnswer, ActionDeclaration, Asker, Registry } from '../actions/index.ts';
import { addAudio } from './audio.ts';
import type { Auth } from './auth.ts';
import { refusal, STATUS } from './errors.ts';
import { addHistory } from './history.ts';
import type { Live } from './live.ts';
import type { HttpOptions } from './options.ts';
import { pbxState } from './state.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null where nobody has to say. */
    asker: Asker | null;
  }
}

export interface ApiParts {
  readonly options: HttpOptions;
  readonly auth: Auth;
  readonly live: Live;
}

/** Routes that want to know who asks. */
export function addApi(app: FastifyInstance, { options, auth, live }: ApiParts): void {
  app.addHook('onRequest', async (request, reply) => {
    const { asker, refused } = auth.check(request);
    if (asker) request.asker = asker;
    else return reply.code(STATUS[refused.error.code]).send(refused);
  });
  addState(app, options);
  addActions(app, options.registry);
  addAudio(app, options);
  addHistory(app, options.history);
  app.get('/api/live', { websocket: true, schema: { hide: true } }, (socket) => live.add(socket));
  const { demo } = options;
  if (demo) {
    app.post('/api/demo/ring', { schema: { hide: true }, preHandler: needJson }, async () => {
      demo.ring();
      return { ok: true };
    });
  }
}

function addState(app: FastifyInstance, { pbxes, opens, version, demo }: HttpOptions): void {
  const schema = {
    summary: 'State',
    description: 'Every PBX with its calls, phones, doorbells and parking lots, as it is now.',
    tags: ['state'],
  };
  app.get('/api/state', { schema }, async ({ asker }) => ({
    version,
    you: asker,
    demo: demo !== undefined,
    pbxes: pbxes.map((pbx) => pbxState(pbx, opens)),
  }));
}

function addActions(app: FastifyInstance, registry: Registry): void {
  const schema = {
    summary: 'List of actions',
    description: 'What can be asked for, with the fields as JSON Schema.',
    tags: ['actions'],
  };
  app.get('/api/actions', { schema }, async () => registry.actions.map(described));
  for (const action of registry.actions) {
    const options = { schema: routeSchema(action), preHandler: needJson };
    app.post(`/api/actions/${action.id}`, options, (request, reply) => run(action.id, request, reply));
  }
  app.post<{ Params: { id: string } }>(
    '/api/actions/:id',
    { schema: { hide: true }, preHandler: needJson },
    (request, reply) => run(request.params.id, request, reply),
  );

  async function run(id: string, request: FastifyRequest, reply: FastifyReply) {
    // The hook has let nobody pass who is nobody.
    const answer = await registry.run(id, request.body ?? {}, request.asker as Asker);
    return reply.code(statusOf(answer)).send(answer);
  }
}

/** A form of another page can send anything but this, so a browser has to ask first, and is told no. */
async function needJson({ headers }: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  if (/^application\/json\b/i.test(headers['content-type'] ?? '')) return;
  return reply.code(415).send(refusal('invalid', 'The body has to be JSON: Content-Type: application/json.'));
}

function statusOf(answer: ActionAnswer): number {
  return answer.ok ? 200 : STATUS[answer.error.code];
}

function described({ id, title, description, icon, fields, result }: ActionDeclaration) {
  return {
    id,
    title,
    description,
    icon,
    fields: jsonSchema(fields, 'input'),
    result: jsonSchema(result, 'output'),
  };
}

function routeSchema({ title, description, fields, result }: ActionDeclaration) {
  const failure = {
    type: 'object',
    properties: {
      ok: { const: false },
      error: {
        type: 'object',
        properties: {
          code: { enum: Object.keys(STATUS) },
          field: { type: ['string', 'null'] },
          message: { type: 'string' },
        },
      },
    },
  };
  const success = {
    type: 'object',
    properties: { ok: { const: true }, result: jsonSchema(result, 'output') },
  };
  const statuses = [...new Set(Object.values(STATUS))];
  return {
    summary: title,
    description,
    tags: ['actions'],
    body: jsonSchema(fields, 'input'),
    response: {
      200: { description: 'Done.', ...success },
      ...Object.fromEntries(statuses.map((status) => [status, { description: REASONS[status], ...failure }])),
    },
  };
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'A field is missing, unknown or malformed.',
  401: 'The token is missing or wrong.',
  403: 'The AMI user or the settings do not let us.',
  404: 'There is no such phone, doorbell, lot or call.',
  409: 'It is not in a state that this can be done in.',
  429: 'Too many requests.',
  502: 'Asterisk said no, or did not do it in time.',
  503: 'The PBX or Home Assistant is not connected, or the call log cannot be read.',
};

/** JSON Schema of OpenAPI 3.1; what only forms need is left out. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema: one }) => {
      const { selector, secret, lines, empty, example, ...kept } = one as Record<string, unknown>;
      for (const key of Object.keys(one)) delete (one as Record<string, unknown>)[key];
      Object.assign(one, kept, example === undefined ? {} : { examples: [example] });
    },
  });
  return rest;
}
