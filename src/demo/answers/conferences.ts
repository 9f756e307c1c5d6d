import { snapshot } from '../switchboard/channel.ts';
import { type Room, yesNo } from '../switchboard/conference.ts';
import { type Action, type ActionRun, Refused } from './action.ts';

const NO_CONFERENCE = 'No Conference by that name found.';

export const CONFERENCES: readonly Action[] = [
  {
    name: 'ConfbridgeListRooms',
    run({ reply, house }) {
      const rooms = house.rooms.all();
      if (rooms.length === 0) throw new Refused('No active conferences.');
      reply.list(
        'Confbridge conferences will follow',
        rooms.map((room) => [
          'ConfbridgeListRooms',
          {
            ...{ Conference: room.name, Parties: room.members.length },
            Marked: room.members.filter(({ profile }) => profile.marked).length,
            ...{ Locked: yesNo(room.locked), Muted: 'No' },
          },
        ]),
        'ConfbridgeListRoomsComplete',
      );
    },
  },
  {
    name: 'ConfbridgeList',
    run(run) {
      const room = roomOf(run);
      const now = run.house.switchboard.timers.now();
      run.reply.list(
        'Confbridge user list will follow',
        room.members.map((member) => [
          'ConfbridgeList',
          {
            ...snapshot(member.channel),
            ...{ Conference: room.name, Admin: yesNo(member.profile.admin) },
            ...{ MarkedUser: yesNo(member.profile.marked), WaitMarked: yesNo(member.profile.waits) },
            ...{ EndMarked: yesNo(member.profile.waits), EndMarkedAny: 'No' },
            ...{ Waiting: yesNo(room.waits(member)), Muted: yesNo(member.muted), Talking: 'No' },
            AnsweredTime: Math.floor((now - member.since) / 1000),
          },
        ]),
        'ConfbridgeListComplete',
      );
    },
  },
  mute('ConfbridgeMute', true, 'User muted'),
  mute('ConfbridgeUnmute', false, 'User unmuted'),
  {
    name: 'ConfbridgeKick',
    run(run) {
      const room = roomOf(run);
      const members = membersOf(run, room);
      run.reply.ok('User kicked');
      for (const { channel } of members) run.house.rooms.kick(room, channel);
    },
  },
  lock('ConfbridgeLock', true, 'Conference locked'),
  lock('ConfbridgeUnlock', false, 'Conference unlocked'),
  {
    name: 'ConfbridgeStartRecord',
    run(run) {
      const room = roomOf(run);
      if (room.recording) throw new Refused('Conference is already being recorded.');
      run.reply.ok('Conference Recording Started.');
      room.record(true);
    },
  },
  {
    name: 'ConfbridgeStopRecord',
    run(run) {
      const room = roomOf(run);
      if (!room.recording) throw new Refused('Internal error while stopping recording.');
      run.reply.ok('Conference Recording Stopped.');
      room.record(false);
    },
  },
];

function mute(name: string, muted: boolean, message: string): Action {
  return {
    name,
    run(run) {
      const room = roomOf(run);
      const members = membersOf(run, room);
      run.reply.ok(message);
      for (const member of members) room.mute(member, muted);
    },
  };
}

function lock(name: string, locked: boolean, message: string): Action {
  return {
    name,
    run(run) {
      const room = roomOf(run);
      room.locked = locked;
      run.reply.ok(message);
    },
  };
}

function roomOf({ request, house }: ActionRun): Room {
  const room = house.rooms.find(request.get('Conference'));
  if (room === undefined) throw new Refused(NO_CONFERENCE);
  return room;
}

/** Those whom the action names: one, `all`, or `participants`, who are those that are no admins. */
function membersOf({ request }: ActionRun, room: Room): Room['members'] {
  const name = request.get('Channel');
  if (name === 'all') return [...room.members];
  if (name === 'participants') return room.members.filter(({ profile }) => !profile.admin);
  const found = room.members.filter(({ channel }) => channel.name === name);
  if (found.length === 0) throw new Refused('No Channel by that name found in Conference.');
  return found;
}
