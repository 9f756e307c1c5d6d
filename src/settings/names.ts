/** What numbers are called. */
import { z } from 'zod';
import { leafFacts, text } from './leaves.ts';

const anyNumber = z
  .string()
  .regex(/^[+*#\d][\d\s()./*#-]{0,39}$/)
  .register(leafFacts, {
    allowed: 'a number in quotes, such as "6001" or "+49 170 1234567" (unquoted, YAML drops its zeros)',
  });

const person = z
  .string()
  .regex(/^person\.[a-z0-9_]+$/)
  .register(leafFacts, { allowed: 'a person of Home Assistant, such as person.anna' });

export const names = z.strictObject({
  numbers: z.record(anyNumber, text).default({}).describe('Names by number, such as `"6001": Kitchen`.'),
  persons: z
    .record(person, z.array(anyNumber))
    .default({})
    .describe(
      'Numbers of Home Assistant’s persons, such as `person.anna: ["6002"]`. A person’s own attribute `phone` counts, too.',
    ),
  phone_book: z
    .array(text)
    .default([])
    .describe('Files with vCards or CSV tables; read again when they change.'),
  country: z
    .string()
    .regex(/^\+?[1-9]\d{0,2}$/)
    .register(leafFacts, { allowed: 'a country’s code in quotes, such as "49"' })
    .optional()
    .describe('With it, 0170… and +49170… are the same number.'),
});
