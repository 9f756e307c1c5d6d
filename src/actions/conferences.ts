/** `conference_…`: who is in a conference, who is heard, and who gets in. */
import { z } from 'zod';
import type { Conference, ConferenceMember, PbxView } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import * as field from './fields.ts';
import { findConference, findMembers } from './find-conference.ts';
import { until } from './wait.ts';

/** ms for the events that say that it was done */
const DONE_MS = 5_000;
/** How often that is waited for, each time after asking again. */
const MOST_ASKED = 3;

const affected = z.object({ conference: field.conferenceResult, members: z.number().int() });

const WHICH = 'Conference. Left out: the only one that is in use.';
const WHOM =
  'Phone, name, number or channel of a member; `all` of them; or `participants`, who are no admins.';

export const refOf = ({ id, room, name }: Conference) => ({ id, room, name });

/** An action on one member, or several. */
function onMembers(what: {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly icon: string;
  readonly send: 'ConfbridgeKick' | 'ConfbridgeMute' | 'ConfbridgeUnmute';
  /** Whether it is done for one who was meant, undefined: who has left. */
  readonly done: (member: ConferenceMember | undefined) => boolean;
  readonly failed: string;
}) {
  const { id, title, description, icon, send, done, failed } = what;
  return declare({
    id,
    title,
    description,
    icon,
    fields: z.strictObject({
      conference: field.conference(WHICH).optional(),
      member: field.member(WHOM),
    }),
    result: affected,

    async run({ pbx }: ActionContext, fields) {
      const conference = findConference(pbx, fields.conference);
      const { channel, members } = findMembers(conference, fields.member);
      const ask = () => pbx.ami.send({ Action: send, Conference: conference.room, Channel: channel });
      // Each is looked at until it was done once: with 200, every change would look at all of them.
      const open = [...members];
      const all = () => {
        for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
          if (!done(pbx.conferences.of(last.call)?.member)) return undefined;
          open.pop();
        }
        return true;
      };
      await ask();
      for (let asked = 1; !(await until(pbx, all, DONE_MS)); asked += 1) {
        if (asked === MOST_ASKED) throw new ActionError('failed', failed, 'member');
        // Who was just coming in stays (seen with 200 at once); an error says that the last have left meanwhile.
        await ask().catch(() => undefined);
      }
      return { conference: refOf(conference), members: members.length };
    },
  });
}

export const conferenceKick = onMembers({
  id: 'conference_kick',
  title: 'Kick from conference',
  description: 'Puts somebody, or everybody, out of a conference.',
  icon: 'mdi:account-multiple-remove',
  send: 'ConfbridgeKick',
  done: (member) => member === undefined,
  failed: 'Asterisk was asked, but they are in the conference still.',
});

export const conferenceMute = onMembers({
  id: 'conference_mute',
  title: 'Mute in conference',
  description: 'Nobody hears a member of a conference, or all of them, until they are unmuted.',
  icon: 'mdi:microphone-off',
  send: 'ConfbridgeMute',
  done: (member) => member?.muted !== false,
  failed: 'Asterisk was asked, but they are not muted.',
});

export const conferenceUnmute = onMembers({
  id: 'conference_unmute',
  title: 'Unmute in conference',
  description: 'Lets a muted member of a conference, or all of them, be heard again.',
  icon: 'mdi:microphone',
  send: 'ConfbridgeUnmute',
  done: (member) => member?.muted !== true,
  failed: 'Asterisk was asked, but they are still muted.',
});

/** A lock has no event: it is done when the list says so. */
function locking(id: string, title: string, description: string, icon: string, lock: boolean) {
  return declare({
    id,
    title,
    description,
    icon,
    fields: z.strictObject({ conference: field.conference(WHICH).optional() }),
    result: z.object({ conference: field.conferenceResult, locked: z.boolean() }),

    async run({ pbx }: ActionContext, fields) {
      const conference = inUse(findConference(pbx, fields.conference));
      const Action = lock ? 'ConfbridgeLock' : 'ConfbridgeUnlock';
      await pbx.ami.send({ Action, Conference: conference.room });
      await pbx.conferences.refresh();
      const now = pbx.conferences.get(conference.id);
      if (now?.locked !== lock)
        throw new ActionError('failed', `Asterisk was asked, but ${conference.name} is as it was.`);
      return { conference: refOf(conference), locked: lock };
    },
  });
}

