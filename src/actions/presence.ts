/** `set_presence`, `do_not_disturb` and `get_presence`. */
import { z } from 'zod';
import { MAX_LINE } from '../ami/index.ts';
import type { PbxView, Presence } from '../pbx/model.ts';
import { PRESENCE_STATES } from '../pbx/presence.ts';
import { type ActionContext, ActionError, declare, type FieldMeta } from './action.ts';
import * as field from './fields.ts';
import { findPhone, quote } from './find.ts';
import { until } from './wait.ts';

/** Nothing that a dialplan function's argument is made of. */
const PRESENTITY = /^CustomPresence:[\p{L}\p{N}_.@+*#-]{1,64}$/u;

/** ms for Asterisk to tell what was set */
const TOLD_MS = 5_000;

const whose = {
  phone: field.phone('Phone whose presence is meant.').optional(),
  presentity: z
    .string()
    .trim()
    .regex(PRESENTITY, { error: 'takes CustomPresence: and a name of letters, digits and _ . @ + * # -' })
    .meta({
      title: 'Presentity',
      description: 'Instead of a phone: the name of a presence in the dialplan.',
      example: 'CustomPresence:6001',
      selector: { text: {} },
    } satisfies FieldMeta)
    .optional(),
};

const result = z.object({
  phone: field.phoneResult.nullable(),
  presentity: z.string(),
  state: z.enum(PRESENCE_STATES),
  subtype: z.string(),
  message: z.string().meta({ secret: true }),
});

export const setPresence = declare({
  id: 'set_presence',
  title: 'Set presence',
  description:
    'Says of a phone’s user that they are there or not, for other phones that watch it and for a dialplan that asks. ' +
    'What is left out stays, but a new state begins without the old one’s subtype and message.',
  icon: 'mdi:account-clock',
  fields: z.strictObject({
    ...whose,
    state: z
      .enum(PRESENCE_STATES)
      .meta({
        title: 'State',
        description: 'Asterisk’s words; `xa` is away for longer, `dnd` do not disturb.',
        example: 'away',
        selector: { select: { options: [...PRESENCE_STATES] } },
      } satisfies FieldMeta)
      .optional(),
    subtype: field
      .lines('Subtype', 'What kind of it, as the phones know them. Empty: none.', 'lunch')
      .optional(),
    message: field
      .lines(
        'Message',
        'What others are told; with the subtype at most about 750 bytes. Empty: nothing.',
        'Back at 1',
        {
          secret: true,
        },
      )
      .optional(),
  }),
  result,

  async run({ pbx }: ActionContext, { state, subtype, message, ...fields }) {
    const now = find(pbx, fields);
    if (state === undefined && subtype === undefined && message === undefined)
      throw new ActionError('invalid', 'Set to what? Name a state, a subtype or a message.', 'state');
    const anew = state !== undefined && state !== now.state;
    return set(pbx, now, {
      state: state ?? now.state,
      subtype: subtype ?? (anew ? '' : now.subtype),
      message: message ?? (anew ? '' : now.message),
    });
  },
});

export const doNotDisturb = declare({
  id: 'do_not_disturb',
  title: 'Do not disturb',
  description:
    'Sets a phone’s presence to do not disturb, or from that back to available; any other state is left when it is ' +
    'turned off. What it does to calls is the dialplan’s to decide.',
  icon: 'mdi:minus-circle',
  fields: z.strictObject({
    ...whose,
    on: z.boolean().meta({
      title: 'On',
      description: 'On or off.',
      example: true,
      selector: { boolean: {} },
    } satisfies FieldMeta),
  }),
  result,

  async run({ pbx }: ActionContext, { on, ...fields }) {
    const now = find(pbx, fields);
    if (on === (now.state === 'dnd')) return answer(now);
    return set(pbx, now, { state: on ? 'dnd' : 'available', subtype: '', message: '' });
  },
});

export const getPresence = declare({
  id: 'get_presence',
  title: 'Get presence',
  description: 'Tells what is said of a phone’s user being there, with the whole message.',
  icon: 'mdi:account-question',
  reads: true,
  fields: z.strictObject(whose),
  result,

  async run({ pbx }: ActionContext, fields) {
    return answer(find(pbx, fields));
  },
});

interface Whose {
  readonly phone?: string | undefined;
  readonly presentity?: string | undefined;
}

function find(pbx: PbxView, { phone: text, presentity }: Whose): Presence {
  if (!pbx.presence.loaded)
    throw new ActionError(
      'unavailable',
      'This Asterisk tells nothing of presence: load the modules res_manager_presencestate and func_presencestate.',
    );
  if (text !== undefined) {
    const phone = findPhone(pbx, text);
    const found = pbx.presence.get(phone.id);
    if (found) return found;
    throw new ActionError(
      'conflict',
      `${phone.name} has no presence: the settings say so (\`presence\`).`,
      'phone',
    );
  }
  if (presentity !== undefined) return pbx.presence.at(presentity);
  throw new ActionError('invalid', 'Whose? Name a phone or a presentity.', 'phone');
}

type Said = Pick<Presence, 'state' | 'subtype' | 'message'>;

async function set(pbx: PbxView, { presentity }: Presence, wanted: Said) {
  // The dialplan names it in a hint, so it may be called anything.
  if (!PRESENTITY.test(presentity))
    throw new ActionError('conflict', `${quote(presentity)} cannot be set: only CustomPresence:<name> can.`);
  const Value = [wanted.state, base64(wanted.subtype), base64(wanted.message), 'e'].join(',');
  refuseLong(wanted, Value);
  // Base64 (the option e): commas, quotes and line breaks of a text mean nothing on the way.
  await pbx.ami.send({ Action: 'Setvar', Variable: `PRESENCE_STATE(${presentity})`, Value });
  const told = await until(
    pbx,
    () => (says(pbx.presence.at(presentity), wanted) ? true : undefined),
    TOLD_MS,
  );
  if (told) return answer(pbx.presence.at(presentity));
  throw new ActionError('failed', `Asterisk took it, but ${presentity} says something else.`);
}

/** Says how much of the longer text fits beside the other. */
function refuseLong(said: Said, value: string): void {
  const most = MAX_LINE - 'Value: '.length;
  if (value.length <= most) return;
  const name = Buffer.byteLength(said.subtype) > Buffer.byteLength(said.message) ? 'subtype' : 'message';
  const room = most - (value.length - base64(said[name]).length);
  const fits = Math.max(0, Math.floor(room / 4) * 3);
  const has = `${Buffer.byteLength(said[name])} bytes (${[...said[name]].length} characters)`;
  throw new ActionError('invalid', `${name}: has ${has}, and Asterisk takes ${fits} bytes here.`, name);
}

function says(now: Said, wanted: Said): boolean {
  return now.state === wanted.state && now.subtype === wanted.subtype && now.message === wanted.message;
}

function answer({ phone, presentity, state, subtype, message }: Presence): z.infer<typeof result> {
  return { phone, presentity, state, subtype, message };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
