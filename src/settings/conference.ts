/** A conference: what it is called, how one gets in, and where its recordings go. */
import { z } from 'zod';
import { leafFacts, number, shortId, text } from './leaves.ts';

/** Fit for an application's arguments, where commas and the like stand between them. */
const word = (what: string) =>
  z
    .string()
    .regex(/^[^\s,&|()"'\\$]{1,79}$/)
    .register(leafFacts, { allowed: `${what}, without spaces, quotes and , & | ( ) \\ $` });

const profile = word('the name of a profile in confbridge.conf');

export const conference = z.strictObject({
  room: word('a room, as in ConfBridge(room)').describe(
    'Asterisk’s name of the room: the first argument of `ConfBridge()`.',
  ),
  name: text.optional().describe('What it is called. Default: `Conference` and the room.'),
  pbx: shortId.optional().describe('Name of its PBX. Default: the first one.'),
  extension: number
    .optional()
    .describe('Extension that leads into it. Default: the one that the dialplan’s context has.'),
  marked_extension: number
    .optional()
    .describe('Extension that leads into it as a marked user. Default: likewise.'),
  bridge_profile: profile
    .optional()
    .describe('Bridge profile for phones that are called in. Default: the dialplan’s, else Asterisk’s.'),
  user_profile: profile.optional().describe('User profile for such phones. Default: likewise.'),
  marked_profile: profile.optional().describe('User profile for such phones when they join as marked.'),
  record_folder: z
    .string()
    .regex(/^\/[^\s,;&|()"'\\$`]*$/)
    .register(leafFacts, { allowed: 'an absolute folder without spaces and quotes' })
    .optional()
    .describe('Folder for its recordings, as Asterisk sees it. Default: where Asterisk puts them.'),
});
