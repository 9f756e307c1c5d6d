/** Channels, and the calls that they make up. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import { type ChannelRow, channelRow, directionOf, refresh, type Snapshot, unprefixed } from './channel.ts';
import { Channels } from './channels.ts';
import type { CallHappening } from './happenings.ts';
import { listIfAny } from './lists.ts';
import type { Call, Calls as CallsView, Channel } from './model.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';

/** A call while it lasts. Two become one when their bridges meet: the older takes the other's channels. */
export interface CallRow extends Call {
  id: string;
  readonly channels: ChannelRow[];
  answeredAt: number | null;
}

type Parties = Pick<CallHappening, 'from' | 'to'>;
type EndListener = (call: CallRow, last: AmiEvent<'Hangup'>) => void;
type MoveListener = (channel: Channel, from: string, to: string) => void;

const dest = unprefixed('Dest');

/**
 * `BridgeType` of a call's bridge: all in it are of one call from the moment that somebody comes, the oldest's. Asterisk
 * tells that of who comes, and of the others with their next event (bridge_basic.c). A conference's is another.
 */
const BASIC = 'basic';

/** The lot's bridge, where nobody talks to anybody. */
const HOLDING = 'holding_bridge';

export class Calls implements Subject, CallsView {
  readonly modules = [];
  readonly #context: SubjectContext;
  readonly #channels = new Channels();
  readonly #calls = new Map<string, CallRow>();
  /** Uniqueid of a dialled channel → Uniqueid of who dials it, who may be gone. */
  readonly #dials = new Map<string, string>();
  /** Who called whom, of calls whose caller has hung up: others may be in them yet, and hang up last. */
  readonly #left = new WeakMap<CallRow, Parties>();
  readonly #endListeners: EndListener[] = [];
  readonly #moveListeners: MoveListener[] = [];
  readonly #deviceListeners: ((endpoint: string) => void)[] = [];

  constructor(context: SubjectContext) {
    this.#context = context;
  }

  /** Hears of calls whose last channel hung up, while their channels can still be read. Not of those lost. */
  onEnd(listener: EndListener): void {
    this.#endListeners.push(listener);
  }

  /** Hears of channels that are of another call from now on: calls have met. */
  onMove(listener: MoveListener): void {
    this.#moveListeners.push(listener);
  }

  /** Hears of endpoints whose channels changed. */
  onDevice(listener: (endpoint: string) => void): void {
    this.#deviceListeners.push(listener);
  }

