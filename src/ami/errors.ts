/** One class a failure, each with a code. Messages say what was wrong, with which value, and what to do. */
import { remedyFor } from './classes.ts';

/** Anything that this room throws or rejects with. */
export abstract class AmiError extends Error {
  abstract readonly code: string;
}

/** Something that cannot be sent. Nothing of it reached the wire. */
export class AmiInputError extends AmiError {
  readonly code = 'input';
  override readonly name = 'AmiInputError';
  /** Header that was wrong, such as `Channel`. */
  readonly field: string;
  /** Its value, shortened; `''` when it may be a secret. */
  readonly value: string;

  constructor(field: string, value: string, problem: string) {
    super(value === '' ? `${field}: ${problem}` : `${field}: ${problem} (got ${JSON.stringify(value)})`);
    this.field = field;
    this.value = value;
  }
}

/** Asterisk answered `Response: Error`. */
export class AmiActionError extends AmiError {
  /**
   * `permission`: the AMI user may not do this. `unknown_action`: the module that does it is not loaded.
   * `failed`: it was tried, and `reason` says why not.
   */
  readonly code: 'permission' | 'unknown_action' | 'failed';
  override readonly name = 'AmiActionError';
  readonly action: string;
  /** Asterisk's own words. */
  readonly reason: string;
  /** Of a call that did not come about: `Reason` of OriginateResponse; else `''`. */
  readonly outcome: string;

  constructor(action: string, reason: string, code: AmiActionError['code'], outcome = '') {
    super(EXPLAIN[code](action, reason));
    this.code = code;
    this.action = action;
    this.reason = reason;
    this.outcome = outcome;
  }
}

const EXPLAIN = {
  permission: (action: string, reason: string) =>
    `Asterisk refused ${action}: ${reason}. ${remedyFor(action)}`,
  unknown_action: (action: string) =>
    `Asterisk does not know the action ${action}: the module that provides it is not loaded`,
  failed: (action: string, reason: string) => `${action} failed: ${reason}`,
};

/** The link is down, or went down before the answer came. Whether Asterisk did it is not known. */
export class AmiDisconnected extends AmiError {
  readonly code = 'disconnected';
  override readonly name = 'AmiDisconnected';
  readonly action: string;

  constructor(action: string, reason: string) {
    super(`${action}: ${reason}`);
    this.action = action;
  }
}

/** No answer within the time allowed. Whether Asterisk did it is not known. */
export class AmiTimeout extends AmiError {
  readonly code = 'timeout';
  override readonly name = 'AmiTimeout';
  readonly action: string;
  /** ms that were allowed. */
  readonly after: number;

  constructor(action: string, after: number) {
    super(`${action}: no answer from Asterisk within ${after} ms`);
    this.action = action;
    this.after = after;
  }
}

/** Asterisk sent what is no AMI, or more than a limit allows. */
export class AmiProtocolError extends AmiError {
  readonly code = 'protocol';
  override readonly name = 'AmiProtocolError';
}
