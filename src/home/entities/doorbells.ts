/** A doorbell: who rings, what became of it, and the door. */
import type { DoorbellHappening } from '../../pbx/happenings.ts';
import type { Doorbell } from '../../pbx/model.ts';
import type { Looks, Told } from './looks.ts';
import type { Command, Device, Entity, EventPayload, Value } from './model.ts';
import { namesOf, partyAttributes, partyState, plain, slugOf } from './text.ts';

/** What the door's lock shows. */
export interface DoorState {
  readonly state: 'LOCKED' | 'OPENING' | 'OPEN';
  /** Why the last opening failed, or null. */
  readonly problem: string | null;
  /** The last opening: who asked for it, and when (ISO 8601). */
  readonly openedBy: string | null;
  readonly openedAt: string | null;
}

export const CLOSED: DoorState = { state: 'LOCKED', problem: null, openedBy: null, openedAt: null };

const EVENT_TYPES = [
  'ring',
  'answered',
  'missed',
  'cancelled',
  'parked',
  'waiting',
  'opened',
  'ended',
] as const;

export const doorbells: Looks = {
  ids: (view) => view.doorbells.all().map((doorbell) => doorbell.id),
  device(view, id, around) {
    const doorbell = view.doorbells.get(id);
    if (doorbell === undefined) return null;
    return doorbellDevice(doorbell, {
      companion: around.companion,
      pbx: view.id,
      opens: around.opens(view.id, id),
      door: around.door({ pbx: view.id, subject: 'doorbell', id }),
    });
  },
};

interface DoorbellSurroundings {
  readonly companion: string;
  readonly pbx: string;
  /** The owner configured a way to open the door. */
  readonly opens: boolean;
  readonly door: DoorState;
}

function doorbellDevice(doorbell: Doorbell, around: DoorbellSurroundings): Device {
  return {
    pbx: around.pbx,
    subject: 'doorbell',
    id: doorbell.id,
    name: doorbell.name,
    model: 'Doorbell',
    modelId: doorbell.endpoint,
    slug: slugOf(doorbell.name, `doorbell_${doorbell.id}`),
    entities: entitiesOf(doorbell.id, around.opens),
    state: { values: valuesOf(doorbell, around), attributes: attributesOf(doorbell, around) },
  };
}

function entitiesOf(id: string, opens: boolean): readonly Entity[] {
  const ask = (action: string): Command => ({ do: 'action', action, fields: { doorbell: id } });
  const door: readonly Entity[] = [
    { platform: 'lock', key: 'door', name: 'Door', attributes: true, command: ask('open_door') },
  ];
  return [
    {
      platform: 'event',
      key: 'doorbell',
      name: null,
      deviceClass: 'doorbell',
      types: EVENT_TYPES,
    },
    {
      platform: 'sensor',
      key: 'state',
      name: 'State',
      icon: 'mdi:doorbell-video',
      deviceClass: 'enum',
      options: ['idle', 'ringing', 'parked', 'waiting', 'answered'],
      attributes: true,
    },
    {
      platform: 'sensor',
      key: 'last_visitor',
      name: 'Last visitor',
      icon: 'mdi:account-clock',
      attributes: true,
    },
    { platform: 'sensor', key: 'last_visit', name: 'Last visit', deviceClass: 'timestamp' },
    { platform: 'button', key: 'answer', name: 'Answer', icon: 'mdi:phone', command: ask('answer') },
    { platform: 'button', key: 'ignore', name: 'Ignore', icon: 'mdi:phone-hangup', command: ask('ignore') },
    ...(opens ? door : []),
  ];
}

function valuesOf({ state, last }: Doorbell, { opens, door }: DoorbellSurroundings): Record<string, Value> {
  return {
    state,
    last_visitor: partyState(last),
    last_visit: last?.time ?? null,
    ...(opens ? { door: door.state } : {}),
  };
}

function attributesOf(doorbell: Doorbell, { companion, pbx, opens, door }: DoorbellSurroundings) {
  const { press, last } = doorbell;
  return {
    state: {
      companion,
      pbx,
      doorbell: doorbell.id,
      ...partyAttributes(press?.caller ?? null),
      call: press?.call ?? null,
      since: press === null ? null : new Date(press.since).toISOString(),
      answered_by: press === null ? null : listed(press.by.map(({ name }) => name)),
      talking_to: press === null ? null : listed(press.talkingTo),
      lot: press?.parked?.lot ?? null,
      space: press?.parked?.space ?? null,
      room: press?.waiting?.room ?? null,
      attempts: press?.attempts ?? 0,
      attempts_known_by: press?.attemptsKnownBy ?? null,
    },
    last_visitor: { ...partyAttributes(last), outcome: last?.outcome ?? null },
    ...(opens
      ? { door: { problem: door.problem, last_opened: door.openedAt, last_opened_by: door.openedBy } }
      : {}),
  };
}

/** Names as one text, null when there is none. */
function listed(names: readonly string[]): string | null {
  return names.length === 0 ? null : plain(names.map(plain).join(', '));
}

/**
 * What the event entity is told; null: nothing. After a press that nobody answered its last event stays `missed`
 * or `cancelled`, which is what a wall tablet wants to show; the end of such a press goes to the bus alone.
 */
export function doorbellEvent(happening: DoorbellHappening): Told | null {
  if (happening.type === 'ended' && happening.outcome !== 'answered') return null;
  const ref = { pbx: happening.pbx, subject: 'doorbell', id: happening.doorbell } as const;
  return { ref, key: 'doorbell', payload: payloadOf(happening) };
}

function payloadOf(happening: DoorbellHappening): EventPayload {
  return {
    event_type: happening.type,
    ...partyAttributes(happening.caller),
    call: happening.call,
    extension: plain(happening.extension),
    ...(happening.by ? { by: plain(happening.by.name), by_phone: happening.by.id } : {}),
    ...(happening.answered_by === undefined ? {} : { answered_by: namesOf(happening.answered_by) }),
    ...(happening.attempts === undefined ? {} : { attempts: happening.attempts }),
    ...(happening.room === undefined
      ? {}
      : { room: plain(happening.room), room_name: plain(happening.room_name ?? '') }),
    ...(happening.lot === undefined ? {} : { lot: happening.lot }),
    ...(happening.space === undefined ? {} : { space: happening.space }),
    ...(happening.seconds === undefined ? {} : { seconds: happening.seconds }),
    ...(happening.way === undefined ? {} : { way: happening.way }),
    ...(happening.who === undefined ? {} : { who: plain(happening.who) }),
  };
}
