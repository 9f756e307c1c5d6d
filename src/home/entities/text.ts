/** Texts from callers, made fit to be shown. */
import type { Party } from '../../pbx/happenings.ts';
import { idOf } from '../../pbx/ids.ts';
import type { Value } from './model.ts';

/** Home Assistant's limit for a state (MAX_LENGTH_STATE_STATE); longer ones become `unknown`. */
const LONGEST = 255;

/**
 * Home Assistant's recorder drops an entity's attributes when they take more than 16 KB: characters of a text, each of
 * which may take four bytes; bytes of a list; bytes of a list of names among other texts.
 */
const LONGEST_BLOCK = 3000;
const LISTED = 14_700;
const NAMED = 8_000;

/** What would read as Home Assistant's own words about a state rather than as a name. */
const RESERVED = new Set(['', 'none', 'unknown', 'unavailable']);

/** One line of at most 255 characters. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to go
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return line.length <= LONGEST ? line : [...line].slice(0, LONGEST).join('');
}

/** A text of several lines, for an attribute: at most 3,000 characters, and no control characters but line feeds. */
export function block(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to go
  const lines = text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]+/g, ' ');
  return lines.length <= LONGEST_BLOCK ? lines : [...lines].slice(0, LONGEST_BLOCK).join('');
}

/** The first rows of a list, as many as there is room for among an entity's attributes. */
export function within<T>(rows: readonly T[], bytes = LISTED): readonly T[] {
  let taken = 0;
  const over = rows.findIndex((row) => {
    taken += Buffer.byteLength(JSON.stringify(row)) + 1;
    return taken > bytes;
  });
  return over < 0 ? rows : rows.slice(0, over);
}

/** The first names of a list, as many as there is room for in an event. */
export function namesOf(all: readonly { readonly name: string }[]): readonly string[] {
  return within(
    all.map(({ name }) => plain(name)),
    NAMED,
  );
}

/** A text as an entity's state: null where it says nothing, or poses as a state that means something else. */
export function stateText(text: string): Value {
  const line = plain(text);
  return RESERVED.has(line.toLowerCase()) ? null : line;
}

/** Whom a person would say that is: the name, else the number. */
export function partyState(party: Party | null): Value {
  return party === null ? null : (stateText(party.name) ?? stateText(party.number));
}

/** A party as attributes. */
export function partyAttributes(party: Party | null): { caller_name: string; caller_number: string } {
  return { caller_name: plain(party?.name ?? ''), caller_number: plain(party?.number ?? '') };
}

/** An entity's key from Asterisk's name of a thing: Home Assistant's templates take none that begins with a digit. */
export function keyFrom(name: string): string {
  const id = idOf(name);
  return /^\d/.test(id) ? `number_${id}` : id;
}

/** `Küche 1` as the start of an entity id: `kuche_1`; the fallback where no letter of it can be written so. */
export function slugOf(name: string, fallback: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  if (slug === '') return fallback;
  return /^[0-9_]+$/.test(slug) ? `${fallback.split('_')[0]}_${slug}` : slug;
}
