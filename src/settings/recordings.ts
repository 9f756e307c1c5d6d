/** Recorded calls: where they go, and how. */
import { z } from 'zod';
import { leafFacts, shortId, text } from './leaves.ts';

/** A folder that is safe among the arguments of Asterisk's MixMonitor. */
const folder = z
  .string()
  .regex(/^(\/[\w.-]+( [\w.-]+)*)+$/)
  .register(leafFacts, {
    allowed: 'a whole path of letters, digits, _ . - and single spaces, without a / at its end',
  });

export const recordingMailbox = z
  .string()
  .regex(/^[\w.-]{1,40}(@[\w.-]{1,40})?$/)
  .register(leafFacts, { allowed: 'a mailbox such as 6001@default, or 6001' });

export const RULES = ['always', 'never', 'on_demand'] as const;

export const recordings = z.strictObject({
  to: z
    .array(z.enum(['media', 'mailbox']))
    .min(1)
    .default(['media', 'mailbox'])
    .describe(
      'Where recordings go: `media` keeps a file, `mailbox` puts a message into the folder Recordings of the phone’s mailbox.',
    ),
  dir: folder
    .optional()
    .describe(
      'Folder of the files as Asterisk sees it, such as /media/asterisk/recordings. Default: monitor in its spool.',
    ),
  media_dir: text
    .optional()
    .describe(
      'The same folder as the companion sees it: recordings can then be heard over HTTP, moved and deleted.',
    ),
  media_source: z
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+( [\w.-]+)*)*$/)
    .register(leafFacts, { allowed: 'a name of media_dirs and a path in it, such as local/recordings' })
    .optional()
    .describe(
      'The same folder in Home Assistant’s media browser, such as local/recordings: the name under media_dirs and the path in it. Known by itself when media_dir is under /media.',
    ),
  beep: z
    .int()
    .min(0)
    .max(600)
    .default(0)
    .register(leafFacts, { allowed: 'a number of seconds from 0 (no beep) to 600' })
    .describe('Seconds between two beeps that those in a recorded call hear. 0: none.'),
  mailbox: recordingMailbox
    .optional()
    .describe('Mailbox of recordings whose phone has none of its own. Default: they are kept as files.'),
  pbx: shortId.optional().describe('Name of the PBX that this is for. Default: the first one.'),
});
