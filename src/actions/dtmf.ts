/** `send_dtmf`. */
import { z } from 'zod';
import type { PbxView } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import * as field from './fields.ts';
import { channelsOf, findChannel, findDoorbell, findPhone, type Whose } from './find.ts';
import { playDigits } from './tones.ts';

export const sendDtmf = declare({
  id: 'send_dtmf',
  title: 'Send DTMF',
  description:
    'Sends keys on a call: as if pressed on a phone (the other party or the voice menu hears them), or to a ' +
    'doorbell or channel.',
  icon: 'mdi:dialpad',
  fields: z.strictObject({
    phone: field.phone('Phone on which the keys are as if pressed.').optional(),
    doorbell: field.doorbell('Doorbell to send them to, instead of a phone.').optional(),
    call: field.call('Channel to send them to, by its name or id, instead of a phone.').optional(),
    digits: field.digits('Keys 0-9 * # A-D; `w` waits half a second, `,` two seconds.'),
  }),
  result: z.object({ sent: z.number().int(), channel: z.string() }),

  async run({ pbx }: ActionContext, fields) {
    const { channel, receive } = whereTo(pbx, fields);
    const sent = await playDigits(pbx, channel.uniqueid, fields.digits, receive);
    return { sent, channel: channel.name };
  },
});

function whereTo(pbx: PbxView, fields: Whose) {
  if (fields.call !== undefined) return { channel: findChannel(pbx, fields.call), receive: false };
  if (fields.doorbell !== undefined) {
    const door = findDoorbell(pbx, fields.doorbell);
    const channel = pbx.calls.channelsOf(door.endpoint)[0];
    if (channel) return { channel, receive: false };
    throw new ActionError('conflict', `${door.name} is in no call.`, 'doorbell');
  }
  if (fields.phone === undefined)
    throw new ActionError('invalid', 'Whose call? Name a phone, a doorbell or a call.', 'phone');
  const phone = findPhone(pbx, fields.phone);
  const up = channelsOf(pbx, phone).filter((channel) => channel.state === 'Up');
  const channel = up.find((one) => !one.held) ?? up[0];
  if (!channel) throw new ActionError('conflict', `${phone.name} is in no call.`, 'phone');
  const peer = channel.bridge === null ? undefined : pbx.calls.peer(channel.uniqueid);
  return peer ? { channel: peer, receive: false } : { channel, receive: true };
}
