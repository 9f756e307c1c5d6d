/** A folder that Asterisk plays from, mapped here too: for one that cannot fetch over HTTP. */
import { randomBytes } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskProblem, MediaError } from './errors.ts';

export interface FolderOptions {
  /** As the companion sees it. */
  readonly path: string;
  /** As Asterisk does: an absolute path, or one below its sounds. */
  readonly asterisk_path: string;
}

const OURS = /^companion-[0-9a-f]{32}\.wav$/;

export class Folder {
  readonly #options: FolderOptions;

  constructor(options: FolderOptions) {
    this.#options = options;
  }

  /** Takes away what an earlier run has left. */
  async tidy(): Promise<void> {
    const left = await readdir(this.#options.path).catch(() => []);
    for (const name of left.filter((one) => OURS.test(one))) await this.#remove(name);
  }

  /**
   * Writes a sound, and gives the name that Asterisk plays it by and the way to take it away.
   * @throws MediaError in words: the disk is full, the folder is not there
   */
  async keep(wav: Buffer): Promise<{ playback: string; remove(): Promise<void> }> {
    const name = `companion-${randomBytes(16).toString('hex')}`;
    const { path, asterisk_path: asteriskPath } = this.#options;
    try {
      await writeFile(join(path, `${name}.wav`), wav, { flag: 'wx', mode: 0o644 });
    } catch (error) {
      await this.#remove(`${name}.wav`);
      throw new MediaError(
        'unavailable',
        `The sound cannot be written for Asterisk (announce.folder): ${diskProblem(error, path)}.`,
      );
    }
    return {
      playback: `${asteriskPath.replace(/\/+$/, '')}/${name}`,
      remove: () => this.#remove(`${name}.wav`),
    };
  }

  async #remove(name: string): Promise<void> {
    await rm(join(this.#options.path, name), { force: true }).catch(() => {});
  }
}
