/** From what a person wrote to what is on the PBX, or an error that names the choices. */
import type { PhoneRef } from '../pbx/happenings.ts';
import type {
  Channel,
  Doorbell,
  Group,
  Mailbox,
  ParkedCall,
  ParkingLot,
  PbxView,
  Phone,
  Recording,
} from '../pbx/model.ts';
import { ActionError } from './action.ts';

/** How many choices an error names. */
const NAMED = 12;

export function findPhone(pbx: PbxView, text: string, field = 'phone'): Phone {
  const found = pbx.phones.find(text);
  if (found) return found;
  throw unknown('phone', text, field, names(pbx.phones.all()));
}

export function findDoorbell(pbx: PbxView, text: string, field = 'doorbell'): Doorbell {
  const found = pbx.doorbells.find(text);
  if (found) return found;
  throw unknown('doorbell', text, field, names(pbx.doorbells.all()));
}

/** The visitor at a doorbell. */
export function visitorAt(pbx: PbxView, { name, press }: Doorbell): Channel {
  const visitor = press === null ? undefined : pbx.calls.channel(press.call);
  if (visitor) return visitor;
  throw new ActionError('conflict', `Nobody is at ${name}.`, 'doorbell');
}

/** The doorbell at which somebody is now, where none is named. */
export function onlyVisitor(
  pbx: PbxView,
  isThere: (door: Doorbell) => boolean = ({ press }) => press !== null,
): Doorbell {
  const doors = pbx.doorbells.all().filter(isThere);
  const [door] = doors;
  if (door !== undefined && doors.length === 1) return door;
  const visited = doors.map(({ name }) => name).join(', ');
  throw door === undefined
    ? new ActionError('conflict', 'No doorbell rings.', 'doorbell')
    : new ActionError('invalid', `Which doorbell? There are visitors at ${visited}.`, 'doorbell');
}

export function findGroup(pbx: PbxView, text: string, field = 'group'): Group {
  const found = pbx.groups.find(text);
  if (found) return found;
  throw unknown('group', text, field, names(pbx.groups.all()));
}

export function findLot(pbx: PbxView, text: string, field = 'lot'): ParkingLot {
  const found = pbx.parking.find(text);
  if (found) return found;
  throw unknown('parking lot', text, field, names(pbx.parking.all()));
}

/** A mailbox; without a text the only one that there is. */
export function findMailbox(pbx: PbxView, text: string | undefined, field = 'mailbox'): Mailbox {
  const all = pbx.voicemail.all();
  if (text !== undefined) {
    const found = pbx.voicemail.find(text);
    if (found) return meant(found, all, text, field);
    throw unknown('mailbox', text, field, names(all));
  }
  const [only, another] = all;
  if (only !== undefined && another === undefined) return only;
  throw new ActionError('invalid', `Which mailbox? Name one; ${names(all)}.`, field);
}

/** The one that was found; a number or name may be that of several, in other contexts. */
function meant(found: Mailbox, all: readonly Mailbox[], text: string, field: string): Mailbox {
  const folded = text.toLowerCase();
  const exact = [found.id, found.mailbox].some((key) => key.toLowerCase() === folded);
  const alike = all.filter(({ mailbox, name }) =>
    [mailbox.split('@')[0], name].some((each) => each?.toLowerCase() === folded),
  );
  if (exact || alike.length < 2) return found;
  const choices = alike.map(({ mailbox }) => mailbox).join(' and ');
  throw new ActionError('invalid', `Which mailbox? ${quote(text)} is ${choices}.`, field);
}

export function findRecording(pbx: PbxView, text: string, field = 'recording'): Recording {
  const found = pbx.recordings.find(text);
  if (found) return found;
  throw new ActionError(
    'not_found',
    `There is no recording ${quote(text)}; \`list_recordings\` tells what there is.`,
    field,
  );
}

/** How a call is named: by a phone, by a doorbell, or by itself. */
export interface Whose {
  readonly phone?: string | undefined;
  readonly doorbell?: string | undefined;
  readonly call?: string | undefined;
}

/** A channel by its name or Uniqueid; of a call's id, the channel of the one who called. */
export function findChannel(pbx: PbxView, text: string, field = 'call'): Channel {
  const found = pbx.calls.channel(text) ?? caller(pbx.calls.get(text)?.channels ?? []);
  if (found) return found;
  throw new ActionError(
    'not_found',
    `There is no call or channel ${quote(text)} now; it may have ended.`,
    field,
  );
}

/** Where a channel is parked, or undefined. */
export function parkedAt(pbx: PbxView, uniqueid: string): ParkedCall | undefined {
  return allParked(pbx).find((parked) => parked.call === uniqueid);
}

/** Every parked call of every lot, the one that has waited longest first. */
export function allParked(pbx: PbxView): ParkedCall[] {
  return pbx.parking
    .all()
    .flatMap((lot) => lot.parked)
    .sort((a, b) => a.since - b.since);
}

/** The channels of a phone that are part of a call. */
export function channelsOf(pbx: PbxView, phone: Phone): Channel[] {
  return phone.channels.map((id) => pbx.calls.channel(id)).filter((channel) => channel !== undefined);
}

/** The phone's channel that talks to somebody, the one not on hold if there are several. */
export function talking(pbx: PbxView, phone: Phone): Channel {
  const channels = channelsOf(pbx, phone).filter((channel) => channel.bridge !== null);
  const found = channels.find((channel) => !channel.held) ?? channels[0];
  if (found) return found;
  throw new ActionError('conflict', `${phone.name} is in no call.`, 'phone');
}

/** The one that this channel talks to, or that rings on it. */
export function peerOf(pbx: PbxView, channel: Channel, phone: PhoneRef): Channel {
  const found = pbx.calls.peer(channel.uniqueid);
  if (found) return found;
  throw new ActionError('conflict', `Nobody is at the other end of ${phone.name}'s call.`, 'phone');
}

/** The first of a doorbell's phones that is registered. */
export function phoneFor(pbx: PbxView, doorbell: Doorbell): Phone | undefined {
  return registeredPhones(pbx, doorbell)[0];
}

/** A doorbell's `answer_on` phones that are registered, in its order. */
export function registeredPhones(pbx: PbxView, doorbell: Doorbell): Phone[] {
  return doorbell.answer_on
    .map((endpoint) => pbx.phones.byEndpoint(endpoint))
    .filter((phone) => phone?.registered === true) as Phone[];
}

/** Only the parts of a phone that a result names. */
export function refOf({ id, endpoint, name }: PhoneRef): PhoneRef {
  return { id, endpoint, name };
}

/** For messages: what somebody wrote may be anything. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

function caller(channels: readonly Channel[]): Channel | undefined {
  const shown = channels.filter((channel) => !channel.local);
  return shown.find((channel) => channel.direction === 'in') ?? shown[0];
}

/** What there is, for an error. */
export function names(rows: readonly { readonly name: string }[]): string {
  if (rows.length === 0) return 'there is none';
  const shown = rows.slice(0, NAMED).map((row) => row.name);
  const more = rows.length > NAMED ? ` and ${rows.length - NAMED} more` : '';
  return `there is ${shown.join(', ')}${more}`;
}

/** @param choices as {@link names} gives them */
export function unknown(what: string, text: string, field: string, choices: string): ActionError {
  return new ActionError('not_found', `There is no ${what} ${quote(text)}; ${choices}.`, field);
}
