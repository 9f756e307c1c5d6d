/** Who is in a conference, who is heard, and who gets in. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AmiActionError } from '../../src/ami/index.ts';
import type { ConferenceMember } from '../../src/pbx/model.ts';
import { member, NO_WAY } from '../home/fake-pbx.ts';
import { bench, house, ME, notAnswered, type World } from './world.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-24T10:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

const PHONE = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };
const KITCHEN = member({ call: 'k.1', phone: PHONE, admin: true, marked: true });
const VISITOR = member({
  call: 'door.1',
  channel: 'PJSIP/8000-door.1',
  caller: { number: '8000', name: 'Visitor' },
  waiting: true,
});
const FAMILY = { id: 'family', room: 'family', name: 'Family' };
const failed = (code: string, field: string | null, message: string) => ({
  ok: false,
  error: { code, field, message },
});

let world: World;

beforeEach(() => {
  world = house();
  world.conference({
    id: 'family',
    name: 'Family',
    entrances: {
      plain: { extension: '777', bridge: 'big', profile: 'guest' },
      marked: { extension: '888', bridge: 'big', profile: 'host' },
    },
  });
  world.conference({ id: 'other' });
});

function are(...members: ConferenceMember[]): void {
  world.conference({ id: 'family', members });
}

/** Runs it, and lets the time pass that it may wait. */
async function run(action: string, fields: object) {
  const answer = bench([world]).registry.run(action, fields, ME);
  await vi.advanceTimersByTimeAsync(20_000);
  return answer;
}

it.each(['Kitchen', '6001', 'pjsip_6001', 'PJSIP/6001', 'PJSIP/6001-k.1', 'k.1', ' kitchen '])(
  'mutes the member %s',
  async (text) => {
    are(VISITOR, KITCHEN);
    world.reactions.ConfbridgeMute = () => are(VISITOR, { ...KITCHEN, muted: true });
    expect(await run('conference_mute', { conference: 'Family', member: text })).toEqual({
      ok: true,
      result: { conference: FAMILY, members: 1 },
    });
    expect(world.sent).toEqual([
      { Action: 'ConfbridgeMute', Conference: 'family', Channel: 'PJSIP/6001-k.1' },
    ]);
  },
);

it('unmutes all, and kicks those who are no admins', async () => {
  are({ ...VISITOR, muted: true }, KITCHEN);
  world.reactions.ConfbridgeUnmute = () => are(VISITOR, KITCHEN);
  expect(await run('conference_unmute', { member: 'all' })).toMatchObject({
    ok: true,
    result: { members: 2 },
  });
  world.reactions.ConfbridgeKick = () => are(KITCHEN);
  expect(await run('conference_kick', { member: 'participants' })).toMatchObject({
    ok: true,
    result: { conference: FAMILY, members: 1 },
  });
  expect(world.sent).toEqual([
    { Action: 'ConfbridgeUnmute', Conference: 'family', Channel: 'all' },
    { Action: 'ConfbridgeKick', Conference: 'family', Channel: 'participants' },
  ]);
});

it('means the phone of that name, whatever a caller is called; and no word that every object has', async () => {
  are({ ...VISITOR, caller: { number: '6001', name: 'Kitchen' } }, KITCHEN);
  world.reactions.ConfbridgeMute = () => are(VISITOR, { ...KITCHEN, muted: true });
  expect(await run('conference_mute', { member: 'kitchen' })).toMatchObject({ ok: true });
  expect(world.sent).toMatchObject([{ Channel: 'PJSIP/6001-k.1' }]);
  expect(await run('conference_mute', { member: 'constructor' })).toMatchObject({
    ok: false,
    error: { code: 'not_found', field: 'member' },
  });
});

it('says what was wrong with what was asked', async () => {
  expect(await run('conference_kick', { member: 'all' })).toEqual(
    failed('invalid', 'conference', 'Say which conference; there is Family, other.'),
  );
  expect(await run('conference_kick', { conference: 'nope', member: 'all' })).toEqual(
    failed('not_found', 'conference', 'There is no conference "nope"; there is Family, other.'),
  );
  expect(await run('conference_kick', { conference: 'Family', member: 'all' })).toEqual(
    failed('conflict', 'conference', 'Nobody is in Family.'),
  );
  are(VISITOR, KITCHEN);
  expect(await run('conference_kick', { member: '6009' })).toEqual(
    failed('not_found', 'member', 'There is no member "6009"; in Family there is Visitor, Kitchen.'),
  );
  expect(await run('conference_kick', { member: 'Kitchen' })).toEqual(
    failed('failed', 'member', 'Asterisk was asked, but they are in the conference still.'),
  );
});

