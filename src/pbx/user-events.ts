/** What a dialplan, or another AMI client, raises by itself: UserEvent(). */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import { Flood, type FloodLimit } from './flood.ts';
import { matcher } from './matcher.ts';
import type { UserEvents as UserEventsView } from './model.ts';
import type { Subject, SubjectContext } from './subject.ts';

/** Those that subjects of ours read by name: they are no news of their own. */
const INTERNAL: ReadonlySet<string> = new Set(['CompanionRecord', 'DectDial', 'MessageReceived']);

/** Of one name. */
const LIMIT: FloodLimit = { perSecond: 20, burst: 100 };
/** Names with a limit of their own, so that one in a loop does not keep the others out. More than that share one. */
const MOST_NAMES = 16;

/** They have no state but how many were left out: what is missed while the link is down is gone. */
export class UserEvents implements Subject, UserEventsView {
  readonly modules = [];
  readonly #context: SubjectContext;
  readonly #wanted: (name: string) => boolean;
  /** By name; `''`: those that share one. */
  readonly #floods = new Map<string, Flood>();
  #leftOut = 0;

  /** @param names wanted ones; `*` at the end of one stands for anything */
  constructor(context: SubjectContext, names: readonly string[]) {
    this.#context = context;
    this.#wanted = matcher(names);
  }

  get leftOut(): number {
    return this.#leftOut;
  }

  readonly on: EventHandlers = {
    UserEvent: (event) => {
      const name = event.UserEvent;
      if (INTERNAL.has(name) || !this.#wanted(name) || !this.#flood(name).pass()) return;
      this.#context.happened({
        time: new Date(this.#context.now()).toISOString(),
        pbx: this.#context.pbx,
        subject: 'user_event',
        type: name,
        fields: fieldsOf(event),
      });
    },
  };

  async snapshot(): Promise<void> {}

  rest(): void {
    for (const flood of this.#floods.values()) flood.stop();
  }

  #flood(name: string): Flood {
    const own = this.#floods.get(name);
    if (own !== undefined) return own;
    const key = this.#floods.size < MOST_NAMES ? name : '';
    const flood = this.#floods.get(key) ?? this.#newFlood(key === '' ? 'several' : key);
    this.#floods.set(key, flood);
    return flood;
  }

  #newFlood(name: string): Flood {
    const { log } = this.#context;
    return new Flood(LIMIT, {
      began: () =>
        log.warn(
          { name, ...LIMIT },
          'The dialplan raises a user event more often than is good; leaving some out',
        ),
      over: (leftOut) => {
        this.#leftOut += leftOut;
        log.warn({ name, leftOut }, 'User events were left out');
        this.#context.changed('user_event', name);
      },
    });
  }
}

/** All fields; of one that a dialplan raised also where it did, whatever a caller's name in a field says of that. */
function fieldsOf(event: AmiEvent<'UserEvent'>): Readonly<Record<string, string>> {
  const { Channel, Uniqueid, CallerIDNum, CallerIDName, Context, Exten } = event;
  const where = Channel === '' ? {} : { Channel, Uniqueid, CallerIDNum, CallerIDName, Context, Exten };
  return { ...Object.fromEntries(event.headers), ...where };
}

/** A header of a UserEvent, whatever its case; undefined when it has none of that name. */
export function fieldOf(event: AmiEvent<'UserEvent'>, name: string): string | undefined {
  return event.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}
