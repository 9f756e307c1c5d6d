/** A pretend Asterisk that speaks AMI: for trying out, and for tests. */
import { enliven } from './callers.ts';
import { type Clock, REAL_CLOCK, Timers } from './clock.ts';
import { DeviceKeys } from './devices.ts';
import { House } from './house.ts';
import { Household } from './household.ts';
import { DECT, DOORBELL, HOUSE, phonesOf, SUBJECTS } from './names.ts';
import { endpoint } from './switchboard/endpoint.ts';
import { NOBODY_HOME, type People } from './switchboard/people.ts';
import type { Switchboard } from './switchboard/switchboard.ts';
import { AmiServer } from './wire/server.ts';
import { Shapes } from './wire/shapes.ts';

export interface DemoAsteriskOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default `admin` and `demo`. */
  readonly username?: string;
  readonly secret?: string;
  /** How many; default 4. They are PJSIP/6001 and so on, and extension 600 rings the first four. */
  readonly phones?: number;
  /** False: nobody answers, hangs up or presses by themselves. Default true. */
  readonly people?: boolean;
  readonly clock?: Clock;
}

/** Where a client logs in. */
export interface AmiLogin {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly secret: string;
}

/** More phones than this are those of a firm, which has no module loaded that gives each phone entities of its own. */
const HOUSEHOLD = 50;
const NOT_LOADED: ReadonlySet<string> = new Set([
  'MixMonitor',
  'StopMixMonitor',
  'MessageSend',
  'PresenceStateList',
]);

/** What lives between a start and a stop. */
interface Life {
  readonly timers: Timers;
  readonly house: House;
  readonly server: AmiServer;
}

export class DemoAsterisk {
  readonly #options: DemoAsteriskOptions;
  readonly #shapes: Shapes;
  #port: number;
  #life: Life | null = null;

  constructor(options: DemoAsteriskOptions = {}) {
    this.#options = options;
    this.#port = options.port ?? 0;
    this.#shapes = new Shapes(HOUSE.systemName);
  }

  /** Boots: no calls, everything registered. A port that was free the first time is kept. */
  async start(): Promise<this> {
    const timers = new Timers(this.#options.clock ?? REAL_CLOCK);
    const { username, secret } = this.#login;
    const server = new AmiServer(() => ({ house, shapes: this.#shapes, username, secret }));
    const phones = phonesOf(this.#options.phones ?? 4);
    const house: House = new House({
      ...HOUSE,
      ...SUBJECTS,
      endpoints: [...phones, DOORBELL, DECT.base].map(({ number, name }) => endpoint(number, name)),
      group: phones.slice(0, 4).map(({ number }) => number),
      lacks: phones.length > HOUSEHOLD ? NOT_LOADED : new Set<string>(),
      people: this.#people(timers, () => house.switchboard),
      timers,
      say: (event, fields, extra) => server.event(event, this.#shapes.event(event, fields, extra)),
    });
    this.#port = await server.start(this.#login.host, this.#port);
    this.#life = { timers, house, server };
    return this;
  }

  /** Ends at once, as if it were killed. Leaves no timer and no socket. {@link start} boots it again. */
  async stop(): Promise<void> {
    const life = this.#life;
    this.#life = null;
    life?.timers.stop();
    await life?.server.stop();
  }

  /** How to log in; the port is known once it has started. */
  get ami(): AmiLogin {
    return { ...this.#login, port: this.#port };
  }

  /** The keys of its phones and of the doorbell. */
  get keys(): DeviceKeys {
    return new DeviceKeys(this.#alive.house);
  }

  /** A visitor presses the doorbell. False: somebody is at it already. */
  ring(): boolean {
    if (this.keys.busy(DOORBELL.number)) return false;
    this.keys.call(DOORBELL.number, HOUSE.ring);
    return true;
  }

  /** A visitor presses the doorbell in `first` ms, and then again and again. */
  ringEvery(ms: number, first = ms): void {
    this.#alive.timers.after(first, () => {
      this.ring();
      this.ringEvery(ms);
    });
  }

  /** Fills the house: people call the conference, the queue and a mailbox, again and again. */
  enliven(): void {
    enliven(this.#alive.house, this.#alive.timers);
  }

  /** Closes every connection; it can be connected to again. */
  dropClients(): void {
    this.#alive.server.drop();
  }

  /** Keeps the connections and neither hears nor says anything, until {@link thaw}. */
  freeze(): void {
    this.#alive.server.freeze(true);
  }

  thaw(): void {
    this.#alive.server.freeze(false);
  }

  get #login() {
    const { host = '127.0.0.1', username = 'admin', secret = 'demo' } = this.#options;
    return { host, username, secret };
  }

  get #alive(): Life {
    if (this.#life === null) throw new Error('the demo has not been started');
    return this.#life;
  }

  #people(timers: Timers, switchboard: () => Switchboard): People {
    return this.#options.people === false ? NOBODY_HOME : new Household(timers, switchboard);
  }
}
