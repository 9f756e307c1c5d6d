import type { Channel } from './channel.ts';

/** Who is at the phones and the door: hears what there is to react to. */
export interface People {
  /** `alone`: no other phone rings for this call. */
  rings(channel: Channel, alone: boolean): void;
  talk(one: Channel, other: Channel): void;
  /** Someone hears that the other side is busy or not there. */
  hearsBusy(channel: Channel): void;
}

/** Nobody does anything by itself. */
export const NOBODY_HOME: People = { rings() {}, talk() {}, hearsBusy() {} };
