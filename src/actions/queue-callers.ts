/** Who waits in a queue: `queue_withdraw` and `queue_move_up`; and `queue_status`, what the asker may see of it. */
import { z } from 'zod';
import type { PbxView, Queue } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import * as field from './fields.ts';
import { findCaller, findQueue } from './queue-find.ts';
import { needControl, rightsIn } from './queue-rights.ts';
import { until } from './wait.ts';

/** ms for the queue to let go of a caller: it looks about twice a second, and not while it plays something. */
const WITHDRAWN_MS = 10_000;

/** The highest priority that a 32-bit integer of Asterisk holds with room to spare. */
const HIGHEST = 1_000_000;

export const queueWithdraw = declare({
  id: 'queue_withdraw',
  title: 'Withdraw caller from queue',
  description:
    'Takes a caller out of a queue: the call goes on in the dialplan behind Queue(), with QUEUESTATUS = WITHDRAW. ' +
    'Asterisk counts it as abandoned.',
  icon: 'mdi:account-arrow-up',
  fields: z.strictObject({
    caller: field.queueCaller,
    queue: field.queue('Queue that the caller waits in. Left out: any.').optional(),
    info: field.withdrawInfo('For the dialplan: it finds this in QUEUE_WITHDRAW_INFO.').optional(),
    as: field.asPhone.optional(),
  }),
  result: z.object({ queue: z.string(), call: z.string() }),

  async run(context: ActionContext, fields) {
    const { pbx } = context;
    const { queue, caller } = chosen(context, fields);
    await pbx.ami.send({
      Action: 'QueueWithdrawCaller',
      Queue: queue.queue,
      Caller: caller.channel,
      ...(fields.info === undefined ? {} : { WithdrawInfo: fields.info }),
    });
    const gone = () => !waits(pbx, queue, caller.call);
    if (!(await until(pbx, () => gone() || undefined, WITHDRAWN_MS))) {
      await pbx.queues.refresh();
      if (!gone())
        throw new ActionError('failed', `Queue ${queue.name} has not let go of the caller yet.`, 'caller');
    }
    return { queue: queue.id, call: caller.call };
  },
});

export const queueMoveUp = declare({
  id: 'queue_move_up',
  title: 'Move caller up',
  description:
    'Gives a caller in a queue a higher priority, and with it the place in front of all who have a lower one. ' +
    'Left out: in front of everybody.',
  icon: 'mdi:arrow-up-bold',
  fields: z.strictObject({
    caller: field.queueCaller,
    queue: field.queue('Queue that the caller waits in. Left out: any.').optional(),
    priority: field.callerPriority.optional(),
    as: field.asPhone.optional(),
  }),
  result: z.object({
    queue: z.string(),
    call: z.string(),
    priority: z.number(),
    position: z.number(),
  }),

  async run(context: ActionContext, fields) {
    const { pbx } = context;
    const { queue, caller } = chosen(context, fields);
    const others = queue.callers.filter(({ call }) => call !== caller.call);
    const highest = others.reduce((most, other) => Math.max(most, other.priority), -1);
    const priority = fields.priority ?? Math.min(HIGHEST, highest + 1);
    await pbx.ami.send({
      Action: 'QueueChangePriorityCaller',
      Queue: queue.queue,
      Caller: caller.channel,
      Priority: priority,
      // Without it, the caller would stay in place (tried on Asterisk 22.10).
      Immediate: 'yes',
    });
    // No event tells.
    await pbx.queues.refresh();
    const now = pbx.queues.get(queue.id)?.callers.find(({ call }) => call === caller.call);
    if (now === undefined)
      throw new ActionError('conflict', 'The caller has left the queue meanwhile.', 'caller');
    if (now.priority !== priority || (fields.priority === undefined && now.position > caller.position))
      throw new ActionError(
        'failed',
        'Asterisk took it, but the caller has not moved: see its log.',
        'caller',
      );
    return { queue: queue.id, call: caller.call, priority, position: now.position };
  },
});

