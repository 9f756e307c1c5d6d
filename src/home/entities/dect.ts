/** DECT bases and their handsets: who rings where, and who was missed. */
import type { DectHappening } from '../../pbx/happenings.ts';
import type { DectBase, DectHandset, PbxView } from '../../pbx/model.ts';
import { CALLERS } from './callers.ts';
import type { Looks, Told } from './looks.ts';
import type { Device, Entity } from './model.ts';
import { partyAttributes, partyState, plain, slugOf } from './text.ts';

export const dectBases: Looks = {
  // Handsets that each have a line of their own share nothing that could be shown.
  ids: (view) =>
    view.dect.bases
      .all()
      .filter((base) => base.line !== '')
      .map((base) => base.id),
  device(view, id, { companion }) {
    const base = view.dect.bases.get(id);
    return base === undefined ? null : baseDevice(base, view, companion);
  },
};

export const handsets: Looks = {
  ids: (view) => view.dect.handsets.all().map((handset) => handset.id),
  device(view, id, { companion }) {
    const handset = view.dect.handsets.get(id);
    return handset === undefined ? null : handsetDevice(handset, view, companion);
  },
};

const BASE: readonly Entity[] = [
  {
    platform: 'binary_sensor',
    key: 'line_busy',
    name: 'Line busy',
    icon: 'mdi:phone-lock',
    attributes: true,
  },
  { platform: 'event', key: 'ddi', name: 'DDI', icon: 'mdi:dialpad', types: ['ddi_dial'] },
  {
    platform: 'sensor',
    key: 'known_by',
    name: 'Handset known by',
    icon: 'mdi:phone-settings',
    category: 'diagnostic',
    deviceClass: 'enum',
    options: ['extension', 'dial', 'user_event'],
    attributes: true,
  },
];

function baseDevice(base: DectBase, view: PbxView, companion: string): Device {
  const rows = base.handsets.map((id) => view.dect.handsets.get(id)).filter((row) => row !== undefined);
  return {
    pbx: view.id,
    subject: 'dect',
    id: base.id,
    name: base.name,
    model: 'DECT base',
    modelId: base.line,
    slug: slugOf(base.name, `dect_${base.id}`),
    entities: BASE,
    state: {
      values: { line_busy: base.busy, known_by: base.knownBy },
      attributes: {
        line_busy: {
          companion,
          pbx: view.id,
          base: base.id,
          line: base.line,
          ...partyAttributes(base.caller),
          digit: base.digit,
          handsets: rows.map(({ name, digit }) => ({ name: plain(name), digit })),
        },
        known_by: { no_answer_from: base.noAnswer[0], no_answer_to: base.noAnswer[1] },
      },
    },
  };
}

const HANDSET: readonly Entity[] = [
  {
    platform: 'sensor',
    key: 'state',
    name: 'State',
    icon: 'mdi:phone-classic',
    deviceClass: 'enum',
    options: ['free', 'ringing', 'in_call'],
    attributes: true,
  },
  ...CALLERS,
  {
    platform: 'event',
    key: 'activity',
    name: 'Activity',
    icon: 'mdi:phone-ring',
    types: ['ringing', 'answered', 'missed', 'busy', 'unreachable', 'unclear', 'ended'],
  },
];

function handsetDevice(handset: DectHandset, view: PbxView, companion: string): Device {
  const { caller, lastCaller } = handset;
  // Its own line is a phone as well, which most likely has the handset's name.
  const name = handset.digit === null ? `${handset.name} DECT` : handset.name;
  return {
    pbx: view.id,
    subject: 'handset',
    id: handset.id,
    name,
    model: 'DECT handset',
    modelId: handset.digit === null ? handset.line : `${handset.line} ${handset.digit}`,
    slug: slugOf(name, `handset_${handset.id}`),
    entities: HANDSET,
    state: {
      values: {
        state: handset.state,
        last_caller: partyState(lastCaller),
        missed_calls: handset.missed,
      },
      attributes: {
        state: {
          companion,
          pbx: view.id,
          handset: handset.id,
          base: view.dect.bases.get(handset.base)?.name ?? handset.base,
          line: handset.line,
          digit: handset.digit,
          extensions: handset.extensions,
          mailbox: handset.mailbox,
          ...partyAttributes(caller),
          all: handset.all,
          since: time(handset.since),
          until: time(handset.until),
        },
        last_caller: {
          ...partyAttributes(lastCaller),
          time: lastCaller?.time ?? null,
          outcome: lastCaller?.outcome ?? null,
        },
      },
    },
  };
}

function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

export function dectEvent(happening: DectHappening): Told {
  const { pbx, type, base, handset } = happening;
  const payload = {
    event_type: type,
    ...partyAttributes(happening.caller),
    call: happening.call,
    digit: happening.digit,
    all: happening.all,
  };
  if (handset === null)
    return {
      ref: { pbx, subject: 'dect', id: base },
      key: 'ddi',
      payload: { ...payload, handsets: happening.handsets.map(plain) },
    };
  return {
    ref: { pbx, subject: 'handset', id: handset },
    key: 'activity',
    payload: {
      ...payload,
      base: plain(happening.base_name),
      mailbox: happening.mailbox,
      ...(happening.seconds === undefined ? {} : { seconds: happening.seconds }),
    },
  };
}
