/** Custom device states: the lamps that a dialplan makes up, to be set from Home Assistant. */
import type { DeviceState, DeviceStateGroup } from '../../pbx/model.ts';
import type { Looks } from './looks.ts';
import type { Device, Entity } from './model.ts';
import { nameIn } from './names.ts';
import { keyFrom, plain, slugOf } from './text.ts';

/** The words of lamps and phones. Home Assistant's own for an entity that says nothing must not say something. */
const SHOWN: Readonly<Record<Exclude<DeviceState['state'], 'unknown'>, string>> = {
  not_inuse: 'idle',
  inuse: 'in_use',
  busy: 'busy',
  ringing: 'ringing',
  ringinuse: 'ringing_in_use',
  onhold: 'on_hold',
  unavailable: 'unreachable',
  invalid: 'invalid',
};

const OPTIONS = Object.values(SHOWN);
const STATES = new Map(Object.entries(SHOWN).map(([state, shown]) => [shown, state]));

export const deviceStates: Looks = {
  ids: (view) => view.deviceStates.all().map(({ id }) => id),
  device(view, id, around) {
    const group = view.deviceStates.get(id);
    return group === undefined
      ? null
      : groupDevice(group, view.id, nameIn(around.language(), 'Device states'));
  },
};

function groupDevice({ id, name, states }: DeviceStateGroup, pbx: string, kind: string): Device {
  return {
    pbx,
    subject: 'device_state',
    id,
    name: `${kind} ${plain(name)}`.trim(),
    model: 'Custom device states',
    slug: slugOf(`device_states_${name}`, `device_states_${id}`),
    entities: states.map(entityOf),
    state: {
      values: Object.fromEntries(
        states.map(({ device, state }) => [keyOf(device), state === 'unknown' ? null : SHOWN[state]]),
      ),
      attributes: {},
    },
  };
}

function entityOf({ device }: DeviceState): Entity {
  return {
    platform: 'select',
    key: keyOf(device),
    name: nameOf(device),
    untranslated: true,
    icon: 'mdi:lightbulb-on-outline',
    options: OPTIONS,
    command: { do: 'action', action: 'set_device_state', fields: { device }, field: 'state', values: STATES },
  };
}

function nameOf(device: string): string {
  return device.slice(device.indexOf(':') + 1);
}

function keyOf(device: string): string {
  return keyFrom(nameOf(device));
}