it('locks and unlocks, and believes the list alone', async () => {
  expect(await run('conference_lock', { conference: 'Family' })).toEqual(
    failed('conflict', 'conference', 'Nobody is in Family.'),
  );
  are(KITCHEN);
  world.conferences.refresh = async () => world.conference({ id: 'family', locked: true });
  expect(await run('conference_lock', {})).toEqual({
    ok: true,
    result: { conference: FAMILY, locked: true },
  });
  expect(await run('conference_unlock', {})).toEqual(
    failed('failed', null, 'Asterisk was asked, but Family is as it was.'),
  );
  expect(world.sent).toEqual([
    { Action: 'ConfbridgeLock', Conference: 'family' },
    { Action: 'ConfbridgeUnlock', Conference: 'family' },
  ]);
});

it('records where the owner wants it, and stops', async () => {
  world.conference({ id: 'family', members: [KITCHEN], recordFolder: '/media/asterisk/' });
  world.reactions.ConfbridgeStartRecord = () => world.conference({ id: 'family', recording: true });
  world.reactions.ConfbridgeStopRecord = () => world.conference({ id: 'family', recording: false });
  expect(await run('conference_stop_recording', {})).toEqual(
    failed('conflict', 'conference', 'Family is not being recorded.'),
  );
  const file = '/media/asterisk/conference-family-20261124100020.wav';
  expect(await run('conference_record', {})).toEqual({ ok: true, result: { conference: FAMILY, file } });
  expect(await run('conference_record', {})).toEqual(
    failed('conflict', 'conference', 'Family is being recorded already.'),
  );
  expect(await run('conference_stop_recording', {})).toMatchObject({ ok: true });
  world.conference({ id: 'family', recordFolder: null });
  expect(await run('conference_record', {})).toMatchObject({ ok: true, result: { file: null } });
  expect(world.sent).toEqual([
    { Action: 'ConfbridgeStartRecord', Conference: 'family', RecordFile: file },
    { Action: 'ConfbridgeStopRecord', Conference: 'family' },
    { Action: 'ConfbridgeStartRecord', Conference: 'family' },
  ]);
});

it.each([
  ['18.26.4', false],
  ['20.13.0', false],
  ['20.14.0', true],
  ['21.8.0', false],
  ['22.3.0', false],
  ['22.4.0', true],
  ['22.10.1', true],
  ['23.0.0', true],
  ['GIT-22-abc', true],
  ['', true],
])('on Asterisk %s a recording may be started: %s', async (version, sound) => {
  are(KITCHEN);
  world.setStatus({ version });
  world.reactions.ConfbridgeStartRecord = () => world.conference({ id: 'family', recording: true });
  const answer = await run('conference_record', {});
  expect(answer.ok).toBe(sound);
  expect(world.sentOf('ConfbridgeStartRecord')).toHaveLength(sound ? 1 : 0);
  if (!answer.ok) expect(answer.error.message).toContain('record_conference = yes');
});

it('says which class the AMI user lacks to record', async () => {
  are(KITCHEN);
  world.reactions.ConfbridgeStartRecord = () => {
    throw new AmiActionError('ConfbridgeStartRecord', 'Permission denied', 'permission');
  };
  expect(await run('conference_record', {})).toMatchObject({ ok: false, error: { code: 'forbidden' } });
});

/** Makes the phone answer and come into the room. */
function joins(): void {
  world.reactions.Originate = ({ ChannelId }) => {
    const call = String(ChannelId);
    world.channel(call, { endpoint: 'PJSIP/6001' });
    are(member({ call, phone: PHONE }));
  };
}

it.each([
  [true, 'family,big,host'],
  [false, 'family,big,guest'],
])('a phone joins by the profile that is known: marked %s', async (marked, data) => {
  joins();
  expect(await run('conference_join', { phone: 'Kitchen', conference: 'Family', marked })).toMatchObject({
    ok: true,
    result: { conference: FAMILY, phone: PHONE, state: 'joined' },
  });
  expect(world.sent).toEqual([
    expect.objectContaining({
      Action: 'Originate',
      Channel: 'PJSIP/6001',
      Application: 'ConfBridge',
      Data: data,
      Timeout: 30_000,
      Variable: { 'CONNECTEDLINE(name,i)': 'Family', 'CONNECTEDLINE(num)': 'family' },
    }),
  ]);
});

it('a phone joins as marked where no profile is known', async () => {
  world.conference({ id: 'family', entrances: { plain: NO_WAY, marked: NO_WAY } });
  joins();
  expect(await run('conference_join', { phone: 'Kitchen', conference: 'Family' })).toMatchObject({
    ok: true,
  });
  expect(world.sent).toMatchObject([
    {
      Data: 'family',
      Variable: {
        'CONFBRIDGE(user,talk_detection_events)': 'yes',
        'CONFBRIDGE(user,marked)': 'yes',
        'CONFBRIDGE(user,admin)': 'yes',
        'CONFBRIDGE(user,wait_marked)': 'no',
        'CONFBRIDGE(user,end_marked)': 'no',
      },
    },
  ]);
});

