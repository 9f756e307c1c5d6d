/** The recordings of a PBX, and on each phone whether its call is recorded. */
import type { RecordingHappening } from '../../pbx/happenings.ts';
import type { PbxView, Phone, Recording, RecordingOptions } from '../../pbx/model.ts';
import { RECORDINGS } from '../../pbx/recordings.ts';
import type { Looks, PartOf, Told } from './looks.ts';
import type { ActionCommand, Device } from './model.ts';
import { nameIn } from './names.ts';
import { partyAttributes, plain, within } from './text.ts';

const EVENT_TYPES = ['started', 'stopped', 'saved', 'failed'] as const;

/** Recordings that a list has, if there is room. */
const NEWEST = 20;

/** Where Home Assistant and its apps have the media folder. */
const MEDIA = '/media/';

export const recordings: Looks = {
  // Where nothing can be recorded and nothing was, there is nothing to show.
  ids: (view) => (view.recordings.possible || view.recordings.ended().length > 0 ? [RECORDINGS] : []),
  device(view, id, around) {
    if (id !== RECORDINGS) return null;
    return recordingsDevice(view, around.companion, nameIn(around.language(), 'Recordings'));
  },
};

function recordingsDevice(view: PbxView, companion: string, name: string): Device {
  const { recordings: all } = view;
  const ended = all.ended();
  const running = all.running();
  const listed = (rows: readonly Recording[]) =>
    within(rows.slice(0, NEWEST).map((one) => attributesOf(one, all.options)));
  const calls = listed(running);
  return {
    pbx: view.id,
    subject: 'recording',
    id: RECORDINGS,
    name,
    model: 'Recordings',
    slug: 'recordings',
    entities: [
      {
        platform: 'sensor',
        key: 'saved',
        name: 'Saved',
        icon: 'mdi:record-rec',
        stateClass: 'measurement',
        unit: 'recordings',
        attributes: true,
      },
      {
        platform: 'binary_sensor',
        key: 'running',
        name: 'Running',
        deviceClass: 'running',
        attributes: true,
      },
      {
        platform: 'event',
        key: 'activity',
        name: 'Activity',
        icon: 'mdi:microphone-message',
        types: EVENT_TYPES,
      },
    ],
    state: {
      values: {
        saved: ended.filter(({ state }) => state !== 'failed').length,
        running: running.length > 0,
      },
      attributes: {
        saved: {
          companion,
          pbx: view.id,
          newest: listed(ended),
        },
        running: { calls, ...(calls.length === running.length ? {} : { count: running.length }) },
      },
    },
  };
}

function attributesOf(one: Recording, options: RecordingOptions) {
  return {
    recording: one.id,
    time: new Date(one.since).toISOString(),
    state: one.state,
    seconds: one.seconds,
    phone: one.phone === null ? null : plain(one.phone.name),
    ...partyAttributes(one.other),
    started_by: plain(one.startedBy),
    people: one.people.slice(0, 8).map(plain),
    mailbox: one.mailbox,
    message: one.message,
    ...(one.problem === null ? {} : { problem: plain(one.problem) }),
    media_content_id: mediaContentId(one, options),
  };
}

/** What Home Assistant's media browser and `media_player.play_media` call it; null where they do not have it. */
export function mediaContentId(
  { file, kept }: Pick<Recording, 'file' | 'kept'>,
  { dir, mediaDir, mediaSource }: Pick<RecordingOptions, 'dir' | 'mediaDir' | 'mediaSource'>,
): string | null {
  if (!kept || dir === null || !file.startsWith(`${dir}/`)) return null;
  const usual = mediaDir?.startsWith(MEDIA) ? `local/${mediaDir.slice(MEDIA.length)}` : null;
  const source = mediaSource ?? usual;
  return source === null ? null : `media-source://media_source/${source}${file.slice(dir.length)}`;
}

/** A switch on the phone: on while a call of it is recorded. */
export const recordPart: PartOf<Phone> = (view, phone) => {
  if (!view.recordings.possible) return null;
  const ask = (action: string): ActionCommand => ({ do: 'action', action, fields: { phone: phone.id } });
  return {
    entities: [
      {
        platform: 'switch',
        key: 'record',
        name: 'Record',
        icon: 'mdi:record-rec',
        on: ask('record'),
        off: ask('stop_recording'),
      },
    ],
    values: { record: isRecorded(view, phone) },
    attributes: {},
  };
};

function isRecorded(view: PbxView, phone: Phone): boolean {
  if (view.recordings.running().length === 0) return false;
  return phone.channels.some((id) => view.recordings.of(id) !== undefined);
}

export function recordingEvent(happening: RecordingHappening): Told {
  const ref = { pbx: happening.pbx, subject: 'recording', id: RECORDINGS } as const;
  const payload = {
    event_type: happening.type,
    recording: happening.recording,
    phone: happening.phone === null ? null : plain(happening.phone.name),
    phone_id: happening.phone?.id ?? null,
    ...partyAttributes(happening.other),
    started_by: plain(happening.started_by),
    people: happening.people.slice(0, 8).map(plain),
    call: happening.call,
    file: plain(happening.file),
    mailbox: happening.mailbox,
    ...(happening.message === undefined ? {} : { message: happening.message }),
    ...(happening.seconds === undefined ? {} : { seconds: happening.seconds }),
    ...(happening.problem === undefined ? {} : { problem: plain(happening.problem) }),
  };
  return { ref, key: 'activity', payload };
}
