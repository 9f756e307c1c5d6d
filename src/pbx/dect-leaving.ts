/** Who is the first to leave a call on a line, which tells a base that gives up from a caller who does. */
import type { EventHandlers } from '../ami/index.ts';
import type { LineCall } from './dect-rows.ts';

export class Leaving {
  /** By Uniqueid of the line's channel. */
  readonly #calls: ReadonlyMap<string, LineCall>;

  constructor(calls: ReadonlyMap<string, LineCall>) {
    this.#calls = calls;
  }

  readonly on: EventHandlers = {
    // A device that ends its call asks for it. A PJSIP line that Asterisk hangs up does not; an IAX2 line does, too,
    // but after the caller (tried on Asterisk 22.10).
    HangupRequest: (event) => {
      this.#callerAsks(event.Uniqueid);
      const call = this.#calls.get(event.Uniqueid);
      if (call !== undefined) call.first ??= 'base';
    },
    SoftHangupRequest: (event) => this.#callerAsks(event.Uniqueid),
    // An analogue line asks for nothing: then it is the first to leave.
    BridgeEnter: (event) => {
      const own = this.#calls.get(event.Uniqueid);
      if (own !== undefined) own.bridge = event.BridgeUniqueid;
      // Whoever left was transferred, and somebody is in their place.
      for (const call of this.#calls.values()) if (call.bridge === event.BridgeUniqueid) call.first = null;
    },
    BridgeLeave: (event) => {
      for (const call of this.#calls.values()) {
        if (call.bridge !== event.BridgeUniqueid) continue;
        call.first ??= event.Uniqueid === call.channel ? 'base' : 'caller';
      }
    },
  };

  /** While the base is sent its digits, the two are in no bridge that somebody could leave. */
  #callerAsks(uniqueid: string): void {
    for (const call of this.#calls.values())
      if (call.from === uniqueid && call.bridge === null) call.first ??= 'caller';
  }
}
