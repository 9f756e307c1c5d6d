import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Asterisk } from './asterisk.ts';
import { Broker } from './broker.ts';
import { Browser } from './browser.ts';
import { sweep, watchOver } from './cleanup.ts';
import { Doorbell } from './doorbell.ts';
import { HomeAssistant } from './homeassistant.ts';
import { Lock } from './lock.ts';
import { Phone, type PhoneOptions } from './phone.ts';
import { type Place, placeFromEnvironment } from './place.ts';
import { Tree } from './tree.ts';

/** What a lab consists of. */
export interface LabParts {
  /** Names of the Asterisks; the first gets port 5038, the second 5039. */
  readonly asterisks?: readonly string[];
  /** mosquitto. */
  readonly broker?: boolean;
  /** Home Assistant; with the broker, its MQTT integration is set up. */
  readonly homeAssistant?: boolean;
}

/** The real stack on this machine: see test/lab/README.md. */
export class Lab implements AsyncDisposable {
  readonly place: Place;
  readonly parts: LabParts;
  readonly #asterisks: ReadonlyMap<string, Asterisk>;
  readonly #broker: Broker | undefined;
  readonly #homeAssistant: HomeAssistant | undefined;
  readonly #undo = new AsyncDisposableStack();

  private constructor(place: Place, parts: LabParts) {
    const tree = Tree.at(place);
    this.place = place;
    this.parts = parts;
    this.#asterisks = new Map(
      parts.asterisks?.map((name, index) => [name, new Asterisk(place, tree, name, index)]),
    );
    this.#broker = parts.broker ? new Broker(place, tree) : undefined;
    this.#homeAssistant = parts.homeAssistant ? new HomeAssistant(place, tree) : undefined;
  }

  /** Brings the parts up. They end when this lab is disposed of or this process ends, in whatever way. */
  static async start(parts: LabParts, place = placeFromEnvironment()): Promise<Lab> {
    if (process.getuid?.() !== 0)
      throw new Error('the lab needs root: it mounts and changes the root folder');
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
    await Tree.make(place);
    const lab = new Lab(place, parts);
    undo.defer(() => lab.#stopParts());
    await lab.#startParts();
    await writeFile(partsFile(place), JSON.stringify(parts));
    lab.#undo.use(undo.move());
    return lab;
  }

  /** The lab that another process of this machine has started: for test files, whose lab vitest has up. */
  static attach(place = placeFromEnvironment()): Lab {
    return new Lab(place, JSON.parse(readFileSync(partsFile(place), 'utf8')) as LabParts);
  }

  /** The Asterisk of that name. */
  asterisk(name = 'home'): Asterisk {
    return this.#part(this.#asterisks.get(name), `Asterisk ${name}`);
  }

  get broker(): Broker {
    return this.#part(this.#broker, 'broker');
  }

  get homeAssistant(): HomeAssistant {
    return this.#part(this.#homeAssistant, 'Home Assistant');
  }

  /** A doorbell of an Asterisk: see {@link Doorbell}. */
  doorbell(user = '8000', asterisk = this.asterisk()): Doorbell {
    return new Doorbell(this.place, Tree.at(this.place), asterisk, user);
  }

  /** A phone of an Asterisk, turned on and registered: see {@link Phone}. */
  async phone(user: string, options: PhoneOptions = {}, asterisk = this.asterisk()): Promise<Phone> {
    return new Phone(this.place, Tree.at(this.place), asterisk, user, options).start();
  }

  /** A headless Chromium: see {@link Browser}. */
  async browser(): Promise<Browser> {
    return Browser.start(this.place);
  }

  /** Ends what this process has begun: the whole stack for the one that started it. */
  async stop(): Promise<void> {
    await this.#homeAssistant?.close();
    await this.#undo.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #startParts(): Promise<void> {
    const asterisks = [...this.#asterisks.values()].map((asterisk) => asterisk.start());
    await this.#broker?.start();
    await this.#homeAssistant?.create(this.#broker);
    await Promise.all(asterisks);
  }

  async #stopParts(): Promise<void> {
    const parts = [this.#homeAssistant, this.#broker, ...this.#asterisks.values()];
    await Promise.all(parts.map((part) => part?.stop()));
  }

  #part<T>(part: T | undefined, name: string): T {
    if (part === undefined) throw new Error(`this lab has no ${name}: it has ${JSON.stringify(this.parts)}`);
    return part;
  }
}

function partsFile(place: Place): string {
  return join(place.run, 'parts.json');
}
