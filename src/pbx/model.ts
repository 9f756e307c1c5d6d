/** What the other rooms may read of a PBX: its state now, and how to hear of changes. */
import type { AmiClient } from '../ami/index.ts';
import type { AttemptsKnownBy } from './attempts.ts';
import type { AnnouncementHappening, Happening, Party, PhoneRef } from './happenings.ts';
import type { Names } from './party.ts';

/** One Asterisk, and how its owner named what is on it. */
export interface PbxOptions {
  /** Short id `[a-z0-9_]+`, in every unique id and topic. */
  readonly id: string;
  readonly phones: readonly PhoneOptions[];
  readonly doorbells: readonly DoorbellOptions[];
  readonly ringGroups?: readonly RingGroupOptions[];
  readonly dect?: readonly DectBaseOptions[];
  readonly parking?: readonly LotOptions[];
  readonly blf?: HintOptions;
  readonly conferences?: readonly ConferenceOptions[];
  readonly recordings?: RecordingOptions;
  /** File that what is known of recordings is kept in; without one, only the files tell. */
  readonly recordingIndex?: string | null;
  /** Whether phones have a presence, unless their own option says otherwise. Default: true. */
  readonly presence?: boolean;
  /** Dialplan context in which numbers are dialled. Default: `default`. */
  readonly context?: string;
  /** Names and phones of mailboxes; all that there are are found by themselves. */
  readonly mailboxes?: readonly MailboxOptions[];
  /** Asterisk's voicemail folder as this machine sees it. */
  readonly voicemailSpool?: string | undefined;
  readonly groups?: readonly GroupOptions[];
  readonly queues?: readonly QueueOptions[];
  /** Text messages: whether phones have entities for them (default: true), and who they are from (default: home). */
  readonly messages?: { readonly entities?: boolean; readonly from?: string };
  /** Names of the dialplan's user events that are news; `*` at the end of one stands for anything. Default: all. */
  readonly userEvents?: readonly string[];
  /** What the owner's sources call a number; without it, names are the PBX's. */
  readonly names?: Names;
}

export interface PhoneOptions {
  readonly endpoint: string;
  /** Whether its calls are recorded. */
  readonly record?: RecordingRule;
  /** Asterisk's name of its mailbox, such as `6001@default`; without it, what its endpoint says. */
  readonly mailbox?: string | undefined;
  readonly name?: string | undefined;
  readonly hidden?: boolean;
  /** Whether it has a presence, or its presentity, such as `CustomPresence:bob`. */
  readonly presence?: string | boolean | undefined;
}

export interface GroupOptions {
  readonly name: string;
  /** Endpoints. */
  readonly phones: readonly string[];
}

export interface DoorbellOptions {
  readonly name: string;
  readonly endpoint: string;
  /** Only calls to these extensions count: several buttons on one unit dial different numbers. Empty: all. */
  readonly extensions: readonly string[];
  /** Phones, as endpoints, that may be rung for this door. */
  readonly answer_on: readonly string[];
}

export interface RingGroupOptions {
  readonly name: string;
  readonly extension: string;
}

export interface ConferenceOptions {
  /** Asterisk's name of it: the first argument of `ConfBridge()`. */
  readonly room: string;
  readonly name?: string | undefined;
  /** Extensions that lead in, as an ordinary member and as a marked one. Default: what the dialplan says. */
  readonly extension?: string | undefined;
  readonly marked_extension?: string | undefined;
  /** Profiles of confbridge.conf, likewise. */
  readonly bridge_profile?: string | undefined;
  readonly user_profile?: string | undefined;
  readonly marked_profile?: string | undefined;
  /** Folder for its recordings, as Asterisk sees it. Default: where Asterisk puts them. */
  readonly record_folder?: string | undefined;
}

/** What a member may see of a queue, in the words of phones' queue applications; each includes those before it. */
export type QueuePermission = 'none' | 'status' | 'overview' | 'details';
/** Whom a member may log in and out, pause and so on. `all` includes the callers. */
export type QueueControl = 'none' | 'own' | 'all';

