/** A phone: whether it is there, with whom it talks, and who was missed. */
import type { PhoneHappening } from '../../pbx/happenings.ts';
import type { Phone } from '../../pbx/model.ts';
import { CALLERS } from './callers.ts';
import type { Looks, PartOf, Told } from './looks.ts';
import { messagesPart } from './messages.ts';
import type { Command, Device, Entity } from './model.ts';
import { withParts } from './parts.ts';
import { presencePart } from './presence.ts';
import { recordPart } from './recordings.ts';
import { partyAttributes, partyState, plain, slugOf } from './text.ts';

const STATES = ['unavailable', 'idle', 'dialing', 'ringing', 'in_call', 'on_hold', 'busy'] as const;

/** Home Assistant's word for an entity that says nothing must not be a state that says something. */
const SHOWN: Readonly<Record<Phone['state'], string>> = {
  unavailable: 'unreachable',
  idle: 'idle',
  dialing: 'dialing',
  ringing: 'ringing',
  in_call: 'in_call',
  on_hold: 'on_hold',
  busy: 'busy',
};

const DIGITS = [...'0123456789*#ABCD'];

/** What other subjects show of a phone, on its own device. */
const PARTS: readonly PartOf<Phone>[] = [presencePart, messagesPart, recordPart];

export const phones: Looks = {
  ids: (view) => view.phones.all().map((phone) => phone.id),
  device(view, id, around) {
    const phone = view.phones.get(id);
    if (phone === undefined) return null;
    const device = phoneDevice(phone, { companion: around.companion, pbx: view.id });
    return withParts(
      device,
      PARTS.map((part) => part(view, phone, around)),
    );
  },
};

interface PhoneSurroundings {
  readonly companion: string;
  readonly pbx: string;
}

function phoneDevice(phone: Phone, { companion, pbx }: PhoneSurroundings): Device {
  return {
    pbx,
    subject: 'phone',
    id: phone.id,
    name: phone.name,
    model: 'Phone',
    modelId: phone.endpoint,
    slug: slugOf(phone.name, `phone_${phone.id}`),
    entities: entitiesOf(phone.id),
    state: {
      values: {
        state: SHOWN[phone.state],
        registered: phone.registered,
        connected_line: partyState(phone.connected),
        last_caller: partyState(phone.lastCaller),
        missed_calls: phone.missed,
      },
      attributes: {
        state: {
          companion,
          pbx,
          phone: phone.id,
          endpoint: phone.endpoint,
          phone_name: plain(phone.name),
        },
        connected_line: partyAttributes(phone.connected),
        last_caller: { ...partyAttributes(phone.lastCaller), time: phone.lastCaller?.time ?? null },
      },
    },
  };
}

function entitiesOf(id: string): readonly Entity[] {
  const ask = (action: string): Command => ({ do: 'action', action, fields: { phone: id } });
  return [
    {
      platform: 'sensor',
      key: 'state',
      name: 'State',
      icon: 'mdi:phone-classic',
      deviceClass: 'enum',
      options: STATES.map((state) => SHOWN[state]),
      attributes: true,
    },
    {
      platform: 'binary_sensor',
      key: 'registered',
      name: 'Registered',
      deviceClass: 'connectivity',
      category: 'diagnostic',
    },
    {
      platform: 'sensor',
      key: 'connected_line',
      name: 'Connected line',
      icon: 'mdi:phone-in-talk',
      attributes: true,
    },
    ...CALLERS,
    { platform: 'event', key: 'dtmf', name: 'DTMF', icon: 'mdi:dialpad', types: DIGITS },
    { platform: 'button', key: 'redial', name: 'Redial', icon: 'mdi:phone-refresh', command: ask('redial') },
    { platform: 'button', key: 'park', name: 'Park', icon: 'mdi:parking', command: ask('park') },
    {
      platform: 'button',
      key: 'hang_up',
      name: 'Hang up',
      icon: 'mdi:phone-hangup',
      command: ask('hang_up'),
    },
  ];
}

/** What the DTMF entity is told; null: nothing. */
export function phoneEvent(happening: PhoneHappening): Told | null {
  if (happening.type !== 'dtmf' || happening.digit === undefined) return null;
  if (!DIGITS.includes(happening.digit)) return null;
  const ref = { pbx: happening.pbx, subject: 'phone', id: happening.phone.id } as const;
  const payload = {
    event_type: happening.digit,
    digit: happening.digit,
    call: happening.call ?? '',
    ...partyAttributes(happening.caller ?? null),
  };
  return { ref, key: 'dtmf', payload };
}
