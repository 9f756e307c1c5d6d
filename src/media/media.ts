/** Speech and media, made ready for Asterisk to play: fetched, converted, shaped, and served or written to a folder. */
import { Clips } from './clips.ts';
import { samplesFrom } from './convert.ts';
import { type Address, download } from './download.ts';
import { MediaError } from './errors.ts';
import { Folder, type FolderOptions } from './folder.ts';
import { type Found, findProgram, PROGRAM_NAMES } from './programs.ts';
import { ClipServer } from './server.ts';
import { type Shape, secondsOf, shaped } from './shape.ts';
import { BYTES_PER_SECOND, wavOf } from './wav.ts';

/** What is to be said, in which voice. What is left out, Home Assistant chooses. */
export interface Speech {
  readonly text: string;
  readonly language?: string | undefined;
  readonly engine?: string | undefined;
  readonly voice?: string | undefined;
}

export type Source =
  | { readonly kind: 'speech'; readonly speech: Speech }
  /** A `media-source://…` of Home Assistant's. */
  | { readonly kind: 'media'; readonly id: string }
  /** Nothing but the shape's silence. */
  | { readonly kind: 'silence' };

/** A sound that an Asterisk can play now. */
export interface Clip {
  /** What its `Playback` is given. */
  readonly playback: string;
  /** s of all of it. */
  readonly seconds: number;
  /** False: nobody has fetched it. A file that was written needs no fetching. */
  readonly fetched: boolean;
  /** It is no longer wanted. */
  release(): Promise<void>;
}

export interface MediaOptions {
  /** How Asterisk reaches us, such as `http://192.168.1.5:8098`; null: a PBX on this machine only. */
  readonly url: string | null;
  /** Where to listen; null: on this machine alone, on all its addresses as soon as there is a `url`. */
  readonly host: string | null;
  /** Null: the port of `url`, else any free one. */
  readonly port: number | null;
  /** Instead of HTTP. */
  readonly folder: FolderOptions | null;
  /** Whether this PBX is on this machine. */
  near(pbx: string): boolean;
  /** Where the spoken text is to be had. @param wav as Asterisk plays it, since nothing here can convert */
  say(speech: Speech, wav: boolean): Promise<Address>;
  /** Where a media source's file is to be had. */
  resolve(id: string): Promise<Address>;
  readonly fetch: typeof fetch;
  /** `PATH` */
  readonly path: string;
  readonly log: MediaLog;
}

export interface MediaLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** s that an announcement may last. */
const LONGEST = 120;
/** ms that a sound is kept when nobody says that it is no longer wanted. */
const LIFETIME = 10 * 60_000;
/** Bytes: thirty of the longest. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Sounds that are fetched and converted at once, each within its own limits; the others wait for their turn. */
const MOST_AT_ONCE = 4;

export class Media {
  readonly #options: MediaOptions;
  readonly #clips = new Clips({ most: MOST_BYTES });
  readonly #server = new ClipServer(this.#clips);
  readonly #folder: Folder | null;
  #program: Found | null = null;
  /** How Asterisk on this machine reaches us. */
  #local = '';
  #problem: string | null = 'The companion is starting.';
  #making = 0;
  readonly #turns: (() => void)[] = [];

  constructor(options: MediaOptions) {
    this.#options = options;
    this.#folder = options.folder === null ? null : new Folder(options.folder);
  }

  /** Never throws: what does not work is logged, and every announcement answers with it. */
  async start(): Promise<void> {
    const { path, log } = this.#options;
    this.#program = await findProgram(path);
    if (this.#program === null)
      log.info({}, `No ${PROGRAM_NAMES} on the PATH: announcements can play what Home Assistant converts`);
    else log.info({ program: this.#program.path }, 'Sounds for announcements are converted by it');
    await this.#folder?.tidy();
    if (this.#folder !== null) this.#problem = null;
    else await this.#listen();
  }

  async stop(): Promise<void> {
    this.#problem = 'The companion stops.';
    await this.#server.stop();
    this.#clips.clear();
  }

  /**
   * @param pbx who is to play it
   * @throws MediaError
   */
  async clip(pbx: string, source: Source, shape: Shape): Promise<Clip> {
    const base = this.#base(pbx);
    const samples = await this.#inTurn(() => this.#samples(source));
    const seconds = secondsOf(samples.length / BYTES_PER_SECOND, shape);
    if (seconds > LONGEST)
      throw new MediaError(
        'invalid',
        `That takes ${Math.round(seconds)} s, and an announcement may take ${LONGEST} s: repeat it less often.`,
        'repeat',
      );
    const wav = wavOf(shaped(samples, shape));
    if (this.#folder !== null) {
      const { playback, remove } = await this.#folder.keep(wav);
      return { playback, seconds, fetched: true, release: remove };
    }
    const kept = this.#clips.keep(wav, LIFETIME);
    return {
      playback: `${base}/media/${kept.id}.wav`,
      seconds,
      get fetched() {
        return kept.fetched > 0;
      },
      release: async () => this.#clips.drop(kept.id),
    };
  }

  async #inTurn<T>(make: () => Promise<T>): Promise<T> {
    if (this.#making < MOST_AT_ONCE) this.#making += 1;
    else await new Promise<void>((resolve) => this.#turns.push(resolve));
    try {
      return await make();
    } finally {
      const next = this.#turns.shift();
      // The turn goes on to the one who waits longest.
      if (next === undefined) this.#making -= 1;
      else next();
    }
  }

  async #samples(source: Source): Promise<Buffer> {
    if (source.kind === 'silence') return Buffer.alloc(0);
    const address =
      source.kind === 'media'
        ? await this.#options.resolve(source.id)
        : await this.#options.say(source.speech, this.#program === null);
    return samplesFrom(await download(address, this.#options.fetch), this.#program, LONGEST);
  }

  #base(pbx: string): string {
    const { url, near } = this.#options;
    if (this.#problem !== null) throw new MediaError('unavailable', this.#problem);
    if (this.#folder !== null) return '';
    if (url !== null) return url.replace(/\/+$/, '');
    if (near(pbx)) return this.#local;
    throw new MediaError(
      'forbidden',
      `Asterisk ${pbx} is on another machine and has to know where to fetch the sound: set announce.url to how it ` +
        'reaches this machine, such as http://192.168.1.5:8098.',
    );
  }

  async #listen(): Promise<void> {
    const { url, log } = this.#options;
    const host = this.#options.host ?? (url === null ? '127.0.0.1' : '0.0.0.0');
    const wanted = this.#options.port ?? (url === null ? 0 : portOf(url));
    try {
      const port = await this.#server.start(host, wanted);
      const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
      this.#local = `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
      this.#problem = null;
      log.info({ host, port }, 'Sounds are served to Asterisk');
    } catch (error) {
      this.#problem = `Sounds cannot be served to Asterisk on ${host}:${wanted} (announce.host, announce.port): ${
        (error as Error).message
      }`;
      log.error({ err: error }, this.#problem);
    }
  }
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
