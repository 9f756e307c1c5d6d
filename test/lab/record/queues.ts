import type { Scene } from './scene.ts';

const QUEUE = 'Queue: support';
const OFFICE = 'Interface: PJSIP/6003';

export const QUEUES: readonly Scene[] = [
  {
    name: 'queue',
    about: 'A member comes into a queue, takes a caller, lets the next one wait, and is paused and removed',
    dialplan: '[default](+)\nexten => 650,1,Answer()\nexten => 650,2,Queue(support)\n',
    async play({ wire, door, office, pause }) {
      await wire.list('QueueStatus', QUEUE);
      await wire.act('QueueAdd', QUEUE, OFFICE, 'MemberName: Office', 'Penalty: 1');
      await wire.act('QueueAdd', QUEUE, OFFICE);
      await wire.act('QueueAdd', 'Queue: nowhere', OFFICE);
      await wire.list('QueueStatus', QUEUE);
      wire.note('8000 calls 650');
      const press = await door.press('650');
      await wire.event(/^Event: AgentCalled$/m);
      await pause();
      await wire.list('QueueStatus', QUEUE);
      wire.note('6003 answers');
      await office.answer();
      await wire.event(/^Event: AgentConnect$/m);
      await pause(2);
      wire.note('6003 hangs up');
      await office.hangUp();
      await wire.event(/^Event: AgentComplete$/m);
      await wire.quiet();
      await press[Symbol.asyncDispose]();
      await wire.act('QueuePause', QUEUE, OFFICE, 'Paused: true', 'Reason: Lunch');
      wire.note('8000 calls 650');
      const again = await door.press('650');
      await wire.event(/^Event: QueueCallerJoin$/m, 2);
      await pause(2);
      await wire.list('QueueStatus', QUEUE);
      wire.note('8000 hangs up');
      await again.hangUp();
      await again[Symbol.asyncDispose]();
      await wire.event(/^Event: QueueCallerAbandon$/m);
      await wire.act('QueuePause', QUEUE, OFFICE, 'Paused: false');
      await wire.act('QueuePenalty', QUEUE, OFFICE, 'Penalty: 3');
      await wire.event(/^Event: QueueMemberPenalty$/m);
      await wire.act('QueuePause', QUEUE, 'Interface: PJSIP/nobody', 'Paused: true');
      await wire.act('QueuePenalty', QUEUE, 'Interface: PJSIP/nobody', 'Penalty: 3');
      await wire.act('QueueRemove', QUEUE, OFFICE);
      await wire.quiet();
      await wire.act('QueueRemove', QUEUE, OFFICE);
      await wire.act('QueueRemove', 'Queue: nowhere', OFFICE);
    },
  },
];
