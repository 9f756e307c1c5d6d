/** The link to one Asterisk, kept up. */
import { randomBytes } from 'node:crypto';
import type { AmiAction, ListAction } from './actions.ts';
import { backoffDelay } from './backoff.ts';
import { AmiActionError, AmiDisconnected } from './errors.ts';
import { type EventHandlers, Listeners } from './listeners.ts';
import { rightsFrom } from './login.ts';
import { NO_EVENTS, subscriptionFor } from './mask.ts';
import type { AmiEvent, ListItem, ListName } from './messages.ts';
import { type AmiLimits, type AmiLog, type AmiOptions, type AmiStatus, DEFAULT_LIMITS } from './options.ts';
import type { Problem } from './problems.ts';
import { originateFailure } from './reasons.ts';
import type { Expected, Outcome } from './requests.ts';
import type { AmiResponse } from './response.ts';
import { type Opened, Session } from './session.ts';

export interface SendOptions {
  /** ms; `limits.actionMs` by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** ms that Asterisk rings for an Originate without `Timeout`. */
const ORIGINATE_MS = 30_000;

const SILENT: AmiLog = { debug() {}, info() {}, warn() {}, error() {} };

export class AmiClient {
  readonly #options: AmiOptions;
  readonly #limits: AmiLimits;
  readonly #log: AmiLog;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #listeners: Listeners;
  readonly #statusListeners = new Set<(status: AmiStatus) => void>();
  #status: AmiStatus = { state: 'idle', problem: null, version: '', rights: null, bootedAt: null };
  #running = false;
  #session: Session | null = null;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #maskDue = false;

  /** Only takes note; {@link start} connects. */
  constructor(options: AmiOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#log = options.log ?? SILENT;
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
    this.#listeners = new Listeners(this.#log, (name, change) => this.#session?.want(name, change));
  }

  get status(): AmiStatus {
    return this.#status;
  }

  /** Connects, and again whenever the link is lost, until {@link stop}. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#connect();
  }

  /** Logs off. Leaves no timer and no socket; actions in flight fail with AmiDisconnected. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    clearTimeout(this.#retry);
    await this.#session?.logoff();
    if (!this.#running) this.#announce({ state: 'idle', problem: null });
  }

  /** Hears every change of {@link status}. Returns the way to stop. */
  onStatus(listener: (status: AmiStatus) => void): () => void {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  }

  /**
   * Hears events, in the order of the wire and before anything that came later is read. What nobody hears Asterisk
   * is asked not to send. Items of a list go to who asked for it, not here. A handler that throws is logged; the
   * others go on. Returns the way to stop.
   */
  listen(handlers: EventHandlers): () => void {
    const remove = this.#listeners.add(handlers);
    this.#refreshMask();
    return () => {
      remove();
      this.#refreshMask();
    };
  }

  /**
   * Asks anew what the user may do, for {@link status}: a module that was loaded brings actions, one that was unloaded
   * takes its own away. Errors as {@link send}.
   */
  async askRights(): Promise<void> {
    const listed = rightsFrom(await this.send({ Action: 'ListCommands' }));
    const { state, rights } = this.#status;
    if (state === 'up') this.#announce({ rights: { ...listed, reads: rights?.reads ?? null } });
  }

