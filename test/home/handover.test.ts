/** Bare states give way to a broker's entities: one that stayed would take the entity id from what comes next. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { deviceOf, idsOf, SUBJECTS } from '../../src/home/entities/index.ts';
import { AROUND } from './around.ts';
import { FakeHomeAssistant } from './fake-home-assistant.ts';
import { makeHome } from './setup.ts';

// Whoever waits for a time has waited long enough: the time that a goodbye may take is over at once.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

let ha: FakeHomeAssistant;
let made: ReturnType<typeof makeHome>;

beforeEach(async () => {
  ha = new FakeHomeAssistant();
  await ha.start();
  made = makeHome({ homeAssistant: { url: ha.url, token: 'good' } });
});

afterEach(async () => {
  await made.home.stop();
  await ha.stop();
});

/** Everything has been told. */
async function told(): Promise<void> {
  const around = { ...AROUND, history: null };
  const entities = SUBJECTS.flatMap((subject) =>
    idsOf(made.pbx, subject).flatMap((id) => deviceOf(made.pbx, subject, id, around)?.entities ?? []),
  );
  const bare = entities.filter(({ platform }) => /^(sensor|binary_sensor|event)$/.test(platform));
  await vi.waitFor(() => expect([ha.states.size, ha.writing.now]).toEqual([bare.length, 0]), 5_000);
}

it('takes all of them away, however long it takes, and some at a time', async () => {
  made.home.start();
  await told();
  await made.home.stop(true);
  expect([...ha.states.keys()]).toEqual([]);
  expect(ha.writing.most).toBeLessThanOrEqual(8);
});

it('waits for those that are on their way, and for an event', async () => {
  made.home.start();
  await told();
  const held = Promise.withResolvers<void>();
  ha.onWrite = (write) => (write.startsWith('POST') ? held.promise : undefined);
  ha.writes.length = 0;
  made.pbx.phone({ id: 'pjsip_6001', missed: 2 });
  made.pbx.doorbellEvent({ type: 'ring' });
  await vi.waitFor(() => expect(ha.writes).toHaveLength(2));
  const stopped = made.home.stop(true);
  held.resolve();
  await stopped;
  expect([...ha.states.keys()]).toEqual([]);
  expect(ha.writes.slice(0, 2).sort()).toEqual([
    'POST states/event.front_door',
    'POST states/sensor.kitchen_missed_calls',
  ]);
  expect(ha.writes.slice(2).every((write) => write.startsWith('DELETE'))).toBe(true);
});

it('takes those away, too, that were to be told again after a reconnect', async () => {
  made.home.start();
  await told();
  const held = Promise.withResolvers<void>();
  ha.onWrite = (write) => (write.startsWith('POST') ? held.promise : undefined);
  ha.drop();
  await vi.waitFor(() => expect(ha.writing.now).toBe(8), 5_000);
  const stopped = made.home.stop(true);
  held.resolve();
  await stopped;
  expect([...ha.states.keys()]).toEqual([]);
});
