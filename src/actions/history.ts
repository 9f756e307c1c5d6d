/** `call_history` and `reset_missed`. */
import { z } from 'zod';
import { type ActionContext, ActionError, declare } from './action.ts';
import { CURSOR, OUTCOMES, unread } from './call-log.ts';
import * as field from './fields.ts';
import { findPhone } from './find.ts';

const party = z.object({ number: z.string(), name: z.string() });

export const callHistory = declare({
  id: 'call_history',
  title: 'Call history',
  description: 'The calls of the PBX, newest first: who, to whom, when, for how long and how it ended.',
  icon: 'mdi:history',
  reads: true,
  withoutPbx: true,
  fields: z.strictObject({
    search: field
      .text(80, {
        title: 'Search',
        description: 'Part of a name or number.',
        example: 'Anna',
        selector: { text: {} },
      })
      .optional(),
    outcome: z
      .enum(OUTCOMES)
      .meta({
        title: 'Outcome',
        description: 'Only calls that ended so.',
        example: 'missed',
        selector: { select: { options: [...OUTCOMES] } },
      })
      .optional(),
    limit: z
      .number()
      .int()
      .min(1)
      .max(200)
      .default(50)
      .meta({
        title: 'Limit',
        description: 'How many calls.',
        example: 50,
        selector: { number: { min: 1, max: 200, mode: 'box' } },
      }),
    before: z
      .string()
      .regex(CURSOR, { error: 'takes what `next` of the page before was' })
      .meta({
        title: 'Before',
        description: 'For the next page: `next` of the one before.',
        example: '1764000000000-50',
        selector: { text: {} },
      })
      .optional(),
  }),
  result: z.object({
    calls: z.array(
      z.object({
        pbx: z.string(),
        call: z.string(),
        began: z.string(),
        answered: z.string().nullable(),
        ended: z.string().nullable(),
        seconds: z.number(),
        from: party,
        to: party,
        by: z.string(),
        doorbell: z.string().nullable(),
        outcome: z.enum(OUTCOMES),
        notes: z.array(z.object({ time: z.string(), kind: z.string(), who: z.string(), what: z.string() })),
      }),
    ),
    next: z.string().nullable(),
  }),

  async run({ pbx, callLog }: ActionContext, fields) {
    const history = callLog();
    if (history === null)
      throw new ActionError('forbidden', 'No call log is kept: set history.days to the days to keep.');
    try {
      const { calls, next } = await history.page({ ...fields, pbx: pbx.id });
      return { calls: calls.map((call) => ({ ...call, notes: [...call.notes] })), next };
    } catch (error) {
      throw new ActionError('unavailable', unread(history, error));
    }
  },
});

export const resetMissed = declare({
  id: 'reset_missed',
  title: 'Reset missed calls',
  description: 'Sets the count of missed calls back to 0, of one phone or of all phones and DECT handsets.',
  icon: 'mdi:phone-check',
  withoutPbx: true,
  fields: z.strictObject({
    phone: field.phone('Phone whose count begins anew. Left out: all of them.').optional(),
  }),
  result: z.object({ phones: z.number().int(), handsets: z.number().int(), missed: z.number().int() }),

  async run({ pbx }: ActionContext, fields) {
    const phones = fields.phone === undefined ? pbx.phones.all() : [findPhone(pbx, fields.phone)];
    const handsets = fields.phone === undefined ? pbx.dect.handsets.all() : [];
    const missed = [...phones, ...handsets].reduce((sum, one) => sum + one.missed, 0);
    for (const { id } of phones) pbx.phones.resetMissed(id);
    for (const { id } of handsets) pbx.dect.resetMissed(id);
    return { phones: phones.length, handsets: handsets.length, missed };
  },
});
