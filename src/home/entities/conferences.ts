/** A conference: who is in it, and its locks and keys. */
import type { ConferenceHappening } from '../../pbx/happenings.ts';
import type { Conference, ConferenceMember } from '../../pbx/model.ts';
import type { Looks, Told } from './looks.ts';
import type { ActionCommand, Device, Entity, EventPayload } from './model.ts';
import { nameIn } from './names.ts';
import { partyAttributes, plain, slugOf, within } from './text.ts';

const EVENT_TYPES = [
  'join',
  'leave',
  'talk_start',
  'talk_end',
  'muted',
  'unmuted',
  'locked',
  'unlocked',
  'recording_started',
  'recording_stopped',
] as const satisfies readonly ConferenceHappening['type'][];

/** Members that the list shows if there is room, and characters of a name in it. */
const SHOWN = 40;
const NAME = 32;

export const conferences: Looks = {
  ids: (view) => view.conferences.all().map((conference) => conference.id),
  device(view, id, around) {
    const conference = view.conferences.get(id);
    if (conference === undefined) return null;
    const kind = nameIn(around.language(), 'Conference');
    return conferenceDevice(conference, { companion: around.companion, pbx: view.id, kind });
  },
};

interface ConferenceSurroundings {
  readonly companion: string;
  readonly pbx: string;
  /** What a room that nobody named is called before Asterisk's name of it. */
  readonly kind: string;
}

function conferenceDevice(conference: Conference, around: ConferenceSurroundings): Device {
  const { companion, pbx, kind } = around;
  const { id, room, name, members, locked, recording, since, talkDetection } = conference;
  const named = name !== room;
  return {
    pbx,
    subject: 'conference',
    id,
    name: named ? name : `${kind} ${plain(room)}`,
    model: 'Conference',
    slug: slugOf(named ? name : `conference_${room}`, `conference_${id}`),
    entities: entitiesOf(id),
    state: {
      values: {
        active: members.length > 0,
        members: members.length,
        lock: locked,
        record: recording,
      },
      attributes: {
        members: {
          companion,
          pbx,
          conference: id,
          room: plain(room),
          since: since === null ? null : new Date(since).toISOString(),
          waiting: members.filter(({ waiting }) => waiting).length,
          talk_detection: talkDetection,
          // Those who came last.
          members: within(members.slice(-SHOWN).reverse().map(memberAttributes)),
        },
      },
    },
  };
}

function memberAttributes(member: ConferenceMember) {
  const { caller, phone, admin, marked, waiting, muted, talking, since, call } = member;
  return {
    name: short(phone?.name ?? caller.name),
    number: short(caller.number),
    phone: phone?.id ?? null,
    admin,
    marked,
    waiting,
    muted,
    talking,
    since: new Date(since).toISOString(),
    call,
  };
}

function short(text: string): string {
  return [...plain(text)].slice(0, NAME).join('');
}

function entitiesOf(id: string): readonly Entity[] {
  const ask = (action: string, more: object = {}): ActionCommand => ({
    do: 'action',
    action,
    fields: { conference: id, ...more },
  });
  const everybody = { member: 'all' };
  return [
    { platform: 'binary_sensor', key: 'active', name: 'Active', deviceClass: 'running' },
    {
      platform: 'sensor',
      key: 'members',
      name: 'Members',
      icon: 'mdi:account-group',
      stateClass: 'measurement',
      unit: 'members',
      attributes: true,
    },
    { platform: 'event', key: 'activity', name: 'Activity', icon: 'mdi:account-voice', types: EVENT_TYPES },
    {
      platform: 'switch',
      key: 'lock',
      name: 'Lock',
      icon: 'mdi:account-lock',
      on: ask('conference_lock'),
      off: ask('conference_unlock'),
    },
    {
      platform: 'switch',
      key: 'record',
      name: 'Record',
      icon: 'mdi:record-rec',
      on: ask('conference_record'),
      off: ask('conference_stop_recording'),
    },
    {
      platform: 'button',
      key: 'mute_all',
      name: 'Mute all',
      icon: 'mdi:microphone-off',
      command: ask('conference_mute', everybody),
    },
    {
      platform: 'button',
      key: 'unmute_all',
      name: 'Unmute all',
      icon: 'mdi:microphone',
      command: ask('conference_unmute', everybody),
    },
    {
      platform: 'button',
      key: 'kick_all',
      name: 'Kick all',
      icon: 'mdi:account-multiple-remove',
      command: ask('conference_kick', everybody),
    },
  ];
}

export function conferenceEvent(happening: ConferenceHappening): Told {
  const ref = { pbx: happening.pbx, subject: 'conference', id: happening.conference } as const;
  return { ref, key: 'activity', payload: payloadOf(happening) };
}

function payloadOf(happening: ConferenceHappening): EventPayload {
  const { type, members, call, caller, by, admin, seconds } = happening;
  return {
    event_type: type,
    members,
    ...(caller === undefined ? {} : { ...partyAttributes(caller), call, admin }),
    ...(by ? { by: plain(by.name), by_phone: by.id } : {}),
    ...(seconds === undefined ? {} : { seconds }),
  };
}
