/** Actions in flight, by ActionID. */
import { AmiActionError, type AmiError, AmiProtocolError, AmiTimeout } from './errors.ts';
import { type AmiEvent, LISTS, type ListName, type ListShape } from './messages.ts';
import type { AmiResponse } from './response.ts';

/** What an action waits for besides its answer. */
export type Expected = 'answer' | 'list' | 'originate';

/** Collected when all has come: the answer, the items, or the OriginateResponse. */
export type Outcome =
  | { readonly kind: 'answer'; readonly response: AmiResponse }
  | { readonly kind: 'list'; readonly items: readonly AmiEvent[] }
  | { readonly kind: 'originate'; readonly event: AmiEvent<'OriginateResponse'> };

interface Request {
  readonly action: string;
  readonly expected: Expected;
  readonly items: AmiEvent[];
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
  /** Takes timer and abort listener away. */
  readonly release: () => void;
}

export interface RequestsOptions {
  /** Items that one list may have. */
  readonly listItems: number;
  /** A list begins or has ended: its events are wanted, or no longer. */
  readonly want: (event: string, change: 1 | -1) => void;
}

export class Requests {
  readonly #options: RequestsOptions;
  readonly #open = new Map<string, Request>();
  /** Lists that nobody waits for any more and that Asterisk has not ended, by ActionID: their items are no events. */
  readonly #late = new Map<string, string>();

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Waits for what `expected` says. `send` puts the action on the wire; what it throws is thrown on. */
  add(
    id: string,
    action: string,
    expected: Expected,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    send: () => void,
  ): Promise<Outcome> {
    signal?.throwIfAborted();
    send();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const abort = () => this.#giveUp(id, signal?.reason as Error);
    const timer = setTimeout(() => this.#giveUp(id, new AmiTimeout(action, timeoutMs)), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    const release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    this.#open.set(id, { action, expected, items: [], resolve, reject, release });
    if (expected === 'list') this.#wantList(action, 1);
    return promise;
  }

  /** Takes an answer. One that nobody waits for (any more) is no error. */
  response(response: AmiResponse): void {
    const id = response.get('ActionID');
    const request = this.#open.get(id);
    if (request === undefined) {
      this.#lateAnswer(id, response);
      return;
    }
    const list: ListShape | null = request.expected === 'list' ? LISTS[request.action as ListName] : null;
    if (list !== null && isEmpty(list, response)) {
      this.#settle(id, { kind: 'list', items: [] });
    } else if (isRefusal(list, response)) {
      this.#fail(id, refusal(request.action, response.Message));
    } else if (request.expected === 'answer') {
      this.#settle(id, { kind: 'answer', response });
    }
  }

  /** Takes an event that carries an ActionID. True: it belonged to a list, and is nobody else's business. */
  event(event: AmiEvent, id: string): boolean {
    const request = this.#open.get(id);
    if (request === undefined) return isItem(this.#late.get(id), event);
    if (request.expected === 'originate' && event.Event === 'OriginateResponse') {
      this.#settle(id, { kind: 'originate', event });
      return false;
    }
    if (request.expected !== 'list' || !isItem(request.action, event)) return false;
    request.items.push(event);
    if (request.items.length > this.#options.listItems) {
      const limit = this.#options.listItems;
      this.#giveUp(
        id,
        new AmiProtocolError(`${request.action}: more than ${limit} items (limits.listItems)`),
      );
    }
    return true;
  }

  /** Takes the event that ends a list. */
  listEnd(id: string): void {
    const request = this.#open.get(id);
    if (request?.expected === 'list') this.#settle(id, { kind: 'list', items: request.items });
    else this.#forget(id);
  }

  /** Fails all that is in flight. */
  failAll(error: (action: string) => AmiError): void {
    for (const [id, { action }] of this.#open) this.#fail(id, error(action));
  }

  #settle(id: string, outcome: Outcome): void {
    this.#take(id)?.resolve(outcome);
  }

  #fail(id: string, error: Error): void {
    this.#take(id)?.reject(error);
  }

  /** Fails it from this side: Asterisk does not know, and goes on with its list. */
  #giveUp(id: string, error: Error): void {
    const request = this.#open.get(id);
    if (request?.expected === 'list') {
      this.#late.set(id, request.action);
      this.#wantList(request.action, 1);
    }
    this.#fail(id, error);
  }

  #lateAnswer(id: string, response: AmiResponse): void {
    const action = this.#late.get(id);
    if (action === undefined) return;
    const list = LISTS[action as ListName];
    if (isEmpty(list, response) || isRefusal(list, response)) this.#forget(id);
  }

  #forget(id: string): void {
    const action = this.#late.get(id);
    if (action !== undefined && this.#late.delete(id)) this.#wantList(action, -1);
  }

  #take(id: string): Request | undefined {
    const request = this.#open.get(id);
    if (request === undefined) return undefined;
    this.#open.delete(id);
    request.release();
    if (request.expected === 'list') this.#wantList(request.action, -1);
    return request;
  }

  #wantList(action: string, change: 1 | -1): void {
    const list = LISTS[action as ListName];
    for (const name of [...list.items, list.complete]) this.#options.want(name, change);
  }
}

function isItem(list: string | undefined, event: AmiEvent): boolean {
  return list !== undefined && (LISTS[list as ListName].items as readonly string[]).includes(event.Event);
}

function isEmpty({ empty }: ListShape, { Message }: AmiResponse): boolean {
  return [empty].flat().includes(Message);
}

/** @param list null for what is no list */
function isRefusal(list: ListShape | null, { Response, Message }: AmiResponse): boolean {
  return Response === 'Error' || (list !== null && list.refusal === Message);
}

function refusal(action: string, reason: string): AmiActionError {
  if (reason === 'Permission denied') return new AmiActionError(action, reason, 'permission');
  if (reason.startsWith('Invalid/unknown command'))
    return new AmiActionError(action, reason, 'unknown_action');
  return new AmiActionError(action, reason, 'failed');
}
