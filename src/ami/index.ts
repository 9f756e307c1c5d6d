/** The wire: bytes, frames, logins, lists, reconnects. Knows no telephony. */
export type { ActionName, AmiAction, ListAction, Variables } from './actions.ts';
export { CLASSES } from './classes.ts';
export { AmiClient, type SendOptions } from './client.ts';
export { MAX_LINE } from './encoder.ts';
export {
  AmiActionError,
  AmiDisconnected,
  AmiError,
  AmiInputError,
  AmiProtocolError,
  AmiTimeout,
} from './errors.ts';
export type { EventHandlers } from './listeners.ts';
export {
  type AmiEvent,
  EVENTS,
  type EventClass,
  type EventName,
  LISTS,
  type ListItem,
  type ListName,
} from './messages.ts';
export {
  type AmiLimits,
  type AmiLog,
  type AmiOptions,
  type AmiProblem,
  type AmiRights,
  type AmiStatus,
  type AmiTls,
  DEFAULT_LIMITS,
} from './options.ts';
export type { AmiResponse } from './response.ts';
export { SlowLink } from './slow.ts';
