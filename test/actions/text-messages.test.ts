import { beforeEach, expect, it } from 'vitest';
import { AmiActionError } from '../../src/ami/index.ts';
import { bench, house, ME, type World } from './world.ts';

const KITCHEN = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };

let world: World;

beforeEach(() => {
  world = house();
});

const run = (fields: object) => bench([world]).registry.run('send_message', fields, ME);

it('sends a text of any kind as one word', async () => {
  const text = 'Dinner, "now" 🍜\nAction: Originate';
  expect(await run({ phone: 'Kitchen', text })).toEqual({
    ok: true,
    result: { phone: KITCHEN, from: 'home' },
  });
  expect(await run({ phone: 'Kitchen', text: 'x', from: '600' })).toMatchObject({ result: { from: '600' } });
  expect(world.sent).toEqual([
    {
      Action: 'MessageSend',
      Destination: 'pjsip:6001',
      From: 'home',
      Base64Body: Buffer.from(text).toString('base64'),
    },
    { Action: 'MessageSend', Destination: 'pjsip:6001', From: '600', Base64Body: 'eA==' },
  ]);
});

it('keeps what is written out of the log', async () => {
  const { registry, lines } = bench([world]);
  await registry.run('send_message', { phone: 'Kitchen', text: 'a secret' }, ME);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

it('says how long it may be', async () => {
  expect(await run({ phone: 'Kitchen', text: 'ü'.repeat(378) })).toMatchObject({ ok: true });
  expect(await run({ phone: 'Kitchen', text: 'ü'.repeat(379) })).toEqual({
    ok: false,
    error: {
      code: 'invalid',
      field: 'text',
      message: 'text: has 758 bytes (379 characters), and Asterisk takes 756 bytes.',
    },
  });
});

it.each([
  [{ phone: 'Kitchen', text: '' }, 'invalid', 'text'],
  [{ phone: 'Kitchen' }, 'invalid', 'text'],
  [{ phone: 'Kitchen', text: 'x', from: 'a <sip:b@c>' }, 'invalid', 'from'],
  [{ phone: 'Cellar', text: 'x' }, 'not_found', 'phone'],
  [{ phone: 'Old', text: 'x' }, 'conflict', 'phone'],
  [{ phone: 'Odd', text: 'x' }, 'conflict', 'phone'],
])('refuses %j', async (fields, code, field) => {
  world.phone({ id: 'iax2_1', name: 'Old', endpoint: 'IAX2/1' });
  world.phone({ id: 'odd', name: 'Odd', endpoint: 'PJSIP/a<sip:b@c>' });
  expect(await run(fields)).toMatchObject({ ok: false, error: { code, field } });
  expect(world.sent).toEqual([]);
});

it('says in words that it was not sent, and why', async () => {
  world.reactions.MessageSend = () => {
    throw new AmiActionError('MessageSend', 'Message failed to send.', 'failed');
  };
  expect(await run({ phone: 'Attic', text: 'x' })).toMatchObject({
    ok: false,
    error: {
      code: 'failed',
      message: 'Attic did not get the message: it is not registered, so it cannot be reached.',
    },
  });
  expect(await run({ phone: 'Kitchen', text: 'x' })).toMatchObject({
    error: { message: expect.stringContaining('res_pjsip_messaging') },
  });
  world.reactions.MessageSend = () => {
    throw new AmiActionError('MessageSend', 'Permission denied', 'permission');
  };
  expect(await run({ phone: 'Kitchen', text: 'x' })).toMatchObject({
    error: { code: 'forbidden', message: expect.stringContaining('write class') },
  });
});
