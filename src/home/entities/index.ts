/** All devices of a PBX, what changes how they look, and which of them a happening is told to. */
import type { Happening } from '../../pbx/happenings.ts';
import type { Change, PbxView } from '../../pbx/model.ts';
import { blf } from './blf.ts';
import { conferenceEvent, conferences } from './conferences.ts';
import { dectBases, dectEvent, handsets } from './dect.ts';
import { deviceStates } from './device-states.ts';
import { doorbellEvent, doorbells } from './doorbells.ts';
import type { Looks, Surroundings, Told } from './looks.ts';
import { messageEvent } from './messages.ts';
import type { Device, Subject } from './model.ts';
import { namedIn } from './names.ts';
import { lots, parkingEvent } from './parking.ts';
import { hub } from './pbx.ts';
import { phoneEvent, phones } from './phones.ts';
import { queueMembers } from './queue-members.ts';
import { queueEvent, queues } from './queues.ts';
import { recordingEvent, recordings } from './recordings.ts';
import { ringGroupEvent, ringGroups } from './ring-groups.ts';
import { mailboxes, voicemailEvent } from './voicemail.ts';

export type { Surroundings } from './looks.ts';

/** In the order in which Home Assistant is to meet them: the hub first, since the others hang on it. */
const LOOKS: Readonly<Record<Subject, Looks>> = {
  pbx: hub,
  doorbell: doorbells,
  ring_group: ringGroups,
  parking: lots,
  conference: conferences,
  phone: phones,
  voicemail: mailboxes,
  recording: recordings,
  dect: dectBases,
  handset: handsets,
  blf,
  device_state: deviceStates,
  queue: queues,
  queue_member: queueMembers,
};

export const SUBJECTS = Object.keys(LOOKS) as readonly Subject[];

/** What looks different after a change of the PBX. */
interface Shown {
  /** The device of the id that the change names; `hub`: the PBX's own. */
  readonly one: Subject | 'hub' | null;
  /** The subjects whose set, or all of whose devices, look different when the change names a set. */
  readonly set: readonly Subject[];
}

/**
 * By the change's subject. Phones are the options of a lot's `Retrieve on` and a mailbox's `Play on`, and give queue
 * members their names.
 */
export const SHOWN: Readonly<Record<Exclude<Change['subject'], 'pbx'>, Shown>> = {
  call: { one: 'hub', set: [] },
  doorbell: { one: 'doorbell', set: ['doorbell'] },
  // Its state shows nowhere: the device is an event entity.
  ring_group: { one: null, set: ['ring_group'] },
  parking: { one: 'parking', set: ['parking'] },
  conference: { one: 'conference', set: ['conference'] },
  presence: { one: 'phone', set: ['phone'] },
  phone: { one: 'phone', set: ['phone', 'parking', 'voicemail', 'queue_member'] },
  voicemail: { one: 'voicemail', set: ['voicemail'] },
  recording: { one: 'recording', set: ['recording', 'phone'] },
  dect: { one: 'dect', set: ['dect'] },
  handset: { one: 'handset', set: ['handset'] },
  hint: { one: null, set: [] },
  blf: { one: 'blf', set: ['blf'] },
  device_state: { one: 'device_state', set: ['device_state'] },
  queue: { one: 'queue', set: ['queue'] },
  queue_member: { one: 'queue_member', set: ['queue_member'] },
  user_event: { one: 'hub', set: [] },
};

/** By the happening's subject; one that is not here is for the bus alone. */
const EVENTS: { readonly [S in Happening['subject']]?: Teller<S> } = {
  doorbell: doorbellEvent,
  ring_group: ringGroupEvent,
  phone: phoneEvent,
  message: messageEvent,
  parking: parkingEvent,
  voicemail: voicemailEvent,
  recording: recordingEvent,
  dect: dectEvent,
  queue: queueEvent,
  conference: conferenceEvent,
};

type Teller<S> = (happening: Extract<Happening, { subject: S }>, view: PbxView) => Told | null;

/** Ids of all that a PBX has of a subject. */
export function idsOf(view: PbxView, subject: Subject): readonly string[] {
  return LOOKS[subject].ids(view);
}

/** The device as it looks now, or null when the PBX has none of that id. */
export function deviceOf(view: PbxView, subject: Subject, id: string, around: Surroundings): Device | null {
  const looks = LOOKS[subject].device(view, id, around);
  if (looks === null) return null;
  const device = namedIn(around.language(), looks);
  if (subject === 'pbx' || view.id === around.firstPbx) return device;
  return { ...device, slug: `${view.id}_${device.slug}` };
}

/** What a happening tells an event entity, and of which device; null: it is for the bus alone. */
export function eventOf(happening: Happening, view: PbxView): Told | null {
  const tell = EVENTS[happening.subject] as Teller<string> | undefined;
  return tell?.(happening as never, view) ?? null;
}
