/** The fields that several actions share, each with how it looks in a form. */
import { z } from 'zod';
import { FOLDERS, findFolder } from '../pbx/folders.ts';
import type { FieldMeta } from './action.ts';

const TEXT = { text: {} };

/** Text of at most `max` characters. CR, LF and NUL are the registry's to refuse, in every field without `lines`. */
export function text(max: number, meta: FieldMeta) {
  return z
    .string()
    .trim()
    .min(1)
    .max(max)
    .meta({ ...meta });
}

/** Text of any kind, line breaks too, for what travels as base64 alone. With a `min` of 0, an empty one clears. */
export const lines = (
  title: string,
  description: string,
  example: string,
  { min = 0, secret = false }: { readonly min?: number; readonly secret?: boolean } = {},
) =>
  z
    .string()
    .min(min)
    .max(4000)
    .meta({
      title,
      description,
      example,
      selector: { text: { multiline: true } },
      lines: true,
      empty: min === 0,
      secret,
    } satisfies FieldMeta);

export const phone = (description: string, title = 'Phone') =>
  text(80, { title, description, example: 'PJSIP/6001', selector: TEXT });

export const doorbell = (description: string) =>
  text(80, { title: 'Doorbell', description, example: 'Front door', selector: TEXT });

export const call = (description: string) =>
  text(150, { title: 'Call', description, example: 'PJSIP/8000-0000002a', selector: TEXT });

export const lot = (description: string) =>
  text(80, { title: 'Parking lot', description, example: 'default', selector: TEXT });

export const mailbox = (description: string, title = 'Mailbox') =>
  text(80, { title, description, example: '6001@default', selector: TEXT });

/** The id that `list_messages` gives. */
export const message = (description: string) =>
  z
    .string()
    .trim()
    .regex(/^[\w.-]{1,64}$/, { error: 'takes the id of a message, as list_messages gives it' })
    .meta({
      title: 'Message',
      description,
      example: '1764000000-00000001',
      selector: TEXT,
    } satisfies FieldMeta);

/** One of a mailbox's folders, whatever the case; Asterisk's own name of it will do as well. */
export const folder = (description: string, title = 'Folder') => {
  const meta: FieldMeta = { title, description, example: 'Old', selector: { select: { options: FOLDERS } } };
  return z
    .string()
    .trim()
    .refine((name) => findFolder(name) !== undefined, { error: `takes one of ${FOLDERS.join(', ')}` })
    .meta({ ...meta });
};

export const yesNo = (title: string, description: string, preset: boolean) => {
  const meta: FieldMeta = { title, description, example: preset, selector: { boolean: {} } };
  return z
    .boolean()
    .meta({ ...meta })
    .default(preset);
};
export const conference = (description: string) =>
  text(80, { title: 'Conference', description, example: 'Family', selector: TEXT });

export const member = (description: string) =>
  text(150, { title: 'Member', description, example: 'Kitchen', selector: TEXT });

