/**
 * What just happened on a PBX, as plain data. Home Assistant's bus, the event entities and the live stream
 * all get these, unchanged. Texts come from callers and phones: hostile wherever they are shown.
 */

/** The other party as the PBX knows it; empty strings where it knows nothing. */
export interface Party {
  readonly number: string;
  readonly name: string;
}

/** A phone as a happening names it. */
export interface PhoneRef {
  /** Stable id within the PBX, such as `pjsip_6001`. */
  readonly id: string;
  /** Asterisk's device name, such as `PJSIP/6001`. */
  readonly endpoint: string;
  /** What the owner calls it. */
  readonly name: string;
}

interface Base {
  /** When the companion saw it, ISO 8601 in UTC. */
  readonly time: string;
  /** The PBX's id from the settings. */
  readonly pbx: string;
}

/**
 * The life of one press. `ring` opens it; exactly one of `answered`, `missed`, `cancelled` follows, unless the
 * PBX was lost; `ended` closes it. In a conference, `answered` comes again for each who joins; the life's outcome is
 * one all the same. `missed`: visitor or dialplan gave up with nobody there. `cancelled`: somebody in the house sent
 * the visitor away, or answered elsewhere.
 */
export interface DoorbellHappening extends Base {
  readonly subject: 'doorbell';
  readonly type: 'ring' | 'answered' | 'missed' | 'cancelled' | 'ended' | 'parked' | 'waiting' | 'opened';
  /** Id of the doorbell, such as `pjsip_8000`. */
  readonly doorbell: string;
  readonly name: string;
  /** Uniqueid of the doorbell's channel: the id of the press. Empty for `opened` without a call. */
  readonly call: string;
  readonly caller: Party;
  /** The extension that the doorbell dialled. */
  readonly extension: string;
  /** `answered`: who did, null when it was no known phone (an application, an outside number). */
  readonly by?: PhoneRef | null;
  /** `answered` and `ended`: all phones that have answered so far. */
  readonly answered_by?: readonly PhoneRef[];
  /** `parked`: where. */
  readonly lot?: string;
  readonly space?: string;
  /** `waiting`: Asterisk's name of the conference, and the owner's. */
  readonly room?: string;
  readonly room_name?: string;
  /** `answered`, `missed`, `cancelled`, `ended`: how often phones were dialled. */
  readonly attempts?: number;
  /** `ended`: how it went, and for how long the two talked. */
  readonly outcome?: 'answered' | 'missed' | 'cancelled' | 'lost';
  readonly seconds?: number;
  /** `opened`: the way. */
  readonly way?: string;
  /** `opened` and `cancelled`: who asked. */
  readonly who?: string;
}

/** A call to a ring group of the settings. */
export interface RingGroupHappening extends Base {
  readonly subject: 'ring_group';
  /** `missed`: the call is over, and nobody was there. */
  readonly type: 'called' | 'answered' | 'missed';
  /** Id of the group, from its extension. */
  readonly group: string;
  readonly name: string;
  readonly extension: string;
  /** Uniqueid of the calling channel. */
  readonly call: string;
  readonly caller: Party;
  /** `answered`: by whom, null when it was no known phone. */
  readonly by?: PhoneRef | null;
}

export interface PhoneHappening extends Base {
  readonly subject: 'phone';
  readonly type: 'ringing' | 'answered' | 'missed' | 'dtmf' | 'registered' | 'unregistered';
  readonly phone: PhoneRef;
  readonly call?: string;
  readonly caller?: Party;
  /** `dtmf`: one of 0-9, *, #, A-D, as the phone sent it. */
  readonly digit?: string;
}

