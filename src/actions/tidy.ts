/** Makes what came in ready to be checked: forms, YAML and templates write the same thing in several ways. */
import { z } from 'zod';
import { ActionError, type FieldMeta } from './action.ts';

/** How deep and how long what somebody sends may be; every action's fields are flat and few. */
const MOST_FIELDS = 32;
const BREAKS = ['\r', '\n', '\0'];

/**
 * Refuses CR, LF and NUL in any text, however deep (in one that may have several lines: NUL), and drops fields that
 * are null, or empty where that is no value: a form sends those for what was left out. A number where text is wanted,
 * and the other way round, is taken (`phone: 6001` in YAML), and so is one text where a list of them is.
 * @throws ActionError `invalid` that names the field
 */
export function tidy(schema: z.ZodObject, given: unknown): Record<string, unknown> {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw new ActionError('invalid', 'The fields must be an object, such as {"phone": "PJSIP/6001"}.');
  const entries = Object.entries(given);
  if (entries.length > MOST_FIELDS) throw new ActionError('invalid', 'These are too many fields.');
  const shape = schema.shape as Record<string, z.ZodType>;
  const tidied: [string, unknown][] = [];
  for (const [name, value] of entries) {
    const schemaOf = Object.hasOwn(shape, name) ? (shape[name] as z.ZodType) : undefined;
    const { lines = false, empty = false } = metaOf(schemaOf);
    const text = typeof value === 'string' && lines ? value.replaceAll('\r\n', '\n') : value;
    refuseLineBreaks(name, name);
    if (typeof text === 'string' && lines) refuseNul(name, text);
    else refuseLineBreaks(name, text);
    if (text === null || text === undefined || (text === '' && !empty)) continue;
    tidied.push([name, schemaOf === undefined ? text : asWanted(schemaOf, text)]);
  }
  return Object.fromEntries(tidied);
}

function metaOf(schema: z.ZodType | undefined): Pick<FieldMeta, 'lines' | 'empty'> {
  return (schema && (inner(schema).meta() as FieldMeta | undefined)) ?? {};
}

function refuseNul(field: string, value: string): void {
  if (value.includes('\0')) throw new ActionError('invalid', `${field}: may not hold NUL.`, field);
}

function refuseLineBreaks(field: string, value: unknown, depth = 0): void {
  if (typeof value === 'string') {
    if (!BREAKS.some((character) => value.includes(character))) return;
    const name = /^\w{1,40}$/.test(field) ? field : 'a field name';
    throw new ActionError('invalid', `${name}: may not hold a line break or NUL.`, field);
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth > 8) throw new ActionError('invalid', `${field}: is nested too deep.`, field);
  for (const [key, inner] of Object.entries(value)) {
    refuseLineBreaks(field, key, depth + 1);
    refuseLineBreaks(field, inner, depth + 1);
  }
}

function asWanted(schema: z.ZodType, value: unknown): unknown {
  if (inner(schema).type === 'array')
    return (Array.isArray(value) ? value : [value]).map((one) =>
      typeof one === 'number' ? String(one) : one,
    );
  const wantsNumber = inner(schema).type === 'number';
  if (typeof value === 'number' && !wantsNumber) return String(value);
  if (typeof value === 'string' && wantsNumber && /^\s*-?\d+(\.\d+)?\s*$/.test(value)) return Number(value);
  return value;
}

/** The type within `optional()` and `default()`. */
export function inner(schema: z.ZodType): z.ZodType {
  const wrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
  return wrapped ? inner(schema.unwrap() as z.ZodType) : schema;
}
