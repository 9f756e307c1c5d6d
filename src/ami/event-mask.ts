/** Keeps Asterisk told which events are wanted on one connection. */
import { type Ask, ifAllowed } from './login.ts';
import { type Subscription, varSetFilter } from './mask.ts';
import type { EventClass } from './messages.ts';
import type { AmiLog } from './options.ts';

export interface EventMaskOptions {
  /** What is wanted now. */
  readonly subscription: () => Subscription;
  readonly ask: Ask;
  readonly log: AmiLog;
  /** Something is wanted that a filter keeps away, and a filter cannot be taken back: only a new link helps. */
  readonly onStuck: () => void;
}

const BOOT: readonly EventClass[] = ['system'];

export class EventMask {
  readonly #options: EventMaskOptions;
  /** Classes that Asterisk was last told, as on the wire. */
  #told = '';
  #filtered = false;

  constructor(options: EventMaskOptions) {
    this.#options = options;
  }

  /** The classes to log in with: `dialplan` comes once its filter is in place. */
  first(): readonly EventClass[] {
    const { classes, withoutVarSet } = this.#options.subscription();
    const first = classes.filter((name) => name !== 'dialplan' || !withoutVarSet);
    this.#told = first.join(',');
    // What is asked for no event at all is not told of FullyBooted either.
    if (first.length > 0) return first;
    this.#told = BOOT.join(',');
    return BOOT;
  }

  /** Tells what is wanted now, if that has changed. `version`: Asterisk's, which decides about filters. */
  async refresh(version: string): Promise<void> {
    const { subscription, ask, log, onStuck } = this.#options;
    const { classes, withoutVarSet } = subscription();
    if (this.#filtered && classes.includes('dialplan') && !withoutVarSet) {
      onStuck();
      return;
    }
    if (withoutVarSet && !this.#filtered) {
      const filter = varSetFilter(version);
      this.#filtered = filter !== null && (await ifAllowed(ask, filter)) !== null;
      if (!this.#filtered) log.debug({}, 'no filter for VarSet: it is skipped on arrival');
    }
    const mask = classes.join(',');
    if (mask === this.#told) return;
    this.#told = mask;
    await ask({ Action: 'Events', EventMask: classes.length === 0 ? 'off' : classes });
    log.debug({ events: mask }, 'event mask changed');
  }
}
