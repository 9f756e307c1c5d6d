import { expect, it } from 'vitest';
import type { CallLog } from '../../src/actions/index.ts';
import { appOf, BEARER, setup } from './setup.ts';

const PROBLEM = 'The call log cannot be written (disk I/O error): ask somebody. Everything else goes on.';

/** A call log whose file nobody can read. */
function broken(problem: string | null): CallLog {
  return {
    problem,
    newest: () => [],
    page: () => Promise.reject(new Error('disk I/O error')),
    onChange: () => () => {},
  };
}

it.each([
  [PROBLEM, PROBLEM],
  [null, 'The call log cannot be read: disk I/O error.'],
])('says what is wrong with a log that cannot be read, and logs no request: %s', async (problem, message) => {
  const { options, lines } = setup({ history: broken(problem) });
  await using app = await appOf(options);
  const reply = await app.inject({ url: '/api/history', headers: BEARER });
  const refused = { ok: false, error: { code: 'unavailable', field: null, message } };
  expect([reply.statusCode, reply.json()]).toEqual([503, refused]);
  expect(lines).toEqual([]);
});
