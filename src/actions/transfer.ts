/** `transfer`: hands the other party of a phone's call over to somebody else. */
import { z } from 'zod';
import type { Channel, PbxView, Phone } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import { needExtension } from './extension.ts';
import * as field from './fields.ts';
import { findPhone, peerOf, refOf, talking } from './find.ts';
import { freshUniqueid, hangUp, ring } from './ring.ts';
import { needTransferRight } from './transfer-right.ts';
import { until } from './wait.ts';

/** ms that Asterisk takes for its part */
const DONE_MS = 6_000;

const KINDS = ['blind', 'when_answered', 'attended'] as const;
type Kind = (typeof KINDS)[number];

export const transfer = declare({
  id: 'transfer',
  title: 'Transfer',
  description:
    'Hands the other party of a phone’s call over. `blind`: at once. `when_answered`: the target is rung, and gets ' +
    'the other party when it answers; if it does not, nothing changes. `attended`: Asterisk’s own: the other ' +
    'party hears music while the phone talks to the target, and is handed over when the phone hangs up; it needs ' +
    '`atxfer` in features.conf and Dial’s option t or T.',
  icon: 'mdi:phone-forward',
  fields: z.strictObject({
    phone: field.phone('Phone whose other party is to be handed over.'),
    target: field.number('Number to hand over to, as dialled on the phone.', 'Target'),
    kind: z
      .enum(KINDS)
      .default('blind')
      .meta({
        title: 'Kind',
        description: 'At once, when the target has answered, or after talking to the target.',
        example: 'blind',
        selector: { select: { options: [...KINDS] } },
      }),
    timeout: field.ringTime,
  }),
  result: z.object({
    phone: field.phoneResult,
    target: z.string(),
    /** `consulting`: the phone talks to the target, and completes the transfer by hanging up. */
    state: z.enum(['transferred', 'consulting']),
    call: z.string(),
  }),

  async run({ pbx, context }: ActionContext, { phone: text, target, kind, timeout }) {
    const phone = findPhone(pbx, text);
    const ours = talking(pbx, phone);
    const other = peerOf(pbx, ours, phone);
    const where = context(pbx.id);
    await needExtension(pbx, where, target, 'target');
    const state = await WAYS[kind]({ pbx, phone, ours, other, where, target, timeout });
    return { phone: refOf(phone), target, state, call: other.linkedid };
  },
});

interface Handing {
  readonly pbx: PbxView;
  readonly phone: Phone;
  readonly ours: Channel;
  readonly other: Channel;
  readonly where: string;
  readonly target: string;
  readonly timeout: number;
}

const WAYS: { readonly [K in Kind]: (handing: Handing) => Promise<'transferred' | 'consulting'> } = {
  blind,
  when_answered: whenAnswered,
  attended,
};

async function blind({ pbx, ours, other, where, target }: Handing) {
  await pbx.ami.send({ Action: 'BlindTransfer', Channel: ours.name, Context: where, Exten: target });
  const left = await until(pbx, () => apart(pbx, ours, other), DONE_MS);
  if (!left) throw new ActionError('failed', 'Asterisk took the transfer, but the two still talk.');
  // A phone that had called stays in a call with nobody when the target is an application.
  await hangUp(pbx, ours.uniqueid);
  return 'transferred' as const;
}

async function whenAnswered({ pbx, phone, ours, other, where, target, timeout }: Handing) {
  const uniqueid = freshUniqueid();
  const ended = () =>
    !pbx.calls.channel(other.uniqueid) ||
    (apart(pbx, ours, other) && pbx.calls.channel(uniqueid)?.state !== 'Up');
  await ring(pbx, {
    uniqueid,
    device: `Local/${target}@${where}`,
    name: target,
    becomes: { application: 'Bridge', arguments: [other.name, 'x'] },
    shows: other.caller,
    timeout,
    abandon: () =>
      ended() ? new ActionError('conflict', `${phone.name}’s call has ended meanwhile.`) : undefined,
  });
  const left = await until(pbx, () => apart(pbx, ours, other), DONE_MS);
  if (!left) throw new ActionError('failed', `${target} answered, but Asterisk did not join the two.`);
  await hangUp(pbx, ours.uniqueid);
  return 'transferred' as const;
}

async function attended({ pbx, ours, other, where, target }: Handing) {
  await needTransferRight(pbx, ours, other);
  // The number that Atxfer types ends at the first extension that matches: 6002 became 600 (tried on Asterisk
  // 22.10). What TRANSFER_EXTEN holds is taken whole; the `x` that is still typed is no key and goes nowhere.
  const extension = (value: string) =>
    pbx.ami.send({ Action: 'Setvar', Channel: ours.name, Variable: 'TRANSFER_EXTEN', Value: value });
  await extension(target);
  await pbx.ami.send({ Action: 'Atxfer', Channel: ours.name, Context: where, Exten: 'x' });
  const left = await until(pbx, () => apart(pbx, ours, other), DONE_MS);
  await extension('').catch(() => {});
  if (!left) throw new ActionError('failed', 'Asterisk took the transfer, but the two still talk.');
  return 'consulting' as const;
}

/** True once the two share no bridge; undefined before. */
function apart(pbx: PbxView, ours: Channel, other: Channel): true | undefined {
  const here = pbx.calls.channel(ours.uniqueid)?.bridge;
  return here && here === pbx.calls.channel(other.uniqueid)?.bridge ? undefined : true;
}
