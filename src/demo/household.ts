import type { Timers } from './clock.ts';
import { DECT } from './names.ts';
import type { Channel } from './switchboard/channel.ts';
import type { People } from './switchboard/people.ts';
import { NORMAL, type Switchboard } from './switchboard/switchboard.ts';

/** ms after which a phone that rings alone is answered. */
const ANSWER_MS = 2000;
/** The same of a DECT base. */
const BASE_MS = 100;
/** ms after which somebody has said everything. */
const TALK_MS = 90_000;
/** ms for which a busy tone is listened to. */
const BUSY_MS = 3000;

/**
 * The people of the demo. A phone that rings alone is answered: somebody wants it, from the page or by its number.
 * When the doorbell rings on all of them nobody comes, so that whoever tries things out can. A DECT base takes every
 * call at once, and gives up by itself where nobody is at the handset.
 */
export class Household implements People {
  readonly #timers: Timers;
  readonly #switchboard: () => Switchboard;

  constructor(timers: Timers, switchboard: () => Switchboard) {
    this.#timers = timers;
    this.#switchboard = switchboard;
  }

  rings(channel: Channel, alone: boolean): void {
    const soon = channel.device === `PJSIP/${DECT.base.number}` ? BASE_MS : ANSWER_MS;
    if (alone) this.#timers.after(soon, () => channel.pickUp?.());
  }

  /** Who called says goodbye, or a base gives up. */
  talk(one: Channel, other: Channel): void {
    const [caller, called] = one.dialled === '' ? [other, one] : [one, other];
    const away = DECT.handsets.some(({ exten, home }) => exten === caller.exten && !home);
    const bridge = caller.bridge;
    this.#timers.after(away ? DECT.givesUp * 1000 : TALK_MS, () => {
      if (caller.bridge === bridge) this.#goodbye(away ? called : caller);
    });
  }

  hearsBusy(channel: Channel): void {
    this.#timers.after(BUSY_MS, () => this.#goodbye(channel));
  }

  #goodbye(channel: Channel): void {
    this.#switchboard().hangUp(channel, NORMAL, true);
  }
}
