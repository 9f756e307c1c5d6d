import type { Fields } from '../wire/shapes.ts';
import { type Bridge, bridgeFields } from './bridge.ts';
import { type Activity, type Channel, IDLE, snapshot } from './channel.ts';
import { NORMAL, type Switchboard } from './switchboard.ts';

/** What confbridge.conf says of a user. */
interface Profile {
  readonly admin: boolean;
  readonly marked: boolean;
  readonly waits: boolean;
}

const GUEST: Profile = { admin: false, marked: false, waits: true };
const PROFILES: Readonly<Record<string, Profile>> = {
  admin_user: { admin: true, marked: true, waits: false },
  default_user: GUEST,
};

/** What the dialplan says of its conference. */
export const CONFERENCE = { room: '1', guests: '777', hosts: '888' };

interface Member {
  readonly channel: Channel;
  readonly profile: Profile;
  muted: boolean;
  /** ms since the epoch */
  readonly since: number;
  /** Hears music: waits for a marked user, or is alone. */
  music: boolean;
}

/** A conference while somebody is in it. */
export class Room {
  readonly name: string;
  readonly bridge: Bridge;
  locked = false;
  readonly #switchboard: Switchboard;
  readonly #members: Member[] = [];
  #recording = false;

  constructor(switchboard: Switchboard, name: string) {
    this.name = name;
    this.#switchboard = switchboard;
    this.bridge = switchboard.createBridge('base', name);
    this.bridge.own = 1;
    this.say('ConfbridgeStart');
    switchboard.devices.set(`confbridge:${name}`, 'INUSE');
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  get recording(): boolean {
    return this.#recording;
  }

  /** The recorder is in the bridge, too. */
  record(recording: boolean): void {
    this.#recording = recording;
    this.bridge.own = recording ? 2 : 1;
    this.say(recording ? 'ConfbridgeRecord' : 'ConfbridgeStopRecord');
  }

  mute(member: Member, muted: boolean): void {
    member.muted = muted;
    this.say(muted ? 'ConfbridgeMute' : 'ConfbridgeUnmute', {
      ...snapshot(member.channel),
      Admin: yesNo(member.profile.admin),
    });
  }

  waits({ profile }: Member): boolean {
    return profile.waits && !this.#members.some((member) => member.profile.marked);
  }

  join(channel: Channel, profile: Profile, activity: Activity): void {
    const member: Member = {
      ...{ channel, profile, muted: false, music: false },
      since: this.#switchboard.timers.now(),
    };
    this.#members.push(member);
    channel.activity = activity;
    this.#switchboard.enter(this.bridge, channel);
    this.say('ConfbridgeJoin', {
      ...snapshot(channel),
      ...{ Admin: yesNo(profile.admin), Muted: 'No' },
    });
    this.#playMusic();
  }

  /** False: it is not in here. True: it has left, and whom it kept waits again or goes. */
  leave(channel: Channel): boolean {
    const member = this.#members.find((one) => one.channel === channel);
    if (member === undefined) return false;
    if (member.music) this.#music(member, false);
    this.#members.splice(this.#members.indexOf(member), 1);
    channel.activity = IDLE;
    this.#switchboard.leave(channel);
    this.say('ConfbridgeLeave', { ...snapshot(channel), Admin: yesNo(member.profile.admin) });
    this.#playMusic();
    return true;
  }

  end(): void {
    if (this.#recording) this.record(false);
    this.bridge.own = 1;
    this.say('ConfbridgeEnd');
    this.#switchboard.devices.set(`confbridge:${this.name}`, 'NOT_INUSE');
    this.bridge.own = 0;
    this.#switchboard.destroyBridge(this.bridge);
  }

  say(event: string, more: Fields = {}): void {
    this.#switchboard.say(event, { Conference: this.name, ...bridgeFields(this.bridge), ...more });
  }

  #playMusic(): void {
    for (const member of this.#members) {
      const music = this.waits(member) || this.#members.length === 1;
      if (music !== member.music) this.#music(member, music);
    }
  }

  #music(member: Member, on: boolean): void {
    member.music = on;
    const fields = snapshot(member.channel);
    if (on) this.#switchboard.say('MusicOnHoldStart', { ...fields, Class: 'default' });
    else this.#switchboard.say('MusicOnHoldStop', fields);
  }
}

/** The application ConfBridge. */
export class Rooms {
  readonly #switchboard: Switchboard;
  readonly #rooms = new Map<string, Room>();

  constructor(switchboard: Switchboard) {
    this.#switchboard = switchboard;
  }

  all(): Room[] {
    return [...this.#rooms.values()];
  }

  find(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  /** Lets a channel that is up and free in; false: the room is locked. */
  enter(channel: Channel, name: string, profileName: string): boolean {
    const profile = PROFILES[profileName] ?? GUEST;
    const room = this.#rooms.get(name) ?? new Room(this.#switchboard, name);
    if (room.locked && !profile.admin) return false;
    this.#rooms.set(name, room);
    room.join(channel, profile, {
      hungUp: () => this.#left(room, channel),
      taken: () => this.#left(room, channel),
    });
    return true;
  }

  /** Sends a member away. */
  kick(room: Room, channel: Channel): void {
    this.#left(room, channel);
    this.#switchboard.hangUp(channel, NORMAL);
  }

  #left(room: Room, channel: Channel): void {
    const marked = room.members.some((one) => one.channel === channel && one.profile.marked);
    if (!room.leave(channel)) return;
    // With the last marked user those go who came because of them.
    if (marked && !room.members.some((one) => one.profile.marked))
      for (const member of [...room.members]) if (member.profile.waits) this.kick(room, member.channel);
    if (room.members.length > 0 || this.#rooms.get(room.name) !== room) return;
    this.#rooms.delete(room.name);
    room.end();
  }
}

export function yesNo(value: boolean): string {
  return value ? 'Yes' : 'No';
}
