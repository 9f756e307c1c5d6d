/** All devices of a PBX, and which of them a happening is told to. */
import type { Happening } from '../../pbx/happenings.ts';
import type { PbxView } from '../../pbx/model.ts';
import { type DoorState, doorbellDevice, doorbellEvent } from './doorbells.ts';
import type { Device, DeviceRef, EventPayload, Subject } from './model.ts';
import { namedIn, nameIn } from './names.ts';
import { lotDevice, parkingEvent } from './parking.ts';
import { pbxDevice } from './pbx.ts';
import { phoneDevice, phoneEvent } from './phones.ts';

/** What devices show besides the PBX's own state. */
export interface Surroundings {
  /** This companion's id. */
  readonly companion: string;
  /** Language of the names, as a tag such as `de`. */
  language(): string;
  /** The first PBX: entity ids of the others begin with the PBX's id, since each may have a Kitchen. */
  readonly firstPbx: string;
  /** Whether the owner configured a way to open this doorbell's door. */
  opens(pbx: string, doorbell: string): boolean;
  door(ref: DeviceRef): DoorState;
  /** What was chosen for the device, or null. */
  choice(ref: DeviceRef): string | null;
}

/** In the order in which Home Assistant is to meet them: the hub first, since the others hang on it. */
export const SUBJECTS: readonly Subject[] = ['pbx', 'doorbell', 'parking', 'phone'];

/** Ids of all that a PBX has of a subject. */
export function idsOf(view: PbxView, subject: Subject): readonly string[] {
  switch (subject) {
    case 'pbx':
      return [view.id];
    case 'doorbell':
      return view.doorbells.all().map((doorbell) => doorbell.id);
    case 'phone':
      return view.phones.all().map((phone) => phone.id);
    case 'parking':
      return view.parking.all().map((lot) => lot.id);
  }
}

/** The device as it looks now, or null when the PBX has none of that id. */
export function deviceOf(view: PbxView, subject: Subject, id: string, around: Surroundings): Device | null {
  const looks = looksOf(view, subject, id, around);
  if (looks === null) return null;
  const device = namedIn(around.language(), looks);
  if (subject === 'pbx' || view.id === around.firstPbx) return device;
  return { ...device, slug: `${view.id}_${device.slug}` };
}

function looksOf(view: PbxView, subject: Subject, id: string, around: Surroundings): Device | null {
  const ref: DeviceRef = { pbx: view.id, subject, id };
  const { companion } = around;
  switch (subject) {
    case 'pbx':
      return pbxDevice(view);
    case 'doorbell': {
      const doorbell = view.doorbells.get(id);
      if (doorbell === undefined) return null;
      const opens = around.opens(view.id, id);
      return doorbellDevice(doorbell, { companion, pbx: view.id, opens, door: around.door(ref) });
    }
    case 'phone': {
      const phone = view.phones.get(id);
      return phone === undefined ? null : phoneDevice(phone, { companion, pbx: view.id });
    }
    case 'parking': {
      const lot = view.parking.get(id);
      if (lot === undefined) return null;
      const phones = view.phones.all();
      const kind = nameIn(around.language(), 'Parking lot');
      return lotDevice(lot, { companion, pbx: view.id, kind, phones, chosen: around.choice(ref) });
    }
  }
}

/** What a happening tells an event entity, and of which device; null: it is for the bus alone. */
export function eventOf(happening: Happening): { ref: DeviceRef; payload: EventPayload } | null {
  switch (happening.subject) {
    case 'doorbell':
      return told(happening.pbx, 'doorbell', happening.doorbell, doorbellEvent(happening));
    case 'phone':
      return told(happening.pbx, 'phone', happening.phone.id, phoneEvent(happening));
    case 'parking':
      return told(happening.pbx, 'parking', happening.lot, parkingEvent(happening));
    case 'call':
    case 'user_event':
    case 'pbx':
      return null;
  }
}

function told(pbx: string, subject: Subject, id: string, payload: EventPayload | null) {
  return payload === null ? null : { ref: { pbx, subject, id }, payload };
}
