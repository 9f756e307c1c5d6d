/** `answer`: brings a caller and a phone together. AMI has no such action. */
import { z } from 'zod';
import type { Channel, PbxView, Phone } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import { enter } from './conference-entry.ts';
import * as field from './fields.ts';
import {
  channelsOf,
  findChannel,
  findDoorbell,
  findPhone,
  onlyVisitor,
  parkedAt,
  peerOf,
  phoneFor,
  refOf,
  visitorAt,
  type Whose,
} from './find.ts';
import { retrieveTo } from './retrieve.ts';
import { ANSWERED_ELSEWHERE, freshUniqueid, hangUp, ring } from './ring.ts';
import { until } from './wait.ts';

/** ms for two channels to be joined once the phone has answered */
const JOIN_MS = 5_000;

export const answer = declare({
  id: 'answer',
  title: 'Answer',
  description:
    'Brings a caller to a phone: a visitor at a doorbell, a call that rings on a phone, one that is parked, or one ' +
    'that waits in a conference, which the phone joins as a marked user. A phone that rings with this call already ' +
    'rings on, and the others stop; any other phone rings, too, and gets the caller when it is picked up.',
  icon: 'mdi:phone-in-talk',
  fields: z.strictObject({
    doorbell: field.doorbell('Whose visitor. Left out: the one who rings now.').optional(),
    call: field.call('A call or channel by its id or name, instead of a doorbell.').optional(),
    phone: field.phone('Phone on which the call rings now, instead of a doorbell.').optional(),
    on: field
      .phone(
        'Phone to talk on. Left out: the one that rings, or the first of the doorbell that is there.',
        'On',
      )
      .optional(),
    timeout: field.ringTime,
  }),
  result: z.object({ phone: field.phoneResult, call: z.string() }),

  async run({ pbx }: ActionContext, fields) {
    const { caller, preset } = whom(pbx, fields);
    const phone = fields.on === undefined ? preset : findPhone(pbx, fields.on, 'on');
    if (phone === undefined)
      throw new ActionError('invalid', 'Which phone? None of the doorbell’s phones is registered.', 'on');
    const parked = parkedAt(pbx, caller.uniqueid);
    if (parked) return retrieveTo(pbx, parked, phone, fields.timeout);
    if (pbx.conferences.of(caller.uniqueid)) {
      await meet(pbx, caller, phone, fields.timeout);
      return { phone: refOf(phone), call: caller.linkedid };
    }
    refuseTalking(pbx, caller);
    const ringing = channelsOf(pbx, phone).find((channel) => rings(pbx, channel, caller));
    if (ringing) await pickUp(pbx, caller, ringing, phone, fields.timeout);
    else await bring(pbx, caller, phone, fields.timeout);
    return { phone: refOf(phone), call: caller.linkedid };
  },
});

/** States of a doorbell whose visitor nobody talks to. */
const WAITS: ReadonlySet<string> = new Set(['ringing', 'parked', 'waiting']);

/** Who waits, and the phone to talk on when none is named. */
function whom(pbx: PbxView, fields: Whose): { caller: Channel; preset: Phone | undefined } {
  if (fields.call !== undefined) {
    const caller = findChannel(pbx, fields.call);
    return { caller, preset: fields.phone === undefined ? undefined : findPhone(pbx, fields.phone) };
  }
  if (fields.doorbell === undefined && fields.phone !== undefined) {
    const preset = findPhone(pbx, fields.phone);
    const ringing = channelsOf(pbx, preset).find((channel) => channel.state === 'Ringing');
    if (!ringing) throw new ActionError('conflict', `${preset.name} does not ring.`, 'phone');
    return { caller: peerOf(pbx, ringing, preset), preset };
  }
  const door =
    fields.doorbell === undefined
      ? onlyVisitor(pbx, ({ state }) => WAITS.has(state))
      : findDoorbell(pbx, fields.doorbell);
  const caller = visitorAt(pbx, door);
  const preset = fields.phone === undefined ? phoneFor(pbx, door) : findPhone(pbx, fields.phone);
  return { caller, preset };
}

function refuseTalking(pbx: PbxView, caller: Channel): void {
  if (caller.bridge === null) return;
  const peer = pbx.calls.peer(caller.uniqueid);
  const who = peer && (pbx.phones.byEndpoint(peer.endpoint)?.name ?? peer.endpoint);
  throw new ActionError(
    'conflict',
    `The call was answered already${who ? ` by ${who}` : ''}; \`transfer\` moves it to another phone.`,
  );
}

