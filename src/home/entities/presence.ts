/** What a phone's user says of being there, on the phone's device. */
import type { Phone, Presence } from '../../pbx/model.ts';
import type { PartOf } from './looks.ts';
import type { ActionCommand, DevicePart } from './model.ts';
import { block, plain } from './text.ts';

/** Home Assistant's word for an entity that says nothing must not be a state that says something. */
const SHOWN: Readonly<Record<Presence['state'], string>> = {
  available: 'available',
  away: 'away',
  xa: 'xa',
  chat: 'chat',
  dnd: 'dnd',
  unavailable: 'not_available',
  not_set: 'not_set',
};

const OPTIONS = Object.values(SHOWN);
const STATES = new Map(Object.entries(SHOWN).map(([state, shown]) => [shown, state]));

export const presencePart: PartOf<Phone> = (view, phone) => {
  const presence = view.presence.get(phone.id);
  return presence === undefined ? null : partOf(presence, phone.id);
};

function partOf({ presentity, state, subtype, message }: Presence, phone: string): DevicePart {
  const set: ActionCommand = { do: 'action', action: 'set_presence', fields: { phone } };
  const dnd = (on: boolean): ActionCommand => ({
    do: 'action',
    action: 'do_not_disturb',
    fields: { phone, on },
  });
  return {
    entities: [
      {
        platform: 'sensor',
        key: 'presence_status',
        name: 'Presence status',
        icon: 'mdi:account-clock',
        deviceClass: 'enum',
        options: OPTIONS,
        attributes: true,
      },
      {
        platform: 'select',
        key: 'presence',
        name: 'Presence',
        icon: 'mdi:account-edit',
        options: OPTIONS,
        command: { ...set, field: 'state', values: STATES },
      },
      {
        platform: 'text',
        key: 'presence_message',
        name: 'Presence message',
        icon: 'mdi:message-text-clock',
        max: 255,
        command: { ...set, field: 'message' },
      },
      {
        platform: 'switch',
        key: 'do_not_disturb',
        name: 'Do not disturb',
        icon: 'mdi:minus-circle',
        on: dnd(true),
        off: dnd(false),
      },
    ],
    values: {
      presence_status: SHOWN[state],
      presence: SHOWN[state],
      presence_message: plain(message),
      do_not_disturb: state === 'dnd',
    },
    attributes: {
      presence_status: { presentity: plain(presentity), subtype: plain(subtype), message: block(message) },
    },
  };
}
