/** What the owner says of parking lots and hints; both are found by themselves. */
import { z } from 'zod';
import { context, endpoint, leafFacts, shortId, text } from './leaves.ts';

const lotName = z
  .string()
  .regex(/^[^\s,&|;()"'[\]]{1,79}$/)
  .register(leafFacts, { allowed: 'the name of a lot in res_parking.conf, such as default' });

export const lot = z.strictObject({
  lot: lotName.describe('Asterisk’s name of the lot.'),
  name: text.optional().describe('What it is called. Default: Parking lot and its name.'),
  phones: z
    .array(endpoint)
    .default([])
    .describe('Phones that see this lot: its *Retrieve on* offers them. Empty: all.'),
  pbx: shortId.optional().describe('Name of its PBX. Default: the first one.'),
});

export const blf = z.strictObject({
  show: z
    .enum(['others', 'all', 'none'])
    .default('others')
    .describe(
      'Which hints of the dialplan become entities: those that no phone shows already, all, or none.',
    ),
  custom: z
    .array(text)
    .default(['*'])
    .describe(
      'Custom device states that can be set in Home Assistant: their names without `Custom:`. `*` at the end of one stands for anything.',
    ),
  contexts: z.array(context).default([]).describe('Only hints of these contexts. Empty: of all.'),
});
