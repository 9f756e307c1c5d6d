import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DECLARATIONS } from '../../src/actions/index.ts';
import { AmiDisconnected, AmiInputError, AmiTimeout } from '../../src/ami/index.ts';
import { bench, house, ME } from './world.ts';

/** Fields that every action takes as they are, by action: the examples of those that it cannot do without. */
const VALID: Readonly<Record<string, Record<string, unknown>>> = Object.fromEntries(
  DECLARATIONS.map(({ id, fields }) => [
    id,
    Object.fromEntries(
      Object.entries(fields.shape)
        .filter(([, field]) => !field.safeParse(undefined).success)
        .map(([name, field]) => [name, field.meta()?.example]),
    ),
  ]),
);

it('has words for every action and every field, and examples that it takes', () => {
  const ids = DECLARATIONS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, fields, icon } of DECLARATIONS) {
    expect(icon).toMatch(/^mdi:/);
    for (const [name, field] of Object.entries(fields.shape)) {
      const meta = field.meta();
      expect(meta, `${id}.${name}`).toMatchObject({
        title: expect.any(String),
        description: expect.any(String),
        selector: expect.any(Object),
      });
      expect(field.safeParse(meta?.example), `${id}.${name}`).toMatchObject({ success: true });
    }
  }
});

it('refuses CR, LF and NUL in any field of any action, names the field, and sends nothing', async () => {
  const cases = DECLARATIONS.flatMap(({ id, fields }) =>
    Object.entries(fields.shape).map(([field, one]) => [id, field, one.meta()?.lines === true] as const),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...cases),
      fc.string(),
      fc.constantFrom('\r', '\n', '\0', '\r\nAction: Originate\r\n'),
      fc.string(),
      async ([id, field, lines], before, breaks, after) => {
        const evil = lines ? '\0' : breaks;
        const world = house();
        const { registry } = bench([world]);
        const answer = await registry.run(id, { ...VALID[id], [field]: before + evil + after }, ME);
        expect(answer).toMatchObject({ ok: false, error: { code: 'invalid', field } });
        if (!answer.ok) expect(answer.error.message).toContain(field);
        expect(world.sent).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

it('refuses a line break that is hidden deeper, or in the name of a field', async () => {
  const world = house();
  const { registry } = bench([world]);
  const deep = await registry.run('dial', { ...VALID.dial, number: { a: ['x\r\ny'] } }, ME);
  expect(deep).toMatchObject({ ok: false, error: { code: 'invalid', field: 'number' } });
  const name = await registry.run('dial', { ...VALID.dial, 'x\r\nAction: y': '1' }, ME);
  expect(name).toMatchObject({ ok: false, error: { code: 'invalid' } });
  if (!name.ok) expect(name.error.message).not.toContain('\n');
  expect(world.sent).toEqual([]);
});

it('answers whatever it is asked, and never throws', async () => {
  const world = house();
  const { registry } = bench([world]);
  const ids = fc.oneof(fc.constantFrom(...Object.keys(VALID).filter((id) => id !== 'dial')), fc.string());
  await fc.assert(
    fc.asyncProperty(ids, fc.anything(), async (id, fields) => {
      expect(typeof (await registry.run(id, fields, ME)).ok).toBe('boolean');
    }),
  );
});

it('names the actions that there are', async () => {
  const { registry } = bench([house()]);
  const answer = await registry.run('explode', {}, ME);
  expect(answer).toEqual({
    ok: false,
    error: {
      code: 'not_found',
      field: null,
      message: `There is no action "explode"; there is ${DECLARATIONS.map(({ id }) => id).join(', ')}.`,
    },
  });
});

it('names a field that it does not know, and those that it does', async () => {
  const { registry } = bench([house()]);
  expect(await registry.run('hang_up', { phoen: 'Kitchen' }, ME)).toEqual({
    ok: false,
    error: {
      code: 'invalid',
      field: 'phoen',
      message: '"phoen": no field of hang_up, which takes phone, doorbell, call, pbx.',
    },
  });
});

it('says every problem at once', async () => {
  const { registry } = bench([house()]);
  const answer = await registry.run('dial', { number: 'a&b', timeout: 0 }, ME);
  expect(answer).toMatchObject({ ok: false, error: { code: 'invalid', field: 'phone' } });
  if (!answer.ok) expect(answer.error.message).toMatch(/phone: .*; number: .*; timeout: /);
});

it('takes numbers for texts, texts for numbers, and empty fields for none', async () => {
  const world = house();
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  const { registry } = bench([world]);
  const fields = { phone: 6001, number: 600, timeout: '5', caller_name: '', pbx: null };
  await registry.run('dial', fields, ME);
  expect(world.sentOf('Originate')).toMatchObject([{ Channel: 'PJSIP/6001', Exten: '600', Timeout: 5000 }]);
});

it('takes an empty text for one that was left out, but where it clears something', async () => {
  const world = house();
  const { registry } = bench([world]);
  await registry.run('announce', { text: '', sound: 'gong', phones: 'Kitchen' }, ME);
  expect(world.sentOf('Originate')).toMatchObject([{ Application: 'Playback', Data: 'gong' }]);
  const empty = DECLARATIONS.flatMap(({ id, fields }) =>
    Object.entries(fields.shape)
      .filter(([, one]) => one.meta()?.empty === true)
      .map(([name, one]) => [id, name, one.safeParse('').success]),
  );
  expect(empty).toEqual([
    ['set_presence', 'subtype', true],
    ['set_presence', 'message', true],
  ]);
});

it('needs no PBX for what only one has', async () => {
  const [home, office] = [house('home'), house('office')];
  for (const world of [home, office]) world.channel('k.1', { endpoint: 'PJSIP/6001' });
  home.doorbell({ id: 'gate', name: 'Gate' });
  home.channel('d.1', { endpoint: 'PJSIP/8000' });
  const { registry } = bench([home, office]);
  expect(await registry.run('hang_up', { call: 'd.1' }, ME)).toMatchObject({ ok: true });
  expect(await registry.run('park', { phone: 'Kitchen', doorbell: 'Gate' }, ME)).not.toMatchObject({
    error: { field: 'pbx' },
  });
  expect(await registry.run('hang_up', { call: 'd.2' }, ME)).toMatchObject({
    ok: false,
    error: {
      code: 'not_found',
      field: 'call',
      message: 'There is no "d.2" on any PBX: home, office.',
    },
  });
});

it('picks the PBX', async () => {
  const [home, office] = [house('home'), house('office')];
  for (const world of [home, office]) world.channel('k.1', { endpoint: 'PJSIP/6001' });
  const { registry } = bench([home, office]);
  expect(await registry.run('hang_up', { phone: 'Kitchen' }, ME)).toEqual({
    ok: false,
    error: { code: 'invalid', field: 'pbx', message: 'Which PBX? There is home, office.' },
  });
  expect(await registry.run('hang_up', { phone: 'Kitchen', pbx: 'shed' }, ME)).toMatchObject({
    ok: false,
    error: { code: 'not_found', field: 'pbx', message: 'There is no PBX "shed"; there is home, office.' },
  });
  expect(await registry.run('hang_up', { phone: 'Kitchen', pbx: 'office' }, ME)).toMatchObject({ ok: true });
  expect(home.sent).toEqual([]);
  expect(office.sentOf('Hangup')).toHaveLength(1);
});

it('asks for the PBX of a group that a dialplan alone may have, and takes what else tells it', async () => {
  const [home, office] = [house('home'), house('office')];
  home.groupRows = [{ id: 'all', name: 'All', phones: ['PJSIP/6001'] }];
  home.phone({ id: 'pjsip_6009', name: 'Cellar' });
  for (const world of [home, office]) world.reactions.Getvar = () => ({ get: () => '' });
  const { registry } = bench([home, office]);
  const announce = (fields: object) => registry.run('announce', { sound: 'gong', ...fields }, ME);
  for (const fields of [{ group: 'downstairs' }, { group: 'downstairs', phones: 'Kitchen' }])
    expect(await announce(fields)).toEqual({
      ok: false,
      error: { code: 'invalid', field: 'pbx', message: 'Which PBX? There is home, office.' },
    });
  expect([...home.sent, ...office.sent]).toEqual([]);
  expect(await announce({ group: 'downstairs', pbx: 'office' })).toMatchObject({
    error: { code: 'not_found', field: 'group', message: 'There is no group "downstairs"; there is none.' },
  });
  expect(office.sent).toEqual([{ Action: 'Getvar', Variable: 'DIALGROUP(downstairs)' }]);
  await announce({ group: 'downstairs', phones: 'Cellar' });
  expect(home.sent).toEqual([{ Action: 'Getvar', Variable: 'DIALGROUP(downstairs)' }]);
  home.sent.length = 0;
  await announce({ group: 'All' });
  expect(home.sentOf('Originate')).toHaveLength(1);
});

it('says why the PBX cannot be asked', async () => {
  const world = house();
  world.setStatus({ up: false, problem: 'Nobody answers at 127.0.0.1:5038' });
  const { registry } = bench([world]);
  expect(await registry.run('hang_up', { phone: 'Kitchen' }, ME)).toEqual({
    ok: false,
    error: { code: 'unavailable', field: null, message: 'Nobody answers at 127.0.0.1:5038' },
  });
});

it.each([
  [new AmiInputError('Channel', 'x', 'is too long'), 'invalid', 'Channel'],
  [new AmiDisconnected('Hangup', 'the link is down'), 'unavailable', null],
  [new AmiTimeout('Hangup', 10_000), 'failed', null],
])('answers an error of the wire: %s', async (error, code, field) => {
  const world = house();
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  world.reactions.Hangup = () => {
    throw error;
  };
  const { registry } = bench([world]);
  const answer = await registry.run('hang_up', { phone: 'Kitchen' }, ME);
  expect(answer).toEqual({ ok: false, error: { code, field, message: error.message } });
});

it('keeps what broke inside to the log', async () => {
  const world = house();
  world.channel('k.1', { endpoint: 'PJSIP/6001' });
  world.reactions.Hangup = () => {
    throw new TypeError('secret detail');
  };
  const { registry, lines } = bench([world]);
  const answer = await registry.run('hang_up', { phone: 'Kitchen' }, ME);
  expect(answer).toEqual({
    ok: false,
    error: { code: 'failed', field: null, message: 'The companion failed; its log has the reason.' },
  });
  expect(lines).toMatchObject([['warn', 'Action not done', { err: { message: 'secret detail' } }]]);
});

it('logs that something was looked at, and not what was seen', async () => {
  const { registry, lines } = bench([house()]);
  await registry.run('queue_status', {}, ME);
  expect(lines).toEqual([
    [
      'info',
      'Look at queues done',
      { action: 'queue_status', via: 'api', who: 'tester', pbx: 'home', fields: {}, ms: expect.any(Number) },
    ],
  ]);
  expect(DECLARATIONS.filter(({ reads }) => reads).map(({ id }) => id)).toEqual([
    'list_messages',
    'list_recordings',
    'call_history',
    'get_presence',
    'get_device_state',
    'queue_status',
  ]);
});

it('logs one line a run: who asked, for what, and what became of it; no codes', async () => {
  const world = house();
  world.channel('door.1', { endpoint: 'PJSIP/8000' });
  const { registry, lines } = bench([world]);
  const asker = { via: 'script', name: 'Anna', userId: 'abc' } as const;
  await registry.run('send_dtmf', { doorbell: 'Front door', digits: '7' }, asker);
  await registry.run('hang_up', { phone: 'Nobody' }, asker);
  expect(lines).toMatchObject([
    [
      'info',
      'Send DTMF done',
      {
        action: 'send_dtmf',
        via: 'script',
        who: 'Anna',
        userId: 'abc',
        pbx: 'home',
        fields: { doorbell: 'Front door', digits: '***' },
        result: { sent: 1 },
      },
    ],
    ['warn', 'Action not done', { action: 'hang_up', who: 'Anna', error: { code: 'not_found' } }],
  ]);
});
