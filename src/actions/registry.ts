/** Runs actions: checks what was asked, picks the PBX, logs who asked, and answers whatever happens. */
import { z } from 'zod';
import {
  type ActionAnswer,
  type ActionDeclaration,
  ActionError,
  type ActionPorts,
  type Asker,
  type FieldMeta,
  type Registry,
} from './action.ts';
import { amiError } from './errors.ts';
import * as field from './fields.ts';
import { quote } from './find.ts';
import { ACTIONS } from './list.ts';
import { inner, tidy } from './tidy.ts';
import { pickPbx } from './which.ts';

/** Every action, with the field `pbx` that each of them takes; each field's `meta()` is its {@link FieldMeta}. */
export const DECLARATIONS: readonly ActionDeclaration[] = ACTIONS.map((action) => ({
  ...action,
  fields: described(action.fields.extend({ pbx: field.pbx.optional() })),
}));

export function createRegistry(ports: ActionPorts): Registry {
  return { actions: DECLARATIONS, run: (id, fields, asker) => run(ports, id, fields, asker) };
}

async function run(ports: ActionPorts, id: string, given: unknown, asker: Asker): Promise<ActionAnswer> {
  const began = performance.now();
  const facts: Record<string, unknown> = { action: id, via: asker.via, who: asker.name };
  if (asker.userId !== undefined) facts.userId = asker.userId;
  try {
    const action = find(id);
    const fields = read(action, given);
    facts.fields = forLog(action, fields);
    const pbx = pickPbx(ports.pbxes, fields);
    facts.pbx = pbx.id;
    if (!action.withoutPbx && !pbx.status.up)
      throw new ActionError('unavailable', pbx.status.problem ?? `PBX ${pbx.id} is not connected.`);
    const result = await action.run({ ...ports, pbx, asker }, fields);
    const told = action.reads ? {} : { result: forLog(action, result) };
    ports.log.info({ ...facts, ...told, ms: since(began) }, `${action.title} done`);
    return { ok: true, result };
  } catch (thrown) {
    const error = answerFor(thrown);
    const log = { ...facts, error, ms: since(began), ...(error.code === 'internal' ? { err: thrown } : {}) };
    ports.log.warn(log, 'Action not done');
    const code = error.code === 'internal' ? 'failed' : error.code;
    return { ok: false, error: { ...error, code } };
  }
}

/** What `optional()` and `default()` wrapped carries its meta on the inside only. */
function described(fields: z.ZodObject): z.ZodObject {
  const shape = Object.entries(fields.shape as Record<string, z.ZodType>);
  return z.strictObject(
    Object.fromEntries(shape.map(([name, one]) => [name, one.meta({ ...inner(one).meta() })])),
  );
}

function find(id: string): ActionDeclaration {
  const action = DECLARATIONS.find((one) => one.id === id);
  if (action) return action;
  const known = DECLARATIONS.map((one) => one.id).join(', ');
  throw new ActionError('not_found', `There is no action ${quote(id)}; there is ${known}.`);
}

function read(action: ActionDeclaration, given: unknown): Record<string, unknown> {
  const parsed = action.fields.safeParse(tidy(action.fields, given));
  if (parsed.success) return parsed.data;
  throw invalid(action, parsed.error.issues);
}

function invalid(action: ActionDeclaration, issues: readonly z.core.$ZodIssue[]): ActionError {
  const fieldOf = (issue: z.core.$ZodIssue) =>
    issue.code === 'unrecognized_keys' ? (issue.keys[0] ?? null) : issue.path.join('.') || null;
  const known = Object.keys(action.fields.shape).join(', ');
  const words = issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.map(quote).join(', ')}: no field of ${action.id}, which takes ${known}`
      : `${fieldOf(issue)}: ${issue.message}`,
  );
  return new ActionError('invalid', `${words.join('; ')}.`, issues[0] ? fieldOf(issues[0]) : null);
}

function answerFor(thrown: unknown) {
  const error = amiError(thrown);
  if (error instanceof ActionError) return { code: error.code, field: error.field, message: error.message };
  return { code: 'internal' as const, field: null, message: 'The companion failed; its log has the reason.' };
}

/** Fields, or a result, without what is secret: as a field, or in the result, of that name. */
function forLog(action: ActionDeclaration, values: unknown): unknown {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return values;
  const shapes = [action.fields, action.result].flatMap((schema) =>
    schema instanceof z.ZodObject ? [schema.shape as Record<string, z.ZodType>] : [],
  );
  const secret = (name: string) =>
    shapes.some(
      (shape) =>
        Object.hasOwn(shape, name) && (shape[name]?.meta() as FieldMeta | undefined)?.secret === true,
    );
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, secret(name) ? '***' : value]),
  );
}

function since(began: number): number {
  return Math.round(performance.now() - began);
}
