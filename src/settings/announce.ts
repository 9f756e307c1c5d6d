/** Announcements: how Asterisk gets their sound, and who speaks. */
import { z } from 'zod';
import { endpoint, host, language, listenPort, shortId, text, url } from './leaves.ts';

const folder = z.strictObject({
  path: text.describe('The folder as the companion sees it.'),
  asterisk_path: text.describe('The same folder as Asterisk sees it, such as `/media/announcements`.'),
});

export const announce = z.strictObject({
  url: url(['http', 'https'])
    .optional()
    .describe(
      'How Asterisk reaches this machine for the sound, such as `http://192.168.1.5:8098`. Only needed where it runs ' +
        'on another one.',
    ),
  host: host
    .optional()
    .describe('Address to serve sounds on. Default: this machine’s own, all addresses once `url` is set.'),
  port: listenPort
    .optional()
    .describe('Port to serve sounds on. Default: the one of `url`, else any free one.'),
  folder: folder
    .optional()
    .describe('Write sounds into a folder that Asterisk sees, too, instead of serving them over HTTP.'),
  engine: text
    .optional()
    .describe('Text-to-speech engine, such as `tts.piper`. Default: the first that fits.'),
  language: language.optional().describe('Language that is spoken. Default: Home Assistant’s.'),
  voice: text.optional().describe('Voice of the engine. Default: its own.'),
});

export const group = z.strictObject({
  name: text.describe('What it is called, such as Downstairs.'),
  phones: z.array(endpoint).min(1).describe('Its phones.'),
  pbx: shortId.optional().describe('Name of its PBX. Default: the first one.'),
});
