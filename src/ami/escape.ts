/** C escapes, as Asterisk's `ast_escape_c` makes them in names and variables. */

const PLAIN: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Undoes C escapes: `O\'Brien` → `O'Brien`. A backslash at the very end stays. */
export function unescapeC(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(.)/gs, (_, letter: string) => PLAIN[letter] ?? letter);
}
