/** The PBXs as JSON, whole or in parts. */
import type { Call, Change, Collection, Doorbell, PbxView } from '../pbx/index.ts';
import type { HttpOptions } from './options.ts';

type Opens = HttpOptions['opens'];

/** Recordings that are shown; there may be a thousand. */
const NEWEST = 50;

/** All there is to know of one PBX. */
export function pbxState(pbx: PbxView, opens: Opens) {
  return {
    id: pbx.id,
    status: pbx.status,
    calls: pbx.calls.all(),
    phones: pbx.phones.all(),
    doorbells: pbx.doorbells.all().map((doorbell) => withOpens(pbx, doorbell, opens)),
    ring_groups: pbx.ringGroups.all(),
    parking: pbx.parking.all(),
    hints: pbx.hints.all(),
    device_states: pbx.deviceStates.all(),
    dect: { bases: pbx.dect.bases.all(), handsets: pbx.dect.handsets.all() },
    conferences: pbx.conferences.all(),
    presence: pbx.presence.all(),
    voicemail: pbx.voicemail.all(),
    queues: pbx.queues.all(),
    queue_members: pbx.queues.members.all(),
    user_events: { left_out: pbx.userEvents.leftOut },
    recordings: pbx.recordings.all().slice(0, NEWEST),
  };
}

/** What a client is told of a subject: all of it, and one of it, undefined when it has gone. */
interface Part {
  all(pbx: PbxView, opens: Opens): unknown;
  one(pbx: PbxView, id: string, opens: Opens): unknown;
}

const PARTS: Readonly<Record<Change['subject'], Part>> = {
  pbx: { all: (pbx) => pbx.status, one: (pbx) => pbx.status },
  call: { all: (pbx) => pbx.calls.all(), one: (pbx, id) => shown(pbx.calls.get(id)) },
  phone: collection((pbx) => pbx.phones),
  doorbell: {
    all: (pbx, opens) => pbx.doorbells.all().map((doorbell) => withOpens(pbx, doorbell, opens)),
    one: (pbx, id, opens) => {
      const doorbell = pbx.doorbells.get(id);
      return doorbell && withOpens(pbx, doorbell, opens);
    },
  },
  ring_group: collection((pbx) => pbx.ringGroups),
  parking: collection((pbx) => pbx.parking),
  hint: collection((pbx) => pbx.hints),
  blf: collection((pbx) => pbx.hints.groups),
  device_state: collection((pbx) => pbx.deviceStates),
  dect: collection((pbx) => pbx.dect.bases),
  handset: collection((pbx) => pbx.dect.handsets),
  conference: collection((pbx) => pbx.conferences),
  presence: collection((pbx) => pbx.presence),
  voicemail: collection((pbx) => pbx.voicemail),
  queue: collection((pbx) => pbx.queues),
  queue_member: collection((pbx) => pbx.queues.members),
  user_event: {
    all: (pbx) => ({ left_out: pbx.userEvents.leftOut }),
    one: (pbx) => ({ left_out: pbx.userEvents.leftOut }),
  },

  recording: {
    all: (pbx) => pbx.recordings.all().slice(0, NEWEST),
    one: (pbx) => pbx.recordings.all().slice(0, NEWEST),
  },
};

function collection(of: (pbx: PbxView) => Collection<unknown>): Part {
  return { all: (pbx) => of(pbx).all(), one: (pbx, id) => of(pbx).get(id) };
}

/** The part that a change names: one object, null when it has gone, or all of a kind (`*`). */
export function partOf(pbx: PbxView, { subject, id }: Change, opens: Opens): unknown {
  const part = PARTS[subject];
  return id === '*' ? part.all(pbx, opens) : (part.one(pbx, id, opens) ?? null);
}

/** A call of nothing but Local halves is plumbing. */
function shown(call: Call | undefined): Call | null {
  return call?.channels.some((channel) => !channel.local) ? call : null;
}

function withOpens(pbx: PbxView, doorbell: Doorbell, opens: Opens) {
  return { ...doorbell, opens: opens(pbx.id, doorbell.id) };
}