const status = z.object({
  queue: z.string(),
  name: z.string(),
  permission: z.enum(['status', 'overview', 'details']),
  /** The asker's own membership, null when there is none. */
  own: z.object({ state: z.string(), paused: z.boolean() }).nullable(),
  /** From `overview` on. */
  waiting: z.number().optional(),
  waiting_since: z.string().nullable().optional(),
  /** s. */
  longest_wait: z.number().optional(),
  completed: z.number().optional(),
  abandoned: z.number().optional(),
  hold_time: z.number().optional(),
  members_available: z.number().optional(),
  members_total: z.number().optional(),
  /** With `details`. */
  callers: z
    .array(z.object({ position: z.number(), name: z.string(), number: z.string(), since: z.string() }))
    .optional(),
  members: z
    .array(z.object({ name: z.string(), state: z.string(), paused: z.boolean(), reason: z.string() }))
    .optional(),
});

export const queueStatus = declare({
  id: 'queue_status',
  title: 'Look at queues',
  description:
    'What the one who asks may see of a queue: their own state (`status`), the numbers (`overview`), or callers and ' +
    'members too (`details`). For phones and pages that show a queue to its members.',
  icon: 'mdi:eye',
  reads: true,
  fields: z.strictObject({
    queue: field.queue('Queue to look at. Left out: every queue that the asker may see.').optional(),
    as: field.asPhone.optional(),
  }),
  result: z.object({ queues: z.array(status) }),

  async run(context: ActionContext, fields) {
    const { pbx } = context;
    const queues = fields.queue === undefined ? pbx.queues.all() : [findQueue(pbx, fields.queue)];
    const seen = queues.flatMap((queue) => statusOf(context, queue, fields.as) ?? []);
    const [queue] = queues;
    if (fields.queue !== undefined && seen.length === 0 && queue !== undefined)
      throw new ActionError(
        'forbidden',
        `Whoever asks may not look at queue ${queue.name} (\`permission: none\` in the settings).`,
      );
    return { queues: seen };
  },
});

/** Null where the asker may see nothing. */
function statusOf(
  context: ActionContext,
  queue: Queue,
  as: string | undefined,
): z.infer<typeof status> | null {
  const { pbx } = context;
  const { permission, own: phone } = rightsIn(context, queue, as);
  if (permission === 'none') return null;
  const members = pbx.queues.members.of(queue.id);
  const own = phone === null ? undefined : members.find((member) => member.phone?.id === phone.id);
  const base = {
    queue: queue.id,
    name: queue.name,
    permission,
    own: own === undefined ? null : { state: own.state, paused: own.paused },
  };
  if (permission === 'status') return base;
  const overview = {
    ...base,
    waiting: queue.callers.length,
    waiting_since: queue.waitingSince === null ? null : timeOf(queue.waitingSince),
    longest_wait: queue.longestWait,
    completed: queue.completed,
    abandoned: queue.abandoned,
    hold_time: queue.holdTime,
    members_available: queue.members.available,
    members_total: queue.members.total,
  };
  if (permission === 'overview') return overview;
  return {
    ...overview,
    callers: queue.callers.map(({ position, caller, since: at }) => ({
      position,
      ...caller,
      since: timeOf(at),
    })),
    members: members.map(({ name, state, paused, pausedReason }) => ({
      name,
      state,
      paused,
      reason: pausedReason,
    })),
  };
}

interface Which {
  readonly caller: string;
  readonly queue?: string | undefined;
  readonly as?: string | undefined;
}

/** Callers are everybody's: only who may do all may do something to them. */
function chosen(context: ActionContext, fields: Which) {
  const { pbx } = context;
  const within = fields.queue === undefined ? undefined : findQueue(pbx, fields.queue);
  const found = findCaller(pbx, within, fields.caller);
  needControl(rightsIn(context, found.queue, fields.as), found.queue, null);
  return found;
}

function waits(pbx: PbxView, { id }: Queue, call: string): boolean {
  return pbx.queues.get(id)?.callers.some((caller) => caller.call === call) === true;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