export interface QueueOptions {
  /** Asterisk's name of it. */
  readonly queue: string;
  readonly name?: string | undefined;
  readonly hidden?: boolean;
  /** Who may log in here by `queue_log_in`. Their rights are the queue's where they have none of their own. */
  readonly members: readonly QueueMemberOptions[];
  /** Of everybody who is not a member here. */
  readonly permission: QueuePermission;
  readonly control: QueueControl;
}

export interface QueueMemberOptions {
  /** Endpoint of the member's phone. */
  readonly phone: string;
  /** What the queue calls; default: the phone itself. */
  readonly interface?: string | undefined;
  readonly name?: string | undefined;
  readonly penalty: number;
  /** Home Assistant's user who answers this phone: the id, or the name. */
  readonly user?: string | undefined;
  readonly permission?: QueuePermission | undefined;
  readonly control?: QueueControl | undefined;
}

export interface PbxStatus {
  /** Connected, logged in and the snapshot is done: what the model says is true. */
  readonly up: boolean;
  /** ISO time of the last change of `up`. */
  readonly since: string;
  /** Asterisk's version, `''` until known; kept while the link is down. */
  readonly version: string;
  /** What is wrong and what to do about it, or null. */
  readonly problem: string | null;
}

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

/** A DECT base with its handsets, or handsets with lines of their own that belong together. */
export interface DectBaseOptions {
  readonly name: string;
  /** Endpoint of the one line that the base is dialled on; handsets with a `digit` need it. */
  readonly line?: string | undefined;
  /** s after its own answer between which the base gives up when no handset answers. */
  readonly no_answer: readonly [number, number];
  /** Extensions that ring all its handsets: digit 0. */
  readonly all: readonly string[];
  readonly handsets: readonly DectHandsetOptions[];
}

/** Dialled by a digit on the base's line, or on a line of its own. */
export interface DectHandsetOptions {
  readonly name: string;
  readonly digit?: string | undefined;
  readonly line?: string | undefined;
  /** s that the dialplan lets a handset ring that has a line of its own. */
  readonly ring_time: number;
  readonly extensions: readonly string[];
  readonly mailbox?: string | undefined;
}

export type PhoneState = 'unavailable' | 'idle' | 'dialing' | 'ringing' | 'in_call' | 'on_hold' | 'busy';

export interface Phone extends PhoneRef {
  readonly state: PhoneState;
  readonly registered: boolean;
  /** Whom the phone talks to, or who rings on it. */
  readonly connected: Party | null;
  readonly lastCaller: (Party & { readonly time: string }) | null;
  /** The number that this phone dialled last, `''` when none is known. */
  readonly lastDialled: string;
  /** Since the counter was last reset or the companion started. */
  readonly missed: number;
  /** Uniqueids of its channels, oldest first. */
  readonly channels: readonly string[];
}

/** `waiting`: in a conference in which nobody is to talk to yet. */
export type DoorbellState = 'idle' | 'ringing' | 'parked' | 'waiting' | 'answered';

export interface Doorbell {
  /** From the endpoint (and extensions), so that it outlives a new name: `pjsip_8000`. */
  readonly id: string;
  readonly name: string;
  readonly endpoint: string;
  readonly answer_on: readonly string[];
  readonly state: DoorbellState;
  /** The press that is alive, or null. */
  readonly press: Press | null;
  /** The last visitor, ended or not. */
  readonly last: (Party & { readonly time: string; readonly outcome: Press['outcome'] }) | null;
}

export interface Press {
  /** Uniqueid of the doorbell's channel. */
  readonly call: string;
  /** The channel's present name: for actions. */
  readonly channel: string;
  readonly caller: Party;
  readonly extension: string;
  readonly since: number;
  /** The first who answered, null when that was no known phone. */
  readonly answeredBy: PhoneRef | null;
  readonly answeredAt: number | null;
  /** All phones that answered, in that order: in a conference several may. */
  readonly by: readonly PhoneRef[];
  /** Who is with the visitor now, as people call them. */
  readonly talkingTo: readonly string[];
  /** Where it is parked, or null. */
  readonly parked: { readonly lot: string; readonly space: string } | null;
  /** The conference in which the visitor waits for somebody, or null. `room` is Asterisk's name of it. */
  readonly waiting: { readonly room: string; readonly name: string } | null;
  /** How often phones were dialled for this press. */
  readonly attempts: number;
  /** How that is known; null as long as there was no attempt. */
  readonly attemptsKnownBy: AttemptsKnownBy | null;
  readonly outcome: 'ringing' | 'answered' | 'missed' | 'cancelled' | 'lost';
}

