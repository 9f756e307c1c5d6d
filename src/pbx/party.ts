import type { Party } from './happenings.ts';

/** What the owner's sources call a number, or undefined where they have no name for it. */
export type Names = (number: string) => string | undefined;

/** A party from what an event says of it. */
export type Naming = (number: string, name: string) => Party;

/**
 * A party as an event names it, called as the owner's sources call its number. PJSIP keeps the backslashes that a
 * quoted name needs in SIP before quotes and backslashes (RFC 3261, quoted-pair); they are no part of the name.
 */
export function naming(names: Names): Naming {
  return (number, name) => ({ number, name: (number === '' ? undefined : names(number)) ?? unquoted(name) });
}

/** A party of which anything is known. */
export function known(party: Party | undefined): Party | undefined {
  return party === undefined || (party.number === '' && party.name === '') ? undefined : party;
}

function unquoted(name: string): string {
  return name.includes('\\') ? name.replaceAll(/\\(["\\])/g, '$1') : name;
}
