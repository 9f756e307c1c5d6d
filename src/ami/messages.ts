/**
 * Every event that this project reads or its demo tells, in Asterisk's own words (manager_channels.c, manager_bridges.c,
 * parking_manager.c, stasis_bridges.c … of Asterisk 22). An event that is not here is no error: it is skipped.
 */

/** Classes that Asterisk sorts events into; a login's mask is made of them (`manager.c`, `perms`). */
export type EventClass = 'system' | 'call' | 'user' | 'dtmf' | 'agent' | 'dialplan' | 'reporting' | 'cdr';

/** How an event is read. */
export interface EventShape<H extends string = string> {
  /** The class that it comes in, or null: it comes only as an item of a list. */
  readonly class: EventClass | null;
  /** Headers in the order in which Asterisk sends them. */
  readonly headers: readonly H[];
  /** Those of `headers` that Asterisk C-escapes (`ast_escape_c`). */
  readonly escaped: ReadonlySet<string>;
  /** The event also carries headers that nobody can know beforehand, or the same one several times. */
  readonly open: boolean;
}

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
] as const;

const BRIDGE = [
  'BridgeUniqueid',
  'BridgeType',
  'BridgeTechnology',
  'BridgeCreator',
  'BridgeName',
  'BridgeNumChannels',
  'BridgeVideoSourceMode',
] as const;

interface Part<H extends string> {
  readonly headers: readonly H[];
  readonly escaped: readonly string[];
}

/** A channel snapshot; `channel('Dest')` gives `DestChannel`, `DestUniqueid`, … */
function channel(): Part<(typeof CHANNEL)[number]>;
function channel<const P extends string>(prefix: P): Part<`${P}${(typeof CHANNEL)[number]}`>;
function channel(prefix = ''): Part<string> {
  const name = (header: string) => `${prefix}${header}`;
  return { headers: CHANNEL.map(name), escaped: [name('CallerIDName'), name('ConnectedLineName')] };
}

/** A bridge snapshot; `bridge('To')` gives `ToBridgeUniqueid`, … */
function bridge(): Part<(typeof BRIDGE)[number]>;
function bridge<const P extends string>(prefix: P): Part<`${P}${(typeof BRIDGE)[number]}`>;
function bridge(prefix = ''): Part<string> {
  return { headers: BRIDGE.map((header) => `${prefix}${header}`), escaped: [] };
}

/** Headers that Asterisk sends C-escaped. */
function escaped<const H extends string>(...headers: H[]): Part<H> {
  return { headers, escaped: headers };
}

function event<const H extends string>(
  eventClass: EventClass | null,
  ...parts: readonly (H | Part<H>)[]
): EventShape<H> {
  const pieces = parts.map((part) => (typeof part === 'string' ? { headers: [part], escaped: [] } : part));
  return {
    class: eventClass,
    headers: pieces.flatMap((piece) => piece.headers),
    escaped: new Set(pieces.flatMap((piece) => piece.escaped)),
    open: false,
  };
}

/**
 * As {@link event}, and its further headers are kept in `headers`, in the order of the wire. What follows the last
 * declared header is such a further one whatever its name: in a UserEvent, what its sender made up.
 */
function openEvent<const H extends string>(
  eventClass: EventClass | null,
  ...parts: readonly (H | Part<H>)[]
): EventShape<H> & { readonly open: true } {
  return { ...event<H>(eventClass, ...parts), open: true };
}

const parking = [
  'ParkerDialString',
  'Parkinglot',
  'ParkingSpace',
  'ParkingTimeout',
  'ParkingDuration',
] as const;

const peer = [
  'Channeltype',
  'ObjectName',
  'ObjectUsername',
  'ChanObjectType',
  'IPaddress',
  'IPport',
  'Mask',
  'Port',
  'Dynamic',
  'Trunk',
  'Encryption',
  'Status',
  'Description',
] as const;

/** A member, in the events of app_queue. `LastCall`, `LastPause`, `LoginTime`: seconds since the epoch, or 0. */
const queueMember = [
  'Queue',
  'MemberName',
  'Interface',
  'StateInterface',
  'Membership',
  'Penalty',
  'CallsTaken',
  'LastCall',
  'LastPause',
  'LoginTime',
  'InCall',
  'Status',
  'Paused',
  'PausedReason',
  'Ringinuse',
  'Wrapuptime',
] as const;

