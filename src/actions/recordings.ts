/** `record`, `stop_recording`, and what can be done with recordings. */
import { z } from 'zod';
import type { PbxView, Recording } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare, type FieldMeta } from './action.ts';
import * as field from './fields.ts';
import { findPhone, findRecording, quote, refOf, type Whose } from './find.ts';
import { deliver } from './recording-delivery.ts';
import { startRecording, whichChannel } from './recording-start.ts';
import { ring } from './ring.ts';
import { until } from './wait.ts';

/** ms for Asterisk to end one */
const STOPPED_MS = 5_000;

const whose = {
  phone: field.phone('Phone whose call is meant.').optional(),
  doorbell: field.doorbell('Doorbell whose call is meant, instead of a phone.').optional(),
  call: field.call('Channel or call by its name or id, instead of a phone.').optional(),
};

const recordingField = (description: string) =>
  z
    .string()
    .trim()
    .min(1)
    .max(200)
    .meta({
      title: 'Recording',
      description,
      example: '20261125-213500_6001_8000_k3f9',
      selector: { text: {} },
    } satisfies FieldMeta);

const folderName = z
  .string()
  .trim()
  .regex(/^[\w-]{1,40}$/, { error: 'takes 1 to 40 letters, digits, _ and -' })
  .meta({
    title: 'Folder',
    description: 'Folder within the folder of the recordings. Left out: that folder itself.',
    example: 'kept',
    selector: { text: {} },
  } satisfies FieldMeta);

const shown = z.object({
  recording: z.string(),
  state: z.enum(['recording', 'saving', 'saved', 'failed']),
  phone: field.phoneResult.nullable(),
  caller_name: z.string(),
  caller_number: z.string(),
  people: z.array(z.string()),
  started_by: z.string(),
  time: z.string(),
  seconds: z.number().nullable(),
  file: z.string(),
  folder: z.string(),
  mailbox: z.string().nullable(),
  message: z.string().nullable(),
  problem: z.string().nullable(),
});

export const record = declare({
  id: 'record',
  title: 'Record',
  description:
    'Records both sides of a call that stands, until it ends or `stop_recording`. It goes on while the other party ' +
    'is transferred or parked.',
  icon: 'mdi:record-rec',
  fields: z.strictObject(whose),
  result: shown,

  async run({ pbx, asker }: ActionContext, fields) {
    const { channel, phone } = whichChannel(pbx, fields);
    return view(await startRecording(pbx, { channel, phone, startedBy: asker.name }));
  },
});

export const stopRecording = declare({
  id: 'stop_recording',
  title: 'Stop recording',
  description: 'Ends the recording of a call; the call goes on.',
  icon: 'mdi:stop-circle',
  fields: z.strictObject({
    ...whose,
    recording: recordingField('The recording itself, instead of whose call it is.').optional(),
  }),
  result: shown,

  async run({ pbx }: ActionContext, fields) {
    const running =
      fields.recording === undefined ? runningOf(pbx, fields) : findRecording(pbx, fields.recording);
    const handle = running.state === 'recording' ? pbx.recordings.handle(running.id) : undefined;
    if (handle === undefined) throw new ActionError('conflict', 'This recording has ended.', 'recording');
    const channel = pbx.calls.channel(handle.channel);
    if (channel !== undefined)
      await pbx.ami.send({
        Action: 'StopMixMonitor',
        Channel: channel.name,
        ...(handle.monitor === '' ? {} : { MixMonitorID: handle.monitor }),
      });
    const ended = await until(pbx, () => endedOf(pbx, running.id), STOPPED_MS);
    if (ended === undefined)
      throw new ActionError('failed', 'Asterisk was asked to stop, and the recording goes on.');
    // What a feature code began, the next press is to begin anew.
    if (handle.monitor === '' && channel !== undefined)
      await pbx.ami
        .send({ Action: 'Setvar', Channel: channel.name, Variable: 'TOUCH_MIXMONITOR_OUTPUT', Value: '' })
        .catch(() => {});
    return view(ended);
  },
});

export const listRecordings = declare({
  id: 'list_recordings',
  title: 'List recordings',
  description:
    'Lists the recordings of the media folder and those that run, the newest first. Those in a mailbox are listed ' +
    'by its folder Recordings.',
  icon: 'mdi:format-list-bulleted',
  reads: true,
  fields: z.strictObject({
    phone: field.phone('Only those of this phone’s calls.').optional(),
    limit: z
      .number()
      .int()
      .min(1)
      .max(200)
      .default(20)
      .meta({
        title: 'Limit',
        description: 'How many at most.',
        example: 20,
        selector: { number: { min: 1, max: 200, mode: 'box' } },
      } satisfies FieldMeta),
  }),
  result: z.object({ total: z.number().int(), recordings: z.array(shown) }),

  async run({ pbx }: ActionContext, { phone: text, limit }) {
    await pbx.recordings.scan();
    const phone = text === undefined ? undefined : findPhone(pbx, text);
    const all = pbx.recordings.all().filter((one) => phone === undefined || one.phone?.id === phone.id);
    return { total: all.length, recordings: all.slice(0, limit).map(view) };
  },
});

