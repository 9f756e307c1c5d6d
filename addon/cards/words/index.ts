import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { nl } from './nl.ts';
import type { Words } from './words.ts';

export type { Words } from './words.ts';

const LANGUAGES: Readonly<Record<string, Words>> = { de, en, es, fr, nl };

/** The words of a language tag such as `de-CH`; English where we do not speak it. */
export function words(language: string | undefined): Words {
  return LANGUAGES[language?.toLowerCase().split(/[-_]/)[0] ?? ''] ?? en;
}

/** The page's language, for the editor's form, which gets no `hass`. */
export function pageWords(): Words {
  return words(document.documentElement.lang);
}
