import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { bench, house, ME, notAnswered, type World } from './world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const failed = (code: string, field: string | null, message: string) => ({
  ok: false,
  error: { code, field, message },
});

/** The visitor talks to the kitchen. */
function talking(): World {
  const world = house();
  world.press();
  world.channel('k.1', { endpoint: 'PJSIP/6001', linkedid: 'door.1' });
  world.join('k.1', 'door.1');
  return world;
}

it('parks the other party of a phone’s call, and lets go of the phone', async () => {
  const world = talking();
  world.reactions.Park = () => world.park('door.1', { space: '702' });
  const fields = { phone: 'Kitchen', lot: 'default', timeout: 90 };
  expect(await bench([world]).registry.run('park', fields, ME)).toEqual({
    ok: true,
    result: { lot: 'default', space: '702', call: 'door.1' },
  });
  expect(world.sent).toEqual([
    {
      Action: 'Park',
      Channel: 'PJSIP/8000-door.1',
      TimeoutChannel: 'PJSIP/6001-k.1',
      Timeout: 90_000,
      Parkinglot: 'default',
    },
    { Action: 'Hangup', Channel: 'k.1', Cause: 16 },
  ]);
});

it('leaves the phone in the call that is to hear the space', async () => {
  const world = talking();
  world.reactions.Park = () => world.park('door.1');
  await bench([world]).registry.run('park', { phone: 'Kitchen', announce: 'Kitchen' }, ME);
  expect(world.sent).toMatchObject([{ Action: 'Park', AnnounceChannel: 'PJSIP/6001-k.1' }]);
});

it('parks a visitor who still rings', async () => {
  const world = house();
  world.press();
  world.rings('k.1', 'PJSIP/6001', 'door.1');
  world.reactions.Park = () => world.park('door.1', { lot: 'office', space: '751' });
  expect(
    await bench([world]).registry.run('park', { doorbell: 'Front door', lot: 'office' }, ME),
  ).toMatchObject({ ok: true, result: { lot: 'office', space: '751' } });
  expect(world.sent).toEqual([{ Action: 'Park', Channel: 'PJSIP/8000-door.1', Parkinglot: 'office' }]);
});

it('says that Asterisk did not park it', async () => {
  const world = talking();
  const run = bench([world]).registry.run('park', { phone: 'Kitchen' }, ME);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await run).toMatchObject({ ok: false, error: { code: 'failed', field: 'lot' } });
});

it('refuses what cannot be parked', async () => {
  const world = talking();
  const { registry } = bench([world]);
  const run = (fields: object) => registry.run('park', fields, ME);
  expect(await run({})).toEqual(
    failed('invalid', 'phone', 'Which call? Name a phone, a doorbell or a call.'),
  );
  expect(await run({ phone: 'Office' })).toEqual(failed('conflict', 'phone', 'Office is in no call.'));
  expect(await run({ phone: 'Kitchen', announce: 'Office' })).toEqual(
    failed('conflict', 'phone', 'Office is in no call.'),
  );
  expect(await run({ phone: 'Kitchen', lot: 'attic' })).toEqual(
    failed('not_found', 'lot', 'There is no parking lot "attic"; there is default, office.'),
  );
  for (const space of ['701', '702', '703']) {
    world.channel(`p.${space}`);
    world.park(`p.${space}`, { space });
  }
  expect(await run({ phone: 'Kitchen', lot: 'default' })).toEqual(
    failed('conflict', 'lot', 'Parking lot default is full: all 3 spaces are taken.'),
  );
  expect(world.sent).toEqual([]);
});

