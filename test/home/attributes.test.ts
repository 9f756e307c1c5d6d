/** Home Assistant's recorder drops an entity's attributes when they take more than 16,384 bytes. */
import { describe, expect, it } from 'vitest';
import { deviceOf, eventOf, idsOf, SUBJECTS } from '../../src/home/entities/index.ts';
import type { Device } from '../../src/home/entities/model.ts';
import type { Happening } from '../../src/pbx/happenings.ts';
import type { ParkedCall } from '../../src/pbx/model.ts';
import { AROUND, LOGGED } from './around.ts';
import { type FakePbx, member, NOW, wholeHouse } from './fake-pbx.ts';

/** What Home Assistant adds, such as the friendly name, has the rest. */
const ROOM = 16_384 - 1_300;

const LONG = '🔔'.repeat(300);
const CALLER = { name: LONG, number: LONG };
const PHONE = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: LONG };
const CALL = `companion-${crypto.randomUUID()}`;

const many = <T>(count: number, row: (index: number) => T) => Array.from({ length: count }, (_, n) => row(n));

const parked = (n: number, caller = CALLER, parkedBy = LONG): ParkedCall => ({
  ...{ lot: 'default', space: `${701 + n}`, call: CALL, channel: 'PJSIP/x-1', caller, parkedBy },
  ...{ how: 'blind', since: Date.parse(NOW), until: null },
});

function crowded(): FakePbx {
  const pbx = wholeHouse();
  pbx.phone({ id: 'pjsip_6001', name: LONG, connected: CALLER, lastCaller: { ...CALLER, time: NOW } });
  pbx.presenceOf('pjsip_6001', { subtype: LONG, message: LONG.repeat(20) });
  pbx.lot({ id: 'default', parked: many(60, (n) => parked(n)), callingBack: many(60, (n) => parked(n)) });
  pbx.conference({
    id: 'family',
    members: many(200, () => member({ call: CALL, caller: CALLER, phone: PHONE })),
  });
  const message = { id: '1764000000-00000001', folder: 'INBOX', caller: CALLER, time: NOW, seconds: 7 };
  const newest = many(30, (n) => ({ ...message, folder: n % 2 ? 'INBOX' : 'Old', flag: LONG, audio: null }));
  pbx.mailbox({ id: '6001_default', newest });
  const row = { phone: PHONE, other: CALLER, people: many(20, () => LONG), startedBy: LONG, problem: LONG };
  for (let n = 0; n < 30; n += 1) {
    pbx.recording({ ...row, id: `saved${n}` });
    pbx.recording({ ...row, id: `running${n}`, state: 'recording' });
  }
  const waiting = { call: CALL, channel: 'PJSIP/x-1', caller: CALLER, since: Date.parse(NOW), priority: 0 };
  pbx.queue({ id: 'support', callers: many(300, (n) => ({ ...waiting, position: n + 1 })) });
  return pbx;
}

const around = {
  ...AROUND,
  history: {
    problem: LONG,
    newest: () => many(10, () => ({ ...LOGGED, from: CALLER, to: CALLER, by: LONG, doorbell: LONG })),
  },
};

function device(pbx: FakePbx, subject: (typeof SUBJECTS)[number], id: string): Device {
  const found = deviceOf(pbx, subject, id, around);
  if (found === null) throw new Error(`there is no ${subject} ${id}`);
  return found;
}

function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

describe('of a crowded house with long names', () => {
  const pbx = crowded();
  const all = SUBJECTS.flatMap((subject) => idsOf(pbx, subject).map((id) => device(pbx, subject, id)));

  it.each(
    all.flatMap(({ subject, state }) =>
      Object.entries(state.attributes).map(([key, attributes]) => [`${subject} ${key}`, attributes] as const),
    ),
  )('%s is kept by the recorder', (_, attributes) => {
    expect(bytes(attributes)).toBeLessThan(ROOM);
  });

  it('each list says who is first, and how many there are', () => {
    const { values, attributes } = device(pbx, 'parking', 'default').state;
    expect(values.parked_calls).toBe(60);
    expect(attributes.parked_calls).toMatchObject({
      calls: many(4, (n) => ({ space: `${701 + n}`, name: '🔔'.repeat(255) })),
      calling_back: [],
      calling_back_count: 60,
    });
    const recordings = device(pbx, 'recording', 'recordings').state;
    expect(recordings.values).toEqual({ saved: 31, running: true });
    expect(recordings.attributes.running).toMatchObject({ calls: [{ recording: 'running0' }], count: 30 });
    const conference = device(pbx, 'conference', 'family').state;
    expect(conference.values.members).toBe(200);
    expect(conference.attributes.members?.members).not.toHaveLength(0);
    expect(device(pbx, 'pbx', 'home').state.attributes.last_call?.calls).not.toHaveLength(0);
    expect(device(pbx, 'voicemail', '6001_default').state.attributes.old_messages?.messages).toHaveLength(4);
  });

  const base = { time: NOW, pbx: 'home', call: CALL, caller: CALLER };
  const told: readonly Happening[] = [
    {
      ...{ ...base, subject: 'recording', type: 'failed', recording: 'a', phone: PHONE, other: CALLER },
      ...{ started_by: LONG, people: many(20, () => LONG), file: LONG, mailbox: null, problem: LONG },
    },
    {
      ...{ ...base, subject: 'queue', type: 'no_answer', queue: 'support', name: LONG, reason: LONG },
      members: many(20, (n) => ({ id: `m${n}`, interface: 'PJSIP/6001', name: LONG, phone: PHONE })),
    },
    {
      ...{ ...base, subject: 'doorbell', type: 'answered', doorbell: 'front_door', name: LONG, by: PHONE },
      ...{ extension: LONG, answered_by: many(30, () => PHONE) },
    },
    {
      ...{ ...base, subject: 'message', type: 'received', phone: PHONE, from: CALLER, to: LONG },
      text: LONG.repeat(20),
    },
  ];
  it.each(told.map((happening) => [happening.subject, happening] as const))(
    'what an event of a %s tells is kept, too',
    (_, happening) => {
      const payload = eventOf(happening, pbx)?.payload;
      expect(payload).toBeDefined();
      expect(bytes(payload)).toBeLessThan(ROOM);
    },
  );
});

it('where there is room lists all', () => {
  const pbx = wholeHouse();
  const short = { name: 'Anna', number: '0170 1234567' };
  pbx.lot({
    id: 'default',
    parked: many(20, (n) => parked(n, short, 'Kitchen')),
    callingBack: [parked(20, short, 'Kitchen')],
  });
  const attributes = device(pbx, 'parking', 'default').state.attributes.parked_calls;
  expect(attributes?.calls).toHaveLength(20);
  expect(attributes).toMatchObject({ calling_back: [{ space: '721' }] });
  expect(attributes).not.toHaveProperty('calling_back_count');
});
