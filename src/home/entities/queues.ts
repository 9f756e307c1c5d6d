/** A queue: who waits in it, and how it goes. Its members are devices of their own: see queue-members.ts. */
import type { QueueHappening } from '../../pbx/happenings.ts';
import type { Queue, QueueCaller } from '../../pbx/model.ts';
import type { Looks, Told } from './looks.ts';
import type { Device, Entity, EventPayload } from './model.ts';
import { nameIn } from './names.ts';
import { namesOf, partyAttributes, plain, slugOf, within } from './text.ts';

const EVENT_TYPES = [
  'joined',
  'left',
  'abandoned',
  'connected',
  'completed',
  'no_answer',
  'member_added',
  'member_removed',
  'member_paused',
  'member_unpaused',
] as const satisfies readonly QueueHappening['type'][];

/** Callers that the attributes list, if there is room. */
const LISTED = 50;

const ENTITIES: readonly Entity[] = [
  {
    platform: 'sensor',
    key: 'waiting',
    name: 'Waiting callers',
    icon: 'mdi:human-queue',
    stateClass: 'measurement',
    unit: 'callers',
    attributes: true,
  },
  {
    platform: 'sensor',
    key: 'longest_wait',
    name: 'Longest wait',
    icon: 'mdi:timer-sand',
    deviceClass: 'duration',
    stateClass: 'measurement',
    unit: 's',
    attributes: true,
  },
  {
    platform: 'sensor',
    key: 'members_available',
    name: 'Members available',
    icon: 'mdi:account-check',
    stateClass: 'measurement',
    unit: 'members',
    attributes: true,
  },
  {
    platform: 'sensor',
    key: 'completed',
    name: 'Completed calls',
    icon: 'mdi:phone-check',
    stateClass: 'total_increasing',
    unit: 'calls',
  },
  {
    platform: 'sensor',
    key: 'abandoned',
    name: 'Abandoned calls',
    icon: 'mdi:phone-missed',
    stateClass: 'total_increasing',
    unit: 'calls',
  },
  {
    platform: 'sensor',
    key: 'service_level',
    name: 'Service level',
    icon: 'mdi:percent',
    stateClass: 'measurement',
    unit: '%',
    attributes: true,
  },
  {
    platform: 'sensor',
    key: 'hold_time',
    name: 'Average wait',
    icon: 'mdi:timer-outline',
    deviceClass: 'duration',
    stateClass: 'measurement',
    unit: 's',
    attributes: true,
  },
  {
    platform: 'event',
    key: 'activity',
    name: 'Activity',
    icon: 'mdi:account-arrow-right',
    types: EVENT_TYPES,
  },
];

export const queues: Looks = {
  ids: (view) => view.queues.all().map((queue) => queue.id),
  device(view, id, around) {
    const queue = view.queues.get(id);
    if (queue === undefined) return null;
    const { companion } = around;
    return queueDevice(queue, { companion, pbx: view.id, kind: nameIn(around.language(), 'Queue') });
  },
};

interface QueueSurroundings {
  readonly companion: string;
  readonly pbx: string;
  /** What a queue is called before its own name. */
  readonly kind: string;
}

function queueDevice(queue: Queue, { companion, pbx, kind }: QueueSurroundings): Device {
  const { members, serviceLevel } = queue;
  const { total, available, ...others } = members;
  return {
    pbx,
    subject: 'queue',
    id: queue.id,
    name: `${kind} ${plain(queue.name)}`,
    model: 'Queue',
    slug: slugOf(`queue_${queue.name}`, `queue_${queue.id}`),
    entities: ENTITIES,
    state: {
      values: {
        waiting: queue.callers.length,
        longest_wait: queue.longestWait,
        members_available: available,
        completed: queue.completed,
        abandoned: queue.abandoned,
        service_level: serviceLevel.seconds === 0 ? null : serviceLevel.percent,
        hold_time: queue.holdTime,
      },
      attributes: {
        waiting: {
          companion,
          pbx,
          queue: queue.id,
          queue_name: plain(queue.name),
          strategy: queue.strategy,
          setinterfacevar: queue.setInterfaceVar,
          told: queue.told,
          // Those in front.
          callers: within(queue.callers.slice(0, LISTED).map(callerAttributes)),
        },
        longest_wait: {
          since: queue.waitingSince === null ? null : new Date(queue.waitingSince).toISOString(),
        },
        members_available: { queue: queue.id, total, ...others },
        service_level: { within: serviceLevel.seconds },
        hold_time: { talk_time: queue.talkTime },
      },
    },
  };
}

function callerAttributes(caller: QueueCaller) {
  return {
    position: caller.position,
    name: plain(caller.caller.name),
    number: plain(caller.caller.number),
    since: new Date(caller.since).toISOString(),
    call: caller.call,
    ...(caller.priority === 0 ? {} : { priority: caller.priority }),
  };
}

export function queueEvent(happening: QueueHappening): Told {
  const ref = { pbx: happening.pbx, subject: 'queue', id: happening.queue } as const;
  return { ref, key: 'activity', payload: payloadOf(happening) };
}

function payloadOf(happening: QueueHappening): EventPayload {
  const { type, call, caller, position, waiting, member, members, count, waited, talked, ended_by, reason } =
    happening;
  return {
    event_type: type,
    ...(caller === undefined ? {} : partyAttributes(caller)),
    ...given({ call, position, waiting, waited, talked, ended_by, count }),
    ...(member === undefined
      ? {}
      : { member: plain(member.name), member_id: member.id, phone: member.phone?.id ?? null }),
    ...(members === undefined ? {} : { members: namesOf(members) }),
    ...(reason === undefined ? {} : { reason: plain(reason) }),
  };
}

function given(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