/** An extension that rings several phones. */
export interface RingGroup {
  /** From the extension. */
  readonly id: string;
  readonly name: string;
  readonly extension: string;
  readonly state: 'idle' | 'ringing' | 'answered';
  /** Who called it last, while that call lasts. */
  readonly caller: Party | null;
}

/** What the owner says of a lot. */
export interface LotOptions {
  /** Asterisk's name of it. */
  readonly lot: string;
  readonly name?: string | undefined;
  /** Phones, as endpoints, that see this lot. Empty: all. */
  readonly phones: readonly string[];
}

/**
 * How a call was parked: transferred blind or attended, by the phone's feature code, by itself (the dialplan's
 * `Park()`), or by an AMI action such as ours.
 */
export type ParkedHow = 'blind' | 'attended' | 'one_touch' | 'self' | 'action';

export interface ParkedCall {
  /** Asterisk's name of the lot. */
  readonly lot: string;
  readonly space: string;
  readonly call: string;
  readonly channel: string;
  readonly caller: Party;
  /** A phone's or doorbell's name, else Asterisk's dial string. */
  readonly parkedBy: string;
  /** Null where nobody saw it: it was parked before the companion looked. */
  readonly how: ParkedHow | null;
  /** ms since the epoch. */
  readonly since: number;
  /** ms since the epoch, or null when the lot keeps calls for ever. */
  readonly until: number | null;
}

export interface ParkingLot {
  /** Id for topics and unique ids, such as `default`. */
  readonly id: string;
  /** Asterisk's name of it. */
  readonly name: string;
  readonly spaces: { readonly first: string; readonly last: string };
  /** s; 0 when calls are kept for ever. */
  readonly timeout: number;
  /** What the owner calls it, or null. */
  readonly label: string | null;
  /** Endpoints of the phones that see this lot. Empty: all. */
  readonly phones: readonly string[];
  /** By space. */
  readonly parked: readonly ParkedCall[];
  /** Calls whose time was over and that ring at who parked them. */
  readonly callingBack: readonly ParkedCall[];
}

/** Somebody in a conference. */
export interface ConferenceMember {
  /** Uniqueid of the channel. */
  readonly call: string;
  /** The channel's present name: for actions. */
  readonly channel: string;
  readonly caller: Party;
  /** The phone that it is, or null. */
  readonly phone: PhoneRef | null;
  readonly admin: boolean;
  /** Asterisk says this and `waiting` a moment after somebody joined. */
  readonly marked: boolean;
  /** Waits for a marked user, and hears and speaks to nobody. */
  readonly waiting: boolean;
  readonly muted: boolean;
  /** Only known of users whose profile says `talk_detection_events = yes`. */
  readonly talking: boolean;
  /** ms since the epoch. Of one who was there before the companion: since the channel was answered. */
  readonly since: number;
}

export interface ConferenceRef {
  /** Id for topics and unique ids. */
  readonly id: string;
  /** Asterisk's name of it. */
  readonly room: string;
  /** What the owner calls it, else `room`. */
  readonly name: string;
}

export interface Conference extends ConferenceRef {
  /** The first to join first. */
  readonly members: readonly ConferenceMember[];
  readonly locked: boolean;
  readonly recording: boolean;
  /** When the first one joined, ms since the epoch; null while nobody is in. */
  readonly since: number | null;
  /** The ways in, as an ordinary member and as a marked one. */
  readonly entrances: { readonly plain: Entrance; readonly marked: Entrance };
  /** Whether members' profiles tell who talks (`talk_detection_events`); null where that is not known. */
  readonly talkDetection: boolean | null;
  /** Where the owner wants its recordings, as Asterisk sees it, or null. */
  readonly recordFolder: string | null;
}