/** A caller and the member's channel. */
const queueAgent = [channel(), channel('Dest'), 'Queue', 'MemberName', 'Interface'] as const;

/** Event name, as on the wire, → how it is read. */
export const EVENTS = {
  // channels
  Newchannel: event('call', channel()),
  Newstate: event('call', channel()),
  Newexten: event('dialplan', channel(), 'Extension', 'Application', 'AppData'),
  NewCallerid: event('call', channel(), escaped('CID-CallingPres')),
  NewConnectedLine: event('call', channel()),
  Rename: event('call', 'Channel', 'Newname', 'Uniqueid'),
  HangupRequest: event('call', channel(), 'Cause', 'TechCause'),
  SoftHangupRequest: event('call', channel(), 'Cause', 'TechCause'),
  Hangup: event('call', channel(), 'Cause', 'Cause-txt', 'TechCause'),
  VarSet: event('dialplan', channel(), 'Variable', escaped('Value')),
  Hold: event('call', channel(), 'MusicClass'),
  Unhold: event('call', channel()),
  MusicOnHoldStart: event('call', channel(), 'Class'),
  MusicOnHoldStop: event('call', channel()),
  DTMFBegin: event('dtmf', channel(), 'Digit', 'Direction'),
  DTMFEnd: event('dtmf', channel(), 'Digit', 'DurationMs', 'Direction'),
  MixMonitorStart: event('call', channel()),
  MixMonitorStop: event('call', channel()),

  // dialling
  DialBegin: event('call', channel(), channel('Dest'), 'DialString'),
  DialState: event('call', channel(), channel('Dest'), 'Forward', 'DialStatus'),
  DialEnd: event('call', channel(), channel('Dest'), 'Forward', 'DialStatus'),
  /** Answers an Originate with `Async`. CallerIDName is not escaped here. */
  OriginateResponse: event(
    'call',
    'Response',
    'Channel',
    'Context',
    'Exten',
    'Application',
    'Data',
    'Reason',
    'Uniqueid',
    'CallerIDNum',
    'CallerIDName',
  ),

  // Local channels
  LocalBridge: event(
    'call',
    channel('LocalOne'),
    channel('LocalTwo'),
    'Context',
    'Exten',
    'LocalOptimization',
  ),
  LocalOptimizationBegin: event(
    'call',
    channel('LocalOne'),
    channel('LocalTwo'),
    channel('Source'),
    'DestUniqueId',
    'Id',
  ),
  LocalOptimizationEnd: event('call', channel('LocalOne'), channel('LocalTwo'), 'Success', 'Id'),

  // bridges
  BridgeCreate: event('call', bridge()),
  BridgeDestroy: event('call', bridge()),
  BridgeEnter: event('call', bridge(), channel(), 'SwapUniqueid'),
  BridgeLeave: event('call', bridge(), channel()),

  // transfers
  BlindTransfer: event(
    'call',
    'Result',
    channel('Transferer'),
    channel('Transferee'),
    bridge(),
    'IsExternal',
    'Context',
    'Extension',
  ),
  AttendedTransfer: event(
    'call',
    'Result',
    channel('OrigTransferer'),
    bridge('Orig'),
    channel('SecondTransferer'),
    bridge('Second'),
    channel('Transferee'),
    channel('TransferTarget'),
    'IsExternal',
    'DestType',
    'DestBridgeUniqueid',
    'DestApp',
    channel('LocalOne'),
    channel('LocalTwo'),
    'DestTransfererChannel',
  ),

  // parking
  ParkedCall: event('call', channel('Parkee'), ...parking),
  ParkedCallTimeOut: event('call', channel('Parkee'), ...parking),
  ParkedCallGiveUp: event('call', channel('Parkee'), ...parking),
  UnParkedCall: event('call', channel('Parkee'), channel('Retriever'), ...parking),
  ParkedCallSwap: event('call', channel('Parkee'), ...parking),
  Parkinglot: event(null, 'Name', 'StartSpace', 'StopSpace', 'Timeout'),

  // conferences
  ConfbridgeStart: event('call', 'Conference', bridge()),
  ConfbridgeEnd: event('call', 'Conference', bridge()),
  ConfbridgeJoin: event('call', 'Conference', bridge(), channel(), 'Admin', 'Muted'),
  ConfbridgeLeave: event('call', 'Conference', bridge(), channel(), 'Admin'),
  ConfbridgeMute: event('call', 'Conference', bridge(), channel(), 'Admin'),
  ConfbridgeUnmute: event('call', 'Conference', bridge(), channel(), 'Admin'),
  /** Only for users whose profile says `talk_detection_events = yes`. `TalkingStatus`: on, off. */
  ConfbridgeTalking: event('call', 'Conference', bridge(), channel(), 'TalkingStatus', 'Admin'),
  ConfbridgeRecord: event('call', 'Conference', bridge()),
  ConfbridgeStopRecord: event('call', 'Conference', bridge()),
  ConfbridgeListRooms: event(null, 'Conference', 'Parties', 'Marked', 'Locked', 'Muted'),
  ConfbridgeList: event(
    null,
    'Conference',
    'Admin',
    'MarkedUser',
    'WaitMarked',
    'EndMarked',
    'EndMarkedAny',
    'Waiting',
    'Muted',
    'Talking',
    'AnsweredTime',
    channel(),
  ),
  // queues. Times in seconds, `RingTime` in ms when nobody answered
  QueueCallerJoin: event('agent', channel(), 'Queue', 'Position', 'Count'),
  QueueCallerLeave: event('agent', channel(), 'Queue', 'Count', 'Position'),
  /** Also of one who is withdrawn, moved or waits too long: `Abandon` only says that no member took the call. */
  QueueCallerAbandon: event('agent', channel(), 'Queue', 'Position', 'OriginalPosition', 'HoldTime'),
  AgentCalled: event('agent', ...queueAgent),
  AgentConnect: event('agent', ...queueAgent, 'RingTime', 'HoldTime'),
  AgentComplete: event('agent', ...queueAgent, 'HoldTime', 'TalkTime', 'Reason'),
  AgentRingNoAnswer: event('agent', ...queueAgent, 'RingTime'),
  AgentDump: event('agent', ...queueAgent),
  QueueMemberAdded: event('agent', ...queueMember),
  QueueMemberRemoved: event('agent', ...queueMember),
  QueueMemberPause: event('agent', ...queueMember),
  QueueMemberPenalty: event('agent', ...queueMember),
  QueueMemberRinginuse: event('agent', ...queueMember),
  QueueMemberStatus: event('agent', ...queueMember),

  // devices and registration
  DeviceStateChange: event('call', 'Device', 'State'),
  PresenceStateChange: event('call', 'Presentity', 'Status', escaped('Subtype', 'Message')),
  ExtensionStatus: event('call', 'Exten', 'Context', 'Hint', 'Status', 'StatusText'),
  PresenceStatus: event('call', 'Exten', 'Context', 'Hint', 'Status', 'Subtype', 'Message'),
  ContactStatus: event('system', 'URI', 'ContactStatus', 'AOR', 'EndpointName', 'RoundtripUsec'),
  PeerStatus: event('system', 'ChannelType', 'Peer', 'PeerStatus', 'Cause', 'Address', 'Port', 'Time'),
  Registry: event('system', 'ChannelType', 'Username', 'Domain', 'Status', 'Cause'),
  Alarm: event('system', 'DAHDIChannel', 'Alarm'),
  MessageWaiting: event('call', channel(), 'Mailbox', 'Waiting', 'New', 'Old'),

  // voicemail; its password changes (VoicemailPasswordChange) carry the new password and are never read
  VoicemailUserEntry: event(
    null,
    'VMContext',
    'VoiceMailbox',
    'Fullname',
    'Email',
    'Pager',
    'ServerEmail',
    'FromString',
    'MailCommand',
    'Language',
    'TimeZone',
    'Callback',
    'Dialout',
    'UniqueID',
    'ExitContext',
    'SayDurationMinimum',
    'SayEnvelope',
    'SayCID',
    'AttachMessage',
    'AttachmentFormat',
    'DeleteMessage',
    'VolumeGain',
    'CanReview',
    'CanMarkUrgent',
    'CallOperator',
    'MaxMessageCount',
    'MaxMessageLength',
    'NewMessageCount',
    'OldMessageCount',
  ),
  VoicemailBoxDetail: event(null, 'Folder', 'CallerID', 'Date', 'Duration', 'Flag', 'ID'),

  // the dialplan's and other clients' own
  /** A channel snapshot when a dialplan raised it, none when an AMI client did; then what the sender added. */
  UserEvent: openEvent('user', channel(), 'UserEvent'),

  // the PBX itself
  FullyBooted: event('system', 'Uptime', 'LastReload', 'Status'),
  Shutdown: event('system', 'Shutdown', 'Restart'),
  Reload: event('system', 'Module', 'Status'),
  Load: event('system', 'Module', 'Status'),
  Unload: event('system', 'Module', 'Status'),

  // items of lists
  CoreShowChannel: openEvent(null, channel(), 'Application', 'ApplicationData', 'Duration', 'BridgeId'),
  Status: openEvent(
    null,
    channel(),
    'Type',
    'DNID',
    'EffectiveConnectedLineNum',
    'EffectiveConnectedLineName',
    'TimeToHangup',
    'BridgeID',
    'Application',
    'Data',
    'Nativeformats',
    'Readformat',
    'Readtrans',
    'Writeformat',
    'Writetrans',
    'Callgroup',
    'Pickupgroup',
    'Seconds',
  ),
  BridgeListItem: event(null, bridge()),
  BridgeInfoChannel: event(null, channel()),
  EndpointList: event(
    null,
    'ObjectType',
    'ObjectName',
    'Transport',
    'Aor',
    'Auths',
    'OutboundAuths',
    'Contacts',
    'DeviceState',
    'ActiveChannels',
  ),
  ContactList: event(
    null,
    'ObjectType',
    'ObjectName',
    'Uri',
    'ExpirationTime',
    'QualifyFrequency',
    'UserAgent',
    'ViaAddr',
    'ViaPort',
    'Endpoint',
    'Status',
    'RoundtripUsec',
  ),
  EndpointDetail: openEvent(
    null,
    'ObjectType',
    'ObjectName',
    'Context',
    'Aors',
    'Callerid',
    'DtmfMode',
    'Webrtc',
    'Transport',
    'DeviceState',
    'ActiveChannels',
  ),
  AorDetail: event(
    null,
    'ObjectType',
    'ObjectName',
    'MaxContacts',
    'Mailboxes',
    'Contacts',
    'TotalContacts',
    'ContactsRegistered',
    'EndpointName',
  ),
  ContactStatusDetail: event(
    null,
    'AOR',
    'URI',
    'UserAgent',
    'RegExpire',
    'ViaAddress',
    'CallID',
    'Status',
    'RoundtripUsec',
    'EndpointName',
    'ID',
  ),
  /** Of SIPpeers, IAXpeers and IAXpeerlist; `Channeltype` tells them apart. */
  PeerEntry: event(null, ...peer),
  DAHDIShowChannels: event(
    null,
    'DAHDIChannel',
    'Channel',
    'Uniqueid',
    'AccountCode',
    'Signalling',
    'SignallingCode',
    'Context',
    'DND',
    'Alarm',
    'Description',
  ),
  QueueParams: event(
    null,
    'Queue',
    'Max',
    'Strategy',
    'Calls',
    'Holdtime',
    'TalkTime',
    'Completed',
    'Abandoned',
    'ServiceLevel',
    'ServicelevelPerf',
    'ServicelevelPerf2',
    'Weight',
  ),
  /** Calls `Name` and `Location` what the events call `MemberName` and `Interface`. */
  QueueMember: event(
    null,
    'Queue',
    'Name',
    'Location',
    'StateInterface',
    'Membership',
    'Penalty',
    'CallsTaken',
    'LastCall',
    'LastPause',
    'LoginTime',
    'InCall',
    'Status',
    'Paused',
    'PausedReason',
    'Wrapuptime',
  ),
  QueueEntry: event(
    null,
    'Queue',
    'Position',
    'Channel',
    'Uniqueid',
    'CallerIDNum',
    'CallerIDName',
    'ConnectedLineNum',
    'ConnectedLineName',
    'Wait',
    'Priority',
  ),
  DBGetResponse: event(null, 'Family', 'Key', 'Val'),
  DBGetTreeResponse: event(null, 'Key', 'Val'),
  ListDialplan: event(
    null,
    'Context',
    'Extension',
    'ExtensionLabel',
    'Priority',
    'Application',
    'AppData',
    'IncludeContext',
    'IgnorePattern',
    'Switch',
    'Registrar',
  ),
} satisfies Record<string, EventShape>;

