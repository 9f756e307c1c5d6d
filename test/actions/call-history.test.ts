import { expect, it } from 'vitest';
import type { CallLog } from '../../src/actions/index.ts';
import { bench, house, ME } from './world.ts';

it.each([
  [
    'The call log cannot be written (disk I/O error): …',
    'The call log cannot be written (disk I/O error): …',
  ],
  [null, 'The call log cannot be read: disk I/O error.'],
])('says what is wrong with a log that cannot be read: %s', async (problem, message) => {
  const log: CallLog = {
    problem,
    newest: () => [],
    page: () => Promise.reject(new Error('disk I/O error')),
    onChange: () => () => {},
  };
  const { registry } = bench([house()], { callLog: () => log });
  expect(await registry.run('call_history', {}, ME)).toEqual({
    ok: false,
    error: { code: 'unavailable', field: null, message },
  });
});
