/** The JSON Schema for editors, made from the one schema. */
import { z } from 'zod';
import { OPEN_WAYS } from './doorbell.ts';
import { schema } from './schema.ts';
import { factsOf, keysOf } from './walk.ts';

/** Plain JSON, the same bytes for the same schema. */
export function jsonSchema(): object {
  const made = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema: json }) => {
      if (factsOf(zodSchema).secret && json.type === 'string') {
        const { description, ...plain } = json;
        for (const key of Object.keys(json)) delete json[key as keyof typeof json];
        Object.assign(json, { ...(description && { description }), anyOf: [plain, FROM_FILE] });
      }
      if (json.type === 'object' && OPEN_WAYS.every((way) => keysOf(zodSchema)?.includes(way))) {
        json.oneOf = OPEN_WAYS.map((way) => ({ required: [way] }));
      }
    },
  });
  return { title: 'Settings of Asterisk Companion', ...made };
}

const FROM_FILE = {
  type: 'object',
  description: 'A file that holds the secret.',
  properties: { file: { type: 'string' } },
  required: ['file'],
  additionalProperties: false,
} as const;
