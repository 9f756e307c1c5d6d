import type { Party } from './happenings.ts';

/**
 * A party as an event names it. PJSIP keeps the backslashes that a quoted name needs in SIP before quotes and
 * backslashes (RFC 3261, quoted-pair); they are no part of the name.
 */
export function partyOf(number: string, name: string): Party {
  return { number, name: name.includes('\\') ? name.replaceAll(/\\(["\\])/g, '$1') : name };
}
