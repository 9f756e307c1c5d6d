/** A phone's working day: `queue_log_in` and `queue_log_out`. */
import { z } from 'zod';
import type { PbxView, Phone, Queue } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import * as field from './fields.ts';
import { findPhone, refOf } from './find.ts';
import { findQueue, membershipsOf } from './queue-find.ts';
import { addMember, seen } from './queue-membership.ts';
import { mayControl, needControl, rightsIn } from './queue-rights.ts';

/** What a pause says that stands for a log-out: only the configuration can remove a static member. */
const LOGGED_OUT = 'Logged out';

const result = z.object({
  phone: field.phoneResult,
  queues: z.array(
    z.object({
      queue: z.string(),
      /** `unchanged`: it was so already. */
      did: z.enum(['added', 'removed', 'paused', 'unpaused', 'unchanged']),
    }),
  ),
});

type Did = z.infer<typeof result>['queues'][number]['did'];

const fields = z.strictObject({
  phone: field.phone('Phone whose person comes or goes.'),
  queue: field.queue('One queue alone. Left out: all queues of the phone.').optional(),
  as: field.asPhone.optional(),
});

export const queueLogIn = declare({
  id: 'queue_log_in',
  title: 'Log in to queues',
  description:
    'Makes a phone a member of its queues: those that the settings name for it, that it was logged out of, or that ' +
    'it is a paused member of.',
  icon: 'mdi:account-arrow-right',
  fields,
  result,

  async run(context: ActionContext, { phone: text, queue, as }) {
    const { pbx } = context;
    const phone = findPhone(pbx, text);
    const queues = queue === undefined ? queuesOf(pbx, phone) : [findQueue(pbx, queue)];
    if (queues.length === 0)
      throw new ActionError(
        'invalid',
        `Which queue? ${phone.name} was a member of none: name it, or list the phone in the settings of its queues.`,
        'queue',
      );
    return each(context, phone, queues, as, (one) => logIn(context, phone, one));
  },
});

export const queueLogOut = declare({
  id: 'queue_log_out',
  title: 'Log out of queues',
  description:
    'Ends a phone’s memberships of queues. A member from the configuration cannot be removed: it is paused.',
  icon: 'mdi:account-arrow-left',
  fields,
  result,

  async run(context: ActionContext, { phone: text, queue, as }) {
    const { pbx } = context;
    const phone = findPhone(pbx, text);
    const within = queue === undefined ? undefined : findQueue(pbx, queue);
    const queues = membershipsOf(pbx, phone)
      .map((one) => one.queue)
      .filter((one, index, all) => all.findIndex(({ id }) => id === one.id) === index)
      .filter((one) => within === undefined || one.id === within.id);
    if (queues.length === 0) {
      const where = within === undefined ? 'any queue' : `queue ${within.name}`;
      throw new ActionError('conflict', `${phone.name} is no member of ${where}.`, 'phone');
    }
    return each(context, phone, queues, as, (one) => logOut(pbx, phone, one));
  },
});

/** Where the asker may; an error where that is nowhere. */
async function each(
  context: ActionContext,
  phone: Phone,
  queues: readonly Queue[],
  as: string | undefined,
  act: (queue: Queue) => Promise<Did>,
): Promise<z.infer<typeof result>> {
  const may = queues.filter((queue) => mayControl(rightsIn(context, queue, as), phone));
  const [first] = queues;
  if (may.length === 0 && first !== undefined) needControl(rightsIn(context, first, as), first, phone);
  const done: { queue: string; did: Did }[] = [];
  for (const queue of may) done.push({ queue: queue.id, did: await act(queue) });
  return { phone: refOf(phone), queues: done };
}

/** By Asterisk's own order. */
function queuesOf(pbx: PbxView, phone: Phone): Queue[] {
  const configured = pbx.queues.options
    .filter(({ members }) => members.some((member) => member.phone === phone.endpoint))
    .map(({ queue }) => queue);
  const former = pbx.queues.former(phone).map(({ queue }) => queue);
  const present = membershipsOf(pbx, phone).map(({ queue }) => queue.queue);
  const names = new Set([...configured, ...former, ...present]);
  return pbx.queues.all().filter(({ queue }) => names.has(queue));
}

async function logIn(context: ActionContext, phone: Phone, queue: Queue): Promise<Did> {
  const { pbx } = context;
  const present = membershipsOf(pbx, phone).filter((one) => one.queue.id === queue.id);
  if (present.length === 0) {
    await addMember(context, queue, phone.endpoint, {});
    return 'added';
  }
  const paused = present.filter(({ member }) => member.paused).map(({ member }) => member.id);
  for (const { member } of present) if (member.paused) await pause(pbx, queue, member.interface, false);
  await seen(pbx, () => paused.every((id) => pbx.queues.members.get(id)?.paused !== true));
  return paused.length === 0 ? 'unchanged' : 'unpaused';
}

async function logOut(pbx: PbxView, phone: Phone, queue: Queue): Promise<Did> {
  let did: Did = 'unchanged';
  for (const { member } of membershipsOf(pbx, phone).filter((one) => one.queue.id === queue.id)) {
    const now = () => pbx.queues.members.get(member.id);
    if (member.membership === 'dynamic') {
      await pbx.ami.send({ Action: 'QueueRemove', Queue: queue.queue, Interface: member.interface });
      await seen(pbx, () => now() === undefined);
      did = 'removed';
    } else if (!member.paused) {
      await pause(pbx, queue, member.interface, true);
      await seen(pbx, () => now()?.paused !== false);
      did = 'paused';
    }
  }
  return did;
}

async function pause(pbx: PbxView, queue: Queue, location: string, paused: boolean): Promise<void> {
  await pbx.ami.send({
    Action: 'QueuePause',
    Queue: queue.queue,
    Interface: location,
    Paused: paused ? 'true' : 'false',
    ...(paused ? { Reason: LOGGED_OUT } : {}),
  });
}
