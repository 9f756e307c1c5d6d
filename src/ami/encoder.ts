/** Actions as bytes. The only way onto the wire, so that no value can bring an action of its own along. */
import { AmiInputError } from './errors.ts';

/** Bytes of one line without its CR LF: Asterisk's buffer has 1024 (manager.c, `inbuf`). */
export const MAX_LINE = 1022;
/** Headers that Asterisk takes (`AST_MAX_MANHEADERS`). */
const MAX_HEADERS = 128;
/** Several of Asterisk's answers cut a longer one together with its line end. */
const MAX_ACTION_ID = 64;

const SECRET = new Set(['Secret', 'Key']);
/** Headers that an action's own `Headers` may not hold: Asterisk takes the first of a name for its own. */
const RESERVED = new Set(['action', 'actionid', 'userevent']);

/** Of a forbidden character, its name. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  '\r': 'a carriage return',
  '\n': 'a line feed',
  '\0': 'a NUL',
};

/**
 * An action as it goes over the wire. Undefined values are left out; an array becomes a comma list; an object's
 * entries become one header each: under `Headers` with their own names, else as `name=value`.
 * @throws AmiInputError that names the field, such as `Variable.NAME`.
 */
export function encodeAction(action: object, actionId: string): string {
  if (actionId.length > MAX_ACTION_ID) {
    throw new AmiInputError('ActionID', shorten(actionId), `is longer than ${MAX_ACTION_ID} characters`);
  }
  const { Action, ...fields } = action as { Action: string } & Record<string, unknown>;
  const lines = [line('Action', 'Action', Action), line('ActionID', 'ActionID', actionId)];
  for (const [name, value] of Object.entries(fields)) lines.push(...linesOf(name, value));
  if (lines.length > MAX_HEADERS) {
    const largest = Object.entries(fields).find(([, value]) => typeof value === 'object');
    throw new AmiInputError(
      largest?.[0] ?? 'Action',
      '',
      `${Action} would have ${lines.length} headers, and Asterisk takes ${MAX_HEADERS}`,
    );
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function linesOf(name: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return [line(name, name, value.join(','))];
  if (typeof value !== 'object' || value === null) return [line(name, name, value)];
  return Object.entries(value).map(([key, entry]: [string, unknown]) => {
    const field = `${name}.${key}`;
    if (name !== 'Headers')
      return line(field, name, `${variableName(field, key)}=${quote(text(field, entry))}`);
    if (RESERVED.has(key.trim().toLowerCase())) {
      throw new AmiInputError(field, '', 'is a name that AMI keeps for itself');
    }
    return line(field, key, entry);
  });
}

function line(field: string, name: string, value: unknown): string {
  const body = text(field, value);
  check(field, name, 'its name');
  if (name === '' || name.includes(':') || name !== name.trim()) {
    throw new AmiInputError(field, shorten(name), 'is no name for a header');
  }
  check(field, body, 'it');
  const whole = `${name}: ${body}`;
  const length = Buffer.byteLength(whole);
  if (length > MAX_LINE) {
    throw new AmiInputError(
      field,
      shown(field, body),
      `makes a line of ${length} bytes, and Asterisk takes ${MAX_LINE}`,
    );
  }
  return whole;
}

function text(field: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  throw new AmiInputError(field, shown(field, String(value)), 'is neither text nor a number');
}

function check(field: string, value: string, what: string): void {
  const found = /[\r\n\0]/.exec(value);
  if (found !== null) {
    throw new AmiInputError(
      field,
      shown(field, value),
      `${what} contains ${FORBIDDEN[found[0]]}, which would end the line on the wire`,
    );
  }
}

function variableName(field: string, name: string): string {
  if (name === '' || name.includes('='))
    throw new AmiInputError(field, shorten(name), 'is no name for a variable');
  return quote(name);
}

/** Asterisk splits a `Variable` header at commas and takes quotes and backslashes out (`AST_STANDARD_APP_ARGS`). */
function quote(value: string): string {
  return value.replace(/[\\",]/g, '\\$&');
}

function shown(field: string, value: string): string {
  return SECRET.has(field) ? '' : shorten(value);
}

function shorten(value: string): string {
  return value.length > 40 ? `${value.slice(0, 40)}…` : value;
}
