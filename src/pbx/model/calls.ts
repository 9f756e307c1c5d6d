/** Channels, and the calls that they make up. */
import type { Party } from '../happenings.ts';

/** A channel that a person would call a leg of a call. */
export interface Channel {
  readonly uniqueid: string;
  readonly name: string;
  readonly linkedid: string;
  /** Device name such as `PJSIP/6001`; `''` for a channel that has none. */
  readonly endpoint: string;
  /** A `Local/` half: plumbing, never shown. */
  readonly local: boolean;
  /** `in`: the device called Asterisk. `out`: Asterisk called the device. */
  readonly direction: 'in' | 'out';
  /** Asterisk's words: Down, Rsrvd, OffHook, Dialing, Ring, Ringing, Up, Busy, … */
  readonly state: string;
  readonly caller: Party;
  readonly connected: Party;
  readonly context: string;
  /** The extension when the channel came into being: what an inbound channel dialled. */
  readonly extension: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly answeredAt: number | null;
  /** Uniqueid of the bridge that it is in, or null. A lot's holding bridge counts as none. */
  readonly bridge: string | null;
  readonly held: boolean;
}

/** The channels that belong together, oldest first. */
export interface Call {
  /** The Linkedid. Merges when bridges meet. */
  readonly id: string;
  readonly channels: readonly Channel[];
  readonly since: number;
  readonly answeredAt: number | null;
}

export interface Calls {
  all(): readonly Call[];
  get(linkedid: string): Call | undefined;
  /** By Uniqueid or by present name. */
  channel(idOrName: string): Channel | undefined;
  channelsOf(endpoint: string): readonly Channel[];
  /** The channel that this one talks to: the other in its bridge, or the one that it dials or is dialled by. */
  peer(uniqueid: string): Channel | undefined;
}