/** An extension as Asterisk dials it. Nothing that a dial string or an option list is made of (`,` `&` `/` `@`). */
export const NUMBER = /^\+?[\w*#.-]{1,64}$/;

export const number = (description: string, title = 'Number', example = '600') =>
  z
    .string()
    .trim()
    .regex(NUMBER, {
      error: 'takes 1 to 64 letters, digits and * # . _ - with an optional + in front',
    })
    .meta({ title, description, example, selector: TEXT } satisfies FieldMeta);

export const callerName = (description: string) =>
  text(60, { title: 'Caller name', description, example: 'Home', selector: TEXT });

/** Keys of a phone, with pauses. */
export const DIGITS = /^[0-9*#A-Dw,]+$/;

export const digits = (description: string) =>
  z
    .string()
    .trim()
    .max(64)
    .regex(DIGITS, { error: 'takes the keys 0-9 * # A-D, `w` for half a second and `,` for two seconds' })
    .meta({ title: 'Digits', description, example: '#9', selector: TEXT, secret: true } satisfies FieldMeta);

export const seconds = (title: string, description: string, max: number, preset?: number) => {
  const meta: FieldMeta = {
    title,
    description,
    example: preset ?? 60,
    selector: { number: { min: 1, max, unit_of_measurement: 's', mode: 'box' } },
  };
  return z
    .number()
    .int()
    .min(1)
    .max(max)
    .meta({ ...meta });
};

/** A number of things. */
export const amount = (title: string, description: string, min: number, max: number, preset: number) => {
  const meta: FieldMeta = {
    title,
    description,
    example: preset,
    selector: { number: { min, max, mode: 'box' } },
  };
  return z
    .number()
    .int()
    .min(min)
    .max(max)
    .meta({ ...meta })
    .default(preset);
};
/** What is spoken. Longer texts are no announcements. */
export const spoken = (description: string) =>
  text(1000, {
    title: 'Text',
    description,
    example: 'The washing machine is done.',
    selector: { text: { multiline: true } },
    lines: true,
    secret: true,
  });

/** A sound below Asterisk's own folder of sounds: no other file of its machine. */
export const sound = (description: string) =>
  z
    .string()
    .trim()
    .max(100)
    .regex(/^\w[\w.-]*(\/\w[\w.-]*)*$/, {
      error: 'takes the name of a sound below Asterisk’s sounds, such as tt-monkeys or custom/gong',
    })
    .meta({ title: 'Sound', description, example: 'tt-monkeys', selector: TEXT } satisfies FieldMeta);

export const media = (description: string) =>
  z
    .string()
    .trim()
    .max(500)
    .regex(/^media-source:\/\/\S/, {
      error: 'takes the id of a media file, such as media-source://media_source/local/gong.mp3',
    })
    .meta({
      title: 'Media',
      description,
      example: 'media-source://media_source/local/gong.mp3',
      selector: TEXT,
    } satisfies FieldMeta);

export const phones = (description: string) =>
  z
    .array(z.string().trim().min(1).max(80))
    .min(1)
    .max(50)
    .meta({
      title: 'Phones',
      description,
      example: ['Kitchen', 'PJSIP/6002'],
      selector: { text: { multiple: true } },
    } satisfies FieldMeta);

export const group = (description: string) =>
  text(80, { title: 'Group', description, example: 'Downstairs', selector: TEXT });

/** A short text that Home Assistant knows. */
export const option = (title: string, description: string, example: string) =>
  text(100, { title, description, example, selector: TEXT });

export const flag = (title: string, description: string) =>
  z.boolean().meta({ title, description, example: true, selector: { boolean: {} } } satisfies FieldMeta);

export const percent = (title: string, description: string) =>
  z
    .number()
    .min(10)
    .max(400)
    .meta({
      title,
      description,
      example: 100,
      selector: { number: { min: 10, max: 400, unit_of_measurement: '%', mode: 'box' } },
    } satisfies FieldMeta);

/** Keys that one may press, each once. */
export const keys = (title: string, description: string) =>
  z
    .string()
    .trim()
    .regex(/^[0-9*#A-D]{1,16}$/, { error: 'takes the keys 0-9, *, # and A-D' })
    .meta({ title, description, example: '1', selector: TEXT } satisfies FieldMeta);

/** How long a phone may ring. */
export const ringTime = seconds('Ring time', 'How long the phone may ring.', 120, 30).default(30);

/** Which of several PBXs; the registry adds it to every action. */
export const pbx = text(40, {
  title: 'PBX',
  description: 'Id of the PBX. Left out: the only one that has what the other fields name.',
  example: 'home',
  selector: TEXT,
});

/** A phone, in results. */
export const phoneResult = z.object({ id: z.string(), endpoint: z.string(), name: z.string() });

/** A conference, in results. */
export const conferenceResult = z.object({ id: z.string(), room: z.string(), name: z.string() });

export const queue = (description: string) =>
  text(80, { title: 'Queue', description, example: 'support', selector: TEXT });

export const queueMember = (description: string) =>
  text(100, { title: 'Member', description, example: 'PJSIP/6001', selector: TEXT });

export const memberName = (description: string) =>
  text(60, { title: 'Name', description, example: 'Anna', selector: TEXT });

export const pauseReason = (description: string) =>
  text(60, { title: 'Reason', description, example: 'Lunch', selector: TEXT });

export const withdrawInfo = (description: string) =>
  text(100, { title: 'Info', description, example: 'callback', selector: TEXT });

export const penalty = (description: string) =>
  z
    .number()
    .int()
    .min(0)
    .max(100)
    .meta({
      title: 'Penalty',
      description,
      example: 1,
      selector: { number: { min: 0, max: 100, mode: 'box' } },
    } satisfies FieldMeta);

export const paused = (description: string) =>
  z
    .boolean()
    .meta({ title: 'Paused', description, example: false, selector: { boolean: {} } } satisfies FieldMeta);

export const queueCaller = text(150, {
  title: 'Caller',
  description: 'Caller, by the place in the queue, the number, or the channel’s name or id.',
  example: '3',
  selector: TEXT,
});

export const callerPriority = z
  .number()
  .int()
  .min(0)
  .max(1_000_000)
  .meta({
    title: 'Priority',
    description: 'Callers with a higher one are in front. Left out: one more than anybody has.',
    example: 5,
    selector: { number: { min: 0, max: 1_000_000, mode: 'box' } },
  } satisfies FieldMeta);

export const asPhone = text(80, {
  title: 'As',
  description:
    'Phone that asks, where the settings of a queue say who may do what. A user with a phone of their own is that phone.',
  example: 'PJSIP/6001',
  selector: TEXT,
});

/** A name or reason that Asterisk can keep: its database parts members by `|` and what they are by `;`. */
export function queueText(text: string): string {
  return text.replace(/[;|,\s\p{Cc}]+/gu, ' ').trim();
}

/** Somebody in a queue, in results. */
export const membershipResult = z.object({
  queue: z.string(),
  member: z.string(),
  name: z.string(),
  interface: z.string(),
});

export const membershipsResult = z.object({ members: z.array(membershipResult) });
