/** `send_message`. */
import { z } from 'zod';
import { AmiActionError, MAX_LINE } from '../ami/index.ts';
import type { Phone } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import { amiError } from './errors.ts';
import * as field from './fields.ts';
import { findPhone, refOf } from './find.ts';

/** Bytes of a text whose base64 fits into a line of AMI. */
const MOST = Math.floor((MAX_LINE - 'Base64Body: '.length) / 4) * 3;

export const sendMessage = declare({
  id: 'send_message',
  title: 'Send message',
  description:
    'Sends a text message to a phone’s display (SIP MESSAGE). That Asterisk has sent it does not mean that somebody ' +
    'has read it, or that the phone shows such messages at all.',
  icon: 'mdi:message-text',
  fields: z.strictObject({
    phone: field.phone('Phone that is to show it. Of technology PJSIP, and registered.'),
    text: field.lines(
      'Text',
      `What to send, in one or several lines; at most ${MOST} bytes.`,
      'Dinner is ready',
      { min: 1, secret: true },
    ),
    from: field
      .number(
        'Number that the phone shows as the sender, and answers to. Left out: as in the settings.',
        'From',
        'home',
      )
      .optional(),
  }),
  result: z.object({ phone: field.phoneResult, from: z.string() }),

  async run({ pbx }: ActionContext, { text, from = pbx.messages.from, ...fields }) {
    const phone = findPhone(pbx, fields.phone);
    refuseLong(text);
    await pbx.ami
      .send({
        Action: 'MessageSend',
        Destination: destination(phone),
        From: from,
        // Whatever the text is, it is one word on the wire.
        Base64Body: Buffer.from(text).toString('base64'),
      })
      .catch((error: unknown) => {
        throw failure(error, phone);
      });
    return { phone: refOf(phone), from };
  },
});

function destination({ endpoint, name }: Phone): string {
  const [technology, user = ''] = endpoint.split('/');
  if (technology !== 'PJSIP')
    throw new ActionError('conflict', `${name} is no PJSIP phone, and others take no messages.`, 'phone');
  // The name of an endpoint is the owner's to choose, and a slash or bracket would make it an address.
  if (!/^[\w.*#+-]+$/.test(user))
    throw new ActionError('conflict', `${name}: its endpoint's name cannot be written to.`, 'phone');
  return `pjsip:${user}`;
}

function refuseLong(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MOST) return;
  const has = `${bytes} bytes (${[...text].length} characters)`;
  throw new ActionError('invalid', `text: has ${has}, and Asterisk takes ${MOST} bytes.`, 'text');
}

/** Asterisk says no more than `Message failed to send.` */
function failure(error: unknown, { name, registered }: Phone): Error {
  if (!(error instanceof AmiActionError) || error.code !== 'failed') return amiError(error, name);
  const why = registered
    ? 'Asterisk could not send it. Is the module res_pjsip_messaging loaded?'
    : 'it is not registered, so it cannot be reached.';
  return new ActionError('failed', `${name} did not get the message: ${why}`, 'phone');
}
