/** `dial`, `redial` and `hang_up`. */
import { z } from 'zod';
import { AmiActionError } from '../ami/index.ts';
import type { Channel, PbxView } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import { dialFrom, dialled } from './dialling.ts';
import * as field from './fields.ts';
import { channelsOf, findChannel, findDoorbell, findPhone, quote, type Whose } from './find.ts';
import { ringBack } from './ring-back.ts';

export const dial = declare({
  id: 'dial',
  title: 'Dial',
  description: 'Rings a phone and, when it answers, dials a number from it.',
  icon: 'mdi:phone-outgoing',
  fields: z.strictObject({
    phone: field.phone('Phone to call from.'),
    number: field.number('What to dial, as on the phone.'),
    caller_name: field.callerName('Name that the other side is shown instead of the phone’s own.').optional(),
    timeout: field.ringTime,
  }),
  result: dialled,

  async run(context: ActionContext, { phone, number, caller_name, timeout }) {
    return dialFrom(context, {
      phone: findPhone(context.pbx, phone),
      number,
      timeout,
      callerName: caller_name,
    });
  },
});

export const redial = declare({
  id: 'redial',
  title: 'Redial',
  description:
    'Dials the number again that a phone dialled last; or calls back the last visitor whom nobody answered: rings ' +
    'the doorbell’s phones again and connects the first that answers with the doorbell.',
  icon: 'mdi:phone-refresh',
  fields: z.strictObject({
    phone: field.phone('Phone whose last number is dialled again.').optional(),
    doorbell: field.doorbell('Doorbell to connect with, instead of a phone.').optional(),
    timeout: field.ringTime,
  }),
  result: z.object({ ...dialled.shape, number: z.string() }),

  async run(context: ActionContext, fields) {
    const { pbx } = context;
    if ((fields.phone === undefined) === (fields.doorbell === undefined))
      throw new ActionError('invalid', 'Name a phone or a doorbell.', 'phone');
    if (fields.doorbell !== undefined) {
      const { phone, call, number } = await ringBack(pbx, findDoorbell(pbx, fields.doorbell), fields.timeout);
      return { phone, number, call, state: 'answered' as const };
    }
    const phone = findPhone(pbx, fields.phone ?? '');
    if (phone.lastDialled === '')
      throw new ActionError('conflict', `No number is known that ${phone.name} has dialled.`, 'phone');
    // A phone can dial what no number is made of, where the dialplan takes anything.
    if (!field.NUMBER.test(phone.lastDialled))
      throw new ActionError(
        'conflict',
        `${phone.name} last dialled ${quote(phone.lastDialled)}, which is no number.`,
        'phone',
      );
    return dialFrom(context, { phone, number: phone.lastDialled, timeout: fields.timeout });
  },
});

export const hangUpAction = declare({
  id: 'hang_up',
  title: 'Hang up',
  description: 'Ends the calls of a phone, the call of a doorbell’s visitor, or one call.',
  icon: 'mdi:phone-hangup',
  fields: z.strictObject({
    phone: field.phone('Phone whose calls are to end.').optional(),
    doorbell: field.doorbell('Doorbell whose call is to end.').optional(),
    call: field.call('Channel or call to end, by its name or id.').optional(),
  }),
  result: z.object({ ended: z.number().int() }),

  async run({ pbx, asker }: ActionContext, fields) {
    const channels = whose(pbx, fields);
    // A visitor whom nobody has answered is sent away by it, and not missed.
    if (fields.doorbell !== undefined)
      pbx.doorbells.dismiss(findDoorbell(pbx, fields.doorbell).id, asker.name);
    let ended = 0;
    for (const channel of channels) if (await end(pbx, channel)) ended += 1;
    if (ended === 0) throw new ActionError('conflict', 'The call has ended already.');
    return { ended };
  },
});

/** False: it had ended already, as the second channel of a call does with the first. */
async function end(pbx: PbxView, { name }: Channel): Promise<boolean> {
  try {
    await pbx.ami.send({ Action: 'Hangup', Channel: name, Cause: 16 });
    return true;
  } catch (error) {
    if (error instanceof AmiActionError && /no such channel/i.test(error.reason)) return false;
    throw error;
  }
}

function whose(pbx: PbxView, fields: Whose): readonly Channel[] {
  const given = [fields.phone, fields.doorbell, fields.call].filter((value) => value !== undefined);
  if (given.length !== 1)
    throw new ActionError('invalid', 'Whose call? Name one of phone, doorbell and call.', 'phone');
  if (fields.call !== undefined) return [findChannel(pbx, fields.call)];
  if (fields.doorbell !== undefined) {
    const door = findDoorbell(pbx, fields.doorbell);
    const channels = pbx.calls.channelsOf(door.endpoint);
    if (channels.length > 0) return channels;
    throw new ActionError('conflict', `${door.name} is in no call.`, 'doorbell');
  }
  const phone = findPhone(pbx, fields.phone ?? '');
  const channels = channelsOf(pbx, phone);
  if (channels.length > 0) return channels;
  throw new ActionError('conflict', `${phone.name} is in no call.`, 'phone');
}
