/** Hints that neither a phone nor a lot shows: lamps for groups, custom device states, queues … */
import type { Hint, HintGroup } from '../../pbx/model.ts';
import type { Looks } from './looks.ts';
import type { Device, Entity } from './model.ts';
import { keyFrom, plain, slugOf } from './text.ts';

const STATES = ['idle', 'in_use', 'busy', 'ringing', 'on_hold', 'unreachable'] as const;

export const blf: Looks = {
  ids: (view) => view.hints.groups.all().map((group) => group.id),
  device(view, id) {
    const group = view.hints.groups.get(id);
    return group === undefined ? null : groupDevice(group, view.id);
  },
};

function groupDevice({ id, name, hints }: HintGroup, pbx: string): Device {
  return {
    pbx,
    subject: 'blf',
    id,
    name: `BLF ${plain(name)}`,
    model: 'Busy lamp field',
    slug: slugOf(`blf_${name}`, `blf_${id}`),
    entities: hints.map(entityOf),
    state: {
      values: Object.fromEntries(hints.map((hint) => [keyOf(hint), hint.state])),
      attributes: Object.fromEntries(
        hints.map((hint) => [
          keyOf(hint),
          {
            extension: hint.extension,
            context: hint.context,
            devices: hint.devices,
            presentity: hint.presentity,
          },
        ]),
      ),
    },
  };
}

function entityOf(hint: Hint): Entity {
  return {
    platform: 'sensor',
    key: keyOf(hint),
    name: plain(hint.extension),
    untranslated: true,
    icon: 'mdi:lightbulb-outline',
    deviceClass: 'enum',
    options: STATES,
    attributes: true,
  };
}

/** A device has hints of one context alone. */
function keyOf({ extension }: Hint): string {
  return keyFrom(extension);
}
