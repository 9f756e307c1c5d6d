/** Mailboxes, and where their messages are. */
import { z } from 'zod';
import { endpoint, flag, leafFacts, shortId, text } from './leaves.ts';

export const mailbox = z.strictObject({
  mailbox: z
    .string()
    .regex(/^[^\s@,&|;:()"'<>/\\]+(@[^\s@,&|;:()"'<>/\\]+)?$/)
    .register(leafFacts, { allowed: 'a mailbox such as 6001@default, or 6001' })
    .describe('Asterisk’s name of it; without a context, that of `default`.'),
  name: text.optional().describe('What it is called. Default: what voicemail.conf calls its owner.'),
  phone: endpoint
    .optional()
    .describe('Phone that its messages are played on. Default: the one with the mailbox’s number.'),
  hidden: flag(false).describe('Leave it out of Home Assistant.'),
  pbx: shortId.optional().describe('Name of its PBX. Default: the first one.'),
});

export const voicemail = z.strictObject({
  spool: text
    .optional()
    .describe(
      'Asterisk’s folder /var/spool/asterisk/voicemail as the companion sees it: messages can then be heard over HTTP.',
    ),
  pbx: shortId.optional().describe('Name of the PBX whose folder that is. Default: the first one.'),
});
