/** What `ast_escape_c` writes with a letter. Quotes, the question mark and the backslash stand for themselves. */
const LETTERS: Readonly<Record<string, string>> = {
  '\x07': 'a',
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\v': 'v',
};

/** C escapes, as Asterisk makes them in names: `O'Brien` → `O\'Brien`. */
export function escapeC(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
  return text.replace(/[\x07\b\f\n\r\t\v\\'"?]/g, (character) => `\\${LETTERS[character] ?? character}`);
}