it('says that a phone is in already, does not answer, is asked for a PIN, or did not get in', async () => {
  are(KITCHEN);
  const fields = { phone: 'Kitchen', conference: 'Family' };
  expect(await run('conference_join', fields)).toEqual(
    failed('conflict', 'phone', 'Kitchen is in Family already.'),
  );
  are();
  world.reactions.Originate = () => {
    throw notAnswered();
  };
  expect(await run('conference_join', fields)).toMatchObject({ ok: false, error: { code: 'failed' } });
  world.reactions.Originate = ({ ChannelId }) => world.channel(String(ChannelId), { endpoint: 'PJSIP/6001' });
  expect(await run('conference_join', fields)).toMatchObject({ ok: true, result: { state: 'entering' } });
  world.reactions.Originate = () => {};
  expect(await run('conference_join', fields)).toEqual(
    failed('conflict', null, 'Kitchen did not get into Family: the call has ended.'),
  );
  world.conference({ id: 'family', locked: true });
  expect(await run('conference_join', { ...fields, marked: false })).toEqual(
    failed('conflict', 'conference', 'Family is locked: unlock it first.'),
  );
});

it('gives no name to an application that could be more than a name', async () => {
  world.conference({ id: 'bad', room: 'a,b,admin_user', name: 'Bad' });
  expect(await run('conference_join', { phone: 'Kitchen', conference: 'Bad' })).toMatchObject({
    ok: false,
    error: { code: 'conflict' },
  });
  expect(world.sent).toEqual([]);
});

it('brings in a visitor who rings, and a parked call', async () => {
  world.press();
  world.reactions.Redirect = () => are(VISITOR);
  expect(await run('conference_bring_in', { conference: 'Family', doorbell: 'Front door' })).toEqual({
    ok: true,
    result: { conference: FAMILY, call: 'door.1', members: 1 },
  });
  const redirect = { Action: 'Redirect', Channel: 'PJSIP/8000-door.1', Context: 'default', Priority: 1 };
  expect(world.sentOf('Redirect')).toEqual([{ ...redirect, Exten: '777' }]);
  expect(await run('conference_bring_in', { conference: 'Family', doorbell: 'Front door' })).toEqual(
    failed('conflict', null, 'This call is in Family already.'),
  );
  are();
  world.park('door.1');
  expect(await run('conference_bring_in', { conference: 'Family', marked: true })).toMatchObject({
    ok: true,
  });
  expect(world.sentOf('Redirect')[1]).toEqual({ ...redirect, Exten: '888' });
  are();
  expect(await run('conference_bring_in', { conference: 'Family', space: '709' })).toEqual(
    failed('not_found', 'space', 'No call is parked in space 709; taken: 701.'),
  );
});

it.each([
  ['door.1', 'PJSIP/8000-door.1', 'PJSIP/6001-k.1', '888'],
  ['k.1', 'PJSIP/6001-k.1', 'PJSIP/8000-door.1', '777'],
])(
  'brings in both who talk, the one beside %s as the host if it is a phone',
  async (call, one, other, as) => {
    world.press();
    world.channel('k.1', { endpoint: 'PJSIP/6001', linkedid: 'door.1' });
    world.join('k.1', 'door.1');
    world.reactions.Redirect = () => are(VISITOR, KITCHEN);
    expect(await run('conference_bring_in', { conference: 'Family', call })).toMatchObject({
      ok: true,
      result: { members: 2 },
    });
    expect(world.sentOf('Redirect')).toEqual([
      {
        Action: 'Redirect',
        Channel: one,
        Context: 'default',
        Exten: '777',
        Priority: 1,
        ExtraChannel: other,
        ExtraContext: 'default',
        ExtraExten: as,
        ExtraPriority: 1,
      },
    ]);
  },
);

it('says why nobody can be brought in', async () => {
  expect(await run('conference_bring_in', { conference: 'Family' })).toEqual(
    failed('not_found', 'doorbell', 'No doorbell and no call is named, and no call is parked.'),
  );
  world.press();
  expect(await run('conference_bring_in', { conference: 'other', doorbell: 'Front door' })).toMatchObject({
    ok: false,
    error: { code: 'conflict', message: expect.stringContaining('set conferences[].extension') },
  });
  expect(await run('conference_bring_in', { conference: 'Family', doorbell: 'Front door' })).toEqual(
    failed(
      'failed',
      'conference',
      'The call went to extension 777, but is not in Family: does it lead there?',
    ),
  );
  world.reactions.Redirect = () => world.gone('door.1');
  expect(await run('conference_bring_in', { conference: 'Family', call: 'door.1' })).toEqual(
    failed('conflict', null, 'The caller did not get into Family: the call has ended.'),
  );
});