export interface ParkingHappening extends Base {
  readonly subject: 'parking';
  /**
   * After `timed_out`, where the lot sends calls back to who parked them: `calls_back`, and then `taken_back` or
   * `not_taken_back`.
   */
  readonly type:
    | 'parked'
    | 'retrieved'
    | 'timed_out'
    | 'given_up'
    | 'calls_back'
    | 'taken_back'
    | 'not_taken_back';
  readonly lot: string;
  readonly space: string;
  readonly call: string;
  readonly caller: Party;
  /** Who parked it: a phone's name, else Asterisk's dial string. */
  readonly parked_by: string;
  /** `parked`: in which way. */
  readonly how?: 'blind' | 'attended' | 'one_touch' | 'self' | 'action';
  /** `retrieved`, `taken_back`: by whom; `calls_back`: whom. */
  readonly by?: PhoneRef | null;
}

export interface ConferenceHappening extends Base {
  readonly subject: 'conference';
  readonly type:
    | 'join'
    | 'leave'
    | 'talk_start'
    | 'talk_end'
    | 'muted'
    | 'unmuted'
    | 'locked'
    | 'unlocked'
    | 'recording_started'
    | 'recording_stopped';
  /** Id of the room. */
  readonly conference: string;
  /** Asterisk's name of it. */
  readonly room: string;
  readonly name: string;
  /** How many are in it now. */
  readonly members: number;
  /** Whom it is about, where it is about one: Uniqueid, party, and the phone, null when it is none. */
  readonly call?: string;
  readonly caller?: Party;
  readonly by?: PhoneRef | null;
  readonly admin?: boolean;
  /** `leave`: how long they were in. */
  readonly seconds?: number;
}

/** A text message (SIP MESSAGE) that a phone sent to the dialplan. */
export interface MessageHappening extends Base {
  readonly subject: 'message';
  readonly type: 'received';
  /** The phone that its sender's number is of, or null. */
  readonly phone: PhoneRef | null;
  readonly from: Party;
  /** The extension that it was sent to. */
  readonly to: string;
  /** May have several lines. */
  readonly text: string;
}

/** Somebody, or something, says another thing of being there. */
export interface PresenceHappening extends Base {
  readonly subject: 'presence';
  readonly type: 'changed';
  /** Such as `CustomPresence:6001`. */
  readonly presentity: string;
  /** The first phone whose presence that is, or null. */
  readonly phone: PhoneRef | null;
  /** Asterisk's words: available, away, xa, chat, dnd, unavailable, not_set. */
  readonly state: string;
  readonly subtype: string;
  readonly message: string;
  /** The state until then. */
  readonly before: string;
}

/**
 * A call to a DECT handset. `ddi_dial` is of the base: what it was sent. The others are of one handset each: `ringing`,
 * then one of `answered`, `missed`, `busy`, `unreachable`, `unclear` (the caller left while nobody could know whether it
 * was answered), and after `answered` the `ended`. Behind a base, an answer is known late: see docs/dect.md.
 */
export interface DectHappening extends Base {
  readonly subject: 'dect';
  readonly type:
    | 'ddi_dial'
    | 'ringing'
    | 'answered'
    | 'missed'
    | 'busy'
    | 'unreachable'
    | 'unclear'
    | 'ended';
  /** Id of the base. */
  readonly base: string;
  readonly base_name: string;
  /** Id of the handset; null of `ddi_dial`. */
  readonly handset: string | null;
  readonly handset_name: string | null;
  /** What the base was sent; null for a handset with a line of its own. */
  readonly digit: string | null;
  /** All handsets of the base rang. */
  readonly all: boolean;
  /** Names of those that rang. */
  readonly handsets: readonly string[];
  readonly mailbox: string | null;
  /** Linkedid. */
  readonly call: string;
  readonly caller: Party;
  /** `ended`: s since the line's answer. */
  readonly seconds?: number;
}

export interface CallHappening extends Base {
  readonly subject: 'call';
  readonly type: 'started' | 'answered' | 'ended' | 'transferred';
  readonly call: string;
  readonly from: Party;
  readonly to: Party;
  /** `ended`: Q.850 cause, its words, and seconds since the call was answered. */
  readonly cause?: number;
  readonly cause_text?: string;
  readonly seconds?: number;
  /** `ended`: the dialplan, or somebody, had answered the channel that was left. */
  readonly up?: boolean;
}