export const conferenceLock = locking(
  'conference_lock',
  'Lock conference',
  'Lets nobody but admins into a conference any more.',
  'mdi:account-lock',
  true,
);

export const conferenceUnlock = locking(
  'conference_unlock',
  'Unlock conference',
  'Lets people into a conference again.',
  'mdi:account-lock-open',
  false,
);

export const conferenceRecord = declare({
  id: 'conference_record',
  title: 'Record conference',
  description: 'Records a conference until it is stopped or everybody has left.',
  icon: 'mdi:record-rec',
  fields: z.strictObject({ conference: field.conference(WHICH).optional() }),
  result: z.object({
    conference: field.conferenceResult,
    /**
     * As Asterisk sees it; null: where its bridge profile, or Asterisk itself, puts it. Asterisk adds the time in
     * seconds before the ending, unless the bridge profile says `record_file_timestamp = no`.
     */
    file: z.string().nullable(),
  }),

  async run({ pbx }: ActionContext, fields) {
    refuseCrash(pbx.status.version);
    const conference = inUse(findConference(pbx, fields.conference));
    if (conference.recording)
      throw new ActionError('conflict', `${conference.name} is being recorded already.`, 'conference');
    const file = fileFor(conference, new Date());
    await pbx.ami.send({
      Action: 'ConfbridgeStartRecord',
      Conference: conference.room,
      ...(file === null ? {} : { RecordFile: file }),
    });
    await recordingIs(pbx, conference, true);
    return { conference: refOf(conference), file };
  },
});

export const conferenceStopRecording = declare({
  id: 'conference_stop_recording',
  title: 'Stop recording conference',
  description: 'Ends the recording of a conference.',
  icon: 'mdi:stop-circle',
  fields: z.strictObject({ conference: field.conference(WHICH).optional() }),
  result: z.object({ conference: field.conferenceResult }),

  async run({ pbx }: ActionContext, fields) {
    const conference = findConference(pbx, fields.conference);
    if (!conference.recording)
      throw new ActionError('conflict', `${conference.name} is not being recorded.`, 'conference');
    await pbx.ami.send({ Action: 'ConfbridgeStopRecord', Conference: conference.room });
    await recordingIs(pbx, conference, false);
    return { conference: refOf(conference) };
  },
});

async function recordingIs(pbx: PbxView, { id, name }: Conference, wanted: boolean): Promise<void> {
  const done = () => pbx.conferences.get(id)?.recording === wanted || undefined;
  if (await until(pbx, done, DONE_MS)) return;
  const still = wanted ? 'does not record' : 'still records';
  throw new ActionError('failed', `Asterisk was asked, but it ${still} ${name}.`, 'conference');
}

/** Asterisk knows a room only while somebody is in it. */
function inUse(conference: Conference): Conference {
  if (conference.members.length > 0) return conference;
  throw new ActionError('conflict', `Nobody is in ${conference.name}.`, 'conference');
}

/** Minor version of each major one that a recording can be started on: those before crash (asterisk#1190). */
const SOUND: Readonly<Record<string, number>> = { 20: 14, 21: 9, 22: 4 };

function refuseCrash(version: string): void {
  const [major = '', minor = ''] = version.split('.');
  // What is no number, such as a build from git, is taken for new.
  if (!/^\d+$/.test(major) || Number(major) > 22 || Number(minor) >= (SOUND[major] ?? Infinity)) return;
  throw new ActionError(
    'failed',
    `Asterisk ${version} crashes when the recording of a conference is started over AMI; 20.14, 21.9, 22.4 and later ` +
      'do not. Until then, let the bridge profile record: record_conference = yes.',
  );
}

function fileFor({ recordFolder, room }: Conference, now: Date): string | null {
  if (recordFolder === null) return null;
  const time = now.toISOString().slice(0, 19).replace(/\D/g, '');
  return `${recordFolder.replace(/\/$/, '')}/conference-${room.replace(/[^\w-]/g, '_')}-${time}.wav`;
}
