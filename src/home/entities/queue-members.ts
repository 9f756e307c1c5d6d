/**
 * A member of a queue: a device of its own, so that a phone that rings costs one small message, and not the state
 * of all the hundred members of its queue.
 */
import type { Queue, QueueMember } from '../../pbx/model.ts';
import type { Looks } from './looks.ts';
import type { Device, Entity } from './model.ts';
import { partyAttributes, plain, slugOf } from './text.ts';

const STATES = [
  'available',
  'ringing',
  'in_call',
  'busy',
  'on_hold',
  'wrap_up',
  'paused',
  'unreachable',
] as const satisfies readonly QueueMember['state'][];

export const queueMembers: Looks = {
  ids: (view) => view.queues.members.all().map((member) => member.id),
  device(view, id, around) {
    const member = view.queues.members.get(id);
    const queue = member && view.queues.get(member.queue);
    if (member === undefined || queue === undefined) return null;
    return memberDevice(member, queue, { companion: around.companion, pbx: view.id });
  },
};

interface MemberSurroundings {
  readonly companion: string;
  readonly pbx: string;
}

function memberDevice(member: QueueMember, queue: Queue, { companion, pbx }: MemberSurroundings): Device {
  return {
    pbx,
    subject: 'queue_member',
    id: member.id,
    name: `${plain(member.name)} (${plain(queue.name)})`,
    model: 'Queue member',
    modelId: member.interface,
    slug: slugOf(`queue_${queue.name}_${member.name}`, `queue_${member.id}`),
    entities: entitiesOf(member, queue),
    state: {
      values: {
        state: member.state,
        paused: member.paused,
        ...(queue.penalties ? { penalty: member.penalty } : {}),
      },
      attributes: {
        state: {
          companion,
          pbx,
          queue: queue.id,
          queue_name: plain(queue.name),
          member: member.id,
          member_name: plain(member.name),
          interface: member.interface,
          phone: member.phone?.id ?? null,
          membership: member.membership,
          paused_reason: plain(member.pausedReason),
          paused_since: timeOf(member.pausedSince),
          penalty: member.penalty,
          calls_taken: member.callsTaken,
          last_call: timeOf(member.lastCall),
          logged_in_since: timeOf(member.loggedInSince),
          wrap_up_until: timeOf(member.wrapUpUntil),
          ...partyAttributes(member.caller),
        },
      },
    },
  };
}

function entitiesOf(member: QueueMember, queue: Queue): readonly Entity[] {
  const ask = (action: string) =>
    ({ do: 'action', action, fields: { queue: queue.id, member: member.id } }) as const;
  return [
    {
      platform: 'sensor',
      key: 'state',
      name: 'State',
      icon: 'mdi:face-agent',
      deviceClass: 'enum',
      options: STATES,
      attributes: true,
    },
    {
      platform: 'switch',
      key: 'paused',
      name: 'Paused',
      icon: 'mdi:account-cancel',
      on: ask('queue_pause'),
      off: ask('queue_unpause'),
    },
    ...(queue.penalties
      ? [
          {
            platform: 'number',
            key: 'penalty',
            name: 'Penalty',
            icon: 'mdi:sort-numeric-ascending',
            category: 'config',
            min: 0,
            max: 100,
            step: 1,
            command: { ...ask('queue_penalty'), field: 'penalty' },
          } as const,
        ]
      : []),
  ];
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