export const playRecording = declare({
  id: 'play_recording',
  title: 'Play recording',
  description: 'Rings a phone and plays a recording on it.',
  icon: 'mdi:play-circle',
  fields: z.strictObject({
    recording: recordingField('What to play: its id or file name.'),
    phone: field.phone('Phone to hear it on.'),
    timeout: field.ringTime,
  }),
  result: z.object({ recording: z.string(), phone: field.phoneResult, call: z.string() }),

  async run({ pbx }: ActionContext, { recording: text, phone: wanted, timeout }) {
    const recording = whole(findRecording(pbx, text));
    const phone = findPhone(pbx, wanted);
    const call = await ring(pbx, {
      device: phone.endpoint,
      name: phone.name,
      becomes: { application: 'Playback', arguments: [recording.file.replace(/\.\w+$/, '')] },
      shows: { number: recording.other.number, name: recording.other.name || 'Recording' },
      timeout,
    });
    return { recording: recording.id, phone: refOf(phone), call };
  },
});

export const moveRecording = declare({
  id: 'move_recording',
  title: 'Move recording',
  description: 'Moves a recording to another folder within the folder of the recordings.',
  icon: 'mdi:folder-move',
  fields: z.strictObject({
    recording: recordingField('What to move: its id or file name.'),
    folder: folderName.optional(),
  }),
  result: shown,

  async run({ pbx }: ActionContext, { recording: text, folder = '' }) {
    const recording = whole(findRecording(pbx, text));
    needSight(pbx, recording);
    if (recording.folder === folder)
      throw new ActionError('conflict', 'The recording is in that folder.', 'folder');
    await onDisk(pbx.recordings.move(recording.id, folder));
    return view(findRecording(pbx, recording.id));
  },
});

export const forwardRecording = declare({
  id: 'forward_recording',
  title: 'Forward recording',
  description: 'Puts a copy of a recording into the folder Recordings of a mailbox.',
  icon: 'mdi:voicemail',
  fields: z.strictObject({
    recording: recordingField('What to forward: its id or file name.'),
    mailbox: z
      .string()
      .trim()
      .regex(/^[\w.-]{1,40}(@[\w.-]{1,40})?$/, { error: 'takes a mailbox such as 6001 or 6001@default' })
      .meta({
        title: 'Mailbox',
        description: 'Mailbox that gets it, with its context where that is not default.',
        example: '6001@default',
        selector: { text: {} },
      } satisfies FieldMeta),
  }),
  result: z.object({
    recording: z.string(),
    mailbox: z.string(),
    /** Asterisk's id of it; null where this AMI user cannot list mailboxes. */
    message: z.string().nullable(),
  }),

  async run({ pbx }: ActionContext, { recording: text, mailbox: wanted }) {
    const recording = whole(findRecording(pbx, text));
    const mailbox = wanted.includes('@') ? wanted : `${wanted}@default`;
    const message = await deliver(pbx, recording, mailbox);
    return { recording: recording.id, mailbox, message };
  },
});

export const deleteRecording = declare({
  id: 'delete_recording',
  title: 'Delete recording',
  description: 'Deletes a recording’s file. What went into a mailbox stays there.',
  icon: 'mdi:delete',
  fields: z.strictObject({ recording: recordingField('What to delete: its id or file name.') }),
  result: z.object({ recording: z.string() }),

  async run({ pbx }: ActionContext, { recording: text }) {
    const recording = whole(findRecording(pbx, text));
    needSight(pbx, recording);
    await onDisk(pbx.recordings.remove(recording.id));
    return { recording: recording.id };
  },
});

function runningOf(pbx: PbxView, fields: Whose): Recording {
  const phone = fields.phone === undefined ? undefined : findPhone(pbx, fields.phone);
  const channels = phone?.channels ?? [whichChannel(pbx, fields).channel.uniqueid];
  for (const channel of channels) {
    const found = pbx.recordings.of(channel);
    if (found) return found;
  }
  throw new ActionError('conflict', `No call of ${phone?.name ?? 'that'} is recorded.`, 'phone');
}

function endedOf(pbx: PbxView, id: string): Recording | undefined {
  const recording = pbx.recordings.get(id);
  return recording?.state === 'recording' ? undefined : recording;
}

function whole(recording: Recording): Recording {
  if (recording.state === 'saved' && recording.kept) return recording;
  const why = {
    recording: 'still runs: stop it first',
    saving: 'is being saved: try again in a few seconds',
    failed: 'has no file',
    saved: `went to mailbox ${recording.mailbox} alone: its folder Recordings has it`,
  }[recording.state];
  throw new ActionError('conflict', `Recording ${recording.id} ${why}.`, 'recording');
}

function needSight(pbx: PbxView, { id, file }: Recording): void {
  if (pbx.recordings.visible && pbx.recordings.fileOf(id) !== null) return;
  throw new ActionError(
    'forbidden',
    `The companion does not see ${quote(file)}: set recordings.dir and recordings.media_dir to the same folder.`,
    'recording',
  );
}

async function onDisk(work: Promise<void>): Promise<void> {
  await work.catch((error: NodeJS.ErrnoException) => {
    throw new ActionError('failed', `The file system said no: ${error.message}.`, 'recording');
  });
}

function view(one: Recording): z.infer<typeof shown> {
  return {
    recording: one.id,
    state: one.state,
    phone: one.phone === null ? null : refOf(one.phone),
    caller_name: one.other.name,
    caller_number: one.other.number,
    people: [...one.people],
    started_by: one.startedBy,
    time: new Date(one.since).toISOString(),
    seconds: one.seconds,
    file: one.file,
    folder: one.folder,
    mailbox: one.mailbox,
    message: one.message,
    problem: one.problem,
  };
}
