import type { Bridge } from './bridge.ts';
import { type Activity, type Channel, IDLE, snapshot } from './channel.ts';
import type { Switchboard } from './switchboard.ts';
import { join } from './talk.ts';

export interface LotOptions {
  /** Asterisk's name of the lot. */
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** s */
  readonly timeout: number;
  /** Context of its spaces. */
  readonly context: string;
}

/** Context that takes, at its extension `s`, those whom nobody retrieved. */
export const TIMED_OUT = 'parkedcallstimeout';

interface Parked {
  readonly channel: Channel;
  readonly space: number;
  readonly dialString: string;
  /** ms since the epoch */
  readonly since: number;
  /** s */
  readonly timeout: number;
  readonly cancelTimeout: () => void;
}

export class Lot {
  readonly options: LotOptions;
  readonly #switchboard: Switchboard;
  readonly #timedOut: (channel: Channel) => void;
  readonly #parked = new Map<number, Parked>();
  #bridge: Bridge | null = null;

  /** `timedOut`: takes the channels that nobody retrieved in time. */
  constructor(switchboard: Switchboard, options: LotOptions, timedOut: (channel: Channel) => void) {
    this.#switchboard = switchboard;
    this.options = options;
    this.#timedOut = timedOut;
  }

  /** Headers of a ParkedCall for each call that waits, by space. */
  list(): Readonly<Record<string, string | number>>[] {
    return [...this.#parked.values()]
      .sort((one, other) => one.space - other.space)
      .map((parked) => ({ ...snapshot(parked.channel, 'Parkee'), ...this.#tell(parked) }));
  }

  get full(): boolean {
    return this.#free() === undefined;
  }

  /** `seconds`: another timeout than the lot's. `dialString`: who parks. The channel is up and free. */
  park(channel: Channel, dialString: string, seconds = this.options.timeout): void {
    const space = this.#free();
    if (space === undefined) {
      this.#switchboard.hangUp(channel, { cause: channel.cause, tech: 0 });
      return;
    }
    const bridge = this.#bridge ?? this.#switchboard.createBridge('parking', this.options.name);
    this.#bridge = bridge;
    const parked: Parked = {
      ...{ channel, space, dialString, since: this.#switchboard.timers.now(), timeout: seconds },
      cancelTimeout: this.#switchboard.timers.after(seconds * 1000, () => this.#timeOut(parked)),
    };
    this.#parked.set(space, parked);
    this.#switchboard.say('ParkedCall', { ...snapshot(channel, 'Parkee'), ...this.#tell(parked) });
    this.#switchboard.devices.set(this.#device(space), 'INUSE');
    this.#switchboard.enter(bridge, channel);
    this.#switchboard.say('MusicOnHoldStart', { ...snapshot(channel), Class: 'default' });
    channel.activity = this.#activity(parked);
  }

  /** Joins who waits in a space with a retriever that is up. False: nobody waits there. */
  retrieve(space: number, retriever: Channel): boolean {
    const parked = this.#parked.get(space);
    if (parked === undefined) return false;
    const { channel } = parked;
    this.#switchboard.say('UnParkedCall', {
      ...snapshot(channel, 'Parkee'),
      ...snapshot(retriever, 'Retriever'),
      ...this.#tell(parked),
    });
    const bridge = this.#switchboard.createBridge('basic');
    this.#leave(parked);
    join(this.#switchboard, bridge, channel, retriever);
    return true;
  }

  #activity(parked: Parked): Activity {
    const giveUp = () => {
      this.#say('ParkedCallGiveUp', parked);
      this.#leave(parked);
    };
    return { hungUp: giveUp, taken: giveUp };
  }

  #timeOut(parked: Parked): void {
    const { channel } = parked;
    const [context, exten] = [channel.context, channel.exten];
    Object.assign(channel, { context: TIMED_OUT, exten: 's', priority: 1 });
    this.#say('ParkedCallTimeOut', parked);
    // It leaves the lot as what it was, and only then goes where the lot sends it.
    Object.assign(channel, { context, exten });
    this.#leave(parked);
    this.#timedOut(channel);
  }

  #leave(parked: Parked): void {
    const { channel, space } = parked;
    parked.cancelTimeout();
    this.#parked.delete(space);
    this.#switchboard.say('MusicOnHoldStop', snapshot(channel));
    this.#switchboard.devices.set(this.#device(space), 'NOT_INUSE');
    this.#switchboard.leave(channel);
    channel.activity = IDLE;
  }

  #free(): number | undefined {
    const { first, last } = this.options;
    for (let space = first; space <= last; space++) if (!this.#parked.has(space)) return space;
    return undefined;
  }

  #device(space: number): string {
    return `park:${space}@${this.options.context}`;
  }

  #say(event: string, parked: Parked): void {
    this.#switchboard.say(event, { ...snapshot(parked.channel, 'Parkee'), ...this.#tell(parked) });
  }

  #tell({ space, dialString, since, timeout }: Parked) {
    const seconds = Math.round((this.#switchboard.timers.now() - since) / 1000);
    return {
      ParkerDialString: dialString,
      Parkinglot: this.options.name,
      ParkingSpace: space,
      ParkingTimeout: Math.max(0, timeout - seconds),
      ParkingDuration: seconds,
    };
  }
}
