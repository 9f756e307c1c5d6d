/** A message as Asterisk lists it, read. */
import type { AmiEvent } from '../ami/index.ts';
import { shownFolder } from './folders.ts';
import type { Party } from './happenings.ts';
import type { VoicemailMessage } from './model.ts';
import type { Naming } from './party.ts';

/** `"Anna \"x\"" <0170123>`, `Anna <0170123>`, `0170123`; what app_voicemail writes of a caller. */
const CALLER = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<]*?))\s*(?:<([^>]*)>)?\s*$/;

/** What stands where Asterisk knows nobody. */
const NOBODY = /^(unknown( caller)?|null|)$/i;

export function messageOf(item: AmiEvent<'VoicemailBoxDetail'>, partyOf: Naming): VoicemailMessage {
  const { number, name } = callerOf(item.CallerID);
  return {
    id: item.ID,
    folder: shownFolder(item.Folder),
    caller: partyOf(number, name),
    time: timeOf(item.ID, item.Date),
    seconds: Number.parseInt(item.Duration, 10) || 0,
    flag: item.Flag,
    audio: null,
  };
}

function callerOf(text: string): Party {
  const [, quoted, bare = '', inside] = CALLER.exec(text) ?? [];
  const name = (quoted?.replace(/\\(.)/g, '$1') ?? bare).trim();
  const known = (word: string) => (NOBODY.test(word.trim()) ? '' : word.trim());
  if (inside !== undefined) return { number: known(inside), name: known(name) };
  return /^[+\d*#]+$/.test(name) ? { number: name, name: '' } : { number: '', name: known(name) };
}

/**
 * An id begins with the second in which the message was begun, and goes with it wherever it is moved or forwarded;
 * the date is in words, in the time zone of the PBX.
 */
function timeOf(id: string, date: string): string | null {
  const [, second] = /^(\d{9,11})-/.exec(id) ?? [];
  const ms = second === undefined ? Date.parse(date) : Number(second) * 1000;
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
