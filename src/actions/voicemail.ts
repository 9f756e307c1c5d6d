/** Messages in mailboxes: list, move, delete, forward. */
import { z } from 'zod';
import { asteriskFolder, findFolder, NEW_FOLDERS } from '../pbx/folders.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import * as field from './fields.ts';
import { findMailbox } from './find.ts';
import {
  change,
  countOf,
  findMessage,
  listed,
  mailboxOf,
  mailboxResult,
  messageOf,
  messageResult,
  move,
  place,
} from './messages.ts';

/** Messages that one call marks: Asterisk reads the whole mailbox anew for each. */
const MOST_AT_ONCE = 100;

const NO_AUDIO =
  'The messages cannot be heard here: Asterisk’s voicemail folder is not mapped (setting `voicemail.spool`). ' +
  '`play_message` plays them on a phone.';

const mailboxField = field.mailbox('Mailbox by number, name or id. Left out: the only one.').optional();
const fromFolder = field
  .folder('Folder that it is in. Only needed where the same message is in several.')
  .optional();

export const listMessages = declare({
  id: 'list_messages',
  title: 'List messages',
  description: 'Lists the messages of a mailbox, newest first.',
  icon: 'mdi:voicemail',
  reads: true,
  fields: z.strictObject({
    mailbox: mailboxField,
    folder: field.folder('Folder, such as INBOX, Old or Recordings. Left out: all.').optional(),
    offset: field.amount('Offset', 'How many to skip.', 0, 100_000, 0),
    limit: field.amount('Limit', 'How many to give.', 1, 200, 50),
  }),
  result: z.object({
    mailbox: mailboxResult,
    folders: z.record(z.string(), z.number()),
    total: z.number(),
    messages: z.array(messageResult),
    note: z.string().nullable(),
  }),

  async run({ pbx }: ActionContext, fields) {
    const mailbox = findMailbox(pbx, fields.mailbox);
    const all = await listed(pbx, mailbox);
    const folder = fields.folder === undefined ? undefined : findFolder(fields.folder);
    const wanted = all.filter((message) => folder === undefined || message.folder === folder);
    const page = wanted.slice(fields.offset, fields.offset + fields.limit);
    return {
      mailbox: mailboxOf(mailbox),
      folders: pbx.voicemail.get(mailbox.id)?.folders ?? {},
      total: wanted.length,
      messages: page.map(messageOf),
      note: pbx.voicemail.audible ? null : NO_AUDIO,
    };
  },
});

export const moveMessage = declare({
  id: 'move_message',
  title: 'Move message',
  description: 'Moves a message to another folder of its mailbox.',
  icon: 'mdi:folder-move',
  fields: z.strictObject({
    mailbox: mailboxField,
    message: field.message('Id of the message, from `list_messages`.'),
    folder: fromFolder,
    to: field.folder('Folder that it goes to.', 'To'),
  }),
  result: z.object({ mailbox: mailboxResult, message: messageResult }),

  async run({ pbx }: ActionContext, fields) {
    const mailbox = findMailbox(pbx, fields.mailbox);
    const to = findFolder(fields.to) ?? fields.to;
    const message = findMessage(await listed(pbx, mailbox), mailbox, fields.message, fields.folder);
    if (message.folder === to) throw new ActionError('conflict', `The message is in ${to} already.`, 'to');
    await move(pbx, mailbox, message, to);
    const now = await listed(pbx, mailbox);
    const moved = now.find(({ id, folder }) => id === message.id && folder === to);
    if (moved) return { mailbox: mailboxOf(mailbox), message: messageOf(moved) };
    throw new ActionError('failed', `Asterisk says that it moved the message, but it is not in ${to}.`);
  },
});

