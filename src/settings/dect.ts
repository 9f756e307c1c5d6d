/** A DECT base, and the handsets that are dialled through it. */
import { z } from 'zod';
import { endpoint, leafFacts, number, shortId, text } from './leaves.ts';

const seconds = z
  .number()
  .min(1)
  .max(600)
  .register(leafFacts, { allowed: 'a number of seconds from 1 to 600' });

/** 0 is the base's own digit for all of them. */
const digit = z
  .union([z.int().min(1).max(9), z.string().regex(/^[1-9*#]$/)])
  .register(leafFacts, { allowed: 'one of the digits 1 to 9, * and #' })
  .transform(String);

/** As voicemail.conf names it. */
const mailbox = z
  .string()
  .regex(/^[\w*#.-]{1,80}(@[\w.-]{1,80})?$/)
  .register(leafFacts, { allowed: 'a mailbox such as 03 or 03@default' });

const handset = z.strictObject({
  name: text.describe('What it is called, such as Hall.'),
  digit: digit.optional().describe('What the base is sent to ring this handset alone.'),
  line: endpoint
    .optional()
    .describe('Instead of `digit`: the handset has this line for itself, and it rings as any phone does.'),
  ring_time: seconds
    .default(20)
    .describe('With `line`: seconds that the dialplan lets it ring. With `digit` the base decides.'),
  extensions: z
    .array(number)
    .default([])
    .describe('Extensions that ring it: a call to one of them is known by it.'),
  mailbox: mailbox.optional().describe('Its mailbox; shown with the handset and with a missed call.'),
});

export const dectBase = z.strictObject({
  name: text.describe('What the base is called.'),
  line: endpoint
    .optional()
    .describe('The one line that it is called on: PJSIP (an adapter), IAX2 or DAHDI. Needed for digits.'),
  pbx: shortId.optional().describe('Name of its PBX. Default: the first one.'),
  no_answer: z
    .tuple([seconds, seconds])
    .register(leafFacts, { allowed: 'two numbers of seconds, the smaller one first, such as [46, 49]' })
    .default([46, 49])
    .describe(
      'The base answers at once and gives up at a time between these, in seconds after its own answer: a call that it ends then was missed.',
    ),
  all: z.array(number).default([]).describe('Extensions that ring all its handsets (digit 0).'),
  handsets: z.array(handset).min(1).describe('The handsets.'),
});
