/** Everything an owner can ask for. The one place where a key, its default and its meaning are written. */
import { z } from 'zod';
import { announce, group } from './announce.ts';
import { conference } from './conference.ts';
import { dectBase } from './dect.ts';
import { doorbell } from './doorbell.ts';
import {
  context,
  endpoint,
  flag,
  host,
  language,
  leafFacts,
  listenPort,
  number,
  pem,
  port,
  presentity,
  secret,
  shortId,
  text,
  token,
  topic,
  url,
} from './leaves.ts';
import { names } from './names.ts';
import { blf, lot } from './parking.ts';
import { queue } from './queue.ts';
import { RULES, recordingMailbox, recordings } from './recordings.ts';
import { ringGroup } from './ring-group.ts';
import { mailbox, voicemail } from './voicemail.ts';

const tls = z
  .union([
    z.boolean(),
    z.strictObject({
      ca: pem.optional().describe('The authority that signed the PBX’s certificate.'),
      servername: host.optional().describe('The name in the certificate, where it is not the host.'),
      verify: flag(true).describe('Whether the certificate is checked.'),
    }),
  ])
  .register(leafFacts, { allowed: 'true, false, or a mapping with the keys ca, servername, verify' })
  .default(false)
  .transform((value) => (value === true ? { verify: true } : value));

const asterisk = z.strictObject({
  name: shortId.describe('Short id of this PBX; it is in every unique id and topic, so keep it.'),
  host: host.default('127.0.0.1').describe('Where its manager interface (AMI) listens.'),
  port: port.default(5038).describe('AMI’s port; 5039 is usual with TLS.'),
  username: text.default('admin').describe('AMI user.'),
  secret: secret.describe('The AMI user’s secret.'),
  tls: tls.describe('TLS to AMI, on or off, or how.'),
  context: context.default('default').describe('Dialplan context in which numbers are dialled.'),
});

const mqtt = z.strictObject({
  url: url(['mqtt', 'mqtts', 'ws', 'wss'])
    .optional()
    .describe('The broker. Without one, entities are made through Home Assistant’s states.'),
  username: text.optional().describe('User at the broker.'),
  password: secret.optional().describe('Password at the broker.'),
  ca: pem.optional().describe('The authority that signed the broker’s certificate.'),
  verify: flag(true).describe('Whether the broker’s certificate is checked.'),
  base_topic: topic.default('asterisk').describe('First part of the companion’s own topics.'),
  discovery_prefix: topic.default('homeassistant').describe('Home Assistant’s discovery prefix.'),
});

const homeAssistant = z.strictObject({
  url: url(['http', 'https']).describe('Home Assistant’s address.'),
  token: secret.describe('A long-lived access token of an administrator.'),
});

const http = z.strictObject({
  host: host.default('127.0.0.1').describe('Address to listen on.'),
  port: listenPort.default(8099).describe('Port to listen on.'),
  token: token.optional().describe('Asked from everybody who does not come through ingress.'),
  url_file: text
    .optional()
    .describe('File that gets the own address once the server is up (for health checks).'),
});

const phone = z.strictObject({
  endpoint: endpoint.describe('Its endpoint on the PBX.'),
  name: text.optional().describe('What it is called. Default: what the PBX calls it.'),
  hidden: flag(false).describe('Leave it out of Home Assistant.'),
  presence: z
    .union([z.boolean(), presentity])
    .register(leafFacts, { allowed: 'true, false, or a presentity such as CustomPresence:6001' })
    .optional()
    .describe('Whether it has a presence, or which. Default: its hint’s, else CustomPresence:<its number>.'),
  auto_answer: flag(false).describe('Asks it to answer announcements by itself, as phones with intercom do.'),
  record: z
    .enum(RULES)
    .default('on_demand')
    .describe('Whether its calls are recorded: by themselves, never, or when somebody asks.'),
  mailbox: recordingMailbox
    .optional()
    .describe('Mailbox that its recordings go to. Default: what its endpoint says (`mailboxes`).'),
  pbx: shortId.optional().describe('Name of its PBX. Default: the first one.'),
});

const history = z.strictObject({
  days: z
    .int()
    .min(0)
    .max(3650)
    .default(365)
    .register(leafFacts, { allowed: 'a number of days from 0 (no call log) to 3650' })
    .describe('How long calls are kept in the call log. 0: none is kept.'),
});

