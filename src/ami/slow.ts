/** A second link to the same Asterisk, for what takes long. */
import type { AmiAction, ListAction } from './actions.ts';
import { AmiClient, type SendOptions } from './client.ts';
import { AmiDisconnected } from './errors.ts';
import type { ListItem, ListName } from './messages.ts';
import type { AmiLog, AmiOptions, AmiStatus } from './options.ts';
import type { AmiResponse } from './response.ts';

/** ms for the link to come up once it is wanted. */
const CONNECT_MS = 10_000;

/**
 * Asterisk serves each AMI session by one thread, so a list of a thousand items keeps back the events of the session
 * that asked for it. Such lists go over this one: without events, connected when it is first used. An Asterisk that
 * lets no user in twice (`allowmultiplelogin = no`) refuses it; then the first link does it, and that is said once.
 */
export class SlowLink {
  readonly #client: AmiClient;
  readonly #first: Pick<AmiClient, 'send' | 'list'>;
  readonly #log: AmiLog;
  #started = false;
  #stopped = false;
  #refused = false;

  /** Only takes note. */
  constructor(options: AmiOptions & { readonly log: AmiLog }, first: Pick<AmiClient, 'send' | 'list'>) {
    this.#log = options.log;
    this.#first = first;
    this.#client = new AmiClient({ ...options, events: false, log: quiet(options.log) });
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
    await this.#client.stop();
  }

  /** The link to use, as soon as it is up. */
  async #link(action: string): Promise<Pick<AmiClient, 'send' | 'list'>> {
    if (this.#stopped) throw new AmiDisconnected(action, 'the second link to Asterisk was stopped');
    if (!this.#started) {
      this.#started = true;
      this.#client.start();
    }
    const status = await this.#settled();
    if (status.state === 'up') {
      this.#refused = false;
      return this.#client;
    }
    if (status.problem?.code !== 'refused_login')
      throw new AmiDisconnected(action, status.problem?.message ?? 'the second link to Asterisk is not up');
    if (!this.#refused)
      this.#log.warn(
        {},
        'Asterisk lets the AMI user in once only (allowmultiplelogin in manager.conf): long lists are asked for ' +
          'over the first link, and events wait for them',
      );
    this.#refused = true;
    return this.#first;
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