  all(): readonly CallRow[] {
    return [...this.#calls.values()].filter((call) => call.channels.some((channel) => !channel.local));
  }

  get(linkedid: string): CallRow | undefined {
    return this.#calls.get(linkedid);
  }

  channel(idOrName: string): Channel | undefined {
    return this.#channels.find(idOrName);
  }

  channelsOf(endpoint: string): readonly Channel[] {
    return this.#channels.of(endpoint);
  }

  peer(uniqueid: string): Channel | undefined {
    return this.talkingTo(uniqueid) ?? this.#dialled(uniqueid);
  }

  /** Who is in a bridge with this channel, through Local halves where there are any. */
  talkingTo(uniqueid: string): Channel | undefined {
    return this.#channels.talkingTo(uniqueid);
  }

  /** The others in this channel's bridge, Local halves as they are. */
  beside(uniqueid: string): readonly Channel[] {
    return this.#channels.beside(uniqueid);
  }

  readonly on: EventHandlers = {
    Newchannel: (event) => {
      // A list may name a channel whose event comes after the list's end.
      if (this.#refresh(event) !== undefined) return;
      const direction = event.ChannelStateDesc === 'Down' ? 'out' : 'in';
      this.#add(channelRow(event, direction, this.#context.now(), this.#context.partyOf), true);
    },
    Newstate: (event) => this.#refresh(event),
    NewCallerid: (event) => this.#refresh(event),
    NewConnectedLine: (event) => this.#refresh(event),
    Rename: (event) => {
      const row = this.#channels.get(event.Uniqueid);
      if (row === undefined) return;
      this.#channels.rename(row, event.Newname);
      row.name = event.Newname;
      this.#changed(row);
    },
    Hold: (event) => this.#hold(event, true),
    Unhold: (event) => this.#hold(event, false),
    DialBegin: (event) => {
      if (this.#channels.get(event.DestUniqueid) !== undefined)
        this.#dials.set(event.DestUniqueid, event.Uniqueid);
      this.#refresh(event);
      this.#refresh(dest(event));
    },
    DialEnd: (event) => {
      this.#dials.delete(event.DestUniqueid);
      this.#refresh(event);
      this.#refresh(dest(event));
    },
    BridgeEnter: (event) => {
      const row = this.#refresh(event);
      if (event.BridgeType === BASIC) this.#merge(event);
      if (row === undefined || event.BridgeTechnology === HOLDING) return;
      const answered = this.#enter(row, event.BridgeUniqueid);
      if (answered !== null) this.#happened('answered', answered.linkedid, answered, {});
    },
    BridgeLeave: (event) => {
      const row = this.#refresh(event);
      // A channel that was swapped or merged is in another bridge already.
      if (row?.bridge === event.BridgeUniqueid) this.#leave(row);
    },
    BridgeDestroy: (event) => {
      for (const row of this.#channels.in(event.BridgeUniqueid)) this.#leave(row);
    },
    BlindTransfer: (event) => this.#transferred(event.Result, event.TransfereeUniqueid, event.Extension),
    AttendedTransfer: (event) =>
      this.#transferred(event.Result, event.TransfereeUniqueid, event.TransferTargetCallerIDNum),
    Hangup: (event) => this.#hangup(event),
  };

  async snapshot(ami: AmiLists): Promise<void> {
    const { table } = this.#channels;
    table.beginList();
    const before = new Map([...table.values()].map((row) => [row, row.bridge]));
    const [bridges, channels] = await Promise.all([
      listIfAny(ami, 'BridgeList'),
      listIfAny(ami, 'CoreShowChannels'),
    ]);
    const holding = new Set(
      (bridges ?? []).filter((item) => item.BridgeTechnology === HOLDING).map((item) => item.BridgeUniqueid),
    );
    const now = this.#context.now();
    const listed = new Map<string, ChannelRow>();
    const bridged: [ChannelRow, string | null][] = [];
    for (const item of channels ?? []) {
      const known = this.#channels.get(item.Uniqueid);
      const row =
        known ??
        channelRow(
          item,
          directionOf(item.ChannelStateDesc, item.Application),
          now - seconds(item.Duration) * 1000,
          this.#context.partyOf,
        );
      if (known !== undefined && !table.isTouched(item.Uniqueid)) this.#takeOver(known, item);
      listed.set(item.Uniqueid, row);
      bridged.push([row, item.BridgeId === '' || holding.has(item.BridgeId) ? null : item.BridgeId]);
    }
    for (const row of table.endList(listed)) this.#forget(row);
    for (const row of listed.values()) if (table.get(row.uniqueid) === row) this.#add(row, false);
    for (const [row, bridge] of bridged) {
      // what an event said of it meanwhile is newer
      if (row.bridge !== (before.get(row) ?? null)) continue;
      if (bridge === null) this.#leave(row);
      else this.#enter(row, bridge);
    }
  }

  #add(row: ChannelRow, born: boolean): void {
    this.#channels.add(row);
    const call = this.#calls.get(row.linkedid);
    if (call === undefined) {
      this.#calls.set(row.linkedid, {
        id: row.linkedid,
        channels: [row],
        since: row.since,
        answeredAt: null,
      });
      this.#context.changed('call', '*');
    } else if (!call.channels.includes(row)) call.channels.push(row);
    this.#changed(row);
    const first = this.#calls.get(row.linkedid)?.channels.find((channel) => !channel.local);
    if (born && first === row) this.#happened('started', row.linkedid, first, {});
  }

  /** Takes over a snapshot of a channel that is known; of others the list or Newchannel tells. */
  #refresh(event: Snapshot): ChannelRow | undefined {
    const row = this.#channels.get(event.Uniqueid);
    if (row === undefined) return undefined;
    this.#channels.table.touch(row.uniqueid);
    this.#takeOver(row, event);
    this.#changed(row);
    return row;
  }

  #takeOver(row: ChannelRow, snapshot: Snapshot): void {
    this.#channels.rename(row, snapshot.Channel);
    refresh(row, snapshot, this.#context.now(), this.#context.partyOf);
    if (row.linkedid !== snapshot.Linkedid) this.#relink(row, snapshot.Linkedid);
  }

