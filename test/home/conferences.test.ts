/** How a conference looks in Home Assistant. */
import { expect, it } from 'vitest';
import { deviceOf, eventOf } from '../../src/home/entities/index.ts';
import type { Happening } from '../../src/pbx/happenings.ts';
import { AROUND } from './around.ts';
import { FakePbx, house, member, NOW } from './fake-pbx.ts';

const PHONE = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };

function device(pbx: FakePbx, id: string, language = 'en') {
  const found = deviceOf(pbx, 'conference', id, { ...AROUND, language: () => language });
  if (found === null) throw new Error('there is none');
  return found;
}

it('shows who is in, the last to come first', () => {
  const pbx = house();
  pbx.conference({
    id: 'family',
    locked: true,
    recording: true,
    since: Date.parse(NOW),
    talkDetection: true,
    members: [
      member({ call: '1.1', caller: { number: '8000', name: 'Door\nbell' }, waiting: true, muted: true }),
      member({ call: '1.2', phone: PHONE, admin: true, marked: true, talking: true }),
    ],
  });
  expect(device(pbx, 'family').state).toEqual({
    values: { active: true, members: 2, lock: true, record: true },
    attributes: {
      members: {
        companion: 'c1',
        pbx: 'home',
        conference: 'family',
        room: 'family',
        since: NOW,
        waiting: 1,
        talk_detection: true,
        members: [
          {
            name: 'Kitchen',
            number: '6001',
            phone: 'pjsip_6001',
            admin: true,
            marked: true,
            waiting: false,
            muted: false,
            talking: true,
            since: NOW,
            call: '1.2',
          },
          {
            name: 'Door bell',
            number: '8000',
            phone: null,
            admin: false,
            marked: false,
            waiting: true,
            muted: true,
            talking: false,
            since: NOW,
            call: '1.1',
          },
        ],
      },
    },
  });
});

it('of 200 with long names lists what the recorder keeps, and counts all', () => {
  const pbx = house();
  const caller = { number: '1'.repeat(300), name: '🔔'.repeat(300) };
  const members = Array.from({ length: 200 }, (_, index) =>
    member({ call: `companion-00000000-0000-0000-0000-00000000${index}`, caller, channel: 'PJSIP/x-1' }),
  );
  pbx.conference({ id: 'family', members, since: 0 });
  const { values, attributes } = device(pbx, 'family').state;
  expect(values.members).toBe(200);
  expect(attributes.members?.members).toHaveLength(40);
  expect(Buffer.byteLength(JSON.stringify(attributes.members))).toBeLessThan(16_384);
});

it('is called as its owner calls it, else by its room', () => {
  const pbx = new FakePbx();
  pbx.conference({ id: '1' });
  pbx.conference({ id: 'kitchen_talk', name: 'Küche' });
  expect(device(pbx, '1')).toMatchObject({ name: 'Conference 1', slug: 'conference_1' });
  expect(device(pbx, '1', 'de')).toMatchObject({ name: 'Konferenz 1', slug: 'conference_1' });
  expect(device(pbx, 'kitchen_talk')).toMatchObject({ name: 'Küche', slug: 'kuche' });
});

it('is told its happenings', () => {
  const pbx = house();
  const told: unknown[] = [];
  pbx.onHappening((happening: Happening) => told.push(eventOf(happening, pbx)));
  const ref = { pbx: 'home', subject: 'conference', id: 'family' };
  const who = { call: '1.2', caller: { number: '6001', name: 'Cook' }, by: PHONE, admin: true };
  pbx.conferenceEvent({ type: 'leave', ...who, members: 0, seconds: 7 });
  pbx.conferenceEvent({ type: 'join', ...who, by: null });
  pbx.conferenceEvent({ type: 'locked' });
  const party = { caller_name: 'Cook', caller_number: '6001', call: '1.2', admin: true };
  expect(told).toEqual([
    {
      ref,
      key: 'activity',
      payload: {
        event_type: 'leave',
        members: 0,
        ...party,
        by: 'Kitchen',
        by_phone: 'pjsip_6001',
        seconds: 7,
      },
    },
    { ref, key: 'activity', payload: { event_type: 'join', members: 1, ...party } },
    { ref, key: 'activity', payload: { event_type: 'locked', members: 1 } },
  ]);
});
