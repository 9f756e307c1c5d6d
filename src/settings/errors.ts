/** What is wrong with the settings, said all at once and without a secret in it. */
import type { Path } from './walk.ts';

export interface Problem {
  /** `asterisk.0.port`; for an unknown key, the key as it was written. Empty: the source as a whole. */
  readonly path: string;
  /** What was given, as text; null when nothing was, and `(hidden)` for anything that may be secret. */
  readonly value: string | null;
  /** What is allowed there, or what to do, in words. */
  readonly allowed: string;
  /** The nearest key that exists, for one that does not. */
  readonly nearest?: string;
  /** Where it was given: a file's name, `environment`, `flags`, `app options`. */
  readonly source?: string;
  /** What is wrong, when it is neither a value that is not allowed nor one that is missing. */
  readonly kind?: 'unknown key' | 'not found' | 'unreadable' | 'conflict';
}

export const HIDDEN = '(hidden)';

/** Every problem that was found. The process ends with exit code 2 on it. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`;
    super([`${count} in the settings:`, ...problems.map((p) => `  ${sentence(p)}`)].join('\n'));
    this.problems = problems;
  }
}

/** One line about one problem. */
export function sentence({ path, value, allowed, nearest, source, kind }: Problem): string {
  const what = kind
    ? `${value === null ? '' : `${value} `}${kind}`
    : value === null
      ? 'missing'
      : `${value} is not allowed`;
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  const from = source === undefined ? '' : ` (${source})`;
  return `${path ? `${path}: ` : ''}${what}.${hint} Allowed: ${allowed}${from}`;
}

export function joinPath(path: Path): string {
  return path.join('.');
}
