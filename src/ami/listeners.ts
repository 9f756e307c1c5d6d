/** Who hears which event. */
import type { AmiEvent, EventName } from './messages.ts';
import type { AmiLog } from './options.ts';

/** Event name → what to do with it. */
export type EventHandlers = { readonly [N in EventName]?: (event: AmiEvent<N>) => void };

type Handler = (event: AmiEvent) => void;

export class Listeners {
  readonly #log: AmiLog;
  readonly #want: (name: EventName, change: 1 | -1) => void;
  readonly #handlers = new Map<EventName, readonly Handler[]>();

  /** `want`: told when an event gets its first handler or loses its last. */
  constructor(log: AmiLog, want: (name: EventName, change: 1 | -1) => void) {
    this.#log = log;
    this.#want = want;
  }

  /** Events that somebody hears. */
  names(): EventName[] {
    return [...this.#handlers.keys()];
  }

  /** Returns the way to take these handlers away again. */
  add(handlers: EventHandlers): () => void {
    const added = (Object.entries(handlers) as [EventName, Handler | undefined][])
      .filter((entry): entry is [EventName, Handler] => entry[1] !== undefined)
      // a function of its own, so that the same handler added twice is taken away once
      .map(([name, handler]): [EventName, Handler] => [name, (event) => handler(event)]);
    for (const [name, handler] of added) {
      const present = this.#handlers.get(name);
      if (present === undefined) this.#want(name, 1);
      this.#handlers.set(name, [...(present ?? []), handler]);
    }
    return () => {
      for (const [name, handler] of added.splice(0)) this.#remove(name, handler);
    };
  }

  emit(event: AmiEvent): void {
    const handlers = this.#handlers.get(event.Event);
    if (handlers === undefined) return;
    for (const handler of handlers) {
      try {
        handler(event);
      } catch (err) {
        this.#log.error({ err, event: event.Event }, `a handler of the AMI event ${event.Event} failed`);
      }
    }
  }

  #remove(name: EventName, handler: Handler): void {
    const left = (this.#handlers.get(name) ?? []).filter((present) => present !== handler);
    if (left.length > 0) this.#handlers.set(name, left);
    else {
      this.#handlers.delete(name);
      this.#want(name, -1);
    }
  }
}