const messages = z.strictObject({
  entities: flag(true).describe(
    'Whether phones have entities to send them messages, and for those that they send.',
  ),
  from: number.default('home').describe('The number that messages are from, and that phones answer to.'),
});

const userEvents = z.strictObject({
  bus: z
    .array(text)
    .default(['*'])
    .describe(
      'Names of the dialplan’s user events that go to Home Assistant’s bus. `*` at the end of one stands for anything.',
    ),
});

export const schema = z.strictObject({
  id: shortId
    .default('asterisk')
    .describe('Id of this companion, for the case that two serve one Home Assistant.'),
  language: language.optional().describe('Language of the names. Default: Home Assistant’s.'),
  log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info').describe('What is logged.'),
  data_dir: text
    .optional()
    .describe('Folder for what is kept over restarts. Default: /data where it exists, else nothing is kept.'),
  www_dir: text
    .optional()
    .describe(
      'Home Assistant’s folder www as the companion sees it; the cards go there. Default: /homeassistant/www where that is mapped.',
    ),
  demo: flag(false).describe('Run on a pretend Asterisk instead of a configured one.'),
  demo_phones: z
    .int()
    .min(1)
    .max(2000)
    .default(4)
    .register(leafFacts, { allowed: 'a number of phones from 1 to 2000' })
    .describe('How many phones the pretend Asterisk has.'),
  demo_port: listenPort.default(0).describe('Port of the pretend Asterisk’s manager interface.'),
  asterisk: z.array(asterisk).default([]).describe('The PBXs; several run side by side.'),
  mqtt: mqtt.prefault({}).describe('The MQTT broker. Under the Supervisor it is found by itself.'),
  home_assistant: homeAssistant
    .optional()
    .describe('Home Assistant. Under the Supervisor it is found by itself.'),
  http: http.prefault({}).describe('The companion’s own pages and API.'),
  parking: z
    .array(lot)
    .default([])
    .describe('Parking lots are found by themselves; this names them, and says which phones see which lot.'),
  blf: blf.prefault({}).describe('Hints: what the lamps of phones show.'),
  phones: z
    .array(phone)
    .default([])
    .describe('Phones are found on the PBX by themselves; this names or hides them.'),
  dect: z
    .array(dectBase)
    .default([])
    .describe('DECT bases that ring a handset by a digit, and handsets with lines of their own.'),
  doorbells: z.array(doorbell).default([]).describe('The doorbells.'),
  ring_groups: z
    .array(ringGroup)
    .default([])
    .describe('Extensions that ring several phones: Home Assistant is told when one is called.'),
  conferences: z
    .array(conference)
    .default([])
    .describe('Conferences are found in the dialplan and when they are used; this names them, or says more.'),
  names: names.prefault({}).describe('What numbers are called, before what the PBX says of them.'),
  groups: z.array(group).default([]).describe('Phones that are announced on together.'),
  announce: announce.prefault({}).describe('Announcements.'),
  history: history.prefault({}).describe('The call log.'),
  messages: messages.prefault({}).describe('Text messages (SIP MESSAGE) to and from phones.'),
  user_events: userEvents.prefault({}).describe('What a dialplan raises by UserEvent().'),
  presence: flag(true).describe('Whether phones have a presence (away, do not disturb …) in Home Assistant.'),
  mailboxes: z
    .array(mailbox)
    .default([])
    .describe('Mailboxes are found on the PBX by themselves; this names or hides them.'),
  recordings: recordings.prefault({}).describe('Recorded calls.'),
  voicemail: voicemail.prefault({}).describe('The messages in mailboxes.'),
  queues: z
    .array(queue)
    .default([])
    .describe(
      'Queues are found on the PBX by themselves; this names or hides them, and says who may do what.',
    ),
  scripts: flag(true).describe('Keep the actions as scripts in Home Assistant.'),
  cards: flag(true).describe('Keep the dashboard cards in Home Assistant.'),
  blueprints: flag(true).describe('Keep the blueprints in Home Assistant.'),
});

/** The settings with every default filled in. */
export type Settings = z.output<typeof schema> & {
  /** Not wrong, but worth a line in the log at the start. */
  readonly notices: readonly string[];
};
