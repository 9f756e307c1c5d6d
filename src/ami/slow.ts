/** A second link to the same Asterisk, for what takes long. */
import type { AmiAction, ListAction } from './actions.ts';
import { AmiClient, type SendOptions } from './client.ts';
import { AmiDisconnected } from './errors.ts';
import type { ListItem, ListName } from './messages.ts';
import type { AmiLog, AmiOptions, AmiStatus } from './options.ts';
import type { AmiResponse } from './response.ts';

/** ms for the link to come up once it is wanted. */
const CONNECT_MS = 10_000;

/** What the second link needs of the first. */
type First = Pick<AmiClient, 'send' | 'list' | 'status' | 'onStatus'>;

/**
 * Asterisk serves each AMI session by one thread, so a list of a thousand items keeps back the events of the session
 * that asked for it. Such lists go over this one: without events, connected when it is first used, and only while the
 * first link is up. An Asterisk that lets no user in twice (`allowmultiplelogin = no`) refuses it; then the first link
 * does it, and that is said once. It must never be the one that is in while the first is out.
 */
export class SlowLink {
  readonly #client: AmiClient;
  readonly #first: First;
  readonly #log: AmiLog;
  readonly #unlisten: () => void;
  #started = false;
  #stopped = false;
  /** For as long as the first link is up. */
  #refused = false;
  #refusalSaid = false;

  /** Only takes note. */
  constructor(options: AmiOptions & { readonly log: AmiLog }, first: First) {
    this.#log = options.log;
    this.#first = first;
    this.#client = new AmiClient({ ...options, events: false, log: quiet(options.log) });
    this.#unlisten = first.onStatus(({ state }) => {
      if (state === 'up') return;
      this.#refused = false;
      this.#rest();
    });
  }

  /** As {@link AmiClient.send}. */
  async send(action: AmiAction, options?: SendOptions): Promise<AmiResponse> {
    return (await this.#link(action.Action)).send(action, options);
  }

  /** As {@link AmiClient.list}. */
  async list<A extends ListName>(
    action: ListAction<A> & { readonly Action: A },
    options?: SendOptions,
  ): Promise<ListItem<A>[]> {
    return (await this.#link(action.Action)).list(action, options);
  }

  /** Ends it for good; what is in flight fails, and what is asked for later. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unlisten();
    await this.#client.stop();
  }

  /** The link to use, as soon as it is up. */
  async #link(action: string): Promise<Pick<AmiClient, 'send' | 'list'>> {
    if (this.#stopped) throw new AmiDisconnected(action, 'the second link to Asterisk was stopped');
    const { state, problem } = this.#first.status;
    if (state !== 'up') throw new AmiDisconnected(action, problem?.message ?? 'not connected to Asterisk');
    if (this.#refused) return this.#first;
    if (!this.#started) {
      this.#started = true;
      this.#client.start();
    }
    const status = await this.#settled();
    if (status.state === 'up') return this.#client;
    if (status.problem?.code !== 'refused_login')
      throw new AmiDisconnected(action, status.problem?.message ?? 'the second link to Asterisk is not up');
    this.#refused = true;
    this.#rest();
    if (!this.#refusalSaid)
      this.#log.warn(
        {},
        'Asterisk lets the AMI user in once only (allowmultiplelogin in manager.conf): long lists are asked for ' +
          'over the first link, and events wait for them',
      );
    this.#refusalSaid = true;
    return this.#first;
  }

  /** Until it is asked for again. */
  #rest(): void {
    this.#started = false;
    void this.#client.stop();
  }

  /** Waits until it is up or is known not to be. */
  #settled(): Promise<AmiStatus> {
    const settled = ({ state }: AmiStatus) => state === 'up' || state === 'down';
    if (settled(this.#client.status)) return Promise.resolve(this.#client.status);
    return new Promise((resolve) => {
      const end = (status: AmiStatus) => {
        clearTimeout(timer);
        stop();
        resolve(status);
      };
      const timer = setTimeout(() => end(this.#client.status), CONNECT_MS);
      const stop = this.#client.onStatus((status) => {
        if (settled(status) || status.state === 'idle') end(status);
      });
    });
  }
}

/** What the first link has said already is not said twice. */
function quiet(log: AmiLog): AmiLog {
  const debug = (fields: object, message: string) => log.debug({ ...fields, link: 'slow' }, message);
  return { debug, info: debug, warn: debug, error: (fields, message) => log.error(fields, message) };
}
