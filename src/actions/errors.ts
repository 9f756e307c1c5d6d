/** Turns what went wrong into an answer. */
import { AmiActionError, AmiDisconnected, AmiError, AmiInputError, AmiTimeout } from '../ami/index.ts';
import { ActionError } from './action.ts';

/**
 * An error of the wire, in the terms of actions; any other error is given back.
 * @param who the device that was called, for the message
 */
export function amiError(error: unknown, who?: string): Error {
  if (!(error instanceof AmiError)) return error as Error;
  const message = who === undefined ? error.message : `${who}: ${reasonOf(error)}`;
  if (error instanceof AmiInputError) return new ActionError('invalid', error.message, error.field);
  if (error instanceof AmiDisconnected) return new ActionError('unavailable', message);
  if (error instanceof AmiTimeout) return new ActionError('failed', message);
  if (error instanceof AmiActionError) return refused(error, message);
  return new ActionError('failed', message);
}

function refused(error: AmiActionError, message: string): ActionError {
  if (error.code !== 'failed') return new ActionError('forbidden', message);
  // manager.c, action_originate: what a user without the class `system` may not have called
  if (/blacklisted|Access Forbidden/i.test(error.reason))
    return new ActionError('forbidden', `${message}. Give the AMI user the write class system.`);
  return new ActionError('failed', message);
}

/** Of a call that failed, the reason alone: who it was for is said already. */
function reasonOf(error: AmiError): string {
  return error instanceof AmiActionError && error.code === 'failed' ? error.reason : error.message;
}
