/** What every refusal looks like: an action's own answer, with a few codes that only HTTP has. */
import type { ActionErrorCode } from '../actions/index.ts';

export type HttpErrorCode = ActionErrorCode | 'unauthorized' | 'too_many_requests';

export interface Refusal {
  readonly ok: false;
  readonly error: { readonly code: HttpErrorCode; readonly field: string | null; readonly message: string };
}

export function refusal(code: HttpErrorCode, message: string): Refusal {
  return { ok: false, error: { code, field: null, message } };
}

/** HTTP status of each code. */
export const STATUS: Readonly<Record<HttpErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_many_requests: 429,
  failed: 502,
  unavailable: 503,
};