/** How to bring somebody into a conference; null is what the owner's Asterisk does not tell. */
export interface Entrance {
  readonly extension: string | null;
  /** Bridge profile of confbridge.conf. */
  readonly bridge: string | null;
  /** User profile of confbridge.conf. */
  readonly profile: string | null;
}

/** Asterisk's words (presencestate.c); `xa`: away for longer, `not_set`: nobody has said anything yet. */
export type PresenceState = 'available' | 'away' | 'xa' | 'chat' | 'dnd' | 'unavailable' | 'not_set';

/** What a person says of being there. */
export interface Presence {
  /** The phone's id; made of the presentity where that is no phone's. */
  readonly id: string;
  /** Whose presence it is, such as `CustomPresence:6001`. Two phones may have the same. */
  readonly presentity: string;
  readonly phone: PhoneRef | null;
  readonly state: PresenceState;
  readonly subtype: string;
  /** May have several lines. */
  readonly message: string;
}

/** A message in a mailbox, or a recorded call that is kept there. */
export interface VoicemailMessage {
  /** Asterisk's id of it; it keeps it wherever it is moved or forwarded. */
  readonly id: string;
  /** As people are shown it: Asterisk's own name, but `Recordings` for Cust5. */
  readonly folder: string;
  readonly caller: Party;
  /** When it was begun, ISO 8601; null where that cannot be told. */
  readonly time: string | null;
  readonly seconds: number;
  /** Asterisk's word: `Urgent`, `PRIORITY`, or `''`. */
  readonly flag: string;
  /** Path at the companion's own server where it can be heard; null where the spool cannot be read. */
  readonly audio: string | null;
}

export interface MailboxOptions {
  /** `6001@default`; without a context, `default`. */
  readonly mailbox: string;
  readonly name?: string | undefined;
  /** Endpoint of the phone that its messages are played on. */
  readonly phone?: string | undefined;
  readonly hidden?: boolean;
}

export interface Mailbox {
  /** Id for topics and unique ids, such as `6001_default`. */
  readonly id: string;
  /** Asterisk's name of it, such as `6001@default`. */
  readonly mailbox: string;
  readonly name: string;
  /** Endpoint of its phone as the owner named it, or null. */
  readonly phone: string | null;
  /** Not heard yet, urgent ones included. */
  readonly new: number;
  readonly old: number;
  readonly urgent: number;
  /** Messages in each folder that has some, as last listed. */
  readonly folders: Readonly<Record<string, number>>;
  /** The newest of the new and of the old ones, newest first. */
  readonly newest: readonly VoicemailMessage[];
  /** Why its messages cannot be listed, or null. */
  readonly problem: string | null;
}

/**
 * How a handset was known: by the extension that was dialled and the settings, by Dial's arguments, or by a UserEvent
 * of the dialplan.
 */
export type DectWay = 'extension' | 'dial' | 'user_event';

export interface DectBase {
  /** From the line, so that it outlives a new name: `pjsip_2001`. */
  readonly id: string;
  readonly name: string;
  /** `''` where all handsets have lines of their own. */
  readonly line: string;
  /** A call is on the line, in whichever direction: a base has room for one. */
  readonly busy: boolean;
  /** Whose call is on the way to a handset or with it, or null. */
  readonly caller: Party | null;
  /** What the base was sent for that call; `0` is all its handsets. */
  readonly digit: string | null;
  /** s */
  readonly noAnswer: readonly [number, number];
  /** How the handset of the last call was known, or null before the first. */
  readonly knownBy: DectWay | null;
  /** Ids. */
  readonly handsets: readonly string[];
}

export interface DectHandset {
  /** From base and digit, or from its own line: `pjsip_2001_3`. */
  readonly id: string;
  readonly name: string;
  /** Id of its base. */
  readonly base: string;
  readonly line: string;
  readonly digit: string | null;
  readonly extensions: readonly string[];
  readonly mailbox: string | null;
  /** Behind a base, `in_call` when the time is past at which the base gives up: only then it is known. */
  readonly state: 'free' | 'ringing' | 'in_call';
  /** Who rings or talks, or null. */
  readonly caller: Party | null;
  /** It rings with all others of its base: which of them answers, nobody can tell. */
  readonly all: boolean;
  /** ms since the epoch, or null. */
  readonly since: number | null;
  /** When it will have stopped ringing, ms since the epoch; null when it does not ring or that is not known. */
  readonly until: number | null;
  readonly lastCaller:
    | (Party & {
        readonly time: string;
        readonly outcome:
          | 'ringing'
          | 'answered'
          | 'missed'
          | 'busy'
          | 'unreachable'
          | 'unclear'
          | 'elsewhere';
      })
    | null;
  /** Since the counter was last reset or the companion started. */
  readonly missed: number;
}

