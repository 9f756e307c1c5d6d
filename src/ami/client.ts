/** The link to one Asterisk. */
import type { AmiAction, ListAction } from './actions.ts';
import type { AmiEvent, EventName, ListItem, ListName } from './messages.ts';
import type { AmiOptions, AmiStatus } from './options.ts';
import type { AmiResponse } from './response.ts';

/** Event name → what to do with it. */
export type EventHandlers = { readonly [N in EventName]?: (event: AmiEvent<N>) => void };

export interface SendOptions {
  /** ms; `limits.actionMs` by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export class AmiClient {
  readonly #options: AmiOptions;
  readonly #status: AmiStatus = { state: 'idle', problem: null, version: '', rights: null, bootedAt: null };

  /** Only takes note; {@link start} connects. */
  constructor(options: AmiOptions) {
    this.#options = options;
  }

  get status(): AmiStatus {
    return this.#status;
  }

  /** Connects, and again whenever the link is lost, until {@link stop}. */
  start(): void {
    throw new Error(`not yet: ${this.#options.host}`);
  }

  /** Logs off. Leaves no timer and no socket. */
  async stop(): Promise<void> {}

  /** Hears every change of {@link status}. Returns the way to stop. */
  onStatus(_listener: (status: AmiStatus) => void): () => void {
    throw new Error('not yet');
  }

  /**
   * Hears events, in the order of the wire. What nobody hears Asterisk is asked not to send. A handler that
   * throws is logged; the others go on. Returns the way to stop.
   */
  listen(_handlers: EventHandlers): () => void {
    throw new Error('not yet');
  }

  /**
   * Sends an action and gives its answer.
   * @throws AmiInputError, AmiActionError, AmiDisconnected, AmiTimeout; the signal's reason when it aborts.
   */
  send(_action: AmiAction, _options?: SendOptions): Promise<AmiResponse> {
    throw new Error('not yet');
  }

  /** Sends a list action and gives all items, in the order of the wire. Errors as {@link send}. */
  list<A extends ListName>(
    _action: ListAction<A> & { Action: A },
    _options?: SendOptions,
  ): Promise<ListItem<A>[]> {
    throw new Error('not yet');
  }

  /**
   * Places a call and waits for how it went: answered, or an AmiActionError whose `reason` is in words. The time
   * allowed is the action's `Timeout` and `limits.actionMs` for Asterisk to say so.
   */
  originate(_action: AmiAction<'Originate'>, _options?: SendOptions): Promise<AmiEvent<'OriginateResponse'>> {
    throw new Error('not yet');
  }
}
