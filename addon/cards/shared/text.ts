/**
 * Texts from outside: callers choose their names. Lit writes them as text nodes, never as markup; what is left
 * to guard against are characters that break a line's layout.
 */

// Controls, line separators, and the marks that turn the writing direction around.
const LAYOUT = /[\p{Control}\p{Line_Separator}\p{Paragraph_Separator}\p{Bidi_Control}]+/gu;

/** One line of plain text, `''` for anything that is no text. Numbers count as text. */
export function plain(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.replace(LAYOUT, ' ').trim() : '';
}
