/** Every action that this project sends, its demo answers or its lab tries, with Asterisk's own header names (`manager show command NAME`). */
import type { EventClass, ListName } from './messages.ts';

/** Channel variables; sent as one `Variable` header each, their values quoted for Asterisk. */
export type Variables = Readonly<Record<string, string>>;

/** An extension to go to. */
interface Place {
  readonly Context?: string;
  readonly Exten?: string;
  readonly Priority?: string | number;
}

/** Header names → values, by action. Numbers are sent in decimal. */
interface Headers {
  // the session
  Login:
    | { Username: string; Secret: string; Events?: string }
    | {
        Username: string;
        AuthType: 'MD5';
        Key: string;
        Events?: string;
      };
  Challenge: { AuthType: 'MD5' };
  Logoff: object;
  Ping: object;
  Events: { EventMask: readonly EventClass[] | 'on' | 'off' };
  Filter: { Operation: 'Add'; Filter: string; MatchCriteria?: string };
  ListCommands: object;
  ModuleCheck: { Module: string };
  CoreStatus: object;
  CoreSettings: object;
  Command: { Command: string };

  // calls
  Originate: Place & {
    /** Device to call, such as `PJSIP/6001` or `Local/100@default`. */
    Channel: string;
    Application?: string;
    Data?: string;
    /** ms; Asterisk's default is 30,000. */
    Timeout?: number;
    CallerID?: string;
    Variable?: Variables;
    Account?: string;
    EarlyMedia?: 'true' | 'false';
    Async?: 'true' | 'false';
    Codecs?: string;
    ChannelId?: string;
    OtherChannelId?: string;
    /** `context,exten,priority` of a Gosub on the outgoing channel; Asterisk 22 and later. */
    PreDialGoSub?: string;
  };
  /** `Channel`: exact name, or `/regex/`. */
  Hangup: { Channel: string; Cause?: number };
  Redirect: Required<Place> & {
    Channel: string;
    ExtraChannel?: string;
    ExtraContext?: string;
    ExtraExten?: string;
    ExtraPriority?: string | number;
  };
  Bridge: { Channel1: string; Channel2: string; Tone?: 'no' | 'Channel1' | 'Channel2' | 'Both' };
  BlindTransfer: { Channel: string; Context?: string; Exten: string };
  Atxfer: { Channel: string; Exten: string; Context?: string };
  /** `Duration`: ms. `Receive`: as if the device had pressed the key. */
  PlayDTMF: { Channel: string; Digit: string; Duration?: number; Receive?: 'true' | 'false' };
  Getvar: { Variable: string; Channel?: string };
  Setvar: { Variable: string; Value: string; Channel?: string };
  CoreShowChannels: object;
  Status: { Channel?: string; Variables?: string; AllVariables?: 'true' | 'false' };
  BridgeList: { BridgeType?: string };
  BridgeInfo: { BridgeUniqueid: string };

  // parking. Timeout: ms
  Park: {
    Channel: string;
    TimeoutChannel?: string;
    AnnounceChannel?: string;
    Timeout?: number;
    Parkinglot?: string;
    ParkingSpace?: string | number;
  };
  ParkedCalls: { ParkingLot?: string };
  Parkinglots: object;

  // conferences. `Channel`: an exact name, or `all`, or `participants` (those who are no admins)
  ConfbridgeListRooms: object;
  ConfbridgeList: { Conference: string };
  ConfbridgeKick: { Conference: string; Channel: string };
  ConfbridgeMute: { Conference: string; Channel: string };
  ConfbridgeUnmute: { Conference: string; Channel: string };
  ConfbridgeLock: { Conference: string };
  ConfbridgeUnlock: { Conference: string };
  ConfbridgeStartRecord: { Conference: string; RecordFile?: string };
  ConfbridgeStopRecord: { Conference: string };
  // queues. Interface: a member's, such as `PJSIP/6001`; Caller: a channel's name
  QueueStatus: { Queue?: string; Member?: string };
  QueueAdd: {
    Queue: string;
    Interface: string;
    Penalty?: number;
    Paused?: 'true' | 'false';
    Reason?: string;
    MemberName?: string;
    StateInterface?: string;
  };
  QueueRemove: { Queue: string; Interface: string };
  QueuePause: { Interface: string; Paused: 'true' | 'false'; Queue?: string; Reason?: string };
  QueuePenalty: { Interface: string; Penalty: number; Queue?: string };
  QueueWithdrawCaller: { Queue: string; Caller: string; WithdrawInfo?: string };
  /** Without `Immediate` the caller keeps the place until the next one comes. */
  QueueChangePriorityCaller: { Queue: string; Caller: string; Priority: number; Immediate?: 'yes' | 'no' };

  // devices
  PJSIPShowEndpoints: object;
  PJSIPShowEndpoint: { Endpoint: string };
  PJSIPShowContacts: object;
  SIPpeers: object;
  IAXpeerlist: object;
  DAHDIShowChannels: { DAHDIChannel?: string };
  DeviceStateList: object;
  PresenceStateList: object;
  ExtensionStateList: object;

  // voicemail. A failure is `Response: Success`, and only `Message` tells.
  VoicemailUsersList: object;
  VoicemailBoxSummary: { Context: string; Mailbox: string };
  VoicemailMove: { Context: string; Mailbox: string; Folder: string; ID: string; ToFolder: string };
  VoicemailRemove: { Context: string; Mailbox: string; Folder: string; ID: string };
  VoicemailForward: {
    Context: string;
    Mailbox: string;
    Folder: string;
    ID: string;
    ToContext: string;
    ToMailbox: string;
    ToFolder: string;
  };
  // recordings. `File` is split at commas
  MixMonitor: { Channel: string; File: string; Options?: string };
  /** Without `MixMonitorID`: the newest. */
  StopMixMonitor: { Channel: string; MixMonitorID?: string };

  // text messages
  /** `Destination`: `pjsip:` and an endpoint. `From`: a number, or a SIP address. */
  MessageSend: { Destination: string; To?: string; From?: string; Base64Body: string };

  // the rest
  /** `Headers`: what the event carries besides its name. */
  UserEvent: { UserEvent: string; Headers?: Readonly<Record<string, string>> };
  DBGet: { Family: string; Key: string };
  DBGetTree: { Family?: string; Key?: string };
  DBPut: { Family: string; Key: string; Val: string };
  DBDel: { Family: string; Key: string };
  GetConfig: { Filename: string; Category?: string };
  ShowDialPlan: { Context?: string; Extension?: string };
}

export type ActionName = keyof Headers;

/** An action. The client adds the ActionID. */
export type AmiAction<A extends ActionName = ActionName> = {
  [K in A]: { readonly Action: K } & Readonly<Headers[K]>;
}[A];

/** An action that answers with a list. */
export type ListAction<A extends ListName = ListName> = AmiAction<A>;