/** Phones that are announced on together. */
export interface Group {
  readonly id: string;
  readonly name: string;
  /** Endpoints, as the owner wrote them. */
  readonly phones: readonly string[];
}

export interface QueueCaller {
  /** 1 is next. */
  readonly position: number;
  readonly caller: Party;
  /** The channel's Uniqueid, and its name. */
  readonly call: string;
  readonly channel: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly priority: number;
}

/**
 * `busy`: in a call that is not the queue's. `available`: the queue would call it. While paused or in wrap-up it
 * would not; `unreachable` is a phone that is not registered.
 */
export type QueueMemberState =
  | 'available'
  | 'ringing'
  | 'in_call'
  | 'busy'
  | 'on_hold'
  | 'wrap_up'
  | 'paused'
  | 'unreachable';

export interface Queue {
  /** Id for topics and unique ids, such as `support`. */
  readonly id: string;
  /** Asterisk's name of it. */
  readonly queue: string;
  /** What its owner calls it. */
  readonly name: string;
  readonly strategy: string;
  /** By position. */
  readonly callers: readonly QueueCaller[];
  /** How many there are, and how many in each state. */
  readonly members: { readonly total: number } & Readonly<Record<QueueMemberState, number>>;
  /** A member has a penalty. */
  readonly penalties: boolean;
  /** Asterisk counts these from its start, `queue reset stats` or the queue's birth. */
  readonly completed: number;
  readonly abandoned: number;
  /** s, averages. */
  readonly holdTime: number;
  readonly talkTime: number;
  /** Percent of calls that were answered within so many seconds; 0 s: the queue has none. */
  readonly serviceLevel: { readonly percent: number; readonly seconds: number };
  /** Whether the dialplan and phones are told who answered; null: nobody could say so far. */
  readonly setInterfaceVar: boolean | null;
  /** False: callers come and go and no event says so. The AMI user lacks the read class `agent`. */
  readonly told: boolean;
}

export interface QueueMember {
  /** Id for topics and unique ids, such as `support__pjsip_6001`. */
  readonly id: string;
  /** The queue's id. */
  readonly queue: string;
  readonly name: string;
  /** What the queue calls, and the device whose state it watches. */
  readonly interface: string;
  readonly stateInterface: string;
  /** The phone behind it, or null. */
  readonly phone: PhoneRef | null;
  /** `static` members are in queues.conf and cannot be removed. */
  readonly membership: 'dynamic' | 'static' | 'realtime';
  readonly state: QueueMemberState;
  readonly paused: boolean;
  readonly pausedReason: string;
  /** ms since the epoch, or null. */
  readonly pausedSince: number | null;
  readonly penalty: number;
  readonly callsTaken: number;
  /** ms since the epoch, or null. */
  readonly lastCall: number | null;
  readonly loggedInSince: number | null;
  /** The queue's caller that it talks to, or null. */
  readonly caller: Party | null;
  /** ms since the epoch, or null: when the wrap-up ends. */
  readonly wrapUpUntil: number | null;
}

/** A membership that ended while we looked. */
export interface FormerMember {
  readonly queue: string;
  readonly interface: string;
  readonly stateInterface: string;
  readonly name: string;
  readonly penalty: number;
}

/** `always`: by itself, once answered. `never`: not even when asked. */
export type RecordingRule = 'always' | 'never' | 'on_demand';

/** Where recordings go, and how. */
export interface RecordingOptions {
  /** `media`: kept as a file. `mailbox`: as a message in the folder `Recordings`. */
  readonly to: readonly ('media' | 'mailbox')[];
  /** Folder as Asterisk sees it; null: Asterisk's own, `monitor` in its spool. */
  readonly dir: string | null;
  /** The same folder as it is seen here; null: it is not. */
  readonly mediaDir: string | null;
  /** s between beeps; 0: none. */
  readonly beep: number;
  /** Mailbox of calls that are of no phone with one. */
  readonly mailbox: string | null;
}

