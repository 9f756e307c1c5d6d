/** Places a call from a phone and says what became of it. */
import { z } from 'zod';
import type { Channel, PbxView, Phone } from '../pbx/model.ts';
import { type ActionContext, ActionError } from './action.ts';
import { needExtension } from './extension.ts';
import * as field from './fields.ts';
import { refOf } from './find.ts';
import { ring } from './ring.ts';
import { until } from './wait.ts';

/** ms after which a call that has reached no other device is with an application of the dialplan. */
const APPLICATION_MS = 3_000;

export const dialled = z.object({
  phone: field.phoneResult,
  number: z.string(),
  call: z.string(),
  /**
   * `answered`: the two talk. `ringing`: the other side still rings. `in_dialplan`: it reached no other device,
   * such as voicemail, a queue or a conference.
   */
  state: z.enum(['answered', 'ringing', 'in_dialplan']),
});

export interface Dialling {
  readonly phone: Phone;
  readonly number: string;
  /** s for the phone, and again for the other side */
  readonly timeout: number;
  readonly callerName?: string | undefined;
}

export async function dialFrom(
  { pbx, context }: ActionContext,
  { phone, number, timeout, callerName }: Dialling,
): Promise<z.infer<typeof dialled>> {
  const where = context(pbx.id);
  await needExtension(pbx, where, number, 'number');
  const uniqueid = await ring(pbx, {
    device: phone.endpoint,
    name: phone.name,
    becomes: { context: where, extension: number },
    shows: { number, name: '' },
    timeout,
    ...(callerName === undefined ? {} : { callerName }),
  });
  pbx.phones.noteDialled(phone.id, number);
  const state = await outcome(pbx, uniqueid, number, timeout * 1000);
  return { phone: refOf(phone), number, call: pbx.calls.channel(uniqueid)?.linkedid ?? uniqueid, state };
}

async function outcome(pbx: PbxView, uniqueid: string, number: string, ms: number) {
  let rang = false;
  const look = () => {
    const ours = pbx.calls.channel(uniqueid);
    if (ours?.bridge) return 'answered' as const;
    const others = ours ? othersOf(pbx, ours) : [];
    rang ||= others.length > 0;
    if (!ours || (rang && others.length === 0))
      throw new ActionError('failed', `${number} did not answer, is busy or cannot be reached.`, 'number');
    return undefined;
  };
  const soon = await until(pbx, () => look() ?? (rang ? ('ringing' as const) : undefined), APPLICATION_MS);
  if (soon === undefined) return 'in_dialplan' as const;
  if (soon === 'answered') return soon;
  return (await until(pbx, look, ms)) ?? soon;
}

function othersOf(pbx: PbxView, ours: Channel): readonly Channel[] {
  const channels = pbx.calls.get(ours.linkedid)?.channels ?? [];
  return channels.filter((channel) => channel.uniqueid !== ours.uniqueid && !channel.local);
}
