/**
 * One connection, from connect to close. Made anew for each attempt: nothing that one link left unfinished can
 * reach the next.
 */
import type { Socket } from 'node:net';
import type { AmiAction } from './actions.ts';
import { Decoder } from './decoder.ts';
import { encodeAction } from './encoder.ts';
import { AmiActionError, AmiDisconnected, type AmiError, AmiInputError } from './errors.ts';
import { EventMask } from './event-mask.ts';
import { Keepalive } from './keepalive.ts';
import { ifAllowed, loginAction, readsFrom, rightsFrom } from './login.ts';
import type { Subscription } from './mask.ts';
import type { AmiEvent } from './messages.ts';
import type { AmiLimits, AmiLog, AmiOptions, AmiRights } from './options.ts';
import {
  booting,
  broken,
  closedByPeer,
  connectTimeout,
  greetingTimeout,
  openProblem,
  type Problem,
  protocolProblem,
  refusedLogin,
  silent,
  tlsProblem,
  unreachable,
  unusableLogin,
} from './problems.ts';
import { type Expected, type Outcome, Requests } from './requests.ts';
import type { AmiResponse } from './response.ts';
import { openSocket } from './socket.ts';

export interface SessionOptions {
  readonly target: AmiOptions;
  readonly limits: AmiLimits;
  readonly log: AmiLog;
  readonly now: () => number;
  /** Begins every ActionID; unlike any other session's. */
  readonly nonce: string;
  readonly subscription: () => Subscription;
  readonly onEvent: (event: AmiEvent) => void;
  /** What there is to wait for, while the session opens. */
  readonly onWaiting: (problem: Problem) => void;
  /** Once, when the link is gone and every action in flight has been failed. */
  readonly onClosed: (problem: Problem) => void;
}

/** What a session found out while it opened. */
export interface Opened {
  /** Asterisk's version; `''` when the user may not ask. */
  readonly version: string;
  readonly rights: AmiRights;
  /** s since Asterisk started, or null when it did not say. */
  readonly uptime: number | null;
}

/** ms that Asterisk gets to say goodbye. */
const LOGOFF_MS = 500;

/** ms without FullyBooted after which it is said that Asterisk is still starting. */
const BOOT_NOTICE_MS = 500;

