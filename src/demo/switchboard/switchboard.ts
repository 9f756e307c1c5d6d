/** The telephony behind the demo's AMI: channels, bridges, devices, and the events that tell of them. */
import { randomUUID } from 'node:crypto';
import type { Timers } from '../clock.ts';
import type { Fields } from '../wire/shapes.ts';
import { type Bridge, bridgeFields } from './bridge.ts';
import { Channel, type ChannelState, type Ending, NOBODY, type Party, snapshot } from './channel.ts';
import { Devices } from './devices.ts';
import type { Endpoint } from './endpoint.ts';
import type { People } from './people.ts';

export interface SwitchboardOptions {
  readonly systemName: string;
  readonly timers: Timers;
  readonly endpoints: readonly Endpoint[];
  readonly people: People;
  /** Takes every event, in Asterisk's order. */
  readonly say: (event: string, fields: Fields, extra?: readonly string[]) => void;
}

export interface ChannelWish {
  readonly device: string;
  readonly state: ChannelState;
  readonly caller?: Party;
  readonly exten: string;
  readonly context?: string;
  readonly dialled?: string;
  /** Given by who asked for the call. */
  readonly uniqueid?: string | undefined;
  /** The channel that brings it about. */
  readonly parent?: Channel;
  /** In full, for channels that no driver names. */
  readonly name?: string;
}

/** Q.850 causes in Asterisk's words (channel.c). */
const CAUSES: Readonly<Record<number, string>> = {
  0: 'Unknown',
  16: 'Normal Clearing',
  17: 'User busy',
  19: 'User alerting, no answer',
  21: 'Call Rejected',
  26: 'Answered elsewhere',
  34: 'Circuit/channel congestion',
  127: 'Interworking, unspecified',
};

const PRESENTATION = '0 (Presentation Allowed, Not Screened)';

export const NORMAL: Ending = { cause: 16, tech: 0 };

export class Switchboard {
  readonly timers: Timers;
  readonly devices: Devices;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly bridges = new Map<string, Bridge>();
  readonly people: People;
  readonly say: SwitchboardOptions['say'];
  readonly #systemName: string;
  readonly #channels = new Map<string, Channel>();
  #created = 0;
  #named = 0;

  constructor(options: SwitchboardOptions) {
    this.timers = options.timers;
    this.people = options.people;
    this.say = options.say;
    this.#systemName = options.systemName;
    this.endpoints = new Map(options.endpoints.map((endpoint) => [endpoint.device, endpoint]));
    this.devices = new Devices(this);
  }