  /**
   * Sends an action and gives its answer. An Originate is always sent with `Async`: without, Asterisk would keep
   * everything else waiting until the phone is answered.
   * @throws AmiInputError, AmiActionError, AmiDisconnected, AmiTimeout; the signal's reason when it aborts.
   */
  async send(action: AmiAction, options: SendOptions = {}): Promise<AmiResponse> {
    const sent = action.Action === 'Originate' ? ({ ...action, Async: 'true' } as const) : action;
    return (await this.#request(sent, 'answer', options, this.#limits.actionMs)).response;
  }

  /**
   * Sends a list action and gives all items, in the order of the wire; none is an empty array. Errors as
   * {@link send}, and AmiProtocolError when there are more than `limits.listItems`.
   */
  async list<A extends ListName>(
    action: ListAction<A> & { readonly Action: A },
    options: SendOptions = {},
  ): Promise<ListItem<A>[]> {
    const outcome = await this.#request(action as AmiAction, 'list', options, this.#limits.actionMs);
    return outcome.items as ListItem<A>[];
  }

  /**
   * Places a call and waits for how it went: answered, or an AmiActionError whose `reason` is in words. The time
   * allowed is the action's `Timeout` and `limits.actionMs` for Asterisk to tell.
   */
  async originate(
    action: AmiAction<'Originate'>,
    options: SendOptions = {},
  ): Promise<AmiEvent<'OriginateResponse'>> {
    const sent = { ...action, Async: 'true' } as const;
    const allowed = (action.Timeout ?? ORIGINATE_MS) + this.#limits.actionMs;
    const { event } = await this.#request(sent, 'originate', options, allowed);
    if (event.Response === 'Success') return event;
    throw new AmiActionError(
      'Originate',
      originateFailure(action.Channel, event.Reason),
      'failed',
      event.Reason,
    );
  }

  async #request<E extends Expected>(
    action: AmiAction,
    expected: E,
    { timeoutMs, signal }: SendOptions,
    allowed: number,
  ): Promise<Extract<Outcome, { kind: E }>> {
    // what was listened for just before is to hear what this sets off
    if (this.#maskDue) this.#tellMask();
    const session = this.#status.state === 'up' ? this.#session : null;
    if (session === null) {
      throw new AmiDisconnected(action.Action, this.#status.problem?.message ?? 'not connected to Asterisk');
    }
    const outcome = await session.request(action, expected, timeoutMs ?? allowed, signal);
    return outcome as Extract<Outcome, { kind: E }>;
  }

  #connect(): void {
    this.#announce({ state: 'connecting' });
    const session: Session = new Session({
      target: this.#options,
      limits: this.#limits,
      log: this.#log,
      now: this.#now,
      nonce: randomBytes(6).toString('hex'),
      subscription: () =>
        this.#options.events === false ? NO_EVENTS : subscriptionFor(this.#listeners.names()),
      onEvent: (event) => this.#listeners.emit(event),
      onWaiting: (problem) => this.#announce({ problem: this.#dated(problem) }),
      onClosed: (problem) => this.#closed(session, problem),
    });
    this.#session = session;
    for (const name of this.#listeners.names()) session.want(name, 1);
    // why it failed is told through onClosed
    session.open().then(
      (opened) => this.#opened(session, opened),
      () => {},
    );
  }

  #opened(session: Session, { version, rights, uptime }: Opened): void {
    if (this.#session !== session) return;
    this.#failures = 0;
    this.#log.info({ version }, 'connected to Asterisk');
    const bootedAt = uptime === null ? null : this.#now() - uptime * 1000;
    this.#announce({ state: 'up', problem: null, version, rights, bootedAt });
    // somebody may have begun to listen while the session was opening
    this.#refreshMask();
  }

  #closed(session: Session, problem: Problem): void {
    if (this.#session !== session) return;
    this.#session = null;
    if (!this.#running) return;
    this.#failures++;
    const delay = problem.retrySlowly
      ? this.#limits.refusedLoginRetryMs
      : backoffDelay(this.#failures, this.#limits.backoff, this.#random);
    this.#retry = setTimeout(() => this.#connect(), delay);
    const news = problem.message !== this.#status.problem?.message;
    if (news) this.#log.warn({ code: problem.code, retryInMs: delay }, problem.message);
    this.#announce({ state: 'down', problem: this.#dated(problem) });
  }

  /** With its time: when it was first seen, if it is the same as before. */
  #dated({ code, message }: Problem): NonNullable<AmiStatus['problem']> {
    const known = this.#status.problem;
    return known?.message === message ? known : { code, message, at: this.#now() };
  }

  #announce(change: Partial<AmiStatus>): void {
    this.#status = { ...this.#status, ...change };
    for (const listener of [...this.#statusListeners]) {
      try {
        listener(this.#status);
      } catch (err) {
        this.#log.error({ err }, 'a listener for the status of the link failed');
      }
    }
  }

  /** Once for all handlers that come or go together. */
  #refreshMask(): void {
    if (this.#maskDue || this.#status.state !== 'up') return;
    this.#maskDue = true;
    queueMicrotask(() => this.#tellMask());
  }

  #tellMask(): void {
    if (!this.#maskDue) return;
    this.#maskDue = false;
    this.#session?.refreshMask().catch((err: unknown) => {
      this.#log.warn({ err }, 'Asterisk was not told which events are wanted now');
    });
  }
}