/** A call that is recorded, or was. */
export interface Recording {
  /** The file's name without its ending: `20261125-213500_6001_8000_k3f9`. */
  readonly id: string;
  /** `saving`: it ended, and its file is not whole yet. */
  readonly state: 'recording' | 'saving' | 'saved' | 'failed';
  /** Whose call it is, or null. */
  readonly phone: PhoneRef | null;
  /** Whom the phone talked to when it began. */
  readonly other: Party;
  /** Names of all who were on it, in the order in which they came. */
  readonly people: readonly string[];
  /** Who asked for it. */
  readonly startedBy: string;
  /** The Linkedid of the call. */
  readonly call: string;
  /** ms since the epoch. */
  readonly since: number;
  /** Null while it runs, and where nobody saw its end. */
  readonly seconds: number | null;
  /** Its path as Asterisk sees it. */
  readonly file: string;
  /** Folder within the media folder; '' for the folder itself. */
  readonly folder: string;
  /** The file stays, beside what goes into a mailbox. */
  readonly kept: boolean;
  /** Mailbox that gets it, such as `6001@default`, or null. */
  readonly mailbox: string | null;
  /** Null where the folder cannot be seen from here. */
  readonly bytes: number | null;
  /** Why there is no file. */
  readonly problem: string | null;
}

/** Which hints become entities. */
export interface HintOptions {
  /** `others`: those that no phone's device shows already; `all`; or `none`. */
  readonly show: 'others' | 'all' | 'none';
  /** Only hints of these contexts. Empty: of all. */
  readonly contexts: readonly string[];
}

/** What a lamp of a phone (BLF) shows that watches this extension. */
export interface Hint {
  /** From extension and context. */
  readonly id: string;
  readonly extension: string;
  readonly context: string;
  /** What the hint is made of, such as `PJSIP/1111`, `park:701@parkedcalls` or `Custom:lamp`. */
  readonly devices: readonly string[];
  /** Such as `CustomPresence:1111`, or null. */
  readonly presentity: string | null;
  /** Null: Asterisk does not know. */
  readonly state: 'idle' | 'in_use' | 'busy' | 'ringing' | 'on_hold' | 'unreachable' | null;
  /** Ids of the one phone, or of the lot with the space, that it is about; null: of something else, or of several. */
  readonly at: { readonly phone: string } | { readonly lot: string; readonly space: string } | null;
}

/** Hints of one context whose extensions begin alike. */
export interface HintGroup {
  readonly id: string;
  readonly name: string;
  readonly hints: readonly Hint[];
}

/** What changed; `*` as id: the set itself (one came, one went, or one was renamed). */
export interface Change {
  readonly subject:
    | 'pbx'
    | 'call'
    | 'phone'
    | 'doorbell'
    | 'ring_group'
    | 'parking'
    | 'conference'
    | 'presence'
    | 'voicemail'
    | 'dect'
    | 'handset'
    | 'queue'
    | 'queue_member'
    | 'user_event'
    | 'recording'
    | 'hint'
    | 'blf';
  readonly id: string;
}

export interface Collection<T> {
  all(): readonly T[];
  get(id: string): T | undefined;
}

export interface Phones extends Collection<Phone> {
  /** A phone from what a person would write: its id, endpoint, bare number or name. */
  find(text: string): Phone | undefined;
  byEndpoint(endpoint: string): Phone | undefined;
  /** Sets a phone's missed count back to 0. */
  resetMissed(id: string): void;
  /** Notes a number that was dialled for the phone, as its own calls are noted. */
  noteDialled(id: string, number: string): void;
}

export interface Doorbells extends Collection<Doorbell> {
  /** A doorbell from what a person would write: its id, name or endpoint. */
  find(text: string): Doorbell | undefined;
  /** Notes that somebody sent the visitor away: the end of this press is then `cancelled`, not `missed`. */
  dismiss(id: string, who: string): void;
  /** Ends the press as `cancelled` at once: the visitor was moved on, and the call may last. */
  moveOn(id: string, who: string): void;
  /** Notes that the door was opened: the happening `opened`. */
  opened(id: string, way: string, who: string): void;
}

