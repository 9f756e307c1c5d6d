/** A queue: what it is called, whose it is, and who may do what in it. */
import { z } from 'zod';
import { endpoint, flag, leafFacts, shortId, text } from './leaves.ts';

const permission = z
  .enum(['none', 'status', 'overview', 'details'])
  .register(leafFacts, { allowed: 'none, status, overview or details' });

const control = z.enum(['none', 'own', 'all']).register(leafFacts, { allowed: 'none, own or all' });

const location = z
  .string()
  .regex(/^[A-Za-z0-9]+\/[^\s,&|;()"'<>]+$/)
  .register(leafFacts, { allowed: 'what the queue is to call, such as Local/6001@from-queue/n' });

const member = z.strictObject({
  phone: endpoint.describe('Endpoint of the member’s phone.'),
  interface: location
    .optional()
    .describe('What the queue calls, such as `Local/6001@from-queue/n`. Default: the phone.'),
  name: text.optional().describe('What the queue calls the member. Default: as the phone is called.'),
  penalty: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .register(leafFacts, { allowed: 'a number from 0 to 100' })
    .describe('Members with a higher one are called later.'),
  user: text
    .optional()
    .describe('Home Assistant’s user of this phone, by id or name: what that user asks for is asked by it.'),
  permission: permission.optional().describe('What it may see. Default: the queue’s.'),
  control: control.optional().describe('Whom it may log in and out and pause. Default: the queue’s.'),
});

export const queue = z.strictObject({
  queue: text.describe('Its name in queues.conf.'),
  name: text.optional().describe('What it is called. Default: its name in queues.conf.'),
  pbx: shortId.optional().describe('Name of its PBX. Default: the first one.'),
  hidden: flag(false).describe('Leave it out of Home Assistant.'),
  members: z.array(member).default([]).describe('Whose queue it is: they are logged in by `queue_log_in`.'),
  permission: permission
    .default('details')
    .describe(
      'What those who are no members may see by `queue_status`: nothing, their own state, the numbers, or callers and members too.',
    ),
  control: control
    .default('all')
    .describe(
      'Whom those who are no members may log in and out, pause and so on: nobody, themselves, or everybody and callers too. Entities and automations count as such.',
    ),
});
