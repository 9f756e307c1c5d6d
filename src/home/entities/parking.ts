/** A parking lot: who waits in it. The parked-calls card lives on these attributes. */
import type { ParkingHappening } from '../../pbx/happenings.ts';
import type { Hint, ParkedCall, ParkingLot, PbxView, Phone } from '../../pbx/model.ts';
import type { Looks, Told } from './looks.ts';
import type { Device, DevicePart, EventPayload } from './model.ts';
import { nameIn } from './names.ts';
import { withParts } from './parts.ts';
import { partyAttributes, plain, slugOf, within } from './text.ts';

const EVENT_TYPES = [
  'parked',
  'retrieved',
  'timed_out',
  'given_up',
  'calls_back',
  'taken_back',
  'not_taken_back',
] as const;

/** The entity whose choice is the phone that calls are retrieved on. */
const RETRIEVE_ON = 'retrieve_on';

export const lots: Looks = {
  ids: (view) => view.parking.all().map((lot) => lot.id),
  device(view, id, around) {
    const lot = view.parking.get(id);
    if (lot === undefined) return null;
    const device = lotDevice(lot, {
      companion: around.companion,
      pbx: view.id,
      kind: nameIn(around.language(), 'Parking lot'),
      phones: view.phones
        .all()
        .filter(({ endpoint }) => lot.phones.length === 0 || lot.phones.includes(endpoint)),
      chosen: around.choice({ pbx: view.id, subject: 'parking', id }, RETRIEVE_ON),
    });
    const spaces = spacesOf(lot, view.hints.ofLot(id), nameIn(around.language(), 'Space'));
    return withParts(device, [spaces]);
  },
};

interface LotSurroundings {
  readonly companion: string;
  readonly pbx: string;
  /** What a lot is called before its own name. */
  readonly kind: string;
  readonly phones: readonly Phone[];
  /** Id of the phone that calls are retrieved on, or null when none was chosen. */
  readonly chosen: string | null;
}

function lotDevice(lot: ParkingLot, around: LotSurroundings): Device {
  const { companion, pbx, kind } = around;
  const labels = phoneLabels(around.phones);
  const phone = chosenPhone(around);
  // Those who wait come before those who are called back.
  const listed = within([...lot.parked, ...lot.callingBack].map(callAttributes));
  const callingBack = listed.slice(lot.parked.length);
  return {
    pbx,
    subject: 'parking',
    id: lot.id,
    name: lot.label === null ? `${kind} ${lot.name}` : plain(lot.label),
    // The parked-calls card knows a lot by it: the same in every language.
    model: 'Parking lot',
    slug: slugOf(`parking_${lot.name}`, `parking_${lot.id}`),
    entities: [
      {
        platform: 'sensor',
        key: 'parked_calls',
        name: 'Parked calls',
        icon: 'mdi:parking',
        stateClass: 'measurement',
        unit: 'calls',
        attributes: true,
      },
      { platform: 'event', key: 'activity', name: 'Activity', icon: 'mdi:car-clock', types: EVENT_TYPES },
      {
        platform: 'select',
        key: RETRIEVE_ON,
        name: 'Retrieve on',
        icon: 'mdi:phone-classic',
        category: 'config',
        options: [...labels.keys()],
        command: { do: 'choose', values: labels },
      },
      {
        platform: 'button',
        key: 'retrieve',
        name: 'Retrieve oldest',
        icon: 'mdi:phone-return',
        command: {
          do: 'action',
          action: 'retrieve',
          fields: { lot: lot.id, ...(phone === null ? {} : { phone: phone.id }) },
        },
      },
    ],
    state: {
      values: {
        parked_calls: lot.parked.length,
        retrieve_on: phone === null ? null : labelOf(labels, phone.id),
      },
      attributes: {
        parked_calls: {
          companion,
          pbx,
          lot: lot.id,
          lot_name: lot.name,
          first_space: lot.spaces.first,
          last_space: lot.spaces.last,
          timeout: lot.timeout,
          calls: listed.slice(0, lot.parked.length),
          calling_back: callingBack,
          ...(callingBack.length === lot.callingBack.length
            ? {}
            : { calling_back_count: lot.callingBack.length }),
        },
      },
    },
  };
}

function callAttributes(parked: ParkedCall) {
  return {
    space: parked.space,
    name: plain(parked.caller.name),
    number: plain(parked.caller.number),
    since: new Date(parked.since).toISOString(),
    until: parked.until === null ? null : new Date(parked.until).toISOString(),
    parked_by: plain(parked.parkedBy),
    how: parked.how,
    call: parked.call,
  };
}

/** A lamp for each space that the dialplan has a hint of, as a phone's BLF key shows it. */
function spacesOf(lot: ParkingLot, hints: readonly Hint[], word: string): DevicePart | null {
  if (hints.length === 0) return null;
  const spaces = new Map<string, Hint>();
  for (const hint of hints) if (hint.at !== null && 'space' in hint.at) spaces.set(hint.at.space, hint);
  const rows = [...spaces].sort(([a], [b]) => Number(a) - Number(b));
  return {
    entities: rows.map(([space]) => ({
      platform: 'binary_sensor',
      key: `space_${space}`,
      name: `${word} ${space}`,
      untranslated: true,
      icon: 'mdi:parking',
      deviceClass: 'occupancy',
      attributes: true,
    })),
    values: Object.fromEntries(
      rows.map(([space, { state }]) => [`space_${space}`, state === null ? null : state !== 'idle']),
    ),
    attributes: Object.fromEntries(
      rows.map(([space, hint]) => {
        const call = lot.parked.find((parked) => parked.space === space);
        return [
          `space_${space}`,
          {
            extension: hint.extension,
            context: hint.context,
            ...partyAttributes(call?.caller ?? null),
            parked_by: plain(call?.parkedBy ?? ''),
            since: call === undefined ? null : new Date(call.since).toISOString(),
          },
        ];
      }),
    ),
  };
}

/** The options of `Retrieve on` with the ids behind them: names, told apart by the endpoint where two are alike. */
export function phoneLabels(phones: readonly Phone[]): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const phone of phones) {
    const name = plain(phone.name) || phone.endpoint;
    labels.set(labels.has(name) ? `${name} (${phone.endpoint})` : name, phone.id);
  }
  return labels;
}

function labelOf(labels: ReadonlyMap<string, string>, id: string): string | null {
  for (const [label, phone] of labels) if (phone === id) return label;
  return null;
}

/** The chosen phone, else the first that is there to ring. */
function chosenPhone({ phones, chosen }: LotSurroundings): Phone | null {
  return (
    phones.find((phone) => phone.id === chosen) ??
    phones.find((phone) => phone.registered) ??
    phones[0] ??
    null
  );
}

export function parkingEvent(happening: ParkingHappening, view: PbxView): Told | null {
  // A happening names a lot by Asterisk's own name, which is no part of a topic.
  const lot = view.parking.find(happening.lot);
  if (lot === undefined) return null;
  const ref = { pbx: happening.pbx, subject: 'parking', id: lot.id } as const;
  return { ref, key: 'activity', payload: payloadOf(happening) };
}

function payloadOf(happening: ParkingHappening): EventPayload {
  return {
    event_type: happening.type,
    ...partyAttributes(happening.caller),
    space: happening.space,
    call: happening.call,
    parked_by: plain(happening.parked_by),
    ...(happening.how === undefined ? {} : { how: happening.how }),
    ...(happening.by ? { by: plain(happening.by.name), by_phone: happening.by.id } : {}),
  };
}