  #relink(row: ChannelRow, linkedid: string): void {
    const was = this.#calls.get(row.linkedid);
    row.linkedid = linkedid;
    const call = this.#calls.get(linkedid);
    if (was !== undefined) without(was.channels, row);
    if (call !== undefined) call.channels.push(row);
    else
      this.#calls.set(linkedid, {
        id: linkedid,
        channels: [row],
        since: row.since,
        answeredAt: was?.answeredAt ?? null,
      });
    if (was?.channels.length === 0) this.#calls.delete(was.id);
    this.#context.changed('call', '*');
    if (was !== undefined) for (const listener of this.#moveListeners) listener(row, was.id, linkedid);
  }

  #merge({ BridgeUniqueid, SwapUniqueid, Linkedid }: AmiEvent<'BridgeEnter'>): void {
    for (const row of this.#channels.in(BridgeUniqueid))
      if (row.linkedid !== Linkedid && row.uniqueid !== SwapUniqueid) this.#relink(row, Linkedid);
  }

  #hold(event: Snapshot, held: boolean): void {
    const row = this.#channels.get(event.Uniqueid);
    if (row !== undefined) row.held = held;
    this.#refresh(event);
  }

  /** Gives the channel that called, if this answers its call. */
  #enter(row: ChannelRow, bridge: string): ChannelRow | null {
    this.#channels.enter(row, bridge);
    this.#changed(row);
    const call = this.#calls.get(row.linkedid);
    if (call === undefined || call.answeredAt !== null || this.talkingTo(row.uniqueid) === undefined)
      return null;
    call.answeredAt = this.#context.now();
    return call.channels.find((channel) => !channel.local) ?? null;
  }

  #leave(row: ChannelRow): void {
    if (row.bridge === null) return;
    this.#channels.leave(row);
    this.#changed(row);
  }

  #transferred(result: string, uniqueid: string, to: string): void {
    const row = this.#channels.get(uniqueid);
    if (result === 'Success' && row !== undefined)
      this.#happened('transferred', row.linkedid, row, { to: { number: to, name: '' } });
  }

  #hangup(event: AmiEvent<'Hangup'>): void {
    const row = this.#channels.get(event.Uniqueid);
    if (row === undefined) {
      this.#channels.table.delete(event.Uniqueid);
      return;
    }
    const call = this.#calls.get(row.linkedid);
    const real = call?.channels.filter((channel) => !channel.local) ?? [];
    if (call !== undefined && real[0] === row && !this.#left.has(call)) this.#left.set(call, partiesOf(row));
    if (call !== undefined && real.length === 1 && real[0] === row) {
      const talked = call.answeredAt === null ? 0 : (this.#context.now() - call.answeredAt) / 1000;
      this.#happened('ended', call.id, row, {
        ...this.#left.get(call),
        cause: seconds(event.Cause),
        cause_text: event['Cause-txt'],
        seconds: Math.round(talked),
        up: row.answeredAt !== null,
      });
      for (const listener of this.#endListeners) listener(call, event);
    }
    this.#channels.table.delete(row.uniqueid);
    this.#forget(row);
  }

  /** Removes a row that is no longer in the table from everything that names it. */
  #forget(row: ChannelRow): void {
    this.#channels.forget(row);
    this.#dials.delete(row.uniqueid);
    const call = this.#calls.get(row.linkedid);
    if (call !== undefined) without(call.channels, row);
    if (call?.channels.length === 0) {
      this.#calls.delete(call.id);
      this.#context.changed('call', '*');
    }
    this.#changed(row);
  }

  /** Who dials this channel or is dialled by it; of the same call where the dialling was not seen. */
  #dialled(uniqueid: string): Channel | undefined {
    const row = this.#channels.get(uniqueid);
    if (row === undefined || row.bridge !== null) return undefined;
    const by = this.#channels.get(this.#dials.get(uniqueid) ?? '');
    if (by !== undefined && !by.local) return by;
    return this.#calls
      .get(row.linkedid)
      ?.channels.find(
        (channel) => !channel.local && channel.bridge === null && channel.direction !== row.direction,
      );
  }

  #changed(row: ChannelRow): void {
    this.#context.changed('call', row.linkedid);
    if (row.endpoint !== '') for (const listener of this.#deviceListeners) listener(row.endpoint);
  }

  #happened(
    type: CallHappening['type'],
    call: string,
    channel: ChannelRow,
    more: Partial<Pick<CallHappening, 'from' | 'to' | 'cause' | 'cause_text' | 'seconds' | 'up'>>,
  ): void {
    this.#context.happened({
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'call',
      type,
      call,
      ...partiesOf(channel),
      ...more,
    });
  }
}

/** Who calls whom, as far as this channel knows. */
function partiesOf({ direction, caller, connected, extension }: Channel): Parties {
  if (direction === 'out') return { from: connected, to: caller };
  return { from: caller, to: { number: extension, name: '' } };
}

function without(channels: ChannelRow[], row: ChannelRow): void {
  const index = channels.indexOf(row);
  if (index >= 0) channels.splice(index, 1);
}

function seconds(text: string): number {
  // CoreShowChannel's Duration is HH:MM:SS, other events' are plain numbers.
  return text.split(':').reduce((sum, part) => sum * 60 + (Number.parseInt(part, 10) || 0), 0);
}
