/** How a call came to be parked: Asterisk's event does not say, but what came just before it does. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import { endpointOf } from './ids.ts';
import type { ParkedHow } from './model.ts';

/** ms between the last digit of a feature code and the parking that it asks for: Asterisk needs a few. */
const AT_ONCE = 1000;

/**
 * Tried on Asterisk 22.10: the digit comes before `ParkedCall`; `BlindTransfer` mostly does, and on a busy machine comes
 * after it. So what nothing else explains is a blind transfer: another program's AMI action `Park` is told as one, too.
 */
export class ParkedHows {
  readonly #now: () => number;
  /** Uniqueids of who was transferred blind, and of those that we park ourselves. */
  readonly #blind = new Set<string>();
  readonly #asked = new Set<string>();
  /** By Linkedid: when a phone of the call pressed a digit last. */
  readonly #digits = new Map<string, number>();
  /** By Uniqueid of a Local channel that is parked: its Linkedid. Somebody is about to be put at its other end. */
  readonly #linked = new Map<string, string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  readonly on: EventHandlers = {
    BlindTransfer: (event) => {
      if (event.Result === 'Success') this.#blind.add(event.TransfereeUniqueid);
    },
    DTMFEnd: (event) => {
      if (event.Direction === 'Received') this.#pressed(event.Linkedid);
    },
    Hangup: (event) => {
      this.#blind.delete(event.Uniqueid);
      this.#asked.delete(event.Uniqueid);
      this.#digits.delete(event.Linkedid);
      this.#linked.delete(event.Uniqueid);
    },
  };

  /** The link is down: from here on nobody tells how it goes on with any of it. */
  rest(): void {
    for (const noted of [this.#blind, this.#asked, this.#digits, this.#linked]) noted.clear();
  }

  /** Notes that we ask for the channel to be parked. */
  asked(uniqueid: string): void {
    this.#asked.add(uniqueid);
  }

  /** To be asked once, when the call is parked. */
  of(
    event: AmiEvent<
      'ParkedCall' | 'UnParkedCall' | 'ParkedCallTimeOut' | 'ParkedCallGiveUp' | 'ParkedCallSwap'
    >,
  ): ParkedHow {
    const { ParkeeUniqueid: parkee, ParkeeLinkedid: linkedid, ParkeeChannel: channel } = event;
    const blind = this.#blind.delete(parkee);
    if (this.#asked.delete(parkee)) return 'action';
    if (blind) return 'blind';
    if (channel.startsWith('Local/')) {
      this.#linked.set(parkee, linkedid);
      return 'attended';
    }
    if (endpointOf(channel) === event.ParkerDialString || event.ParkerDialString === '') return 'self';
    return this.#now() - (this.#digits.get(linkedid) ?? 0) < AT_ONCE ? 'one_touch' : 'blind';
  }

  /** The Linkedid of a Local channel that is parked. */
  linked(uniqueid: string): string | undefined {
    return this.#linked.get(uniqueid);
  }

  forget(uniqueid: string): void {
    this.#linked.delete(uniqueid);
  }

  #pressed(linkedid: string): void {
    const now = this.#now();
    // Of a call that became part of another, no end is told. The oldest are first.
    for (const [call, at] of this.#digits) {
      if (now - at < AT_ONCE) break;
      this.#digits.delete(call);
    }
    this.#digits.delete(linkedid);
    this.#digits.set(linkedid, now);
  }
}
