/** The page docs/entities.md, from the descriptions. */
import { type Command, type Device, type Entity, entityIdOf } from './entities/model.ts';

/** Markdown that lists every entity of these devices, one device of each kind. */
export function entitiesPage(devices: readonly Device[]): string {
  return [HEAD, ...devices.map(section), TAIL].join('\n');
}

const HEAD = `<!-- Made from src/home/entities by \`npx vitest run test/home/docs.test.ts -u\`: edit the descriptions instead. -->

# What Home Assistant gets

Each PBX, doorbell, ring group, phone, parking lot, conference, queue, member of a queue, mailbox, DECT base and DECT
handset is a device; so are the recordings and the custom device states of a PBX. The ids below are what the entities
of a doorbell *Front door* and a phone *Kitchen* are called at first; rename them as you like, they keep their history.
An entity is \`unavailable\` while the companion or the PBX's link is down. Home Assistant's recorder keeps 16 KB of an
entity's attributes, so a list in them ends where it would take more; the state still counts all, and where a list that
no state counts is cut, \`calling_back_count\` of a lot and \`count\` of the running recordings say how many there are.

Names are in Home Assistant's language, or the one of the setting \`language\`, if that is English, French, German,
Dutch or Spanish; ids and states are English in each.
`;

function section(device: Device): string {
  const rows = device.entities.map((entity) => row(device, entity));
  return [`## ${device.model}`, '', '| Entity | First id | Shows |', '|---|---|---|', ...rows, ''].join('\n');
}

function row(device: Device, entity: Entity): string {
  const attributes = Object.keys(device.state.attributes[entity.key] ?? {}).map((name) => `\`${name}\``);
  const words =
    attributes.length === 0 ? '' : `${says(entity) === '' ? '' : '; '}attributes ${attributes.join(', ')}`;
  return `| ${entity.name ?? device.name} | \`${entityIdOf(device, entity)}\` | ${says(entity)}${words} |`;
}

function says(entity: Entity): string {
  switch (entity.platform) {
    case 'sensor':
      if (entity.deviceClass === 'timestamp') return 'a time';
      return entity.options === undefined ? (entity.unit ?? 'a text') : list(entity.options);
    case 'binary_sensor':
      return entity.deviceClass ?? 'on, off';
    case 'event':
      return `events ${list(entity.types)}`;
    case 'button':
      return asks(entity);
    case 'lock':
      return `\`locked\`, \`opening\`, \`open\`; ${asks(entity)}`;
    case 'select':
      if (entity.command.do === 'choose') return 'a phone';
      return `${list(entity.options)}; ${asks(entity)}`;
    case 'switch':
      return `on, off; ${switches(entity.on.action, entity.off.action)}`;
    case 'text':
    case 'number':
    case 'notify':
      return asks(entity);
  }
}

function asks({ command }: Extract<Entity, { command: Command }>): string {
  return command.do === 'action' ? `runs the action \`${command.action}\`` : '';
}

function switches(on: string, off: string): string {
  return on === off ? `runs the action \`${on}\`` : `runs the actions \`${on}\` and \`${off}\``;
}

function list(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}

const TAIL = `## Doorbells

- The event entity is told \`ring\` once a press, whatever the dialplan does with it, so Home Assistant's own doorbell
  trigger works. After a press that nobody answered its last event stays \`missed\` (nobody was there) or \`cancelled\`
  (somebody sent the visitor away). Its attributes: \`caller_name\`, \`caller_number\`, \`extension\`, \`call\`; with
  \`answered\` also \`by\` and \`by_phone\` (who did) and \`answered_by\` (all who have: in a conference each who joins is
  told), with \`parked\` \`lot\` and \`space\`, with \`waiting\` the conference's \`room\` and \`room_name\`, with \`opened\`
  \`way\` and \`who\`, with \`cancelled\` \`who\`, with \`ended\` \`seconds\`; and with every end \`attempts\`, how often
  phones were dialled.
- *State* is \`waiting\` while the visitor is in a conference with nobody to talk to. \`answered_by\` has all who have
  answered, \`talking_to\` who is with the visitor now. \`attempts\` counts the rounds of a dialplan that dials again
  and again; \`attempts_known_by\` is \`dialplan\`, or \`ringing\` where the AMI user does not see the dialplan: then
  only rounds count in which a phone rang. [Doorbells](doorbells.md) has a dialplan for each way to be rung.
- The lock is there where the settings say how the door is opened. Opening and unlocking are the same. It shows
  \`open\` for five seconds, since a strike locks by itself. Why an opening failed is in its attribute \`problem\` and
  in a notification.

## Phones

*DTMF* tells the keys that Asterisk hears: in a menu, or in a call whose \`Dial\` has an option that needs them (\`t\`,
\`T\`, \`k\`, \`K\`, \`x\`, \`X\`, \`w\`, \`W\`). Else the sound of two phones goes straight from one to the other, and so do
their keys. What somebody types is shown as it is, a PIN included, here, on the bus and in the live stream; if nothing
of yours needs it (a reply to an announcement does), leave \`dtmf\` out of the AMI user's \`read\`. Keys that an
action presses are not shown.

## Parked calls

The attribute \`calls\` of *Parked calls* has one object per call, by space: \`space\`, \`name\`, \`number\`, \`since\`,
\`until\` (null: no limit), \`parked_by\`, \`how\` it was parked ([the words](parking.md)), \`call\`.

## Messages

The attribute \`messages\` of a mailbox has one object for each of the newest, newest first: \`id\`, \`name\`, \`number\`,
\`time\`, \`seconds\`, \`folder\`, \`flag\` and \`audio\`, the path at the companion's own server where it can be heard (null: on a
phone only). [More about voicemail](voicemail.md).

## Actions

Every action of [actions.md](actions.md) is a script, \`script.asterisk_<id>\`, that anybody may run.

\`\`\`yaml
- action: script.asterisk_retrieve
  data:
    phone: Kitchen
  response_variable: answer
- if: "{{ not answer.ok }}"
  then:
    - action: notify.family
      data:
        message: "{{ answer.error.message }}"
\`\`\`

A script never fails: it answers \`{"ok": true, "result": …}\` or \`{"ok": false, "error": {"code", "field", "message"}}\`,
so that an automation can say what happens next. Who presses a button on a dashboard, and so sees no answer, gets a
notification when it was not done. The scripts are managed: one that you edit is yours and no longer updated. The
setting for scripts turns them off and takes them away.

The same actions can be asked for over [MQTT](mqtt.md) and [HTTP](http.md).

## Events on the bus

\`asterisk_event\` has all that happens on a PBX and to its link: \`companion\`,
\`pbx\`, \`time\`, \`subject\`, \`type\` and what belongs to it. \`asterisk_user_event\` has a dialplan's
\`UserEvent(Alarm,zone: 3)\`: \`type: Alarm\`, \`fields: {zone: "3"}\`. At most 100 of each a second in the
long run, and 20 of one name of a user event; what is more is counted, said in the log when it begins and when it is
over, and added to the attribute \`user_events_left_out\` of *Connection*. The setting \`user_events\` says which names
go to the bus.

## Without a broker

Sensors and events are there as bare states: without devices, and without buttons, locks and choices. They are gone
when Home Assistant restarts, until the companion has told them again.
`;
