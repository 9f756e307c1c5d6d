/** `conference_join` and `conference_bring_in`: how somebody gets into a conference. */
import { z } from 'zod';
import type { Variables } from '../ami/index.ts';
import type { Party } from '../pbx/happenings.ts';
import type { Channel, Conference, ConferenceMember, PbxView, Phone } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import { refOf } from './conferences.ts';
import { needExtension } from './extension.ts';
import * as field from './fields.ts';
import {
  allParked,
  findChannel,
  findDoorbell,
  findLot,
  findPhone,
  refOf as phoneRef,
  visitorAt,
} from './find.ts';
import { findConference } from './find-conference.ts';
import { ring } from './ring.ts';
import { until } from './wait.ts';

/** ms for a phone that has answered to be in; after that it is asked for a PIN, or hears an announcement. */
const IN_MS = 5_000;
/** ms for a call that goes through the dialplan, which may play something first. */
const THROUGH_MS = 15_000;

export const conferenceJoin = declare({
  id: 'conference_join',
  title: 'Join conference',
  description: 'Rings a phone and puts it into a conference when it answers.',
  icon: 'mdi:account-multiple-plus',
  fields: z.strictObject({
    phone: field.phone('Phone that is to join.'),
    conference: field
      .conference('Conference. Left out: the only one that is in use, or that there is.')
      .optional(),
    marked: field.yesNo(
      'Marked',
      'As a marked user, for whom others wait: a visitor who waits in the conference is then answered.',
      true,
    ),
    timeout: field.ringTime,
  }),
  result: z.object({
    conference: field.conferenceResult,
    phone: field.phoneResult,
    call: z.string(),
    /** `entering`: it has answered, and Asterisk asks it for a PIN or plays something first. */
    state: z.enum(['joined', 'entering']),
  }),

  async run({ pbx }: ActionContext, fields) {
    const conference = findConference(pbx, fields.conference);
    const phone = findPhone(pbx, fields.phone);
    const { marked, timeout } = fields;
    const { call, joined } = await enter(pbx, { conference, phone, marked, timeout });
    return {
      conference: refOf(conference),
      phone: phoneRef(phone),
      call,
      state: joined ? ('joined' as const) : ('entering' as const),
    };
  },
});

/** How a phone gets into a conference. */
export interface Entry {
  readonly conference: Conference;
  readonly phone: Phone;
  readonly marked: boolean;
  /** s that it may ring */
  readonly timeout: number;
  /** Whom it shows while it rings. Left out: the conference. */
  readonly shows?: Party;
  /** Looked at with every change: a reason to stop ringing. */
  readonly abandon?: () => ActionError | undefined;
}

/** Rings the phone and puts it in; gives the Uniqueid of its channel, and whether it is in yet. */
export async function enter(
  pbx: PbxView,
  { conference, phone, marked, timeout, shows, abandon }: Entry,
): Promise<{ readonly call: string; readonly joined: boolean }> {
  if (conference.members.some((member) => member.phone?.id === phone.id))
    throw new ActionError('conflict', `${phone.name} is in ${conference.name} already.`, 'phone');
  if (!marked) refuseLocked(conference);
  const call = await ring(pbx, {
    device: phone.endpoint,
    name: phone.name,
    ...wayIn(conference, marked),
    shows: shows ?? { number: conference.room, name: conference.name },
    timeout,
    ...(abandon === undefined ? {} : { abandon }),
  });
  const member = await until(pbx, () => inside(pbx, call, conference, phone.name), IN_MS);
  return { call, joined: member !== undefined };
}

export const conferenceBringIn = declare({
  id: 'conference_bring_in',
  title: 'Bring into conference',
  description:
    'Moves a call into a conference: a visitor at a doorbell, whether it rings, waits or talks; a parked call; or any ' +
    'other. Who talks to it comes along.',
  icon: 'mdi:phone-plus',
  fields: z.strictObject({
    conference: field
      .conference('Conference. Left out: the only one that is in use, or that there is.')
      .optional(),
    doorbell: field.doorbell('Doorbell whose visitor is to be brought in.').optional(),
    call: field.call('Channel to bring in, by its name or id, instead of a doorbell.').optional(),
    lot: field.lot('Lot of the parked call, instead of a doorbell. Left out: any.').optional(),
    space: field
      .number('Space of the parked call. Left out: the one that has waited longest.', 'Space', '701')
      .optional(),
    marked: field.yesNo('Marked', 'As a marked user, for whom others wait.', false),
  }),
  result: z.object({ conference: field.conferenceResult, call: z.string(), members: z.number().int() }),

  async run({ pbx, context }: ActionContext, fields) {
    const conference = findConference(pbx, fields.conference);
    const caller = whom(pbx, fields);
    if (pbx.conferences.of(caller.uniqueid)?.room.id === conference.id)
      throw new ActionError('conflict', `This call is in ${conference.name} already.`);
    refuseLocked(conference);
    const where = context(pbx.id);
    const extension = extensionOf(conference, fields.marked);
    await needExtension(pbx, where, extension, 'conference');
    const peer = talkingTo(pbx, caller);
    await pbx.ami.send({
      Action: 'Redirect',
      Channel: caller.name,
      Context: where,
      Exten: extension,
      Priority: 1,
      ...(peer === undefined
        ? {}
        : {
            ExtraChannel: peer.name,
            ExtraContext: where,
            ExtraExten: extensionOfPeer(pbx, peer, conference) ?? extension,
            ExtraPriority: 1,
          }),
    });
    const member = await until(pbx, () => inside(pbx, caller.uniqueid, conference, 'The caller'), THROUGH_MS);
    if (!member)
      throw new ActionError(
        'failed',
        `The call went to extension ${extension}, but is not in ${conference.name}: does it lead there?`,
        'conference',
      );
    const members = pbx.conferences.get(conference.id)?.members.length ?? 0;
    return { conference: refOf(conference), call: caller.linkedid, members };
  },
});

