/** What two runs of a scene have in common when they are the same. */
import type { Headers, Passage } from './replay.ts';

/**
 * Values that differ between two runs on the same Asterisk: how far it has come with ringing, sound and counting
 * when it tells of something else.
 */
const INCIDENTAL: Readonly<Record<string, readonly string[]>> = {
  DialBegin: ['DestChannelState', 'DestChannelStateDesc', 'DialString'],
  DialState: ['DestChannelState', 'DestChannelStateDesc', 'DestConnectedLineName'],
  DTMFEnd: ['DurationMs'],
  VarSet: ['Exten'],
  Newstate: ['ConnectedLineName'],
  NewConnectedLine: ['ChannelState', 'ChannelStateDesc'],
  BridgeEnter: ['BridgeTechnology'],
  BridgeLeave: ['BridgeTechnology', 'BridgeNumChannels'],
  BridgeDestroy: ['BridgeTechnology'],
  BridgeListItem: ['BridgeTechnology'],
  BridgeInfoComplete: ['BridgeTechnology'],
  BlindTransfer: ['BridgeTechnology'],
  ParkedCall: ['ParkingTimeout', 'ParkingDuration'],
  ParkedCallGiveUp: ['ParkingTimeout', 'ParkingDuration'],
  UnParkedCall: ['ParkingTimeout', 'ParkingDuration'],
  CoreShowChannel: ['Duration'],
  Status: ['Seconds', 'Nativeformats'],
  // Where a phone is, and what it is
  ContactStatus: ['URI'],
  EndpointList: ['Contacts'],
  EndpointDetail: ['DtmfMode'],
  AorDetail: ['Contacts', 'QualifyFrequency'],
  ContactList: [
    ...['ObjectName', 'CallId', 'ViaPort', 'Uri', 'UserAgent', 'ExpirationTime'],
    ...['QualifyFrequency', 'Status', 'RoundtripUsec'],
  ],
  ContactStatusDetail: [
    ...['URI', 'UserAgent', 'RegExpire', 'ViaAddress', 'CallID', 'ID'],
    ...['QualifyFrequency', 'Status', 'RoundtripUsec'],
  ],
  // A conference's announcer and recorder come and go in the bridge at a time of their own.
  ...Object.fromEntries(
    ['Start', 'End', 'Join', 'Leave', 'Mute', 'Unmute', 'Record', 'StopRecord'].map((what) => [
      `Confbridge${what}`,
      ['BridgeNumChannels'],
    ]),
  ),
  ConfbridgeList: ['AnsweredTime'],
  QueueEntry: ['Wait'],
  QueueParams: ['Holdtime', 'TalkTime'],
  QueueCallerAbandon: ['HoldTime'],
  AgentCalled: ['DestChannelState', 'DestChannelStateDesc'],
  AgentConnect: ['HoldTime', 'RingTime'],
  AgentComplete: ['HoldTime', 'TalkTime'],
  ...Object.fromEntries(
    ['QueueMember', 'QueueMemberStatus', 'QueueMemberPause', 'QueueMemberPenalty', 'QueueMemberRemoved'].map(
      (event) => [event, ['LoginTime', 'LastCall', 'LastPause']],
    ),
  ),
  QueueMemberAdded: ['LoginTime'],
  // When it was, and which file of which Asterisk it is in
  VoicemailBoxDetail: ['Date', 'Duration'],
  VoicemailUserEntry: ['Email', 'MailCommand'],
  // The lab has more: see LAB_ONLY.
  DeviceStateListComplete: ['ListItems'],
  ShowDialPlanComplete: ['ListItems', 'ListExtensions', 'ListPriorities'],
};

/** What the lab has beyond a house, and a house beyond the lab: mailboxes, conferences and a queue in the dialplan. */
const LAB_ONLY: Readonly<Record<string, (item: Headers) => boolean>> = {
  DeviceStateChange: ({ Device = '' }) => Device.startsWith('MWI:'),
  ListDialplan: ({ Extension = '' }) => ['777', '888', '650', '690'].includes(Extension),
};

/** Events of one channel that Asterisk tells of by different ways, so that they may overtake each other. */
const WAYS: readonly (readonly [events: RegExp, way: string])[] = [
  [/^Dial/, 'dialling'],
  [/^Bridge(Enter|Leave)$/, 'bridging'],
  [/Park/, 'parking'],
  [/^MusicOnHold/, 'music'],
  [/^HangupRequest$/, 'hang-up request'],
  [/^DTMF/, 'digits'],
  [/^NewConnectedLine$/, 'connected line'],
];

