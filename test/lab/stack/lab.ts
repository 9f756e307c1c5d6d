import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Asterisk } from './asterisk.ts';
import { sweep, watchOver } from './cleanup.ts';
import { Lock } from './lock.ts';
import { type Place, placeFromEnvironment } from './place.ts';
import { Tree } from './tree.ts';

/** What a lab is to consist of. */
export interface LabParts {
  /** Names of the Asterisks; the first gets port 5038, the second 5039. */
  readonly asterisks?: readonly string[];
}

/** The real stack on this machine: see test/lab/README.md. */
export class Lab implements AsyncDisposable {
  readonly place: Place;
  readonly #asterisks: ReadonlyMap<string, Asterisk>;
  readonly #undo: AsyncDisposableStack;

  private constructor(place: Place, asterisks: Asterisk[], undo: AsyncDisposableStack) {
    this.place = place;
    this.#asterisks = new Map(asterisks.map((asterisk) => [asterisk.name, asterisk]));
    this.#undo = undo;
  }

  /** Brings the parts up, in this process's name. Whatever goes wrong, nothing is left behind. */
  static async start(parts: LabParts, place = placeFromEnvironment()): Promise<Lab> {
    await using undo = new AsyncDisposableStack();
    const lockFile = join(place.cache, `run-${place.offset}.lock`);
    undo.use(
      await Lock.take(
        lockFile,
        `The lab at port base ${place.offset}`,
        Number(process.env.LAB_WAIT ?? 0),
        ' Wait for it with LAB_WAIT=seconds, or take other ports with LAB_PORT_BASE=100.',
      ),
    );
    await sweep(place);
    await mkdir(place.run, { recursive: true });
    undo.defer(() => sweep(place));
    undo.defer(watchOver(place, lockFile));
    const tree = await Tree.make(place);
    const asterisks = (parts.asterisks ?? []).map((name, index) => new Asterisk(place, tree, name, index));
    for (const asterisk of asterisks) undo.defer(() => asterisk.stop());
    await Promise.all(asterisks.map((asterisk) => asterisk.start()));
    return new Lab(place, asterisks, undo.move());
  }

  /** The Asterisk of that name. */
  asterisk(name = 'home'): Asterisk {
    const found = this.#asterisks.get(name);
    if (!found)
      throw new Error(`this lab has no Asterisk ${name}: ${[...this.#asterisks.keys()].join(', ')}`);
    return found;
  }

  /** Ends everything in order and removes what the run wrote. */
  async stop(): Promise<void> {
    await this.#undo.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
