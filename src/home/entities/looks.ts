/** How a subject becomes devices. Each file beside this one has one for its subject; index.ts has the table. */
import type { CallLog } from '../../actions/call-log.ts';
import type { PbxView } from '../../pbx/model.ts';
import type { DoorState } from './doorbells.ts';
import type { Device, DevicePart, DeviceRef, EventPayload } from './model.ts';

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
  /** The call log; null where none is kept. */
  readonly history: Pick<CallLog, 'problem' | 'newest'> | null;
  /** What was chosen for an entity of the device, or null. */
  choice(ref: DeviceRef, key: string): string | null;
}

export interface Looks {
  /** Ids of all that a PBX has of the subject. */
  ids(view: PbxView): readonly string[];
  /** The device as it looks now, or null when the PBX has none of that id. */
  device(view: PbxView, id: string, around: Surroundings): Device | null;
}

/** What a subject adds to another's device; null: nothing. */
export type PartOf<T> = (view: PbxView, of: T, around: Surroundings) => DevicePart | null;

/** What an event entity is told. */
export interface Told {
  readonly ref: DeviceRef;
  /** The event entity's key. */
  readonly key: string;
  readonly payload: EventPayload;
}