/** A message has come into a mailbox's INBOX or Urgent: left by a caller, or forwarded. */
export interface VoicemailHappening extends Base {
  readonly subject: 'voicemail';
  readonly type: 'new_message';
  /** Asterisk's name of the mailbox, such as `6001@default`. */
  readonly mailbox: string;
  /** What the owner calls it. */
  readonly name: string;
  /** Id of the message. */
  readonly message: string;
  readonly caller: Party;
  readonly seconds: number;
  readonly urgent: boolean;
}

/** An announcement is over. `confirmed`: somebody pressed one of the keys that were asked for. */
export interface AnnouncementHappening extends Base {
  readonly subject: 'announcement';
  readonly type: 'confirmed' | 'answered' | 'not_answered';
  /** Who asked for it. */
  readonly who: string;
  /** `confirmed`: the key, and the phone that it was pressed on. */
  readonly digit: string | null;
  readonly by: PhoneRef | null;
  readonly phones: readonly (PhoneRef & { readonly state: string; readonly digit: string | null })[];
}

/** A queue member as a happening names it. */
export interface QueueMemberRef {
  readonly id: string;
  readonly name: string;
  readonly interface: string;
  readonly phone: PhoneRef | null;
}

/**
 * A caller `joined`; then `connected` and, at the end of the talk, `completed`; or `abandoned` (hung up while
 * waiting), or `left` (went on in the dialplan: waited too long, was withdrawn, sent elsewhere). `no_answer`:
 * members rang for this caller in vain.
 */
export interface QueueHappening extends Base {
  readonly subject: 'queue';
  readonly type:
    | 'joined'
    | 'left'
    | 'abandoned'
    | 'connected'
    | 'completed'
    | 'no_answer'
    | 'member_added'
    | 'member_removed'
    | 'member_paused'
    | 'member_unpaused';
  /** Id of the queue, and what it is called. */
  readonly queue: string;
  readonly name: string;
  /** Uniqueid of the caller's channel. */
  readonly call?: string;
  readonly caller?: Party;
  readonly position?: number;
  /** Callers waiting, after this. */
  readonly waiting?: number;
  readonly member?: QueueMemberRef;
  /** `no_answer`: all who rang at once in vain; at most 20 are named. */
  readonly members?: readonly QueueMemberRef[];
  readonly count?: number;
  /** s that the caller waited, and that the two talked. */
  readonly waited?: number;
  readonly talked?: number;
  /** `completed`: who ended it. */
  readonly ended_by?: 'caller' | 'member' | 'transfer';
  /** `member_paused`: why. */
  readonly reason?: string;
}

/**
 * `saved`: the file is whole, or, of one for a mailbox alone, the message is there. `failed`: there is no file, or a
 * whole one did not get into its mailbox.
 */
export interface RecordingHappening extends Base {
  readonly subject: 'recording';
  readonly type: 'started' | 'stopped' | 'saved' | 'failed';
  readonly recording: string;
  readonly phone: PhoneRef | null;
  readonly other: Party;
  readonly started_by: string;
  readonly people: readonly string[];
  readonly call: string;
  /** Path as Asterisk sees it. */
  readonly file: string;
  readonly mailbox: string | null;
  /** From `stopped` on, where its end was seen. */
  readonly seconds?: number;
  /** Asterisk's id of the message in the mailbox, where it is known. */
  readonly message?: string;
  /** `failed`: why. */
  readonly problem?: string;
}

/** A dialplan's `UserEvent(name,key: value,…)`. */
export interface UserEventHappening extends Base {
  readonly subject: 'user_event';
  readonly type: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface PbxHappening extends Base {
  readonly subject: 'pbx';
  readonly type: 'connected' | 'disconnected' | 'restarted';
  readonly message?: string;
}

export type Happening =
  | DoorbellHappening
  | RingGroupHappening
  | PhoneHappening
  | ParkingHappening
  | DectHappening
  | ConferenceHappening
  | PresenceHappening
  | MessageHappening
  | CallHappening
  | VoicemailHappening
  | AnnouncementHappening
  | QueueHappening
  | RecordingHappening
  | UserEventHappening
  | PbxHappening;
