/** A mailbox on a phone: hear a message, record a greeting. */
import { z } from 'zod';
import type { Mailbox, PbxView, Phone } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import * as field from './fields.ts';
import { findMailbox, findPhone, refOf } from './find.ts';
import {
  findMessage,
  listed,
  mailboxOf,
  mailboxResult,
  messageOf,
  messageResult,
  newestOf,
} from './messages.ts';
import { ring } from './ring.ts';
import { playDigits } from './tones.ts';
import { sleep, until } from './wait.ts';

/** ms beyond a message's length that its playing may take. */
const MARGIN_MS = 30_000;
/** ms for VoiceMailMain to say its first words. */
const MENU_MS = 700;

const mailboxField = field.mailbox('Mailbox by number, name or id. Left out: the only one.').optional();

export const playMessage = declare({
  id: 'play_message',
  title: 'Play message',
  description:
    'Rings a phone and plays a message on it when it answers. A new one that is heard to its end goes to Old.',
  icon: 'mdi:play',
  fields: z.strictObject({
    mailbox: mailboxField,
    message: field
      .message('Id of the message, from `list_messages`. Left out: the newest that is new, else the newest.')
      .optional(),
    phone: field.phone('Phone to hear it on. Left out: the mailbox’s own.').optional(),
    timeout: field.ringTime,
  }),
  result: z.object({ mailbox: mailboxResult, message: messageResult, phone: field.phoneResult }),

  async run({ pbx }: ActionContext, fields) {
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
    void lookOnceEnded(pbx, mailbox, channel, message.seconds * 1000);
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

/**
 * Asterisk moves a new message that was played to its end to Old, and raises no event for it: the list is read anew
 * when the phone has hung up. What goes wrong with it is in the mailbox's problem.
 */
async function lookOnceEnded(pbx: PbxView, mailbox: Mailbox, channel: string, ms: number): Promise<void> {
  const ended = () => (pbx.calls.channel(channel) === undefined ? true : undefined);
  await until(pbx, ended, ms + MARGIN_MS).catch(() => undefined);
  await pbx.voicemail.messages(mailbox.id).catch(() => undefined);
}
