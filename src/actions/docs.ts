/** The page docs/actions.md, from the declarations. */
import { z } from 'zod';
import type { ActionDeclaration, FieldMeta } from './action.ts';

/** Markdown that lists every action with its fields and what it answers. */
export function actionsTable(actions: readonly ActionDeclaration[]): string {
  return `${HEAD}\n${actions.map(section).join('\n')}`;
}

const HEAD = `<!-- Made from src/actions by \`npx vitest run test/actions/docs.test.ts -u\`: edit the declarations instead. -->

# Actions

Everything that one can ask of the PBX. The same actions can be called as

- a Home Assistant script, \`script.asterisk_<id>\`, which answers through \`response_variable\`;
- HTTP, \`POST /api/actions/<id>\` with the fields as JSON (see \`/api/docs\`);
- MQTT, \`<base topic>/action/<id>\`.

An answer is \`{"ok": true, "result": …}\` or
\`{"ok": false, "error": {"code", "field", "message"}}\` with one of the codes \`invalid\`, \`not_found\`, \`conflict\`,
\`forbidden\`, \`unavailable\` and \`failed\`.
`;

function section(action: ActionDeclaration): string {
  const schema = z.toJSONSchema(action.fields, { io: 'input' });
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(action.fields.shape as Record<string, z.ZodType>).map(([name, field]) =>
    row(name, field.meta() as unknown as FieldMeta, schema.properties?.[name], required.has(name)),
  );
  return [
    `## ${action.title} (\`${action.id}\`)`,
    '',
    action.description,
    '',
    '| Field | | What it is | Example |',
    '|---|---|---|---|',
    ...rows,
    '',
    `Result: ${shape(action.result)}`,
    '',
  ].join('\n');
}

function row(name: string, meta: FieldMeta, property: unknown, required: boolean): string {
  const { default: preset } = (property ?? {}) as { default?: unknown };
  const need = required ? 'required' : preset === undefined ? '' : `default ${preset}`;
  const example = Array.isArray(meta.example) ? JSON.stringify(meta.example) : (meta.example ?? '');
  return `| \`${name}\` | ${need} | ${meta.description} | \`${example}\` |`;
}

function shape(result: z.ZodType): string {
  const { properties = {} } = z.toJSONSchema(result) as { properties?: Record<string, JsonType> };
  const parts = Object.entries(properties).map(([name, type]) => `\`${name}\`${kind(type)}`);
  return `${parts.join(', ')}.`;
}

interface JsonType {
  readonly enum?: readonly string[];
  readonly properties?: object;
}

function kind(type: JsonType): string {
  if (type.enum) return ` (${type.enum.join(', ')})`;
  if (type.properties) return ` (${Object.keys(type.properties).join(', ')})`;
  return '';
}
