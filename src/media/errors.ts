/** Why a sound is not to be had. The message says what was wrong and what to do; it never holds a token. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  /**
   * `invalid`: what was asked for cannot be. `forbidden`: the settings do not allow it. `unavailable`: something that
   * it needs is not there now. `failed`: it was tried.
   */
  readonly code: 'invalid' | 'forbidden' | 'unavailable' | 'failed';
  /** What was asked wrongly, such as `media`, or null. */
  readonly field: string | null;

  constructor(code: MediaError['code'], message: string, field: string | null = null) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

/** What the file system says, in words; its own message where there are none. */
export function diskProblem(error: unknown, folder: string): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return `${folder}: ${PROBLEMS[code] ?? message}`;
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'may not be written to',
  EDQUOT: 'its quota is used up',
  ENOENT: 'there is no such folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'is no folder',
  EROFS: 'is on a disk that may only be read',
};