/** Subject → what is told of it, in order. Events of different subjects may overtake each other. */
export type Told = Readonly<Record<string, readonly Headers[]>>;

export interface Comparable {
  readonly after: string;
  readonly answers: readonly Headers[];
  readonly told: Told;
}

/** The events of each passage by subject, with names for what has names of its own in each run. */
export function comparable(passages: readonly Passage[]): Comparable[] {
  const names = new Names(passages);
  return passages.map(({ after, events, answers }) => {
    const told: Record<string, Headers[]> = {};
    for (const event of events) {
      if (incidental(event)) continue;
      const subject = names.replace(subjectOf(event));
      told[subject] ??= [];
      told[subject].push(names.within(event));
    }
    for (const [subject, changes] of Object.entries(told))
      if (subject.startsWith('device ')) told[subject] = changes.slice(-1);
    return {
      after: names.replace(after),
      answers: answers
        .filter((answer) => LAB_ONLY[answer.Event ?? '']?.(answer) !== true)
        .map((answer) => names.within(answer))
        .sort(byIdentity),
      told,
    };
  });
}

/** Asterisk lists channels and endpoints in the order of its hash tables. */
function byIdentity(one: Headers, other: Headers): number {
  const key = (item: Headers) =>
    item.Response !== undefined ? '' : item.EventList !== undefined ? '~' : `${Object.values(item)}`;
  return key(one) < key(other) ? -1 : 1;
}

/**
 * A lot has one bridge for good, either half of a Local channel may be the one that lets go, and a conference's
 * announcer is nobody.
 */
function incidental({ Event, BridgeType, Channel = '', Device = '' }: Headers): boolean {
  return (
    Device.startsWith('CBAnn/') ||
    (Event === 'BridgeCreate' && BridgeType === 'parking') ||
    (Event === 'HangupRequest' && Channel.startsWith('Local/'))
  );
}

function subjectOf(event: Headers): string {
  const name = event.Event ?? '';
  if (name === 'DeviceStateChange') return `device ${event.Device}`;
  const way = WAYS.find(([pattern]) => pattern.test(name))?.[1];
  const channel = event.DestChannel ?? event.ParkeeChannel ?? event.Channel;
  if (channel === undefined || name === 'OriginateResponse') return `${name} ${event.BridgeUniqueid ?? ''}`;
  return [channel, way].join(' ');
}

/** Names what a run has created by the order of creation. */
class Names {
  readonly #names = new Map<string, string>();

  constructor(passages: readonly Passage[]) {
    const events = passages.flatMap((passage) => passage.events);
    let channels = 0;
    for (const { Event, Channel, Uniqueid } of events) {
      if (Event !== 'Newchannel') continue;
      this.#add(Channel, `${Channel?.replace(/-\w{8}/, '')}#${channels}`);
      this.#add(Uniqueid, `uniqueid#${channels}`);
      channels += 1;
    }
    const counts: Record<string, number> = {};
    const count = (who: string) => {
      counts[who] = (counts[who] ?? 0) + 1;
      return counts[who];
    };
    for (const { Event, BridgeUniqueid, BridgeType, BridgeName, Channel = '' } of events) {
      if (Event !== 'BridgeEnter' || this.#names.has(BridgeUniqueid ?? '')) continue;
      const who = this.#names.get(Channel) ?? '';
      // By who enters it first.
      this.#add(
        BridgeUniqueid,
        BridgeType === 'parking' ? `lot ${BridgeName}` : `bridge of ${who}, ${count(who)}`,
      );
    }
  }

  #add(name: string | undefined, instead: string): void {
    if (name !== undefined) this.#names.set(name, instead);
  }

  replace(text: string): string {
    // A MixMonitor is called by its address in memory, a message by the second in which it was left.
    let replaced = text.replace(/\b0x\w{12}\b/, 'monitor').replace(/\b\d{10}-\d{8}\b/, 'message');
    // Longer names first: `companion-1;2` is not the half of `companion-1`.
    for (const [name, instead] of [...this.#names].sort(([one], [other]) => other.length - one.length))
      replaced = replaced.replaceAll(name, instead);
    return replaced;
  }

  within(event: Headers): Headers {
    const incidental = INCIDENTAL[event.Event ?? ''] ?? [];
    return Object.fromEntries(
      Object.entries(event).map(([header, value]) => [
        header,
        incidental.includes(header) || header.endsWith('Priority') ? '…' : this.replace(value),
      ]),
    );
  }
}