export const markHeard = declare({
  id: 'mark_heard',
  title: 'Mark heard',
  description: `Marks a message as heard, or all new ones of a mailbox (at most ${MOST_AT_ONCE} a call): they go to Old.`,
  icon: 'mdi:email-check',
  fields: z.strictObject({
    mailbox: mailboxField,
    message: field.message('Id of the message. Left out: all that are new.').optional(),
  }),
  result: z.object({
    mailbox: mailboxResult,
    marked: z.number(),
    /** New ones that are left. */
    left: z.number(),
  }),

  async run({ pbx }: ActionContext, fields) {
    const mailbox = findMailbox(pbx, fields.mailbox);
    const before = await listed(pbx, mailbox);
    const isNew = ({ folder }: { readonly folder: string }) => NEW_FOLDERS.includes(folder);
    const wanted =
      fields.message === undefined
        ? before.filter(isNew)
        : [findMessage(before, mailbox, fields.message, undefined)].filter(isNew);
    const chosen = wanted.slice(0, MOST_AT_ONCE);
    for (const message of chosen) await move(pbx, mailbox, message, 'Old');
    const now = chosen.length === 0 ? before : await listed(pbx, mailbox);
    const missed = chosen.filter(({ id }) => countOf(now, id, 'Old') === 0).length;
    if (missed > 0)
      throw new ActionError(
        'failed',
        `Asterisk says that it moved them, but ${missed} of ${chosen.length} are not in Old.`,
      );
    return { mailbox: mailboxOf(mailbox), marked: chosen.length, left: now.filter(isNew).length };
  },
});

export const deleteMessage = declare({
  id: 'delete_message',
  title: 'Delete message',
  description: 'Deletes a message for good. It does not ask again.',
  icon: 'mdi:delete',
  fields: z.strictObject({
    mailbox: mailboxField,
    message: field.message('Id of the message, from `list_messages`.'),
    folder: fromFolder,
  }),
  result: z.object({ mailbox: mailboxResult, deleted: messageResult }),

  async run({ pbx }: ActionContext, fields) {
    const mailbox = findMailbox(pbx, fields.mailbox);
    const before = await listed(pbx, mailbox);
    const message = findMessage(before, mailbox, fields.message, fields.folder);
    const Folder = asteriskFolder(message.folder);
    await change(pbx, { Action: 'VoicemailRemove', ...place(mailbox), Folder, ID: message.id });
    const left = countOf(await listed(pbx, mailbox), message.id, message.folder);
    if (left < countOf(before, message.id, message.folder))
      return { mailbox: mailboxOf(mailbox), deleted: messageOf(message) };
    throw new ActionError('failed', 'Asterisk says that it deleted the message, but it is still there.');
  },
});

export const forwardMessage = declare({
  id: 'forward_message',
  title: 'Forward message',
  description: 'Copies a message to another mailbox; it stays where it is, too.',
  icon: 'mdi:email-arrow-right',
  fields: z.strictObject({
    mailbox: mailboxField,
    message: field.message('Id of the message, from `list_messages`.'),
    folder: fromFolder,
    to_mailbox: field.mailbox('Mailbox that gets it.', 'To mailbox'),
    to: field.folder('Folder that it goes to there. Left out: INBOX, as a new one.', 'To').optional(),
  }),
  result: z.object({ mailbox: mailboxResult, to_mailbox: mailboxResult, message: messageResult }),

  async run({ pbx }: ActionContext, fields) {
    const mailbox = findMailbox(pbx, fields.mailbox);
    const target = findMailbox(pbx, fields.to_mailbox, 'to_mailbox');
    const to = findFolder(fields.to ?? 'INBOX') ?? 'INBOX';
    const message = findMessage(await listed(pbx, mailbox), mailbox, fields.message, fields.folder);
    if (target.id === mailbox.id && message.folder === to)
      throw new ActionError('conflict', `The message is in ${to} of that mailbox already.`, 'to_mailbox');
    const there = place(target);
    const before = countOf(await listed(pbx, target), message.id, to);
    await change(pbx, {
      Action: 'VoicemailForward',
      ...place(mailbox),
      Folder: asteriskFolder(message.folder),
      ID: message.id,
      ToContext: there.Context,
      ToMailbox: there.Mailbox,
      ToFolder: asteriskFolder(to),
    });
    const now = await listed(pbx, target);
    const copy = now.find(({ id, folder }) => id === message.id && folder === to);
    if (copy && countOf(now, message.id, to) > before)
      return { mailbox: mailboxOf(mailbox), to_mailbox: mailboxOf(target), message: messageOf(copy) };
    throw new ActionError(
      'failed',
      `Asterisk says that it forwarded the message, but ${target.name} has it not.`,
    );
  },
});
