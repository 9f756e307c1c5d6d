/** A ring group: an extension that rings several phones, and what it is called. */
import { z } from 'zod';
import { number, shortId, text } from './leaves.ts';

export const ringGroup = z.strictObject({
  name: text.describe('What it is called, such as Everybody.'),
  extension: number.describe('Extension that is dialled for it, such as 600.'),
  pbx: shortId.optional().describe('Name of its PBX. Default: the first one.'),
});
