/** Conferences (app_confbridge), and who is in them. */
import { AmiActionError, AmiDisconnected, type AmiEvent, type EventHandlers } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import { type MemberRow, Room } from './conference.ts';
import type { Entrances } from './entrances.ts';
import type { ConferenceHappening } from './happenings.ts';
import { endpointOf, findBy } from './ids.ts';
import { listIfAny } from './lists.ts';
import type {
  Conference,
  ConferenceMember,
  ConferenceOptions,
  Conferences as ConferencesView,
} from './model.ts';
import { known } from './party.ts';
import type { Phones } from './phones.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';

/** ms between two looks at the locks, while anybody is in a conference: Asterisk has no event for a lock. */
const LOOK = 3000;
/** Rooms that nobody is in, and nobody named, that are kept: their devices then do not come and go. */
const KEPT = 20;

const LACKING = {
  unknown_action: 'This Asterisk has no app_confbridge loaded: no conferences',
  permission:
    'The AMI user may not list conferences: who is marked, who waits and what is locked is not known; add reporting to its write classes in manager.conf',
};

type MemberEvent = AmiEvent<
  'ConfbridgeJoin' | 'ConfbridgeLeave' | 'ConfbridgeMute' | 'ConfbridgeUnmute' | 'ConfbridgeTalking'
>;

export class Conferences implements Subject, ConferencesView {
  readonly modules = ['app_confbridge'];
  readonly #context: SubjectContext;
  readonly #calls: Calls;
  readonly #phones: Phones;
  readonly #options: ReadonlyMap<string, ConferenceOptions>;
  /** By Asterisk's name. */
  readonly #rooms = new Map<string, Room>();
  /** Uniqueid of a channel → where it is. */
  readonly #places = new Map<string, Room>();
  /** Names of the rooms that nobody is in and that nobody named, the one that emptied last at the end. */
  readonly #idle = new Set<string>();
  readonly #memberListeners: ((uniqueid: string) => void)[] = [];
  readonly #entrances: Entrances;
  /** Rooms of the settings and of the dialplan: always there. */
  #named: ReadonlySet<string> = new Set();
  #ami: AmiLists | null = null;
  /** Why rooms cannot be listed, when that was said. */
  #lackSaid: AmiActionError['code'] | null = null;
  #look: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;

  constructor(
    context: SubjectContext,
    calls: Calls,
    phones: Phones,
    options: readonly ConferenceOptions[],
    entrances: Entrances,
  ) {
    this.#context = context;
    this.#calls = calls;
    this.#phones = phones;
    this.#options = new Map(options.map((option) => [option.room, option]));
    this.#entrances = entrances;
  }

