/** What a group of phones adds to the hub: a way to announce on it with Home Assistant's own `notify.send_message`. */
import type { PbxView } from '../../pbx/model.ts';
import type { PartOf } from './looks.ts';
import type { Entity } from './model.ts';
import { plain } from './text.ts';

export const announcePart: PartOf<PbxView> = ({ groups }) => {
  const entities = groups.all().map(
    ({ id, name }): Entity => ({
      platform: 'notify',
      key: `announce_${id}`,
      name: plain(name),
      untranslated: true,
      icon: 'mdi:bullhorn',
      command: { do: 'action', action: 'announce', fields: { group: id }, field: 'text' },
    }),
  );
  return entities.length === 0 ? null : { entities, values: {}, attributes: {} };
};