  /** Oldest first. */
  channels(): Channel[] {
    return [...this.#channels.values()];
  }

  /** By name or Uniqueid. */
  find(text: string): Channel | undefined {
    return this.#channels.get(text) ?? this.channels().find(({ name }) => name === text);
  }

  of(device: string): Channel[] {
    return this.channels().filter((channel) => channel.device === device);
  }

  create(wish: ChannelWish): Channel {
    const order = this.#created++;
    const now = this.timers.now();
    const uniqueid = wish.uniqueid ?? `${this.#systemName}-${Math.floor(now / 1000)}.${order}`;
    const channel = new Channel({
      name: wish.name ?? `${wish.device}-${(this.#named++).toString(16).padStart(8, '0')}`,
      uniqueid,
      linkedid: wish.parent?.linkedid ?? uniqueid,
      device: wish.device,
      state: wish.state,
      caller: wish.caller ?? this.endpoints.get(wish.device)?.caller ?? NOBODY,
      context: wish.context ?? 'default',
      exten: wish.exten,
      dialled: wish.dialled ?? '',
      order,
      linkedOrder: wish.parent?.linkedOrder ?? order,
      born: now,
    });
    this.#channels.set(uniqueid, channel);
    this.say('Newchannel', snapshot(channel));
    this.devices.changed(channel.device);
    return channel;
  }

  setState(channel: Channel, state: ChannelState): void {
    if (channel.state === state) return;
    channel.state = state;
    this.say('Newstate', snapshot(channel));
    this.devices.changed(channel.device);
    if (state === 'Up') channel.onUp?.();
  }

  /** Tells a channel whom it is connected with. */
  connect(channel: Channel, party: Party): void {
    const { number, name } = channel.connected;
    if (party.number === number && party.name === name) return;
    channel.connected = party;
    this.say('NewConnectedLine', snapshot(channel));
  }

  /** Gives a channel another caller ID. */
  identify(channel: Channel, party: Party): void {
    channel.caller = party;
    this.say('NewCallerid', { ...snapshot(channel), 'CID-CallingPres': PRESENTATION });
  }

  createBridge(type: Bridge['type'], name = ''): Bridge {
    const bridge: Bridge = { id: randomUUID(), type, name, members: [], own: 0 };
    this.bridges.set(bridge.id, bridge);
    this.say('BridgeCreate', bridgeFields(bridge));
    return bridge;
  }

  /** `swap`: the channel whose place it takes. */
  enter(bridge: Bridge, channel: Channel, swap?: Channel): void {
    if (swap !== undefined) this.leave(swap);
    const [first] = bridge.members;
    bridge.members.push(channel);
    channel.bridge = bridge.id;
    // The older of two calls that meet gives both its Linkedid.
    if (bridge.type === 'basic' && first !== undefined) {
      const older = first.linkedOrder < channel.linkedOrder ? first : channel;
      for (const member of bridge.members) {
        member.linkedid = older.linkedid;
        member.linkedOrder = older.linkedOrder;
      }
    }
    const swapped = swap === undefined ? {} : { SwapUniqueid: swap.uniqueid };
    this.say('BridgeEnter', { ...bridgeFields(bridge), ...snapshot(channel), ...swapped });
  }

  /** Takes a channel out of its bridge, if it is in one. */
  leave(channel: Channel): void {
    const bridge = this.bridges.get(channel.bridge ?? '');
    if (bridge === undefined) return;
    bridge.members.splice(bridge.members.indexOf(channel), 1);
    channel.bridge = null;
    this.say('BridgeLeave', { ...bridgeFields(bridge), ...snapshot(channel) });
  }

  destroyBridge(bridge: Bridge): void {
    this.bridges.delete(bridge.id);
    this.say('BridgeDestroy', bridgeFields(bridge));
  }

  /** Ends a channel, whatever it does. `asked`: the device itself did, and Asterisk says so first. */
  hangUp(channel: Channel, ending: Ending, asked = false): void {
    if (channel.gone) return;
    if (asked) this.#hangupRequest(channel, ending);
    channel.cause = ending.cause;
    channel.tech = ending.tech || channel.tech;
    channel.activity.hungUp(channel, ending);
    this.finish(channel);
  }

  /** A channel's last words. What it was in has been left. */
  finish(channel: Channel): void {
    if (channel.gone) return;
    channel.gone = true;
    const tech = channel.tech === 0 ? {} : { TechCause: channel.tech };
    if (channel.hasPbx) this.say('SoftHangupRequest', { ...snapshot(channel), Cause: 16, ...tech });
    this.#channels.delete(channel.uniqueid);
    this.say('Hangup', {
      ...snapshot(channel),
      Cause: channel.cause,
      'Cause-txt': CAUSES[channel.cause] ?? 'Unknown',
      ...tech,
    });
    this.devices.changed(channel.device);
    channel.onGone?.();
  }

  #hangupRequest(channel: Channel, ending: Ending): void {
    // A plain goodbye says no cause of its own: Asterisk tells the one that the channel has by now.
    const cause = ending.tech === 0 ? channel.cause : ending.cause;
    this.say('HangupRequest', {
      ...snapshot(channel),
      ...(cause === 0 ? {} : { Cause: cause }),
      ...(ending.tech === 0 ? {} : { TechCause: ending.tech }),
    });
  }
}
