/** Asterisk's voicemail folder, where this machine may read it. Only AMI changes what is in it. */
import { access, readdir, readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';

/** Endings that Asterisk records with, the ones that a browser plays first. */
const SOUNDS = ['.wav', '.mp3', '.ogg', '.WAV', '.wav49', '.gsm', '.ulaw', '.g722'] as const;

/** Places remembered. */
const MOST_KNOWN = 1000;

export class Spool {
  /** `/var/spool/asterisk/voicemail`, as it is called here. */
  readonly root: string;
  /** Where a message was last: its number within the folder changes when another one goes. */
  readonly #known = new Map<string, string>();

  constructor(root: string) {
    this.root = root;
  }

  /** @throws what the file system says */
  async check(): Promise<void> {
    await access(this.root);
  }

  /** The file that holds a message's sound; null where there is none. `folder` is Asterisk's name of it. */
  async find(number: string, context: string, folder: string, id: string): Promise<string | null> {
    const key = [context, number, folder, id].join('/');
    const dir = join(this.root, context, number, folder);
    const known = this.#known.get(key);
    const name =
      known !== undefined && (await holds(join(dir, known), id)) ? known : await this.#search(dir, id);
    if (name === null) return null;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(key, name);
    const present = new Set(await readdir(dir));
    const base = parse(name).name;
    const ending = SOUNDS.find((each) => present.has(base + each));
    return ending === undefined ? null : join(dir, base + ending);
  }

  /** The file that describes the message, such as `msg0003.txt`. */
  async #search(dir: string, id: string): Promise<string | null> {
    const names = await readdir(dir).catch(() => []);
    for (const name of names)
      if (/^msg\d+\.txt$/.test(name) && (await holds(join(dir, name), id))) return name;
    return null;
  }
}

async function holds(file: string, id: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').includes(`msg_id=${id}`);
}
