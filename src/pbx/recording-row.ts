/** A recording as the PBX keeps it. */
import type { Channel, Recording, RecordingPlan } from './model.ts';
import type { FoundFile, KeptRecording } from './recording-store.ts';

/** A recording while it changes. Others see it as {@link Recording}. */
export interface RecordingRow extends KeptRecording {
  state: Recording['state'];
  people: string[];
  call: string;
  seconds: number | null;
  file: string;
  folder: string;
  kept: boolean;
  message: string | null;
  bytes: number | null;
  problem: string | null;
  /** Uniqueid of the channel that it hangs on. */
  channel: string;
  monitor: string;
}

/** Bytes of a WAV file's head. */
export const HEAD = 44;
/** Bytes a second of 16 bit mono at 8 kHz, which is what Asterisk mixes `wav` as. */
const RATE = 16_000;

export function secondsOf(bytes: number): number {
  return Math.max(0, Math.round((bytes - HEAD) / RATE));
}

/** Without what is nobody else's business. */
export function viewOf({ channel: _channel, monitor: _monitor, ...recording }: RecordingRow): Recording {
  return { ...recording, people: [...recording.people] };
}

/** One that begins now. */
export function rowOf(plan: RecordingPlan, { uniqueid, linkedid }: Channel, since: number): RecordingRow {
  const { id, phone, other, startedBy, file, kept, mailbox } = plan;
  return {
    id,
    state: 'recording',
    phone,
    other,
    people: [],
    startedBy,
    call: linkedid,
    since,
    seconds: null,
    file,
    folder: '',
    kept,
    mailbox,
    message: null,
    bytes: null,
    problem: null,
    channel: uniqueid,
    monitor: '',
  };
}

/** A file of ours that the index does not know: its name still tells when. */
export function rowOfFile({ id, folder, bytes }: FoundFile, file: string): RecordingRow {
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)-(..)(..)(..)/.exec(id) ?? [];
  const since = new Date(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const number = id.split('_').at(-2) ?? '';
  return {
    id,
    state: 'saved',
    phone: null,
    other: { number, name: '' },
    people: [],
    startedBy: '',
    call: '',
    since: since.getTime(),
    seconds: secondsOf(bytes),
    file,
    folder,
    kept: true,
    mailbox: null,
    message: null,
    bytes,
    problem: null,
    channel: '',
    monitor: '',
  };
}