interface Whom {
  readonly doorbell?: string | undefined;
  readonly call?: string | undefined;
  readonly lot?: string | undefined;
  readonly space?: string | undefined;
}

function whom(pbx: PbxView, { doorbell, call, lot, space }: Whom): Channel {
  if (call !== undefined) return findChannel(pbx, call);
  if (doorbell !== undefined) return visitorAt(pbx, findDoorbell(pbx, doorbell));
  const inLot = lot === undefined ? undefined : findLot(pbx, lot).name;
  const parked = allParked(pbx).filter((one) => inLot === undefined || one.lot === inLot);
  const found = space === undefined ? parked[0] : parked.find((one) => one.space === space);
  const channel = found && pbx.calls.channel(found.call);
  if (channel) return channel;
  const taken = parked.map((one) => one.space).join(', ') || 'none is taken';
  const [what, at] =
    space === undefined
      ? ['No doorbell and no call is named, and no call is parked.', 'doorbell']
      : [`No call is parked in space ${space}; taken: ${taken}.`, 'space'];
  throw new ActionError('not_found', what, at);
}

/** Who is in a call with the channel, and would be left alone. */
function talkingTo(pbx: PbxView, caller: Channel): Channel | undefined {
  if (caller.bridge === null || pbx.conferences.of(caller.uniqueid)) return undefined;
  return pbx.calls.peer(caller.uniqueid);
}

/** A phone of the house is the host of whom it talked to; nobody else is given a host's rights. */
function extensionOfPeer(pbx: PbxView, peer: Channel, { entrances }: Conference): string | null {
  return pbx.phones.byEndpoint(peer.endpoint) ? entrances.marked.extension : null;
}

function extensionOf({ name, entrances }: Conference, asMarked: boolean): string {
  const found = asMarked ? entrances.marked.extension : entrances.plain.extension;
  if (found !== null) return found;
  throw new ActionError(
    'conflict',
    `No extension is known that leads into ${name}${asMarked ? ' as a marked user' : ''}, and Asterisk moves calls to ` +
      `extensions only: add one to the dialplan, and set conferences[].${asMarked ? 'marked_extension' : 'extension'}.`,
    'conference',
  );
}

/**
 * Without a profile that is known, the user's is Asterisk's default with what makes a marked user of it. A function
 * does this and a profile in the arguments goes before it, so they are not mixed.
 */
function wayIn({ room, entrances }: Conference, asMarked: boolean) {
  const { bridge, profile } = asMarked ? entrances.marked : entrances.plain;
  const user: Variables = {
    'CONFBRIDGE(user,talk_detection_events)': 'yes',
    ...(asMarked
      ? {
          'CONFBRIDGE(user,marked)': 'yes',
          'CONFBRIDGE(user,admin)': 'yes',
          'CONFBRIDGE(user,wait_marked)': 'no',
          'CONFBRIDGE(user,end_marked)': 'no',
        }
      : {}),
  };
  const parts =
    profile === null ? (bridge === null ? [room] : [room, bridge]) : [room, bridge ?? '', profile];
  return {
    becomes: { application: 'ConfBridge', arguments: parts },
    ...(profile === null ? { variables: user } : {}),
  };
}

function inside(pbx: PbxView, call: string, { id, name, locked }: Conference, who: string) {
  const place = pbx.conferences.of(call);
  if (place?.room.id === id) return place.member satisfies ConferenceMember;
  if (pbx.calls.channel(call)) return undefined;
  const why = locked ? `${name} is locked` : 'the call has ended';
  throw new ActionError('conflict', `${who} did not get into ${name}: ${why}.`);
}

function refuseLocked({ name, locked }: Conference): void {
  if (locked) throw new ActionError('conflict', `${name} is locked: unlock it first.`, 'conference');
}