/** Two calls wait: a visitor since 200, somebody since 100. */
function waiting(): World {
  const world = house();
  world.press();
  world.park('door.1', { space: '701', since: 200 });
  world.channel('x.1', { endpoint: 'PJSIP/6003' });
  world.park('x.1', { lot: 'office', space: '751', since: 100, parkedBy: 'Office' });
  world.reactions.Originate = ({ ChannelId, Channel, Data }) => {
    const parked = String(Data).startsWith('office') ? 'x.1' : 'door.1';
    world.unpark(parked);
    world.channel(String(ChannelId), { endpoint: String(Channel) });
    world.join(String(ChannelId), parked);
  };
  return world;
}

it('retrieves the call that has waited longest, to the phone that parked it', async () => {
  const world = waiting();
  expect(await bench([world]).registry.run('retrieve', {}, ME)).toEqual({
    ok: true,
    result: {
      phone: { id: 'pjsip_6002', endpoint: 'PJSIP/6002', name: 'Office' },
      lot: 'office',
      space: '751',
      call: 'x.1',
    },
  });
  expect(world.sent).toMatchObject([
    { Action: 'Originate', Channel: 'PJSIP/6002', Application: 'ParkedCall', Data: 'office,751' },
  ]);
});

it('retrieves from a lot or a space, to a phone of the doorbell or the one that is named', async () => {
  const world = waiting();
  const { registry } = bench([world]);
  expect(await registry.run('retrieve', { lot: 'default' }, ME)).toMatchObject({
    ok: true,
    result: { phone: { name: 'Kitchen' }, space: '701' },
  });
  // an id is not always the lot's name
  for (const lot of ['office', 'lot_office'])
    expect(await bench([waiting()]).registry.run('retrieve', { lot }, ME)).toMatchObject({
      ok: true,
      result: { space: '751' },
    });
  expect(await registry.run('retrieve', { space: 751, phone: 'Kitchen' }, ME)).toMatchObject({
    ok: true,
    result: { phone: { name: 'Kitchen' }, lot: 'office' },
  });
});

it('says what is not there to be retrieved', async () => {
  const world = waiting();
  const { registry } = bench([world]);
  expect(await registry.run('retrieve', { space: '799' }, ME)).toEqual(
    failed('not_found', 'space', 'No call is parked in space 799; taken: 751, 701.'),
  );
  world.gone('x.1');
  expect(await registry.run('retrieve', { lot: 'office' }, ME)).toEqual(
    failed('not_found', 'lot', 'No call is parked in office.'),
  );
  world.gone('door.1');
  expect(await registry.run('retrieve', {}, ME)).toEqual(failed('not_found', null, 'No call is parked.'));
});

it('leaves the call parked when the phone does not answer', async () => {
  const world = waiting();
  world.reactions.Originate = () => {
    throw notAnswered();
  };
  expect(await bench([world]).registry.run('retrieve', { phone: 'Kitchen' }, ME)).toEqual(
    failed('failed', null, 'Kitchen: PJSIP/6001 was not answered in time'),
  );
  expect(world.sentOf('Hangup')).toEqual([]);
});

it('stops ringing when the parked caller hangs up, or somebody else retrieves the call', async () => {
  for (const [happens, message] of [
    [(world: World) => world.gone('door.1'), 'The call in space 701 has hung up.'],
    [takenByOffice, 'The call in space 701 was retrieved by Office.'],
  ] as const) {
    const world = waiting();
    const { promise, reject } = Promise.withResolvers<void>();
    world.reactions.Originate = ({ ChannelId }) => {
      world.channel(String(ChannelId), { endpoint: 'PJSIP/6001', state: 'Ringing' });
      return promise;
    };
    world.reactions.Hangup = () => reject(notAnswered());
    const run = bench([world]).registry.run('retrieve', { lot: 'default', phone: 'Kitchen' }, ME);
    await vi.advanceTimersByTimeAsync(1);
    happens(world);
    expect(await run).toEqual(failed('conflict', 'space', message));
  }
});

function takenByOffice(world: World): void {
  world.channel('o.1', { endpoint: 'PJSIP/6002' });
  world.join('o.1', 'door.1');
  world.unpark('door.1');
}