export type EventName = keyof typeof EVENTS;

/** The headers that an event's type names. */
export type HeaderOf<N extends EventName> = (typeof EVENTS)[N] extends EventShape<infer H> ? H : never;

type Extra<N extends EventName> = (typeof EVENTS)[N] extends { readonly open: true }
  ? {
      /** The headers that the type does not name, repeated ones too, in the order of the wire. */
      readonly headers: readonly (readonly [name: string, value: string])[];
    }
  : unknown;

/**
 * An event. A header that did not come is `''`, and so is Asterisk's `<unknown>`; C escapes are undone where
 * Asterisk makes them. Everything else is as sent, and may be hostile: callers choose their names.
 */
export type AmiEvent<N extends EventName = EventName> = {
  [K in N]: { readonly Event: K } & { readonly [H in HeaderOf<K>]: string } & Extra<K>;
}[N];

export interface ListShape {
  /** Events that are items of the list. */
  readonly items: readonly EventName[];
  /** Event that ends it. */
  readonly complete: string;
  /** What Asterisk answers, as an error or instead of the list, when the list would be empty. */
  readonly empty?: string | readonly string[];
  /** What Asterisk answers as a success, and sends no list, when it has not what is asked about. */
  readonly refusal?: string;
}

/** Actions that answer with a list → what it is made of. */
export const LISTS = {
  CoreShowChannels: { items: ['CoreShowChannel'], complete: 'CoreShowChannelsComplete' },
  Status: { items: ['Status'], complete: 'StatusComplete' },
  BridgeList: { items: ['BridgeListItem'], complete: 'BridgeListComplete' },
  BridgeInfo: { items: ['BridgeInfoChannel'], complete: 'BridgeInfoComplete' },
  ParkedCalls: { items: ['ParkedCall'], complete: 'ParkedCallsComplete' },
  Parkinglots: { items: ['Parkinglot'], complete: 'ParkinglotsComplete' },
  ConfbridgeListRooms: {
    items: ['ConfbridgeListRooms'],
    complete: 'ConfbridgeListRoomsComplete',
    empty: 'No active conferences.',
  },
  ConfbridgeList: {
    items: ['ConfbridgeList'],
    complete: 'ConfbridgeListComplete',
    empty: ['No active conferences.', 'No Conference by that name found.'],
  },
  QueueStatus: {
    items: ['QueueParams', 'QueueMember', 'QueueEntry'],
    complete: 'QueueStatusComplete',
  },
  DeviceStateList: { items: ['DeviceStateChange'], complete: 'DeviceStateListComplete' },
  PresenceStateList: { items: ['PresenceStateChange'], complete: 'PresenceStateListComplete' },
  ExtensionStateList: {
    items: ['ExtensionStatus'],
    complete: 'ExtensionStateListComplete',
    empty: 'No dialplan hints are available',
  },
  PJSIPShowEndpoints: {
    items: ['EndpointList'],
    complete: 'EndpointListComplete',
    empty: 'No endpoints found',
  },
  PJSIPShowContacts: { items: ['ContactList'], complete: 'ContactListComplete', empty: 'No Contacts found' },
  PJSIPShowEndpoint: {
    items: ['EndpointDetail', 'AorDetail', 'ContactStatusDetail'],
    complete: 'EndpointDetailComplete',
  },
  SIPpeers: { items: ['PeerEntry'], complete: 'PeerlistComplete' },
  IAXpeerlist: { items: ['PeerEntry'], complete: 'PeerlistComplete' },
  DAHDIShowChannels: { items: ['DAHDIShowChannels'], complete: 'DAHDIShowChannelsComplete' },
  DBGet: { items: ['DBGetResponse'], complete: 'DBGetComplete' },
  DBGetTree: { items: ['DBGetTreeResponse'], complete: 'DBGetTreeComplete' },
  ShowDialPlan: { items: ['ListDialplan'], complete: 'ShowDialPlanComplete' },
  VoicemailUsersList: {
    items: ['VoicemailUserEntry'],
    complete: 'VoicemailUserEntryComplete',
    empty: 'There are no voicemail users currently defined.',
  },
  VoicemailBoxSummary: {
    items: ['VoicemailBoxDetail'],
    complete: 'VoicemailBoxDetailComplete',
    refusal: 'There is no voicemail user matching the given user.',
  },
} as const satisfies Record<string, ListShape>;

export type ListName = keyof typeof LISTS;

/** The events that a list action answers with. */
export type ListItem<A extends ListName> = AmiEvent<(typeof LISTS)[A]['items'][number]>;
