/** The hub: the PBX itself. */
import type { PbxView } from '../../pbx/model.ts';
import { announcePart } from './announce.ts';
import { historyPart } from './history.ts';
import type { Looks, PartOf } from './looks.ts';
import type { Device, Entity } from './model.ts';
import { withParts } from './parts.ts';

const ENTITIES: readonly Entity[] = [
  {
    platform: 'binary_sensor',
    key: 'connection',
    name: 'Connection',
    deviceClass: 'connectivity',
    category: 'diagnostic',
    attributes: true,
    always: true,
  },
  {
    platform: 'binary_sensor',
    key: 'problem',
    name: 'Problem',
    deviceClass: 'problem',
    category: 'diagnostic',
    attributes: true,
    always: true,
  },
  {
    platform: 'sensor',
    key: 'active_calls',
    name: 'Active calls',
    icon: 'mdi:phone-in-talk',
    stateClass: 'measurement',
    unit: 'calls',
  },
  { platform: 'sensor', key: 'version', name: 'Version', icon: 'mdi:tag', category: 'diagnostic' },
  // One for all: Home Assistant takes in each entity of hundreds of phones one by one.
  {
    platform: 'button',
    key: 'reset_missed',
    name: 'Reset missed calls',
    icon: 'mdi:phone-check',
    category: 'config',
    command: { do: 'action', action: 'reset_missed', fields: {} },
  },
];

/** What other subjects show of the PBX as a whole. */
const PARTS: readonly PartOf<PbxView>[] = [historyPart, announcePart];

export const hub: Looks = {
  ids: (view) => [view.id],
  device: (view, _id, around) =>
    withParts(
      pbxDevice(view),
      PARTS.map((part) => part(view, view, around)),
    ),
};

function pbxDevice(view: PbxView): Device {
  const { status } = view;
  return {
    pbx: view.id,
    subject: 'pbx',
    id: view.id,
    name: `Asterisk ${view.id}`,
    model: 'Asterisk',
    ...(status.version === '' ? {} : { softwareVersion: status.version }),
    slug: `asterisk_${view.id}`,
    entities: ENTITIES,
    state: {
      values: {
        connection: status.up,
        problem: status.problem !== null,
        active_calls: view.calls.all().length,
        version: status.version === '' ? null : status.version,
      },
      attributes: {
        connection: { since: status.since, user_events_left_out: view.userEvents.leftOut },
        problem: { reason: status.problem },
      },
    },
  };
}
