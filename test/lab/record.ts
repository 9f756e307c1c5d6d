import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CALLS } from './record/calls.ts';
import { CONFERENCES } from './record/conferences.ts';
import { DATABASE } from './record/database.ts';
import { DIALLING } from './record/dialling.ts';
import { MESSAGES } from './record/messages.ts';
import { ORIGINATE } from './record/originate.ts';
import { PARKING } from './record/parking.ts';
import { PRESENCE } from './record/presence.ts';
import { QUEUES } from './record/queues.ts';
import { RECORDINGS } from './record/recordings.ts';
import { REGISTRATION } from './record/registration.ts';
import type { Scene, Stage } from './record/scene.ts';
import { scrub } from './record/scrub.ts';
import { SESSION } from './record/session.ts';
import { VOICEMAIL } from './record/voicemail.ts';
import { type Entry, Wire } from './record/wire.ts';
import { SECRET } from './stack/asterisk.ts';
import { Lab } from './stack/lab.ts';
import { REPO } from './stack/place.ts';

// Plays scenes on the lab's real Asterisk and writes down what AMI says: the traces of src/demo.
//   node test/lab/record.ts            all scenes
//   node test/lab/record.ts missed …   some of them
const TRACES = join(REPO, 'src/demo/traces');
const SCENES: readonly Scene[] = [
  ...[...SESSION, ...CALLS, ...DIALLING, ...PARKING, ...ORIGINATE, ...REGISTRATION],
  ...[...CONFERENCES, ...QUEUES, ...VOICEMAIL, ...PRESENCE, ...MESSAGES, ...RECORDINGS, ...DATABASE],
];
const LOGIN = ['Username: admin', `Secret: ${SECRET}`, 'Events: system,call,agent,user,dtmf,cdr'];

const wanted = process.argv.slice(2);
const scenes = SCENES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const unknown = wanted.filter((name) => !SCENES.some((scene) => scene.name === name));
if (unknown.length > 0) throw new Error(`no such scene: ${unknown.join(', ')}`);

await using lab = await Lab.start({ asterisks: ['home'] });
const asterisk = lab.asterisk();
const version = /Asterisk (\d+\.\d+\.\d+)/.exec(await asterisk.rx('core show version'))?.[1] ?? '';
await using kitchen = await lab.phone('6001');
await using livingRoom = await lab.phone('6002');
await using office = await lab.phone('6003', { dtmf: 'info' });

for (const scene of scenes) {
  await asterisk.hangUpAll();
  const entries = await record(scene);
  await writeFile(join(TRACES, `${scene.name}.json`), trace(scene, entries));
  console.log(`${scene.name}: ${entries.length} entries`);
}

async function record(scene: Scene): Promise<readonly Entry[]> {
  await using _dialplan = await asterisk.dialplan('record', scene.dialplan ?? '');
  const wire = new Wire(asterisk.ami);
  try {
    if (scene.login !== null) {
      await wire.act('Login', ...LOGIN);
      await wire.quiet();
      wire.begin();
    }
    await scene.play(stage(wire));
    await wire.quiet(1500);
    return wire.entries;
  } finally {
    wire.close();
  }
}

function stage(wire: Wire): Stage {
  return {
    ...{ wire, lab, kitchen, livingRoom, office, door: lab.doorbell('8000') },
    channel: (endpoint) => newest(wire.entries, endpoint),
    pause: (seconds = 1) => new Promise((done) => setTimeout(done, seconds * 1000)),
  };
}

function newest(entries: readonly Entry[], endpoint: string): string {
  const pattern = new RegExp(`^Event: Newchannel\r\n[^]*^Channel: (${endpoint}-\\w+)\r$`, 'm');
  const names = entries.map(([, , text]) => pattern.exec(text)?.[1]).filter((name) => name !== undefined);
  const name = names.at(-1);
  if (name === undefined) throw new Error(`${endpoint} has no channel`);
  return name;
}

/** JSON with a line for each entry, so that a new recording can be compared. */
function trace({ name, about }: Scene, entries: readonly Entry[]): string {
  const head = { scene: name, about, asterisk: version, recorded: 'node test/lab/record.ts' };
  const rows = entries.map(([at, from, text]) =>
    JSON.stringify([at, from, from === '#' ? text : scrub(text).split('\r\n')]),
  );
  return `${JSON.stringify(head).slice(0, -1)},"entries":[\n${rows.join(',\n')}\n]}\n`;
}
