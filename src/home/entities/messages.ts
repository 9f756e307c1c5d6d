/** Text messages to and from a phone, on the phone's device. */
import type { MessageHappening } from '../../pbx/happenings.ts';
import type { Phone } from '../../pbx/model.ts';
import type { PartOf, Told } from './looks.ts';
import { block, plain } from './text.ts';

export const messagesPart: PartOf<Phone> = (view, phone) => {
  if (!view.messages.shown || !phone.endpoint.startsWith('PJSIP/')) return null;
  return {
    entities: [
      {
        platform: 'notify',
        key: 'send_message',
        name: 'Send message',
        icon: 'mdi:message-text',
        command: { do: 'action', action: 'send_message', fields: { phone: phone.id }, field: 'text' },
      },
      {
        platform: 'event',
        key: 'message',
        name: 'Message',
        icon: 'mdi:message-reply-text',
        types: ['received'],
      },
    ],
    values: {},
    attributes: {},
  };
};

/** What the phone's event entity is told; null: nobody knows which phone sent it. */
export function messageEvent({ pbx, type, phone, to, text }: MessageHappening): Told | null {
  if (phone === null) return null;
  const ref = { pbx, subject: 'phone', id: phone.id } as const;
  return { ref, key: 'message', payload: { event_type: type, text: block(text), to: plain(to) } };
}
