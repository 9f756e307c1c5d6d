/** A mailbox on a phone: hear a message, record a greeting. */
import { z } from 'zod';
import { NEW_FOLDERS } from '../pbx/folders.ts';
import type { Mailbox, PbxView, Phone, VoicemailMessage } from '../pbx/model.ts';
import { type ActionContext, ActionError, type ActionLog, declare } from './action.ts';
import * as field from './fields.ts';
import { findMailbox, findPhone, refOf } from './find.ts';
import {
  findMessage,
  listed,
  mailboxOf,
  mailboxResult,
  messageOf,
  messageResult,
  move,
  newestOf,
} from './messages.ts';
import { ring } from './ring.ts';
import { playDigits } from './tones.ts';
import { sleep, until } from './wait.ts';

/** ms that a person must have listened for a message to count as heard; a shorter one, to its end. */
const HEARD_MS = 3_000;
/** ms beyond a message's length that its playing may take. */
const MARGIN_MS = 30_000;
/** ms for VoiceMailMain to say its first words. */
const MENU_MS = 700;

const mailboxField = field.mailbox('Mailbox by number, name or id. Left out: the only one.').optional();

export const playMessage = declare({
  id: 'play_message',
  title: 'Play message',
  description: 'Rings a phone and plays a message on it when it answers.',
  icon: 'mdi:play',
  fields: z.strictObject({
    mailbox: mailboxField,
    message: field
      .message('Id of the message, from `list_messages`. Left out: the newest that is new, else the newest.')
      .optional(),
    phone: field.phone('Phone to hear it on. Left out: the mailbox’s own.').optional(),
    mark_heard: field.yesNo('Mark heard', 'Moves a new message to Old once it was listened to.', true),
    timeout: field.ringTime,
  }),
  result: z.object({ mailbox: mailboxResult, message: messageResult, phone: field.phoneResult }),

  async run({ pbx, log }: ActionContext, fields) {
    const mailbox = findMailbox(pbx, fields.mailbox);
    const phone = phoneFor(pbx, mailbox, fields.phone);
    const all = await listed(pbx, mailbox);
    const message =
      fields.message === undefined
        ? newestOf(all, mailbox)
        : // the same sound wherever a copy of it is
          findMessage(all, mailbox, fields.message, all.find(({ id }) => id === fields.message)?.folder);
    const name = message.caller.name || message.caller.number;
    const channel = await ring(pbx, {
      device: phone.endpoint,
      name: phone.name,
      becomes: { application: 'VoiceMailPlayMsg', arguments: [mailbox.mailbox, message.id] },
      shows: { name: name === '' ? 'Voicemail' : `Voicemail: ${name}`, number: message.caller.number },
      timeout: fields.timeout,
    });
    if (fields.mark_heard && NEW_FOLDERS.includes(message.folder))
      void markOnceHeard({ pbx, log, mailbox, message, channel });
    return { mailbox: mailboxOf(mailbox), message: messageOf(message), phone: refOf(phone) };
  },
});

/** What a mailbox's owner can record, and the keys that lead there in VoiceMailMain (app_voicemail.c, vm_options). */
const GREETINGS = { unavailable: '01', busy: '02', name: '03', temporary: '04' } as const;

const greetingNames = Object.keys(GREETINGS) as (keyof typeof GREETINGS)[];

export const recordGreeting = declare({
  id: 'record_greeting',
  title: 'Record greeting',
  description:
    'Rings a phone for a mailbox’s greeting to be spoken: after the tone speak, press #, then 1 to keep it or 3 to ' +
    'speak again. Whoever answers needs no PIN.',
  icon: 'mdi:microphone-message',
  fields: z.strictObject({
    mailbox: mailboxField,
    greeting: z
      .enum(greetingNames)
      .meta({
        title: 'Greeting',
        description: 'Which one: temporary goes before the others for as long as it is there.',
        example: 'unavailable',
        selector: { select: { options: greetingNames } },
      })
      .default('unavailable'),
    phone: field.phone('Phone to speak into. Left out: the mailbox’s own.').optional(),
    timeout: field.ringTime,
  }),
  result: z.object({ mailbox: mailboxResult, greeting: z.string(), phone: field.phoneResult }),

  async run({ pbx }: ActionContext, fields) {
    const mailbox = findMailbox(pbx, fields.mailbox);
    const phone = phoneFor(pbx, mailbox, fields.phone);
    const channel = await ring(pbx, {
      device: phone.endpoint,
      name: phone.name,
      becomes: { application: 'VoiceMailMain', arguments: [mailbox.mailbox, 's'] },
      shows: { name: 'Voicemail greeting', number: '' },
      timeout: fields.timeout,
    });
    await sleep(MENU_MS);
    await playDigits(pbx, channel, GREETINGS[fields.greeting], true);
    return { mailbox: mailboxOf(mailbox), greeting: fields.greeting, phone: refOf(phone) };
  },
});

/** The one that was named, else the owner's for the mailbox, else the one with its number. */
function phoneFor(pbx: PbxView, mailbox: Mailbox, text: string | undefined): Phone {
  if (text !== undefined) return findPhone(pbx, text);
  const own = mailbox.phone === null ? undefined : pbx.phones.byEndpoint(mailbox.phone);
  const [number = ''] = mailbox.mailbox.split('@');
  const found = own ?? pbx.phones.find(number);
  if (found) return found;
  throw new ActionError('invalid', `Which phone? Mailbox ${mailbox.name} has none of its own.`, 'phone');
}

interface Playing {
  readonly pbx: PbxView;
  readonly log: ActionLog;
  readonly mailbox: Mailbox;
  readonly message: VoicemailMessage;
  readonly channel: string;
}

/** Asterisk plays the file by its place in the folder, so it stays there until the phone has hung up. */
async function markOnceHeard({ pbx, log, mailbox, message, channel }: Playing): Promise<void> {
  const began = Date.now();
  const facts = { mailbox: mailbox.mailbox, message: message.id };
  try {
    const ended = () => (pbx.calls.channel(channel) === undefined ? true : undefined);
    await until(pbx, ended, message.seconds * 1000 + MARGIN_MS);
    if (Date.now() - began < Math.min(HEARD_MS, message.seconds * 500)) return;
    await move(pbx, mailbox, message, 'Old');
    log.info(facts, 'The message was heard');
  } catch (error) {
    log.warn({ ...facts, err: error }, 'The message was heard, but stays new');
  }
}