export class Session {
  readonly #options: SessionOptions;
  readonly #decoder: Decoder;
  readonly #requests: Requests;
  readonly #keepalive: Keepalive;
  readonly #mask: EventMask;
  readonly #ready = Promise.withResolvers<void>();
  readonly #greeting = Promise.withResolvers<void>();
  readonly #booted = Promise.withResolvers<number | null>();
  #socket: Socket | null = null;
  #reached = false;
  #secured = false;
  #greeted = false;
  #gone = false;
  #actions = 0;
  #version = '';

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#decoder = new Decoder(
      {
        greeting: () => {
          this.#greeted = true;
          this.#greeting.resolve();
        },
        response: (response) => this.#requests.response(response),
        event: (event, actionId) => this.#event(event, actionId),
        listEnd: (actionId) => this.#requests.listEnd(actionId),
      },
      options.limits.frameBytes,
    );
    this.#requests = new Requests({
      listItems: options.limits.listItems,
      want: (name, change) => this.#decoder.want(name, change),
    });
    const { target, limits, now } = options;
    this.#keepalive = new Keepalive({
      intervalMs: limits.pingIntervalMs,
      now,
      ping: () => this.answer({ Action: 'Ping' }, limits.pingIntervalMs),
      onSilent: () => this.close(silent(target, 2 * limits.pingIntervalMs)),
    });
    this.#mask = new EventMask({
      subscription: options.subscription,
      ask: (action) => this.#ask(action),
      log: options.log,
      onStuck: (part) =>
        this.close({
          code: 'closed',
          message: `connecting anew: ${part} is wanted, and a filter cannot be taken back`,
        }),
    });
    for (const name of ['FullyBooted', 'OriginateResponse']) this.#decoder.want(name, 1);
    // whoever waits for these hears of a failure; nobody may be waiting (any more)
    for (const { promise } of [this.#ready, this.#greeting, this.#booted]) promise.catch(() => {});
  }

  /**
   * Connects, logs in, waits until Asterisk has booted, and asks what it is and may be asked.
   * Rejects when the link is lost or closed on the way, after `onClosed`.
   */
  async open(): Promise<Opened> {
    const { target } = this.#options;
    try {
      this.#socket = openSocket(target, {
        reached: () => {
          this.#reached = true;
        },
        ready: () => {
          this.#secured = true;
          this.#ready.resolve();
        },
        data: (chunk) => this.#data(chunk),
        error: (error) => this.close(this.#socketProblem(error)),
        closed: () => this.close(closedByPeer(target, this.#greeted)),
      });
      return await this.#establish();
    } catch (error) {
      this.close(openProblem(target, error as Error));
      throw error;
    }
  }

  async #establish(): Promise<Opened> {
    const { limits, target } = this.#options;
    await this.#within(limits.connectMs, connectTimeout(target, limits.connectMs), this.#ready.promise);
    await this.#within(limits.loginMs, greetingTimeout(target, limits.loginMs), this.#greeting.promise);
    await this.#login();
    this.#keepalive.start();
    // FullyBooted is an event, too; a link without events stands beside one that has waited for it.
    const uptime = target.events === false ? null : await this.#waitForBoot();
    this.#version = await this.#askVersion();
    await this.refreshMask();
    return { version: this.#version, rights: await this.#askRights(), uptime };
  }

  /** Sends an action and waits for what is expected of it. */
  request(action: AmiAction, expected: Expected, timeoutMs: number, signal?: AbortSignal): Promise<Outcome> {
    const name = action.Action;
    if (this.#gone) return Promise.reject(new AmiDisconnected(name, 'the link to Asterisk is down'));
    const id = `${this.#options.nonce}-${++this.#actions}`;
    try {
      return this.#requests.add(id, name, expected, timeoutMs, signal, () => {
        this.#socket?.write(encodeAction(action, id));
      });
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  async answer(action: AmiAction, timeoutMs: number, signal?: AbortSignal): Promise<AmiResponse> {
    const outcome = await this.request(action, 'answer', timeoutMs, signal);
    return (outcome as Extract<Outcome, { kind: 'answer' }>).response;
  }

  #ask(action: AmiAction): Promise<AmiResponse> {
    return this.answer(action, this.#options.limits.actionMs);
  }

  /** Tells the decoder that an event has one more, or one less, listener. */
  want(name: string, change: 1 | -1): void {
    this.#decoder.want(name, change);
  }

  /** Asks Asterisk for the events that are listened to now, if that has changed. */
  async refreshMask(): Promise<void> {
    await this.#mask.refresh(this.#version);
  }

  /** Says goodbye if that is still possible, and closes. */
  async logoff(): Promise<void> {
    if (this.#greeted && !this.#gone) await this.answer({ Action: 'Logoff' }, LOGOFF_MS).catch(() => {});
    this.close({ code: 'closed', message: 'stopped' });
    const socket = this.#socket;
    if (socket?.closed === false) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  }

  /** Closes at once; further calls do nothing. */
  close(problem: Problem): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#keepalive.stop();
    this.#socket?.destroy();
    const lost = (action: string): AmiError => new AmiDisconnected(action, problem.message);
    for (const { reject } of [this.#ready, this.#greeting, this.#booted]) reject(lost('open'));
    this.#requests.failAll(lost);
    this.#options.onClosed(problem);
  }

  #socketProblem(error: NodeJS.ErrnoException): Problem {
    const { target } = this.#options;
    if (!this.#reached) return unreachable(target, error);
    return this.#secured ? broken(target, error) : tlsProblem(target, error);
  }

  #data(chunk: Buffer): void {
    if (this.#gone) return;
    this.#keepalive.heard();
    try {
      this.#decoder.write(chunk);
    } catch (error) {
      this.close(protocolProblem(this.#options.target, (error as Error).message));
    }
  }

  #event(event: AmiEvent, actionId: string): void {
    if (this.#gone) return;
    if (actionId !== '' && this.#requests.event(event, actionId)) return;
    if (event.Event === 'FullyBooted')
      this.#booted.resolve(event.Uptime === '' ? null : Number(event.Uptime));
    this.#options.onEvent(event);
  }

  /** Waits for something; when it takes too long, closes the link for this reason. */
  async #within<T>(ms: number, problem: Problem, promise: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.close(problem), ms);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async #login(): Promise<void> {
    const { target, limits } = this.#options;
    const from = this.#socket?.localAddress ?? 'this address';
    try {
      const ask = (action: AmiAction) => this.answer(action, limits.loginMs);
      await ask(await loginAction(target, this.#mask.first(), ask));
    } catch (error) {
      if (error instanceof AmiActionError) this.close(refusedLogin(target, error.reason, from));
      else if (error instanceof AmiInputError) this.close(unusableLogin(target, error.message));
      throw error;
    }
  }

  /** s since the start; null when Asterisk did not tell in time, as it does not tell a user without `system`. */
  async #waitForBoot(): Promise<number | null> {
    const { limits, target, log, onWaiting } = this.#options;
    const waiting = setTimeout(() => {
      onWaiting(booting(target));
      void this.#askWhetherBooted();
    }, BOOT_NOTICE_MS);
    const giveUp = setTimeout(() => {
      log.warn(
        {},
        `no FullyBooted within ${limits.bootMs} ms: taking Asterisk as started. Is system among the read classes of the AMI user in manager.conf?`,
      );
      this.#booted.resolve(null);
    }, limits.bootMs);
    try {
      return await this.#booted.promise;
    } finally {
      clearTimeout(waiting);
      clearTimeout(giveUp);
    }
  }

  /** A user without the read class `system` hears of no boot, and may wait for it on the console. */
  async #askWhetherBooted(): Promise<void> {
    try {
      const reads = await this.#askReads();
      if (reads === null || reads.has('system')) return;
      // Keeps the whole link waiting: only for those whom nothing else tells.
      await this.#ask({ Action: 'Command', Command: 'core waitfullybooted' });
      this.#booted.resolve(null);
    } catch {
      // Then the time limit ends the wait.
    }
  }

  /** The read classes of the user; null where it may not ask. */
  async #askReads(): Promise<ReadonlySet<string> | null> {
    const { username } = this.#options.target;
    if (!/^[\w.@-]+$/.test(username)) return null;
    const answer = await ifAllowed((action) => this.#ask(action), {
      Action: 'Command',
      Command: `manager show user ${username}`,
    });
    return answer === null ? null : readsFrom(answer);
  }

  async #askVersion(): Promise<string> {
    const settings = await ifAllowed((action) => this.#ask(action), { Action: 'CoreSettings' });
    // what follows + or ~ is a distribution's own: 22.10.1+dfsg+~cs6.17.60671434-1
    return settings?.get('AsteriskVersion').replace(/[+~].*$/, '') ?? '';
  }

  async #askRights(): Promise<AmiRights> {
    const { log } = this.#options;
    const listed = rightsFrom(await this.#ask({ Action: 'ListCommands' }));
    const rights = { ...listed, reads: listed.actions.has('Command') ? await this.#askReads() : null };
    const { missingActions } = rights;
    if (missingActions.length > 0) {
      // What that means is for those to say who know what the actions are for.
      log.debug(
        { missingActions },
        'the AMI user may not use these actions, or their modules are not loaded',
      );
    }
    return rights;
  }
}
