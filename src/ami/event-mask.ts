/** Keeps Asterisk told which events are wanted on one connection. */
import { type Ask, ifAllowed } from './login.ts';
import { filterFor, type Spared, type Subscription } from './mask.ts';
import type { EventClass } from './messages.ts';
import type { AmiLog } from './options.ts';

export interface EventMaskOptions {
  /** What is wanted now. */
  readonly subscription: () => Subscription;
  readonly ask: Ask;
  readonly log: AmiLog;
  /** Something is wanted that a filter keeps away, and a filter cannot be taken back: only a new link helps. */
  readonly onStuck: (part: Spared) => void;
}

export class EventMask {
  readonly #options: EventMaskOptions;
  /** Classes that Asterisk was last told, as on the wire. */
  #told = '';
  /** What filters keep away. */
  readonly #filtered = new Set<Spared>();

  constructor(options: EventMaskOptions) {
    this.#options = options;
  }

  /** The classes to log in with: `dialplan` comes once its filters are in place. */
  first(): readonly EventClass[] {
    const { classes, spared } = this.#options.subscription();
    const first = classes.filter((name) => name !== 'dialplan' || spared.length === 0);
    this.#told = first.join(',');
    return first;
  }

  /** Tells what is wanted now, if that has changed. `version`: Asterisk's, which decides about filters. */
  async refresh(version: string): Promise<void> {
    const { subscription, ask, log, onStuck } = this.#options;
    const { classes, spared } = subscription();
    const keeps = new Set(spared);
    const stuck = [...this.#filtered].find((part) => !keeps.has(part));
    if (classes.includes('dialplan') && stuck !== undefined) {
      onStuck(stuck);
      return;
    }
    for (const part of spared) {
      if (this.#filtered.has(part)) continue;
      const filter = filterFor(part, version);
      if (filter !== null && (await ifAllowed(ask, filter)) !== null) this.#filtered.add(part);
      else log.debug({ part }, 'no filter for a part of the dialplan events: it is skipped on arrival');
    }
    const mask = classes.join(',');
    if (mask === this.#told) return;
    this.#told = mask;
    try {
      await ask({ Action: 'Events', EventMask: classes });
    } catch (error) {
      // Nobody knows what it was told.
      if (this.#told === mask) this.#told = '';
      throw error;
    }
    log.debug({ events: mask }, 'event mask changed');
  }
}
