/**
 * How things look in Home Assistant, as data: devices, their entities, what these show and what they ask for.
 * Nothing here knows whether MQTT or the states API carries it.
 */

/** What devices are of. Part of topics and unique ids. */
export type Subject =
  | 'pbx'
  | 'doorbell'
  | 'ring_group'
  | 'parking'
  | 'conference'
  | 'phone'
  | 'voicemail'
  | 'recording'
  | 'dect'
  | 'handset'
  | 'blf'
  | 'device_state'
  | 'queue'
  | 'queue_member';

/** Names one device for good: what it is called may change, this does not. */
export interface DeviceRef {
  /** The PBX's id from the settings. */
  readonly pbx: string;
  readonly subject: Subject;
  /** Id within subject and PBX; the PBX's own id for the hub. */
  readonly id: string;
}

/** What an entity shows; null is Home Assistant's `unknown`. */
export type Value = string | number | boolean | null;

export interface DeviceState {
  /** By entity key. */
  readonly values: Readonly<Record<string, Value>>;
  /** By entity key, for entities whose description says `attributes`. */
  readonly attributes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What a subject adds to a device of another: its entities, and what they show. */
export interface DevicePart extends DeviceState {
  readonly entities: readonly Entity[];
}

/** A device with all that it shows at one moment. */
export interface Device extends DeviceRef {
  readonly name: string;
  readonly model: string;
  readonly modelId?: string;
  readonly softwareVersion?: string;
  /** Start of the ids that its entities get when Home Assistant first meets them, `[a-z0-9_]+`. */
  readonly slug: string;
  readonly entities: readonly Entity[];
  readonly state: DeviceState;
}

/** An action of the registry; `pbx` is added by who runs it. */
export interface ActionCommand {
  readonly do: 'action';
  readonly action: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The field that what was typed, chosen or set goes into; none where the wish has no value of its own. */
  readonly field?: string;
  /** What the field gets for an option, where that is not the option itself. */
  readonly values?: ReadonlyMap<string, unknown>;
}

/** What pressing, opening or choosing asks for. */
export type Command =
  | ActionCommand
  /** Keeps what was chosen, for the entity: the value behind the option. */
  | { readonly do: 'choose'; readonly values: ReadonlyMap<string, string> };

interface Common {
  /** Stable and unique within the device, `[a-z0-9_]+`. */
  readonly key: string;
  /** In English, `names.ts` has the others. Shown after the device's name; null: the entity is called like its device. */
  readonly name: string | null;
  /** The name is the PBX's: the same in every language. */
  readonly untranslated?: true;
  /** `mdi:…` */
  readonly icon?: string;
  readonly category?: 'diagnostic' | 'config';
  /** It has attributes, at the same key of the state. */
  readonly attributes?: true;
  /** It tells about the PBX's link itself and so stays available while the PBX is not. */
  readonly always?: true;
}

export interface Sensor extends Common {
  readonly platform: 'sensor';
  readonly deviceClass?: 'enum' | 'timestamp' | 'duration';
  /** With `enum`: all states that it can have. */
  readonly options?: readonly string[];
  readonly stateClass?: 'measurement' | 'total_increasing';
  readonly unit?: string;
}

/** Its value is a boolean. */
export interface BinarySensor extends Common {
  readonly platform: 'binary_sensor';
  readonly deviceClass?: 'connectivity' | 'occupancy' | 'problem' | 'running' | 'sound';
}

export interface Button extends Common {
  readonly platform: 'button';
  readonly command: Command;
}

/** A door: its value is LOCKED, OPENING or OPEN. Opening and unlocking are the same; it locks by itself. */
export interface Lock extends Common {
  readonly platform: 'lock';
  readonly command: Command;
}

export interface Select extends Common {
  readonly platform: 'select';
  readonly options: readonly string[];
  readonly command: Command;
}

/** Its value is a boolean. */
export interface Switch extends Common {
  readonly platform: 'switch';
  readonly on: ActionCommand;
  readonly off: ActionCommand;
}

/** Its value is the text, at most 255 characters. */
export interface Text extends Common {
  readonly platform: 'text';
  /** Characters. */
  readonly min?: number;
  readonly max?: number;
  readonly command: ActionCommand;
}

/** Its value is the number. */
export interface NumberEntity extends Common {
  readonly platform: 'number';
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly unit?: string;
  readonly command: ActionCommand;
}

/** Takes a message and shows nothing. */
export interface Notify extends Common {
  readonly platform: 'notify';
  readonly command: ActionCommand;
}

/** Shows no value: events are told to it as they happen. */
export interface EventEntity extends Common {
  readonly platform: 'event';
  /** `doorbell` needs `ring` among the types. */
  readonly deviceClass?: 'doorbell';
  readonly types: readonly string[];
}

export type Entity =
  | Sensor
  | BinarySensor
  | Button
  | Lock
  | Select
  | Switch
  | Text
  | NumberEntity
  | Notify
  | EventEntity;

/** What an event entity is told; everything besides the type becomes its attributes. */
export interface EventPayload {
  readonly event_type: string;
  readonly [attribute: string]: unknown;
}

/** A device's name for maps and unique ids. Unambiguous: ids have no hyphen. */
export function keyOf(ref: DeviceRef): string {
  return ref.subject === 'pbx' ? ref.pbx : `${ref.pbx}-${ref.subject}-${ref.id}`;
}

/** The entity id that Home Assistant is asked to give at the first meeting, such as `event.front_door`. */
export function entityIdOf(device: Device, entity: Entity): string {
  return `${entity.platform}.${entity.name === null ? device.slug : `${device.slug}_${entity.key}`}`;
}