function rings(pbx: PbxView, channel: Channel, caller: Channel): boolean {
  return channel.state === 'Ringing' && pbx.calls.peer(channel.uniqueid)?.uniqueid === caller.uniqueid;
}

/**
 * The phone rings with this call: the others stop, and it is for its user to pick up. It could be asked to do so by
 * itself (PJSIPNotify, `Event: talk`), but one that does not know this answers 481, and Asterisk then ends its call
 * (RFC 5057; seen with baresip).
 */
async function pickUp(pbx: PbxView, caller: Channel, ringing: Channel, phone: Phone, timeout: number) {
  const others = (pbx.calls.get(caller.linkedid)?.channels ?? []).filter(
    (channel) => channel.uniqueid !== ringing.uniqueid && rings(pbx, channel, caller),
  );
  await Promise.all(others.map((channel) => hangUp(pbx, channel.name, ANSWERED_ELSEWHERE)));
  const joined = await until(pbx, () => joinedOrGone(pbx, caller, ringing.uniqueid, phone), timeout * 1000);
  if (!joined) throw new ActionError('failed', `${phone.name} rang for ${timeout} s and did not answer.`);
}

/** Rings the phone beside whatever rings now; who answers first has the caller. */
async function bring(pbx: PbxView, caller: Channel, phone: Phone, timeout: number) {
  const uniqueid = freshUniqueid();
  await ring(pbx, {
    uniqueid,
    device: phone.endpoint,
    name: phone.name,
    // x: the caller's call ends with the phone's, instead of going on in the dialplan
    becomes: { application: 'Bridge', arguments: [caller.name, 'x'] },
    shows: caller.caller,
    timeout,
    abandon: () => leftOrTaken(pbx, caller, uniqueid),
  });
  const joined = await until(pbx, () => joinedOrGone(pbx, caller, uniqueid, phone), JOIN_MS);
  if (joined) return;
  await hangUp(pbx, uniqueid);
  throw new ActionError('failed', `${phone.name} answered, but Asterisk did not join the two.`);
}

/** The caller waits in a conference, or is in one with others: the phone joins as a marked user. */
async function meet(pbx: PbxView, caller: Channel, phone: Phone, timeout: number) {
  const room = () => pbx.conferences.of(caller.uniqueid)?.room.id;
  const conference = pbx.conferences.get(room() ?? '');
  if (conference === undefined) throw left();
  const { call, joined } = await enter(pbx, {
    ...{ conference, phone, timeout, marked: true, shows: caller.caller },
    abandon: () => (room() === conference.id ? undefined : left()),
  });
  const met = await until(pbx, () => together(pbx, caller, call, conference.id), JOIN_MS);
  if (met) return;
  await hangUp(pbx, call);
  const why = joined ? 'the caller waits still' : 'did not get in: is it asked for a PIN?';
  throw new ActionError('failed', `${phone.name} answered, but ${why} (conference ${conference.name}).`);
}

function together(pbx: PbxView, caller: Channel, call: string, conference: string): true | undefined {
  const theirs = pbx.conferences.of(caller.uniqueid);
  if (theirs?.room.id !== conference) throw left();
  return pbx.conferences.of(call)?.room.id === conference && !theirs.member.waiting ? true : undefined;
}

function left(): ActionError {
  return new ActionError('conflict', 'The caller has hung up.');
}

function leftOrTaken(pbx: PbxView, caller: Channel, ours: string): ActionError | undefined {
  const now = pbx.calls.channel(caller.uniqueid);
  if (!now) return left();
  const peer = now.bridge === null ? undefined : pbx.calls.peer(now.uniqueid);
  if (!peer || peer.uniqueid === ours) return undefined;
  const who = pbx.phones.byEndpoint(peer.endpoint)?.name ?? 'Somebody else';
  return new ActionError('conflict', `${who} has answered meanwhile.`);
}

function joinedOrGone(pbx: PbxView, caller: Channel, uniqueid: string, phone: Phone): true | undefined {
  const theirs = pbx.calls.channel(caller.uniqueid);
  const ours = pbx.calls.channel(uniqueid);
  if (!theirs) throw left();
  if (!ours) throw new ActionError('failed', `${phone.name} did not answer.`);
  return ours.bridge !== null && ours.bridge === theirs.bridge ? true : undefined;
}
