import type { Channel } from './channel.ts';
import { Dial, type DialStatus } from './dial.ts';
import { contactUri } from './endpoint.ts';
import type { Lot } from './parking.ts';
import { DIAL_CONTACTS, matching, type Plan } from './plan.ts';
import { NORMAL, type Switchboard } from './switchboard.ts';
import { join } from './talk.ts';
import { answerFirst, wait, waitTogether } from './wait.ts';

/** What an application is run with. `next`: it has ended, and the channel goes on. */
export interface Run {
  readonly channel: Channel;
  /** The application's arguments. */
  readonly args: readonly string[];
  readonly next: (status?: DialStatus) => void;
}

export type Applications = Readonly<Record<string, (run: Run) => void>>;

/** How the dialplan ends when nothing follows a Dial that came to nothing: tones, and a SIP response for them. */
const FALLTHROUGH: Readonly<Partial<Record<DialStatus, { cause: number; tech: number }>>> = {
  BUSY: { cause: 17, tech: 486 },
  CHANUNAVAIL: { cause: 34, tech: 503 },
};

/** ms that a sound file plays. */
const PLAYBACK_MS = 3000;
/** ms of a key and the pause after it. */
const KEY_MS = 280;

/** Runs applications on channels, step by step. */
export class Dialplan {
  readonly #switchboard: Switchboard;
  readonly #plan: Plan;
  readonly #lots: ReadonlyMap<string, Lot>;
  readonly #more: Applications;

  /** `more`: applications of other subjects, by their names in lower case. */
  constructor(switchboard: Switchboard, plan: Plan, lots: ReadonlyMap<string, Lot>, more: Applications = {}) {
    this.#switchboard = switchboard;
    this.#plan = plan;
    this.#lots = lots;
    this.#more = more;
  }

  get plan(): Plan {
    return this.#plan;
  }

  has(context: string, exten: string): boolean {
    return matching(this.#plan, context, exten).length > 0;
  }

  /** Sends a free channel to an extension. */
  run(channel: Channel, context: string, exten: string): void {
    channel.hasPbx = true;
    channel.context = context;
    channel.exten = exten;
    channel.priority = 1;
    const [step] = matching(this.#plan, context, exten);
    if (step === undefined) {
      this.#end(channel);
      return;
    }
    this.#start(channel, step.application, step.data, (status) => {
      channel.priority += 1;
      this.#fallThrough(channel, status);
    });
  }

  /** Runs one application on a channel that has no dialplan; the channel ends with it. */
  runApplication(channel: Channel, application: string, data: string): void {
    this.#start(channel, application, data, () => this.#end(channel));
  }

  #start(channel: Channel, application: string, data: string, next: Run['next']): void {
    channel.application = application;
    channel.data = data;
    const name = application.toLowerCase();
    const run = this.#applications[name] ?? this.#more[name];
    if (run === undefined) next();
    else run({ channel, args: data.split(','), next });
  }

  readonly #applications: Applications = {
    dial: ({ channel, args: [devices = '', seconds], next }) =>
      new Dial(this.#switchboard, {
        caller: channel,
        targets: this.#targets(devices, channel.exten),
        timeout: seconds === undefined || seconds === '' ? null : Number(seconds) * 1000,
        unanswered: next,
      }).start(),
    park: ({ channel, args: [name = ''] }) => {
      const lot = this.#lots.get(name || 'default');
      answerFirst(this.#switchboard, channel, () => lot?.park(channel, channel.device));
    },
    parkedcall: ({ channel, args: [name = '', space], next }) => {
      if (this.#lots.get(name || 'default')?.retrieve(Number(space), channel) !== true) next();
    },
    bridge: ({ channel, args: [name = ''], next }) => {
      const other = this.#switchboard.find(name);
      if (other === undefined || other === channel) next();
      else this.bridge(channel, other);
    },
    wait: ({ channel, args: [seconds], next }) =>
      wait(this.#switchboard, channel, Number(seconds) * 1000, next),
    playback: ({ channel, next }) =>
      answerFirst(this.#switchboard, channel, () => wait(this.#switchboard, channel, PLAYBACK_MS, next)),
    senddtmf: ({ channel, args: [digits = ''], next }) =>
      wait(this.#switchboard, channel, digits.length * KEY_MS, next),
    hangup: ({ channel }) => this.#switchboard.hangUp(channel, NORMAL),
  };

  /** Takes another channel away from what it does, and lets it talk with this one, which is free and up. */
  bridge(channel: Channel, other: Channel): void {
    const bridge = this.#switchboard.createBridge('basic');
    const wasUp = other.state === 'Up';
    other.activity.taken(other, 'bridge');
    const meet = () => join(this.#switchboard, bridge, other, channel);
    if (wasUp) meet();
    else waitTogether(this.#switchboard, channel, other, meet);
  }

  /** Takes both away from what they do, and lets them talk. */
  bridgeBoth(first: Channel, second: Channel): void {
    const bridge = this.#switchboard.createBridge('basic');
    for (const channel of [first, second]) channel.activity.taken(channel, 'bridge');
    join(this.#switchboard, bridge, first, second);
  }

  #targets(devices: string, exten: string) {
    const contacts = devices === DIAL_CONTACTS;
    const names = contacts ? [`PJSIP/${exten}`] : devices.split('&');
    return names.flatMap((name) => {
      const endpoint = this.#switchboard.endpoints.get(name);
      if (endpoint === undefined) return [];
      const { number } = endpoint;
      return [{ endpoint, dialString: contacts ? `${number}/${contactUri(endpoint)}` : number }];
    });
  }

  #fallThrough(channel: Channel, status: DialStatus | undefined): void {
    const tone = status === undefined ? undefined : FALLTHROUGH[status];
    if (tone === undefined) {
      this.#end(channel);
    } else if (channel.state === 'Up') {
      wait(this.#switchboard, channel, null, () => {});
      this.#switchboard.people.hearsBusy(channel);
    } else {
      this.#switchboard.setState(channel, 'Busy');
      this.#switchboard.hangUp(channel, tone, true);
    }
  }

  #end(channel: Channel): void {
    this.#switchboard.hangUp(channel, { cause: channel.cause, tech: 0 });
  }
}
