/** A ring group: that it is called, and what became of it. */
import type { RingGroupHappening } from '../../pbx/happenings.ts';
import type { Looks, Told } from './looks.ts';
import { partyAttributes, plain, slugOf } from './text.ts';

export const ringGroups: Looks = {
  ids: (view) => view.ringGroups.all().map((group) => group.id),
  device(view, id) {
    const group = view.ringGroups.get(id);
    if (group === undefined) return null;
    return {
      pbx: view.id,
      subject: 'ring_group',
      id,
      name: group.name,
      model: 'Ring group',
      modelId: group.extension,
      slug: slugOf(group.name, `ring_group_${id}`),
      entities: [
        {
          platform: 'event',
          key: 'ring_group',
          name: null,
          icon: 'mdi:phone-ring',
          types: ['called', 'answered', 'missed'],
        },
      ],
      state: { values: {}, attributes: {} },
    };
  },
};

export function ringGroupEvent(happening: RingGroupHappening): Told {
  const { pbx, type, group, name, extension, caller, call, by } = happening;
  return {
    ref: { pbx, subject: 'ring_group', id: group },
    key: 'ring_group',
    payload: {
      event_type: type,
      ...partyAttributes(caller),
      group: plain(name),
      extension,
      call,
      ...(by ? { by: plain(by.name), by_phone: by.id } : {}),
    },
  };
}
