/** Who answers a queue: `queue_add`, `queue_remove`, `queue_pause`, `queue_unpause`, `queue_penalty`. */
import { z } from 'zod';
import type { PbxView, Queue, QueueMember } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import * as field from './fields.ts';
import { findMemberships, findQueue, type Membership, memberships } from './queue-find.ts';
import { addMember, seen } from './queue-membership.ts';
import { mayControl, needControl, rightsIn } from './queue-rights.ts';

export const queueAdd = declare({
  id: 'queue_add',
  title: 'Add queue member',
  description:
    'Makes a phone, or whoever answers a number, a member of a queue: the queue calls it from then on.',
  icon: 'mdi:account-plus',
  fields: z.strictObject({
    queue: field.queue('Queue that gets the member.'),
    member: field.queueMember('Phone, or a number that the dialplan knows, to be called.'),
    name: field.memberName('What the queue calls the member. Left out: as the phone is called.').optional(),
    penalty: field.penalty('Members with a higher penalty are called later.').optional(),
    paused: field.paused('The queue does not call the member until the pause ends.').optional(),
    reason: field.pauseReason('Why it is paused.').optional(),
    as: field.asPhone.optional(),
  }),
  result: field.membershipResult,

  async run(context: ActionContext, fields) {
    const { pbx } = context;
    const queue = findQueue(pbx, fields.queue);
    needControl(rightsIn(context, queue, fields.as), queue, pbx.phones.find(fields.member) ?? null);
    if (memberships(pbx, queue, fields.member).length > 0)
      throw new ActionError(
        'conflict',
        `${fields.member} is a member of queue ${queue.name} already.`,
        'member',
      );
    return membershipOf(queue, await addMember(context, queue, fields.member, fields));
  },
});

export const queueRemove = declare({
  id: 'queue_remove',
  title: 'Remove queue member',
  description: 'Ends a membership of a queue. A call that the member is in goes on.',
  icon: 'mdi:account-minus',
  fields: z.strictObject({
    queue: field.queue('Queue that loses the member.'),
    member: field.queueMember('Member, by its name, phone or interface.'),
    as: field.asPhone.optional(),
  }),
  result: field.membershipResult,

  async run(context: ActionContext, fields) {
    const { pbx } = context;
    const { queue, member } = one(findMemberships(pbx, findQueue(pbx, fields.queue), fields.member));
    needControl(rightsIn(context, queue, fields.as), queue, member.phone);
    if (member.membership !== 'dynamic')
      throw new ActionError(
        'conflict',
        `${member.name} is a ${member.membership} member of queue ${queue.name}: only its configuration can remove it. Pause it instead.`,
        'member',
      );
    await pbx.ami.send({ Action: 'QueueRemove', Queue: queue.queue, Interface: member.interface });
    await seen(pbx, () => pbx.queues.members.get(member.id) === undefined);
    return membershipOf(queue, member);
  },
});

export const queuePause = declare({
  id: 'queue_pause',
  title: 'Pause queue member',
  description: 'A queue, or every queue, does not call the member until the pause ends.',
  icon: 'mdi:account-cancel',
  fields: z.strictObject({
    member: field.queueMember('Member, by its name, phone or interface.'),
    queue: field.queue('Queue to pause in. Left out: every queue that it is a member of.').optional(),
    reason: field.pauseReason('Why, for those who look at the queue.').optional(),
    as: field.asPhone.optional(),
  }),
  result: field.membershipsResult,

  run: (context: ActionContext, fields) => setPaused(context, fields, true),
});

export const queueUnpause = declare({
  id: 'queue_unpause',
  title: 'Unpause queue member',
  description: 'A queue, or every queue, calls the member again.',
  icon: 'mdi:account-check',
  fields: z.strictObject({
    member: field.queueMember('Member, by its name, phone or interface.'),
    queue: field.queue('Queue to end the pause in. Left out: every queue that it is a member of.').optional(),
    as: field.asPhone.optional(),
  }),
  result: field.membershipsResult,

  run: (context: ActionContext, fields) => setPaused(context, fields, false),
});

export const queuePenalty = declare({
  id: 'queue_penalty',
  title: 'Set penalty of queue member',
  description: 'Members with a higher penalty are called only when those with a lower one do not answer.',
  icon: 'mdi:sort-numeric-ascending',
  fields: z.strictObject({
    member: field.queueMember('Member, by its name, phone or interface.'),
    penalty: field.penalty('0 is called first.'),
    queue: field.queue('Queue. Left out: every queue that it is a member of.').optional(),
    as: field.asPhone.optional(),
  }),
  result: field.membershipsResult,

  async run(context: ActionContext, fields) {
    const { pbx } = context;
    const found = permitted(context, fields);
    for (const { queue, member } of found)
      await pbx.ami.send({
        Action: 'QueuePenalty',
        Queue: queue.queue,
        Interface: member.interface,
        Penalty: fields.penalty,
      });
    await seen(pbx, () => every(pbx, found, ({ penalty }) => penalty === fields.penalty));
    return { members: found.map(({ queue, member }) => membershipOf(queue, member)) };
  },
});

interface Which {
  readonly member: string;
  readonly queue?: string | undefined;
  readonly reason?: string | undefined;
  readonly as?: string | undefined;
}

async function setPaused(context: ActionContext, fields: Which, paused: boolean) {
  const { pbx } = context;
  const found = permitted(context, fields);
  for (const { queue, member } of found)
    await pbx.ami.send({
      Action: 'QueuePause',
      Queue: queue.queue,
      Interface: member.interface,
      Paused: paused ? 'true' : 'false',
      ...(fields.reason === undefined ? {} : { Reason: field.queueText(fields.reason) }),
    });
  await seen(pbx, () => every(pbx, found, (member) => member.paused === paused));
  return { members: found.map(({ queue, member }) => membershipOf(queue, member)) };
}

/** Those of the memberships that the asker may change; an error where that is none. */
function permitted(context: ActionContext, { member: text, queue, as }: Which): Membership[] {
  const within = queue === undefined ? undefined : findQueue(context.pbx, queue);
  const found = findMemberships(context.pbx, within, text);
  const may = found.filter((each) => mayControl(rightsIn(context, each.queue, as), each.member.phone));
  const [first] = found;
  if (may.length === 0 && first !== undefined)
    needControl(rightsIn(context, first.queue, as), first.queue, first.member.phone);
  return may;
}

function every(pbx: PbxView, found: readonly Membership[], is: (member: QueueMember) => boolean): boolean {
  return found.every(({ member: { id } }) => {
    const now = pbx.queues.members.get(id);
    // One that has been removed meanwhile is none of ours.
    return now === undefined || is(now);
  });
}

/** A phone may be in a queue twice, by two interfaces. */
function one(found: readonly Membership[]): Membership {
  const [only, another] = found;
  if (only !== undefined && another === undefined) return only;
  const interfaces = found.map(({ member }) => member.interface).join(', ');
  throw new ActionError('invalid', `Which of these members? ${interfaces}.`, 'member');
}

export function membershipOf(queue: Queue, member: QueueMember): z.infer<typeof field.membershipResult> {
  return { queue: queue.id, member: member.id, name: member.name, interface: member.interface };
}
