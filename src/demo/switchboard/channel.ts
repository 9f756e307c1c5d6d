import { escapeC } from '../wire/escape.ts';
import type { Fields } from '../wire/shapes.ts';

export interface Party {
  readonly number: string;
  readonly name: string;
}

export const NOBODY: Party = { number: '', name: '' };

/** Asterisk's numbers of channel states (channelstate.h). */
const STATES = { Down: 0, Ring: 4, Ringing: 5, Up: 6, Busy: 7 } as const;
export type ChannelState = keyof typeof STATES;

/** Why a channel ends: a Q.850 cause, and the SIP response behind it, 0 when there is none. */
export interface Ending {
  readonly cause: number;
  readonly tech: number;
}

/**
 * How a channel is taken away from what it does: `goto` to an extension; `bridge` to another bridge, at once; `park`
 * to a parking lot, and whom it talked to stays where it is.
 */
export type Taking = 'goto' | 'bridge' | 'park';

/** What a channel does at the moment, from the point of view of who interrupts it. */
export interface Activity {
  /** The channel has been hung up: it leaves what it is in. Its own Hangup follows. */
  hungUp(channel: Channel, ending: Ending): void;
  /** The channel is taken away to something else. */
  taken(channel: Channel, how: Taking): void;
}

export const IDLE: Activity = { hungUp() {}, taken() {} };

export interface NewChannel {
  readonly name: string;
  readonly uniqueid: string;
  readonly linkedid: string;
  /** Device name such as `PJSIP/6001`. */
  readonly device: string;
  readonly state: ChannelState;
  readonly caller: Party;
  readonly context: string;
  readonly exten: string;
  /** What it dialled, `''` when it was dialled itself. */
  readonly dialled: string;
  /** Counts channels and Linkedids: the lower one is older. */
  readonly order: number;
  readonly linkedOrder: number;
  /** ms since the epoch. */
  readonly born: number;
}

export class Channel {
  readonly name: string;
  readonly uniqueid: string;
  readonly device: string;
  readonly dialled: string;
  readonly order: number;
  readonly born: number;
  linkedid: string;
  linkedOrder: number;
  state: ChannelState;
  caller: Party;
  connected: Party = NOBODY;
  context: string;
  exten: string;
  priority = 1;
  /** What CoreShowChannels says that it runs. */
  application = '';
  data = '';
  /** Q.850; Dial sets it to 16 when it has connected the channel. */
  cause = 0;
  /** SIP response; 0 when there is none. */
  tech = 0;
  /** BridgeUniqueid, or null. */
  bridge: string | null = null;
  /** The dialplan runs on it; a channel that was called, or pulled out of its dialplan, has none. */
  hasPbx = false;
  gone = false;
  activity: Activity = IDLE;
  /** Answers the call that rings on it; null when none does. */
  pickUp: (() => void) | null = null;
  /** For the other half of a Local channel: a phone rings for this one; this one is up; it has ended. */
  onRinging: ((leg: Channel) => void) | null = null;
  onUp: (() => void) | null = null;
  onGone: (() => void) | null = null;
  /** For the Dial that it runs: it talks no longer. */
  onParted: (() => void) | null = null;
  readonly variables = new Map<string, string>();
  /** Ids of the MixMonitors that record it. */
  readonly monitors: string[] = [];

  constructor(options: NewChannel) {
    this.name = options.name;
    this.uniqueid = options.uniqueid;
    this.linkedid = options.linkedid;
    this.device = options.device;
    this.state = options.state;
    this.caller = options.caller;
    this.context = options.context;
    this.exten = options.exten;
    this.dialled = options.dialled;
    this.order = options.order;
    this.linkedOrder = options.linkedOrder;
    this.born = options.born;
  }

  get stateNumber(): number {
    return STATES[this.state];
  }
}

/** The headers that tell of a channel, under a prefix such as `Dest`. */
export function snapshot(channel: Channel, prefix = ''): Fields {
  const plain = {
    Channel: channel.name,
    ChannelState: channel.stateNumber,
    ChannelStateDesc: channel.state,
    CallerIDNum: orUnknown(channel.caller.number),
    CallerIDName: orUnknown(escapeC(channel.caller.name)),
    ConnectedLineNum: orUnknown(channel.connected.number),
    ConnectedLineName: orUnknown(escapeC(channel.connected.name)),
    Language: 'en',
    AccountCode: '',
    Context: channel.context,
    Exten: channel.exten,
    Priority: channel.priority,
    Uniqueid: channel.uniqueid,
    Linkedid: channel.linkedid,
  };
  if (prefix === '') return plain;
  return Object.fromEntries(Object.entries(plain).map(([name, value]) => [`${prefix}${name}`, value]));
}

export function orUnknown(text: string): string {
  return text === '' ? '<unknown>' : text;
}