export interface RingGroups extends Collection<RingGroup> {
  /** A ring group by extension, id or name. */
  find(text: string): RingGroup | undefined;
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

export interface Parking extends Collection<ParkingLot> {
  /** Notes that we park a channel now, by its Uniqueid: nothing else tells it from a phone's feature code. */
  asked(uniqueid: string): void;
  /** A lot by id or by Asterisk's name. */
  find(text: string): ParkingLot | undefined;
}

export interface Conferences extends Collection<Conference> {
  /** A room by id, name or Asterisk's name. */
  find(text: string): Conference | undefined;
  /** Where a channel is in a conference, by its Uniqueid. */
  of(uniqueid: string): { readonly room: ConferenceRef; readonly member: ConferenceMember } | undefined;
  /** Reads which rooms are locked now, instead of in a few seconds: there is no event for it. */
  refresh(): Promise<void>;
}

export interface Presences extends Collection<Presence> {
  /** False while the module that tells of presence is not loaded: there is none then. */
  readonly loaded: boolean;
  /** What a presentity says, known or not. */
  at(presentity: string): Presence;
}

export interface Voicemail extends Collection<Mailbox> {
  /** Whether messages can be heard over HTTP: Asterisk's spool can be read. */
  readonly audible: boolean;
  /** A mailbox by id, by Asterisk's name of it, by number or by name. */
  find(text: string): Mailbox | undefined;
  /** Everything in a mailbox, newest first. Asks Asterisk, over the slow link. */
  messages(id: string): Promise<readonly VoicemailMessage[]>;
}

export interface Hints extends Collection<Hint> {
  /** Those of a lot's spaces, by the lot's id. */
  ofLot(id: string): readonly Hint[];
  /** Those that neither a lot nor a phone shows. */
  readonly groups: Collection<HintGroup>;
}

export interface Dect {
  readonly bases: Collection<DectBase>;
  readonly handsets: Collection<DectHandset> & {
    /** A handset from what a person would write: its id, name or one of its extensions. */
    find(text: string): DectHandset | undefined;
  };
  /** Sets a handset's missed count back to 0. */
  resetMissed(id: string): void;
}

export interface Groups extends Collection<Group> {
  /** A group by id or name. */
  find(text: string): Group | undefined;
}

export interface Announcements {
  /** Follows a channel that is to play an announcement. Returns the way to forget it. */
  expect(call: string): () => void;
  /**
   * Whether Asterisk could play it on that channel, if only until somebody hung up; undefined while it plays, or when
   * the login may not see it.
   */
  played(call: string): boolean | undefined;
  /** Q.850 cause of its end; undefined before. */
  cause(call: string): number | undefined;
  /** Tells what became of an announcement: the happening. */
  ended(result: Omit<AnnouncementHappening, 'time' | 'pbx' | 'subject'>): void;
}

export interface Queues extends Collection<Queue> {
  /** A queue by id, Asterisk's name or its owner's. */
  find(text: string): Queue | undefined;
  readonly members: Collection<QueueMember> & {
    of(queue: string): readonly QueueMember[];
  };
  /** Memberships of a phone that ended while we looked, and that it does not have again. */
  former(phone: PhoneRef): readonly FormerMember[];
  /** What the settings say of queues. */
  readonly options: readonly QueueOptions[];
  /** Reads everything anew: for what no event tells. */
  refresh(): Promise<void>;
}

export interface Messages {
  /** Whether phones are to have entities for text messages: they are wanted, and the AMI user may send them. */
  readonly shown: boolean;
  /** The number that they are from unless another is named. */
  readonly from: string;
}

export interface UserEvents {
  /** How many were left out so far, because a dialplan raised too many at once. Counted when that is over. */
  readonly leftOut: number;
}

/** A recording that is about to begin. */
export interface RecordingPlan {
  readonly id: string;
  readonly phone: PhoneRef | null;
  readonly other: Party;
  readonly startedBy: string;
  readonly channel: Channel;
  readonly file: string;
  readonly kept: boolean;
  readonly mailbox: string | null;
}

/** Asterisk ended a recording because its channel left a call that goes on: by a transfer of its own. */
export interface RecordingLeft {
  readonly recording: Recording;
  /** Uniqueid of the one who stayed. */
  readonly stayed: string;
}

export interface Recordings extends Collection<Recording> {
  /** Asterisk has MixMonitor and lets us use it. */
  readonly possible: boolean;
  readonly options: RecordingOptions;
  /** The files can be seen, moved and deleted from here. */
  readonly visible: boolean;
  running(): readonly Recording[];
  /** That of the call which a channel is part of, by Uniqueid, if one runs now. */
  of(channel: string): Recording | undefined;
  /** The channel's Uniqueid and the MixMonitor's id of one that runs; to be stopped, unless said otherwise. */
  handle(id: string, toStop?: boolean): { readonly channel: string; readonly monitor: string } | undefined;
  /** Those that have ended, newest first. */
  ended(): readonly Recording[];
  /** One by its id or file name. */
  find(text: string): Recording | undefined;
  rule(phone: string): RecordingRule;
  /** Endpoints whose calls are to be recorded by themselves. */
  readonly always: ReadonlySet<string>;
  /** What the settings say is a phone's mailbox, or null. */
  mailbox(phone: string): string | null;
  /** Notes what is asked for now: the MixMonitor that begins on this channel next is it. */
  plan(plan: RecordingPlan): void;
  /** What Asterisk called it: `file` is its whole path. */
  named(id: string, monitor: string, file: string): void;
  /** Takes a plan back that Asterisk refused. */
  dropPlan(id: string): void;
  /** Looks at the folder again. */
  scan(): Promise<void>;
  /** The file as it is called here, and its folder; null where it cannot be seen. */
  fileOf(id: string): { readonly root: string; readonly file: string } | null;
  /** Bytes that are left where they go; null where it cannot be seen. */
  space(): Promise<number | null>;
  /** @throws what the file system says */
  move(id: string, folder: string): Promise<void>;
  /** @throws what the file system says */
  remove(id: string): Promise<void>;
  /** Hears of recordings that could go on elsewhere. Returns the way to stop. */
  onLeft(listener: (left: RecordingLeft) => void): () => void;
  /** Hears of those whose file is whole, also of those that ended while we were away. Returns the way to stop. */
  onWhole(listener: (recording: Recording) => void): () => void;
  /** Hears of those whose channel was joined with somebody else. Returns the way to stop. */
  onJoined(listener: (recording: Recording) => void): () => void;
  /** Notes that a MixMonitor ends and another goes on at once in the same file; null: it did not come to that. */
  renew(id: string, monitor: string | null): void;
  /** Hears of channels, by Uniqueid, whose user pressed the key to begin or end one. Returns the way to stop. */
  onKey(listener: (uniqueid: string) => void): () => void;
}

export interface PbxView {
  readonly id: string;
  readonly status: PbxStatus;
  readonly calls: Calls;
  readonly phones: Phones;
  readonly doorbells: Doorbells;
  readonly ringGroups: RingGroups;
  readonly parking: Parking;
  readonly dect: Dect;
  readonly hints: Hints;
  readonly conferences: Conferences;
  readonly presence: Presences;
  readonly voicemail: Voicemail;
  readonly groups: Groups;
  readonly announcements: Announcements;
  readonly queues: Queues;
  readonly messages: Messages;
  readonly userEvents: UserEvents;
  readonly recordings: Recordings;
  /** The wire, for `actions` alone. */
  readonly ami: Pick<AmiClient, 'send' | 'list' | 'originate' | 'status'>;
  /**
   * A second link without events, for lists that take Asterisk long: an action keeps back the events of its own link
   * (one thread a session). Connects when it is first used.
   */
  readonly slow: Pick<AmiClient, 'send' | 'list'>;
  /** Hears every change of state, at once; not coalesced. Returns the way to stop. */
  onChange(listener: (change: Change) => void): () => void;
  onHappening(listener: (happening: Happening) => void): () => void;
}
