/** Messages of a mailbox, as actions find and name them. */
import { z } from 'zod';
import type { AmiAction } from '../ami/index.ts';
import { asteriskFolder, findFolder, NEW_FOLDERS } from '../pbx/folders.ts';
import type { Mailbox, PbxView, VoicemailMessage } from '../pbx/model.ts';
import { ActionError } from './action.ts';
import { amiError } from './errors.ts';
import { quote } from './find.ts';

/** ms for one change: Asterisk reads the whole mailbox for it. */
const CHANGE_MS = 30_000;

/** A mailbox, in results. */
export const mailboxResult = z.object({ id: z.string(), mailbox: z.string(), name: z.string() });

export function mailboxOf({ id, mailbox, name }: Mailbox) {
  return { id, mailbox, name };
}

/** A message, in results. */
export const messageResult = z.object({
  id: z.string(),
  folder: z.string(),
  name: z.string(),
  number: z.string(),
  time: z.string().nullable(),
  seconds: z.number(),
  flag: z.string(),
  audio: z.string().nullable(),
});

export function messageOf({ id, folder, caller, time, seconds, flag, audio }: VoicemailMessage) {
  return { id, folder, name: caller.name, number: caller.number, time, seconds, flag, audio };
}

/** Everything in a mailbox now. */
export async function listed(pbx: PbxView, mailbox: Mailbox): Promise<readonly VoicemailMessage[]> {
  try {
    return await pbx.voicemail.messages(mailbox.id);
  } catch (error) {
    throw amiError(error, `Mailbox ${mailbox.name}`);
  }
}

/** The message of that id, in the folder that was named or the only one that has it. */
export function findMessage(
  messages: readonly VoicemailMessage[],
  mailbox: Mailbox,
  id: string,
  folderText: string | undefined,
): VoicemailMessage {
  const folder = folderText === undefined ? undefined : findFolder(folderText);
  const found = messages.filter(
    (message) => message.id === id && (folder === undefined || message.folder === folder),
  );
  const [first] = found;
  const where = folder === undefined ? `mailbox ${mailbox.name}` : `${folder} of mailbox ${mailbox.name}`;
  if (first === undefined)
    throw new ActionError(
      'not_found',
      `There is no message ${quote(id)} in ${where}; \`list_messages\` names those that there are.`,
      'message',
    );
  const folders = [...new Set(found.map((message) => message.folder))];
  if (folders.length === 1) return first;
  throw new ActionError(
    'invalid',
    `Which one? Message ${quote(id)} is in ${folders.join(' and ')}.`,
    'folder',
  );
}

/** The newest that nobody has heard, else the newest of all. */
export function newestOf(messages: readonly VoicemailMessage[], mailbox: Mailbox): VoicemailMessage {
  const found = messages.find(({ folder }) => NEW_FOLDERS.includes(folder)) ?? messages[0];
  if (found) return found;
  throw new ActionError('not_found', `There is no message in mailbox ${mailbox.name}.`, 'mailbox');
}

/** `6001@default` in the words of actions. */
export function place({ mailbox }: Mailbox) {
  const at = mailbox.indexOf('@');
  return { Mailbox: mailbox.slice(0, at), Context: mailbox.slice(at + 1) };
}

export type Change = AmiAction<'VoicemailMove' | 'VoicemailRemove' | 'VoicemailForward'>;

/**
 * Asks Asterisk for a change. It answers with success what it did not do, so its words count, and callers look
 * whether it is so.
 */
export async function change(pbx: PbxView, action: Change): Promise<void> {
  const { Message } = await pbx.slow.send(action, { timeoutMs: CHANGE_MS });
  if (/success/i.test(Message)) return;
  throw new ActionError('failed', `Asterisk did not do it: ${Message || 'no reason given'}.`);
}

/** Moves a message; the list says afterwards whether it did. */
export async function move(
  pbx: PbxView,
  mailbox: Mailbox,
  message: VoicemailMessage,
  to: string,
): Promise<void> {
  await change(pbx, {
    Action: 'VoicemailMove',
    ...place(mailbox),
    Folder: asteriskFolder(message.folder),
    ID: message.id,
    ToFolder: asteriskFolder(to),
  });
}

/** How often a message is in a folder: what was forwarded twice is there twice. */
export function countOf(messages: readonly VoicemailMessage[], id: string, folder: string): number {
  return messages.filter((message) => message.id === id && message.folder === folder).length;
}
