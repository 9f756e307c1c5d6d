/** What a busy PBX sends: calls of the shape that Asterisk 22 gives, header for header. */

const CHANNEL = [
  'Channel',
  'ChannelState',
  'ChannelStateDesc',
  'CallerIDNum',
  'CallerIDName',
  'ConnectedLineNum',
  'ConnectedLineName',
  'Language',
  'AccountCode',
  'Context',
  'Exten',
  'Priority',
  'Uniqueid',
  'Linkedid',
];

function channel(prefix: string, number: number, phone: string, linked: number): string {
  const values = [
    `PJSIP/${phone}-${number.toString(16).padStart(8, '0')}`,
    '6',
    'Up',
    phone,
    number % 50 === 0 ? 'Bäckerei Grün' : `Phone ${phone}`,
    '<unknown>',
    '<unknown>',
    'en',
    '',
    'from-internal',
    '444',
    '1',
    `1763949${100 + (number % 900)}.${number}`,
    `1763949${100 + (linked % 900)}.${linked}`,
  ];
  return CHANNEL.map((header, i) => `${prefix}${header}: ${values[i]}\r\n`).join('');
}

function bridge(number: number): string {
  const id = `5fd3a9f0-8b6a-4a1f-9c7e-${number.toString(16).padStart(12, '0')}`;
  return (
    `BridgeUniqueid: ${id}\r\nBridgeType: basic\r\nBridgeTechnology: simple_bridge\r\n` +
    'BridgeCreator: <unknown>\r\nBridgeName: <unknown>\r\nBridgeNumChannels: 2\r\nBridgeVideoSourceMode: none\r\n'
  );
}

const event = (name: string, privilege: string, body: string) =>
  `Event: ${name}\r\nPrivilege: ${privilege},all\r\n${body}\r\n`;

const device = (phone: string, state: string) =>
  event('DeviceStateChange', 'call', `Device: PJSIP/${phone}\r\nState: ${state}\r\n`);

/** All events of one answered call. */
export function call(number: number): string[] {
  const from = `6${String(number % 500).padStart(3, '0')}`;
  const to = `6${String((number + 251) % 500).padStart(3, '0')}`;
  const caller = channel('', number, from, number);
  const callee = channel('', number + 1, to, number);
  const dialled = channel('Dest', number + 1, to, number);
  const variable = (name: string, value: string) =>
    event('VarSet', 'dialplan', `${caller}Variable: ${name}\r\nValue: ${value}\r\n`);
  const ended = 'Cause: 16\r\nCause-txt: Normal Clearing\r\n';
  return [
    event('Newchannel', 'call', caller),
    device(from, 'INUSE'),
    variable('SIPCALLID', '5b3f21c8d9e04a17b0f6@192.168.1.20'),
    event('Newexten', 'dialplan', `${caller}Extension: 444\r\nApplication: NoOp\r\nAppData: door\r\n`),
    event(
      'Newexten',
      'dialplan',
      `${caller}Extension: 444\r\nApplication: Dial\r\nAppData: PJSIP/${to},20\r\n`,
    ),
    event('Newchannel', 'call', callee),
    event('NewConnectedLine', 'call', callee),
    event('DialBegin', 'call', `${caller}${dialled}DialString: ${to}/sip:${to}@192.168.1.31:5060\r\n`),
    device(to, 'RINGING'),
    event('DialState', 'call', `${caller}${dialled}DialStatus: RINGING\r\n`),
    event('Newstate', 'call', callee),
    device(to, 'INUSE'),
    event('DialEnd', 'call', `${caller}${dialled}DialStatus: ANSWER\r\n`),
    variable('DIALSTATUS', 'ANSWER'),
    event('BridgeCreate', 'call', bridge(number)),
    event('BridgeEnter', 'call', bridge(number) + callee),
    event('BridgeEnter', 'call', bridge(number) + caller),
    event('DTMFBegin', 'dtmf', `${caller}Digit: 5\r\nDirection: Received\r\n`),
    event('DTMFEnd', 'dtmf', `${caller}Digit: 5\r\nDurationMs: 100\r\nDirection: Received\r\n`),
    event('Hold', 'call', caller),
    event('Unhold', 'call', caller),
    event('HangupRequest', 'call', `${caller}Cause: 16\r\n`),
    event('BridgeLeave', 'call', bridge(number) + caller),
    event('BridgeLeave', 'call', bridge(number) + callee),
    event('BridgeDestroy', 'call', bridge(number)),
    event('Hangup', 'call', caller + ended),
    event('Hangup', 'call', callee + ended),
    device(from, 'NOT_INUSE'),
    device(to, 'NOT_INUSE'),
    event('UserEvent', 'user', `${caller}UserEvent: CallDone\r\nSeconds: 42\r\n`),
  ];
}

/** Events of {@link call}. */
export const EVENTS_PER_CALL = call(0).length;

/** Calls under way at a time: their events come mixed, as on a busy PBX. */
const CONCURRENT = 40;

/** `events` of them, a multiple of {@link EVENTS_PER_CALL}. */
export function load(events: number): Buffer {
  const parts: string[] = [];
  const running: string[][] = [];
  let number = 0;
  let begun = 0;
  // a fixed sequence of pseudo-random numbers: every run gets the same bytes
  let random = 1;
  while (parts.length < events) {
    while (running.length < CONCURRENT && begun < events) {
      running.push(call(number));
      number += 2;
      begun += EVENTS_PER_CALL;
    }
    random = (random * 48271) % 2147483647;
    const index = random % running.length;
    const left = running[index] as string[];
    // what a channel does comes in short bursts
    parts.push(...left.splice(0, 1 + (random % 3)));
    if (left.length === 0) running.splice(index, 1);
  }
  return Buffer.from(parts.join(''));
}

/** The event that ends a measurement: of a kind that the load does not have. */
export const LAST = event('Shutdown', 'system', 'Shutdown: Cleanly\r\nRestart: False\r\n');
