import type { Scene } from './scene.ts';

const ROOM = 'Conference: 1';

export const CONFERENCES: readonly Scene[] = [
  {
    name: 'conference',
    about:
      'A visitor waits in a conference until a marked user comes; the room is muted, locked and recorded',
    async play(stage) {
      const { wire, door, kitchen, pause } = stage;
      await wire.act('ConfbridgeListRooms');
      wire.note('8000 calls 777');
      await using _press = await door.press('777');
      await wire.event(/^Event: ConfbridgeJoin$/m);
      await pause();
      await wire.list('ConfbridgeListRooms');
      await wire.list('ConfbridgeList', ROOM);
      wire.note('6001 calls 888');
      await kitchen.dial('888');
      await wire.event(/^Event: ConfbridgeJoin$/m, 2);
      await pause();
      await wire.list('ConfbridgeListRooms');
      await wire.list('ConfbridgeList', ROOM);
      await wire.act('ConfbridgeList', 'Conference: nowhere');
      const visitor = `Channel: ${stage.channel('PJSIP/8000')}`;
      await wire.act('ConfbridgeMute', ROOM, visitor);
      await wire.list('ConfbridgeListRooms');
      await wire.list('ConfbridgeList', ROOM);
      await wire.act('ConfbridgeUnmute', ROOM, visitor);
      await wire.act('ConfbridgeMute', ROOM, 'Channel: PJSIP/nobody-00000001');
      await wire.act('ConfbridgeMute', 'Conference: nowhere', visitor);
      await wire.act('ConfbridgeLock', ROOM);
      await wire.list('ConfbridgeListRooms');
      await wire.act('ConfbridgeUnlock', ROOM);
      await wire.act('ConfbridgeLock', 'Conference: nowhere');
      await wire.act('ConfbridgeStartRecord', ROOM);
      await pause();
      await wire.act('ConfbridgeStopRecord', ROOM);
      await wire.event(/^Event: ConfbridgeStopRecord$/m);
      await wire.act('ConfbridgeStopRecord', ROOM);
      await pause();
      await wire.act('ConfbridgeKick', ROOM, 'Channel: PJSIP/nobody-00000001');
      await wire.act('ConfbridgeKick', ROOM, visitor);
      await wire.event(/^Event: ConfbridgeLeave$/m);
      await pause();
      wire.note('6001 hangs up');
      await kitchen.hangUp();
      await wire.event(/^Event: ConfbridgeEnd$/m);
    },
  },
];