  all(): readonly Conference[] {
    return [...this.#rooms.values()].map((room) => this.#view(room));
  }

  get(id: string): Conference | undefined {
    for (const room of this.#rooms.values()) if (room.ref.id === id) return this.#view(room);
    return undefined;
  }

  find(text: string): Conference | undefined {
    const room = findBy(this.#rooms.values(), text, ({ ref }) => [ref.room, ref.id, ref.name]);
    return room === undefined ? undefined : this.#view(room);
  }

  of(uniqueid: string): ReturnType<ConferencesView['of']> {
    const room = this.#places.get(uniqueid);
    const row = room?.members.get(uniqueid);
    return room === undefined || row === undefined
      ? undefined
      : { room: room.ref, member: this.#member(row) };
  }

  /** Hears of channels that came into a conference or left one, or for whom it became known whether they wait. */
  onMember(listener: (uniqueid: string) => void): void {
    this.#memberListeners.push(listener);
  }

  async refresh(): Promise<void> {
    while (this.#looking !== null) await this.#looking.catch(() => undefined);
    if (this.#ami !== null) await this.#lookAt(this.#ami);
  }

  readonly on: EventHandlers = {
    ConfbridgeStart: (event) => void this.#room(event.Conference),
    ConfbridgeEnd: (event) => this.#end(this.#room(event.Conference)),
    ConfbridgeJoin: (event) => {
      const room = this.#room(event.Conference);
      const row = room.join(event);
      this.#came(room, row);
      this.#happened('join', room, this.#about(row));
      this.#watch();
    },
    ConfbridgeLeave: (event) => {
      const room = this.#room(event.Conference);
      const row = room.leave(event.Uniqueid);
      if (row === undefined) return;
      const about = this.#about(row);
      this.#left(room, row);
      const seconds = Math.round((this.#context.now() - row.since) / 1000);
      this.#happened('leave', room, { ...about, seconds });
    },
    ConfbridgeMute: (event) => this.#changed(event, 'muted', { muted: true }),
    ConfbridgeUnmute: (event) => this.#changed(event, 'unmuted', { muted: false }),
    ConfbridgeTalking: (event) => {
      const talking = event.TalkingStatus === 'on';
      this.#changed(event, talking ? 'talk_start' : 'talk_end', { talking });
    },
    ConfbridgeRecord: (event) => this.#record(this.#room(event.Conference), true),
    ConfbridgeStopRecord: (event) => this.#record(this.#room(event.Conference), false),
  };

  async snapshot(ami: AmiLists): Promise<void> {
    this.#ami = ami;
    const answer = await this.#listRooms(ami);
    // Who has left meanwhile cannot be known either, where nobody may ask.
    if (typeof answer === 'string') this.#clear();
    if (answer === 'unknown_action') return;
    const rooms = answer === 'permission' ? [] : answer;
    await this.#entrances.read(ami);
    const bridges = rooms.length === 0 ? [] : await listIfAny(ami, 'BridgeList');
    const listed = new Map(rooms.map((item) => [item.Conference, item]));
    this.#named = new Set([...this.#options.keys(), ...this.#entrances.rooms]);
    for (const name of [...this.#named, ...listed.keys()]) this.#settle(this.#room(name));
    for (const room of this.#rooms.values()) {
      if (this.#ami === null) return;
      if (room.members.size > 0 || listed.has(room.ref.room)) await room.read(ami);
    }
    for (const [name, room] of this.#rooms) {
      // One that nobody is in any more has ended since it was listed.
      const item = room.members.size === 0 ? undefined : listed.get(name);
      room.locked = item?.Locked === 'Yes';
      const bridge = bridges?.find((one) => one.BridgeCreator === 'ConfBridge' && one.BridgeName === name);
      // Besides the members there are Asterisk's announcer and, while it records, its recorder.
      room.recording = Number(bridge?.BridgeNumChannels) > Number(item?.Parties) + 1;
      this.#context.changed('conference', room.ref.id);
    }
    this.#watch();
  }

  /** The rooms in use, or why they cannot be listed. */
  async #listRooms(
    ami: AmiLists,
  ): Promise<readonly AmiEvent<'ConfbridgeListRooms'>[] | 'unknown_action' | 'permission'> {
    try {
      const rooms = await ami.list({ Action: 'ConfbridgeListRooms' });
      this.#lackSaid = null;
      return rooms;
    } catch (error) {
      if (!(error instanceof AmiActionError) || error.code === 'failed') throw error;
      if (error.code !== this.#lackSaid) this.#context.log.info({}, LACKING[error.code]);
      this.#lackSaid = error.code;
      return error.code;
    }
  }

  #clear(): void {
    const calls = [...this.#places.keys()];
    for (const room of this.#rooms.values()) room.stop();
    if (this.#rooms.size > 0) this.#context.changed('conference', '*');
    this.#rooms.clear();
    this.#places.clear();
    this.#idle.clear();
    for (const call of calls) this.#tell(call);
  }

  rest(): void {
    this.#ami = null;
    clearTimeout(this.#look);
    this.#look = undefined;
    for (const room of this.#rooms.values()) room.stop();
  }

  /** The room of a name, made if it is new. */
  #room(name: string): Room {
    const known = this.#rooms.get(name);
    if (known !== undefined) return known;
    const room = new Room(this.#context, name, this.#options.get(name)?.name, () => this.#ami, this.#listed);
    this.#rooms.set(name, room);
    this.#settle(room);
    this.#context.changed('conference', '*');
    return room;
  }

  /** Takes note of whether a room is in use; of those that are not and that nobody named, some are kept. */
  #settle(room: Room): void {
    const name = room.ref.room;
    this.#idle.delete(name);
    if (room.members.size > 0 || this.#named.has(name)) return;
    this.#idle.add(name);
    const [oldest] = this.#idle;
    if (this.#idle.size <= KEPT || oldest === undefined) return;
    this.#idle.delete(oldest);
    this.#rooms.get(oldest)?.stop();
    this.#rooms.delete(oldest);
    this.#context.changed('conference', '*');
  }

  readonly #listed = (room: Room, news: readonly MemberRow[], gone: readonly MemberRow[]): void => {
    for (const row of gone) this.#left(room, row);
    for (const row of news) this.#came(room, row);
    this.#context.changed('conference', room.ref.id);
  };

  #came(room: Room, { call }: MemberRow): void {
    this.#places.set(call, room);
    this.#idle.delete(room.ref.room);
    this.#tell(call);
  }

  #left(room: Room, { call }: MemberRow): void {
    // They may be in another room by now.
    if (this.#places.get(call) === room) this.#places.delete(call);
    this.#settle(room);
    this.#tell(call);
  }

  #tell(call: string): void {
    for (const listener of this.#memberListeners) listener(call);
  }

  #end(room: Room): void {
    room.locked = false;
    room.recording = false;
    this.#context.changed('conference', room.ref.id);
  }

  #changed(
    event: MemberEvent,
    type: ConferenceHappening['type'],
    change: Partial<Pick<MemberRow, 'muted' | 'talking'>>,
  ): void {
    const room = this.#room(event.Conference);
    const row = room.members.get(event.Uniqueid);
    if (row === undefined) return;
    Object.assign(row, change);
    room.members.touch(row.call);
    this.#happened(type, room, this.#about(row));
  }

  #record(room: Room, recording: boolean): void {
    if (room.recording === recording) return;
    room.recording = recording;
    this.#happened(recording ? 'recording_started' : 'recording_stopped', room);
  }

  /** Looks at the locks in a while, and again as long as anybody is in. */
  #watch(): void {
    if (this.#look !== undefined || this.#looking !== null || this.#places.size === 0) return;
    const ami = this.#ami;
    if (ami === null) return;
    this.#look = setTimeout(() => {
      this.#look = undefined;
      this.#lookAt(ami).catch((error: unknown) => {
        if (!(error instanceof AmiDisconnected))
          this.#context.log.warn({ err: error }, 'Asterisk did not say which rooms are locked');
      });
    }, LOOK);
  }

  async #lookAt(ami: AmiLists): Promise<void> {
    const looking = listIfAny(ami, 'ConfbridgeListRooms').then((rooms) => {
      if (ami !== this.#ami) return;
      for (const item of rooms ?? []) this.#lockSeen(item);
      // Somebody is said to be in a room that there is not: the list of who is in tells.
      const listed = new Set(rooms?.map((item) => item.Conference));
      for (const [name, room] of this.#rooms)
        if (rooms !== null && room.members.size > 0 && !listed.has(name)) room.ask();
    });
    this.#looking = looking;
    try {
      await looking;
    } finally {
      this.#looking = null;
      this.#watch();
    }
  }

  #lockSeen(item: AmiEvent<'ConfbridgeListRooms'>): void {
    const room = this.#rooms.get(item.Conference);
    if (room === undefined) return;
    if (Number(item.Parties) !== room.members.size) room.ask();
    const locked = item.Locked === 'Yes';
    if (room.locked === locked) return;
    room.locked = locked;
    this.#happened(locked ? 'locked' : 'unlocked', room);
  }

  #view(room: Room): Conference {
    const members = [...room.members.values()].map((row) => this.#member(row));
    members.sort((a, b) => a.since - b.since);
    return {
      ...room.ref,
      members,
      locked: room.locked,
      recording: room.recording,
      since: room.since,
      ...this.#entrances.of(room.ref.room, this.#options.get(room.ref.room)),
    };
  }

  #member(row: MemberRow): ConferenceMember {
    const { call, admin, marked, waiting, muted, talking, since } = row;
    // A transfer may have put another device behind the Uniqueid.
    const now = this.#calls.channel(call);
    const channel = now?.name ?? row.channel;
    return {
      call,
      channel,
      // Asterisk tells of a join and of a new caller ID in two threads: what it says of the join may come first.
      caller: known(now?.caller) ?? row.caller,
      phone: this.#phones.ref(endpointOf(channel)),
      admin,
      marked,
      waiting,
      muted,
      talking,
      since,
    };
  }

  #about(row: MemberRow): Partial<ConferenceHappening> {
    const { call, caller, phone, admin } = this.#member(row);
    return { call, caller, by: phone, admin };
  }

  #happened(type: ConferenceHappening['type'], room: Room, more: Partial<ConferenceHappening> = {}): void {
    const { id, room: asterisks, name } = room.ref;
    this.#context.changed('conference', id);
    this.#context.happened({
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'conference',
      type,
      conference: id,
      room: asterisks,
      name,
      members: room.members.size,
      ...more,
    });
  }
}
