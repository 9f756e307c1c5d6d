/**
 * Device descriptions as Home Assistant's MQTT device discovery takes them. An unknown key outside of a component
 * loses the whole device and one inside vanishes silently, so a test in the lab holds these against Home
 * Assistant's own schemas. Keys are its abbreviations (homeassistant/components/mqtt/abbreviations.py).
 */
import type { Device, DeviceState, Entity } from '../entities/model.ts';
import { entityIdOf, keyOf } from '../entities/model.ts';
import type { Topics } from './topics.ts';

/** Who publishes, as Home Assistant shows it. */
export interface Origin {
  readonly companion: string;
  readonly version: string;
  /** Link on the device's page, or null. */
  readonly configurationUrl: string | null;
}

export function discoveryOf(device: Device, topics: Topics, origin: Origin): object {
  const identifier = (key: string) => `asterisk-${origin.companion}-${key}`;
  const hub = device.subject === 'pbx';
  return {
    dev: {
      ids: [identifier(keyOf(device))],
      name: device.name,
      mf: 'Asterisk',
      mdl: device.model,
      ...(device.modelId === undefined ? {} : { mdl_id: device.modelId }),
      ...(device.softwareVersion === undefined ? {} : { sw: device.softwareVersion }),
      ...(hub ? {} : { via_device: identifier(device.pbx) }),
      ...(origin.configurationUrl === null ? {} : { cu: origin.configurationUrl }),
    },
    o: { name: 'Asterisk Companion', sw: origin.version },
    avty: [{ t: topics.status }, { t: topics.pbxStatus(device.pbx) }],
    avty_mode: 'all',
    stat_t: topics.state(device),
    cmps: Object.fromEntries(
      device.entities.map((entity) => [
        entity.key,
        {
          p: entity.platform,
          uniq_id: identifier(`${keyOf(device)}-${entity.key}`),
          def_ent_id: entityIdOf(device, entity),
          name: entity.name,
          ...(entity.icon === undefined ? {} : { ic: entity.icon }),
          ...(entity.category === undefined ? {} : { ent_cat: entity.category }),
          ...(entity.always ? { avty: [{ t: topics.status }] } : {}),
          ...(entity.attributes ? attributes(entity, topics.state(device)) : {}),
          ...platform(entity, device, topics),
        },
      ]),
    ),
  };
}

function attributes(entity: Entity, topic: string) {
  return { json_attr_t: topic, json_attr_tpl: `{{ value_json.attributes.${entity.key} | to_json }}` };
}

/** The part of a component that its platform decides. */
function platform(entity: Entity, device: Device, topics: Topics): object {
  const value = { val_tpl: `{{ value_json.${entity.key} }}` };
  switch (entity.platform) {
    case 'sensor':
      return {
        ...value,
        ...(entity.deviceClass === undefined ? {} : { dev_cla: entity.deviceClass }),
        ...(entity.options === undefined ? {} : { ops: entity.options }),
        // Home Assistant would show two decimals, and all of ours are whole seconds.
        ...(entity.deviceClass === 'duration' ? { sug_dsp_prc: 0 } : {}),
        ...(entity.stateClass === undefined ? {} : { stat_cla: entity.stateClass }),
        ...(entity.unit === undefined ? {} : { unit_of_meas: entity.unit }),
      };
    case 'binary_sensor':
      return {
        ...value,
        pl_on: 'True',
        pl_off: 'False',
        ...(entity.deviceClass === undefined ? {} : { dev_cla: entity.deviceClass }),
      };
    case 'button':
      return { cmd_t: topics.command(device, entity) };
    case 'lock':
      return { ...value, cmd_t: topics.command(device, entity), pl_open: 'OPEN' };
    case 'select':
      return { ...value, cmd_t: topics.command(device, entity), ops: entity.options };
    case 'switch':
      return { ...value, cmd_t: topics.command(device, entity), stat_on: 'True', stat_off: 'False' };
    case 'text':
      return {
        ...value,
        cmd_t: topics.command(device, entity),
        ...(entity.min === undefined ? {} : { min: entity.min }),
        ...(entity.max === undefined ? {} : { max: entity.max }),
      };
    case 'number':
      return {
        ...value,
        cmd_t: topics.command(device, entity),
        min: entity.min,
        max: entity.max,
        ...(entity.step === undefined ? {} : { step: entity.step }),
        ...(entity.unit === undefined ? {} : { unit_of_meas: entity.unit }),
        mode: 'box',
      };
    case 'notify':
      return { cmd_t: topics.command(device, entity) };
    case 'event':
      return {
        stat_t: topics.event(device, entity.key),
        evt_typ: entity.types,
        ...(entity.deviceClass === undefined ? {} : { dev_cla: entity.deviceClass }),
      };
  }
}

/** A device's state as its topic carries it: each entity's value by key, and `attributes` by the same keys. */
export function stateOf(state: DeviceState): object {
  return { ...state.values, attributes: state.attributes };
}

/**
 * The new description with the components that the old one had besides, named with nothing but their platform;
 * null when there are none.
 * @param old what the broker holds: somebody else's, for all we know
 */
export function missingComponents(old: string, wanted: string): string | null {
  const description = JSON.parse(wanted) as { readonly cmps: object };
  const gone = platformsOf(old).filter(([key]) => !Object.hasOwn(description.cmps, key));
  if (gone.length === 0) return null;
  const removed = Object.fromEntries(gone.map(([key, p]) => [key, { p }]));
  return JSON.stringify({ ...description, cmps: { ...description.cmps, ...removed } });
}

/** The components of a description, with their platforms. */
function platformsOf(payload: string): [key: string, platform: string][] {
  try {
    const components: Record<string, { p?: unknown } | null> = JSON.parse(payload)?.cmps ?? {};
    return Object.entries(components).flatMap(([key, component]) =>
      typeof component?.p === 'string' ? [[key, component.p]] : [],
    );
  } catch {
    return [];
  }
}
