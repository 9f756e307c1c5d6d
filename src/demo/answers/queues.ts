import type { Queue } from '../switchboard/queue.ts';
import { type Action, type ActionRun, Refused } from './action.ts';

export const QUEUES: readonly Action[] = [
  {
    name: 'QueueStatus',
    run({ request, reply, house }) {
      const name = request.get('Queue');
      const only = request.get('Member');
      const rows = [...house.queues.values()]
        .filter((queue) => name === '' || queue.name === name)
        .flatMap((queue) => queue.status())
        .filter(([event, fields]) => event !== 'QueueMember' || only === '' || fields.Location === only);
      reply.list('Queue status will follow', rows, 'QueueStatusComplete');
    },
  },
  {
    name: 'QueueAdd',
    run({ request, reply, house }) {
      const queue = house.queues.get(request.get('Queue'));
      if (queue === undefined) throw new Refused('Unable to add interface to queue: No such queue');
      const device = request.get('Interface');
      if (queue.member(device) !== undefined) throw new Refused('Unable to add interface: Already there');
      const endpoint = house.switchboard.endpoints.get(device);
      if (endpoint === undefined) throw new Refused('Unable to add interface: Invalid interface');
      reply.ok('Added interface to queue');
      queue.add({
        ...{ endpoint, name: request.get('MemberName') || device },
        ...{ penalty: Number(request.get('Penalty')), paused: request.says('Paused') },
      });
    },
  },
  {
    name: 'QueueRemove',
    run({ request, reply, house }) {
      const queue = house.queues.get(request.get('Queue'));
      if (queue === undefined) throw new Refused('Unable to remove interface from queue: No such queue');
      const member = queue.member(request.get('Interface'));
      if (member === undefined) throw new Refused('Unable to remove interface: Not there');
      reply.ok('Removed interface from queue');
      queue.remove(member);
    },
  },
  {
    name: 'QueuePause',
    run(run) {
      const members = membersOf(run);
      if (members.length === 0) throw new Refused('Interface not found');
      const paused = run.request.says('Paused');
      run.reply.ok(`Interface ${paused ? '' : 'un'}paused successfully`);
      for (const [queue, member] of members) queue.pause(member, paused, run.request.get('Reason'));
    },
  },
  {
    name: 'QueuePenalty',
    run(run) {
      const members = membersOf(run);
      if (members.length === 0) throw new Refused('Invalid interface, queuename or penalty');
      run.reply.ok('Interface penalty set successfully');
      for (const [queue, member] of members) queue.penalise(member, Number(run.request.get('Penalty')));
    },
  },
];

/** The member that the action names, in its queue or in all. */
function membersOf({ request, house }: ActionRun) {
  const name = request.get('Queue');
  return [...house.queues.values()].flatMap(
    (queue): (readonly [Queue, NonNullable<ReturnType<Queue['member']>>])[] => {
      const member = queue.member(request.get('Interface'));
      return member === undefined || (name !== '' && queue.name !== name) ? [] : [[queue, member]];
    },
  );
}
