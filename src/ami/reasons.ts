/** Why a call that was placed did not come about: `Reason` of OriginateResponse (frame.h, `AST_CONTROL_*`). */
const REASONS: Readonly<Record<string, string>> = {
  '0': 'was not reached: it declined the call, is not registered, or does not exist',
  '1': 'hung up before anyone answered',
  '3': 'was not answered in time',
  '5': 'is busy',
  '8': 'refused the call or cannot be reached',
};

export function originateFailure(channel: string, reason: string): string {
  return `${channel} ${REASONS[reason] ?? `was not connected (reason ${reason})`}`;
}
