import type { Party } from './happenings.ts';
import { endpointOf } from './ids.ts';
import type { Channel } from './model.ts';
import type { Naming } from './party.ts';

/** A channel as the PBX's events change it. Others see it as {@link Channel}. */
export interface ChannelRow extends Channel {
  name: string;
  linkedid: string;
  state: string;
  caller: Party;
  connected: Party;
  context: string;
  answeredAt: number | null;
  bridge: string | null;
  held: boolean;
}

const FIELDS = [
  'Channel',
  'ChannelStateDesc',
  'CallerIDNum',
  'CallerIDName',
  'ConnectedLineNum',
  'ConnectedLineName',
  'Context',
  'Exten',
  'Uniqueid',
  'Linkedid',
] as const;
type Field = (typeof FIELDS)[number];

/** An event that carries a channel snapshot under a prefix such as `Dest`. */
export type Snapshot<P extends string = ''> = { readonly [F in Field as `${P}${F}`]: string };

/** Reads the snapshot under a prefix: `unprefixed('Dest')(event)` is as if the event were of that channel. */
export function unprefixed<const P extends string>(prefix: P): (event: Snapshot<P>) => Snapshot {
  const keys = FIELDS.map((field) => `${prefix}${field}` as `${P}${Field}`);
  return (event) => {
    const snapshot = {} as Record<Field, string>;
    for (const [index, field] of FIELDS.entries())
      snapshot[field] = (event as Record<string, string>)[keys[index] as string] as string;
    return snapshot;
  };
}

/** A new row. `direction` is what only the moment of birth tells; see {@link directionOf}. */
export function channelRow(
  event: Snapshot,
  direction: Channel['direction'],
  now: number,
  partyOf: Naming,
): ChannelRow {
  return {
    uniqueid: event.Uniqueid,
    name: event.Channel,
    linkedid: event.Linkedid,
    endpoint: endpointOf(event.Channel),
    local: isPlumbing(event),
    direction,
    state: event.ChannelStateDesc,
    caller: partyOf(event.CallerIDNum, event.CallerIDName),
    connected: partyOf(event.ConnectedLineNum, event.ConnectedLineName),
    context: event.Context,
    extension: event.Exten,
    since: now,
    answeredAt: event.ChannelStateDesc === 'Up' ? now : null,
    bridge: null,
    held: false,
  };
}

/** Halves of Local channels, and what our own actions make to get something done. */
function isPlumbing({ Channel: name, Uniqueid: uniqueid }: Snapshot): boolean {
  return name.startsWith('Local/') || uniqueid.startsWith('companion-plumbing-');
}

/** Takes over what a snapshot says now. */
export function refresh(row: ChannelRow, event: Snapshot, now: number, partyOf: Naming): void {
  row.name = event.Channel;
  row.state = event.ChannelStateDesc;
  row.caller = partyOf(event.CallerIDNum, event.CallerIDName);
  row.connected = partyOf(event.ConnectedLineNum, event.ConnectedLineName);
  row.context = event.Context;
  if (row.answeredAt === null && event.ChannelStateDesc === 'Up') row.answeredAt = now;
}

/**
 * Who called whom, from a channel that is listed: a device that Asterisk called runs the pretended application
 * `AppDial` (of Dial) or `AppDial2` (of Originate), or still rings. (dial.c, app_dial.c)
 */
export function directionOf(state: string, application: string): Channel['direction'] {
  return application.startsWith('AppDial') || state === 'Ringing' || state === 'Down' ? 'out' : 'in';
}
