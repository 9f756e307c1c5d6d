/** A doorbell, and the one way in which its door is opened. */
import { z } from 'zod';
import { dialled, digits, endpoint, haAction, leafFacts, number, shortId, text, url } from './leaves.ts';

const data = z.record(z.string(), z.unknown());

/** What fetch takes as a header (RFC 9110, 5.1 and 5.5). */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The user and password in an address are percent-encoded. What is no address is refused for that alone. */
function hasReadableLogin(address: string): boolean {
  if (!URL.canParse(address)) return true;
  const { username, password } = new URL(address);
  try {
    return decodeURIComponent(username + password) !== null;
  } catch {
    return false;
  }
}

const openShape = z.strictObject({
  dtmf: digits.optional().describe('Send these digits on the doorbell’s live call.'),
  without_call: z
    .enum(['refuse', 'call'])
    .default('refuse')
    .describe('With `dtmf`, when the doorbell has no call: refuse, or call it and send the digits then.'),
  dial: dialled
    .optional()
    .describe('With `without_call: call`: what to call. Default: the doorbell’s endpoint.'),
  action: z
    .strictObject({
      action: haAction.describe('Home Assistant action that opens the door.'),
      target: data.optional().describe('Its target, such as `{entity_id: lock.gate}`.'),
      data: data.optional().describe('Its data.'),
    })
    .optional()
    .describe('Run a Home Assistant action.'),
  http: z
    .strictObject({
      url: url(['http', 'https'])
        .refine(hasReadableLogin)
        .register(leafFacts, {
          allowed:
            'an address that starts with http:// or https://; a % in its user or password is written %25',
          secret: true,
        })
        .describe('Address at the door station. Never shown: it often carries a password.'),
      method: z.enum(['GET', 'POST', 'PUT', 'PATCH']).default('GET').describe('HTTP method.'),
      headers: z
        .record(
          z.string().regex(HEADER_NAME).register(leafFacts, { allowed: 'the name of an HTTP header' }),
          z
            .string()
            .regex(HEADER_VALUE)
            .register(leafFacts, { allowed: 'one line of Latin letters (ISO 8859-1)', secret: true }),
        )
        .default({})
        .describe('Request headers.'),
      body: z
        .string()
        .register(leafFacts, { allowed: 'a text', secret: true })
        .optional()
        .describe('Request body.'),
    })
    .optional()
    .describe('Send an HTTP request to the door station.'),
  call: z
    .strictObject({
      number: dialled.describe('What to call.'),
      dtmf: digits.describe('Digits to send once it has answered.'),
    })
    .optional()
    .describe('Place a call to the door station and send digits on it.'),
});

/** The keys of `open` that are each a whole way; exactly one is given. */
export const OPEN_WAYS = ['dtmf', 'action', 'http', 'call'] as const;

/** How a door is opened, as the actions want it. `dial: null` means the doorbell's own endpoint. */
export type OpenSettings =
  | { readonly kind: 'action'; readonly action: string; readonly target?: object; readonly data?: object }
  | {
      readonly kind: 'http';
      readonly method: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | {
      readonly kind: 'dtmf';
      readonly digits: string;
      readonly withoutCall: 'refuse' | { readonly dial: string };
    }
  | { readonly kind: 'call'; readonly dial: string; readonly digits: string };

export const doorbell = z
  .strictObject({
    name: text.describe('What it is called, such as Front door.'),
    endpoint: endpoint.describe('Its endpoint on the PBX.'),
    pbx: shortId.optional().describe('Name of its PBX. Default: the first one.'),
    extensions: z
      .array(number)
      .default([])
      .describe('Only calls to these extensions count, for units with several buttons. Empty: all calls.'),
    answer_on: z.array(endpoint).default([]).describe('Phones that may be rung for this door.'),
    open: openShape.optional().describe('How its door is opened: one of `dtmf`, `action`, `http`, `call`.'),
  })
  .transform(({ open, ...rest }) => ({ ...rest, open: open ? openSettings(open, rest.endpoint) : null }));

/** Null when no way is given; checks.ts makes that, and more than one, a problem. */
function openSettings(open: z.output<typeof openShape>, own: string): OpenSettings | null {
  if (open.action) {
    const { action, target, data: fields } = open.action;
    return { kind: 'action', action, ...(target && { target }), ...(fields && { data: fields }) };
  }
  if (open.http) {
    const { body, ...rest } = open.http;
    return { kind: 'http', ...rest, ...(body !== undefined && { body }) };
  }
  if (open.dtmf !== undefined) {
    const withoutCall = open.without_call === 'call' ? { dial: open.dial ?? own } : 'refuse';
    return { kind: 'dtmf', digits: open.dtmf, withoutCall };
  }
  return open.call ? { kind: 'call', dial: open.call.number, digits: open.call.dtmf } : null;
}
