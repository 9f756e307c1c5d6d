/** `park` and `retrieve`. */
import { z } from 'zod';
import type { Channel, ParkedCall, ParkingLot, PbxView, Phone } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import * as field from './fields.ts';
import {
  allParked,
  channelsOf,
  findChannel,
  findDoorbell,
  findLot,
  findPhone,
  parkedAt,
  peerOf,
  phoneFor,
  refOf,
  talking,
  visitorAt,
  type Whose,
} from './find.ts';
import { retrieveTo } from './retrieve.ts';
import { hangUp } from './ring.ts';
import { until } from './wait.ts';

/** ms for the event that says where the call is */
const PARKED_MS = 5_000;

export const park = declare({
  id: 'park',
  title: 'Park',
  description:
    'Puts a call into a parking lot: the other party of a phone’s call (the phone is free then), a visitor at a ' +
    'doorbell, or any call. Whoever retrieves it has it.',
  icon: 'mdi:parking',
  fields: z.strictObject({
    phone: field.phone('Phone whose other party is to be parked.').optional(),
    doorbell: field.doorbell('Doorbell whose visitor is to be parked, instead of a phone.').optional(),
    call: field.call('Channel to park, by its name or id, instead of a phone.').optional(),
    lot: field.lot('Parking lot. Left out: the one that Asterisk chooses.').optional(),
    timeout: field
      .seconds('Timeout', 'How long the call may wait. Left out: as the lot is configured.', 86_400)
      .optional(),
    announce: field
      .phone('Phone in a call that is to hear the number of the parking space.', 'Announce to')
      .optional(),
  }),
  result: z.object({ lot: z.string(), space: z.string(), call: z.string() }),

  async run({ pbx }: ActionContext, fields) {
    const { parkee, parker } = whom(pbx, fields);
    const lot = fields.lot === undefined ? undefined : findLot(pbx, fields.lot);
    if (lot) refuseFull(lot);
    if (parkedAt(pbx, parkee.uniqueid)) throw new ActionError('conflict', 'This call is parked already.');
    const announceTo =
      fields.announce === undefined ? undefined : talking(pbx, findPhone(pbx, fields.announce, 'announce'));
    pbx.parking.asked(parkee.uniqueid);
    await pbx.ami.send({
      Action: 'Park',
      Channel: parkee.name,
      ...(parker ? { TimeoutChannel: parker.name } : {}),
      ...(announceTo ? { AnnounceChannel: announceTo.name } : {}),
      ...(fields.timeout === undefined ? {} : { Timeout: fields.timeout * 1000 }),
      ...(lot ? { Parkinglot: lot.name } : {}),
    });
    const parked = await until(pbx, () => parkedAt(pbx, parkee.uniqueid), PARKED_MS);
    if (!parked)
      throw new ActionError(
        'failed',
        'Asterisk took the call, but it is in no parking lot. Is the lot full?',
        'lot',
      );
    // A phone that was called would stay in a call with nobody (tried on Asterisk 22.10).
    if (parker && parker.uniqueid !== announceTo?.uniqueid) await hangUp(pbx, parker.uniqueid);
    return { lot: parked.lot, space: parked.space, call: parked.call };
  },
});

export const retrieve = declare({
  id: 'retrieve',
  title: 'Retrieve',
  description: 'Gets a parked call: rings a phone and joins it with the call when it answers.',
  icon: 'mdi:phone-return',
  fields: z.strictObject({
    phone: field
      .phone(
        'Phone to talk on. Left out: the one that parked the call, or the first of the doorbell’s that is there.',
      )
      .optional(),
    lot: field.lot('Parking lot. Left out: any.').optional(),
    space: field
      .number('Parking space. Left out: the call that has waited longest.', 'Space', '701')
      .optional(),
    timeout: field.ringTime,
  }),
  result: z.object({ phone: field.phoneResult, lot: z.string(), space: z.string(), call: z.string() }),

  async run({ pbx }: ActionContext, fields) {
    const parked = choose(pbx, fields.lot, fields.space);
    const phone = fields.phone === undefined ? presetPhone(pbx, parked) : findPhone(pbx, fields.phone);
    const { call } = await retrieveTo(pbx, parked, phone, fields.timeout);
    return { phone: refOf(phone), lot: parked.lot, space: parked.space, call };
  },
});

/** Who is parked, and the phone's channel that is left over by it. */
function whom(pbx: PbxView, fields: Whose): { parkee: Channel; parker: Channel | undefined } {
  if (fields.call !== undefined) return { parkee: findChannel(pbx, fields.call), parker: undefined };
  if (fields.doorbell !== undefined) {
    const parkee = visitorAt(pbx, findDoorbell(pbx, fields.doorbell));
    const peer = parkee.bridge === null ? undefined : pbx.calls.peer(parkee.uniqueid);
    return { parkee, parker: peer && pbx.phones.byEndpoint(peer.endpoint) ? peer : undefined };
  }
  if (fields.phone === undefined)
    throw new ActionError('invalid', 'Which call? Name a phone, a doorbell or a call.', 'phone');
  const phone = findPhone(pbx, fields.phone);
  const ringing = channelsOf(pbx, phone).find((channel) => channel.state === 'Ringing');
  const inCall = channelsOf(pbx, phone).some((channel) => channel.bridge !== null);
  if (ringing && !inCall) return { parkee: peerOf(pbx, ringing, phone), parker: undefined };
  const parker = talking(pbx, phone);
  return { parkee: peerOf(pbx, parker, phone), parker };
}

function refuseFull(lot: ParkingLot): void {
  const spaces = Number(lot.spaces.last) - Number(lot.spaces.first) + 1;
  if (lot.parked.length < spaces) return;
  throw new ActionError(
    'conflict',
    `Parking lot ${lot.name} is full: all ${spaces} spaces are taken.`,
    'lot',
  );
}

function choose(pbx: PbxView, lotText: string | undefined, space: string | undefined): ParkedCall {
  const lot = lotText === undefined ? undefined : findLot(pbx, lotText);
  const waiting = allParked(pbx).filter((parked) => lot === undefined || parked.lot === lot.name);
  const found = space === undefined ? waiting[0] : waiting.find((parked) => parked.space === space);
  if (found) return found;
  const where = lot === undefined ? '' : ` in ${lot.name}`;
  if (space === undefined)
    throw new ActionError('not_found', `No call is parked${where}.`, lotText === undefined ? null : 'lot');
  const taken = waiting.map((parked) => parked.space).join(', ') || 'none is taken';
  throw new ActionError(
    'not_found',
    `No call is parked in space ${space}${where}; taken: ${taken}.`,
    'space',
  );
}

function presetPhone(pbx: PbxView, parked: ParkedCall): Phone {
  const parker = pbx.phones.find(parked.parkedBy);
  if (parker?.registered) return parker;
  const door = pbx.doorbells.all().find((doorbell) => doorbell.press?.call === parked.call);
  const phone = door && phoneFor(pbx, door);
  if (phone) return phone;
  throw new ActionError('invalid', 'Which phone? The call was parked by none that is here now.', 'phone');
}
