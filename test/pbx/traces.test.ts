/** What the model makes of what a real Asterisk said: the scenes that test/lab/record.ts recorded. */
import { expect, it } from 'vitest';
import { EVENTS, type EventName } from '../../src/ami/index.ts';
import { headersOf, readTraces, type Trace } from '../../src/demo/traces.ts';
import { type Happening, Pbx } from '../../src/pbx/index.ts';
import { event, FakeAmi } from './fake-ami.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const PHONES = { 6001: 'Kitchen', 6002: 'Living room', 6003: 'Office', 6004: 'Attic' };

async function pbxUp(): Promise<{ ami: FakeAmi; pbx: Pbx }> {
  const ami = new FakeAmi();
  ami.lists.PJSIPShowEndpoints = Object.keys(PHONES).map((name) =>
    event('EndpointList', { ObjectName: name, DeviceState: 'Not in use' }),
  );
  ami.lists.PJSIPShowEndpoint = [];
  const pbx = new Pbx(
    {
      id: 'home',
      phones: Object.entries(PHONES).map(([number, name]) => ({ endpoint: `PJSIP/${number}`, name })),
      doorbells: [{ name: 'Front door', endpoint: 'PJSIP/8000', extensions: [], answer_on: [] }],
    },
    ami.client,
    quiet,
  );
  pbx.start();
  ami.link({ state: 'up' });
  await expect.poll(() => pbx.status.up).toBe(true);
  return { ami, pbx };
}

/** Tells the model a trace's events; items of lists, which answer an action, are none. */
function tell(ami: FakeAmi, trace: Trace): void {
  for (const [, from, lines] of trace.entries) {
    if (from !== '<') continue;
    const headers = Object.fromEntries(
      headersOf(lines).map(([name, value]) => [name, value === '<unknown>' ? '' : value]),
    );
    const name = headers.Event;
    if (name !== undefined && name in EVENTS && headers.ActionID === undefined)
      ami.tell(name as EventName, headers);
  }
}

function inWords(happening: Happening): string[] {
  switch (happening.subject) {
    case 'doorbell':
      return [`door ${happening.type}${happening.by ? ` by ${happening.by.name}` : ''}`];
    case 'parking':
      return [`lot ${happening.type}${happening.by ? ` by ${happening.by.name}` : ''}`];
    case 'phone':
      return happening.type === 'missed' || happening.type === 'dtmf'
        ? [`${happening.phone.name} ${happening.type}${happening.digit ?? ''}`]
        : [];
    case 'call':
      return happening.type === 'transferred' ? [`call transferred to ${happening.to.number}`] : [];
    case 'conference':
    case 'queue':
      return [`${happening.subject} ${happening.type}`];
    default:
      return [];
  }
}

/** Scene → what was to be told, in order. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  'answer-elsewhere': ['door ring', 'door answered by Office', 'door ended'],
  'answer-here': ['door ring', 'door answered by Kitchen', 'door ended'],
  answered: ['door ring', 'door answered by Kitchen', 'door ended'],
  'attended-transfer-without-right': [
    'door ring',
    'door answered by Kitchen',
    'Kitchen dtmf*',
    'Kitchen dtmf2',
    'Kitchen dtmf6',
    'Kitchen dtmf0',
    'Kitchen dtmf0',
    'Kitchen dtmf2',
    'door ended',
  ],
  'blind-transfer-of-callee': ['call transferred to 6003'],
  'blind-transfer': ['door ring', 'door answered by Kitchen', 'call transferred to 6002', 'door ended'],
  'bridge-parked': [
    'door ring',
    'lot parked',
    'door parked',
    'lot parked',
    'lot given_up',
    'lot given_up',
    'door answered by Kitchen',
    'door ended',
  ],
  dial: [],
  digits: ['Office dtmf5', 'Living room dtmf7'],
  'hang-up-ringing': ['door ring', 'door missed', 'door ended', 'Kitchen missed', 'Living room missed'],
  'hang-up': ['door ring', 'door answered by Kitchen', 'door ended'],
  conference: [
    ...['door ring', 'door waiting', 'conference join', 'door answered by Kitchen', 'conference join'],
    ...['conference muted', 'conference unmuted', 'conference recording_started'],
    ...['conference recording_stopped', 'conference leave', 'door ended', 'conference leave'],
  ],
  queue: [
    ...['queue member_added', 'door ring', 'queue joined', 'queue connected', 'door answered by Office'],
    ...['queue completed', 'door ended', 'queue member_paused', 'door ring', 'queue joined'],
    ...['queue abandoned', 'door missed', 'door ended', 'queue member_unpaused', 'queue member_removed'],
  ],
  recording: [],
  voicemail: ['door ring', 'door missed', 'door ended'],
  missed: ['door ring', 'door missed', 'door ended', 'Kitchen missed', 'Living room missed'],
  nowhere: [],
  'originate-playback': [],
  'originate-refused': [],
  'originate-waiting': [],
  'park-answered': [
    'door ring',
    'door answered by Kitchen',
    'lot parked',
    'door parked',
    'lot given_up',
    'door ended',
  ],
  'park-caller': ['lot parked', 'lot given_up'],
  'park-ringing': [
    'door ring',
    'lot parked',
    'door parked',
    'lot given_up',
    'door missed',
    'door ended',
    'Kitchen missed',
    'Living room missed',
  ],
  'parked-given-up': ['door ring', 'lot parked', 'door parked', 'lot given_up', 'door missed', 'door ended'],
  'parked-timeout': ['door ring', 'lot parked', 'door parked', 'lot timed_out', 'door missed', 'door ended'],
  parked: [
    'door ring',
    'lot parked',
    'door parked',
    'lot retrieved by Kitchen',
    'door answered by Kitchen',
    'door ended',
  ],
  'phone-calls-phone': [],
  'redirect-ringing': ['door ring', 'door answered by Office', 'door ended'],
  redirect: ['door ring', 'door answered by Kitchen', 'door ended'],
  refused: [],
  registration: [],
  'ring-back': [],
  'talk-refused': ['door ring', 'door missed', 'door ended', 'Kitchen missed', 'Living room missed'],
  'transfer-when-answered': ['door ring', 'door answered by Kitchen', 'door ended'],
  unanswered: ['door ring', 'door missed', 'door ended', 'Kitchen missed', 'Living room missed'],
};

const scenes = readTraces().filter((trace) => trace.entries.some(([, from]) => from === '#'));

it.each(scenes)('$scene: $about', async (trace) => {
  const { ami, pbx } = await pbxUp();
  const told: string[] = [];
  const missed: string[] = [];
  pbx.onHappening((happening) =>
    (happening.subject === 'phone' && happening.type === 'missed' ? missed : told).push(
      ...inWords(happening),
    ),
  );
  tell(ami, trace);
  // Asterisk hangs up the legs of a call in an order of its own.
  told.push(...missed.sort());
  // The result of a Dial changes nothing of what is told.
  expect({ [trace.scene]: told }).toEqual({ [trace.scene]: TOLD[trace.scene.replace('-with-status', '')] });
  // Nobody is left anywhere when the scene is over.
  expect(pbx.calls.all()).toEqual([]);
  expect(pbx.doorbells.all()[0]?.state).toBe('idle');
  expect(pbx.parking.all().flatMap((lot) => lot.parked)).toEqual([]);
});
