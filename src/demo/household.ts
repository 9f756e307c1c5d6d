import type { Timers } from './clock.ts';
import type { Channel } from './switchboard/channel.ts';
import type { People } from './switchboard/people.ts';
import { NORMAL, type Switchboard } from './switchboard/switchboard.ts';

/** ms after which a phone that rings alone is answered. */
const ANSWER_MS = 2000;
/** ms after which somebody has said everything. */
const TALK_MS = 90_000;
/** ms for which a busy tone is listened to. */
const BUSY_MS = 3000;

/**
 * The people of the demo. A phone that rings alone is answered: somebody wants it, from the page or by its number.
 * When the doorbell rings on all of them nobody comes, so that whoever tries things out can.
 */
export class Household implements People {
  readonly #timers: Timers;
  readonly #switchboard: () => Switchboard;

  constructor(timers: Timers, switchboard: () => Switchboard) {
    this.#timers = timers;
    this.#switchboard = switchboard;
  }

  rings(channel: Channel, alone: boolean): void {
    if (alone) this.#timers.after(ANSWER_MS, () => channel.pickUp?.());
  }

  /** Who called says goodbye. */
  talk(one: Channel, other: Channel): void {
    const caller = one.dialled === '' ? other : one;
    const bridge = caller.bridge;
    this.#timers.after(TALK_MS, () => {
      if (caller.bridge === bridge) this.#goodbye(caller);
    });
  }

  hearsBusy(channel: Channel): void {
    this.#timers.after(BUSY_MS, () => this.#goodbye(channel));
  }

  #goodbye(channel: Channel): void {
    this.#switchboard().hangUp(channel, NORMAL, true);
  }
}
