import type { Timers } from './clock.ts';
import { Rooms } from './switchboard/conference.ts';
import { type Applications, Dialplan } from './switchboard/dialplan.ts';
import type { Endpoint } from './switchboard/endpoint.ts';
import { type Mailbox, Mailboxes } from './switchboard/mailboxes.ts';
import { Lot, type LotOptions, TIMED_OUT } from './switchboard/parking.ts';
import type { People } from './switchboard/people.ts';
import { type Handset, housePlan } from './switchboard/plan.ts';
import { type Hint, Presences } from './switchboard/presences.ts';
import { Queue, type QueueOptions } from './switchboard/queue.ts';
import { Switchboard, type SwitchboardOptions } from './switchboard/switchboard.ts';
import { answerFirst, wait } from './switchboard/wait.ts';

/** ms that a message of a mailbox plays. */
const MESSAGE_MS = 5000;

export interface HouseOptions {
  readonly systemName: string;
  readonly endpoints: readonly Endpoint[];
  /** Numbers of the phones that 600 rings. */
  readonly group: readonly string[];
  readonly lots: readonly LotOptions[];
  readonly handsets: readonly Handset[];
  readonly queues: readonly QueueOptions[];
  readonly mailboxes: readonly Mailbox[];
  readonly hints: readonly Hint[];
  /** Actions whose modules are not loaded. */
  readonly lacks?: ReadonlySet<string>;
  readonly people: People;
  readonly timers: Timers;
  readonly say: SwitchboardOptions['say'];
}

/** All that the pretend PBX has and knows. */
export class House {
  readonly systemName: string;
  readonly switchboard: Switchboard;
  readonly lots: ReadonlyMap<string, Lot>;
  readonly dialplan: Dialplan;
  readonly rooms: Rooms;
  /** By name. */
  readonly queues: ReadonlyMap<string, Queue>;
  readonly mailboxes: Mailboxes;
  readonly presences: Presences;
  readonly lacks: ReadonlySet<string>;
  /** ms since the epoch */
  readonly bootedAt: number;
  /** Global variables of the dialplan. */
  readonly variables = new Map<string, string>();
  /** Asterisk's own database: `/family/key` → value. */
  readonly database = new Map<string, string>();
  #locals = 0;
  #monitors = 0;

  constructor(options: HouseOptions) {
    const { timers } = options;
    this.systemName = options.systemName;
    this.lacks = options.lacks ?? new Set();
    this.bootedAt = timers.now();
    this.switchboard = new Switchboard(options);
    const timedOut = (channel: Parameters<Dialplan['run']>[0]) => this.dialplan.run(channel, TIMED_OUT, 's');
    this.lots = new Map(options.lots.map((lot) => [lot.name, new Lot(this.switchboard, lot, timedOut)]));
    this.rooms = new Rooms(this.switchboard);
    this.queues = new Map(options.queues.map((queue) => [queue.name, new Queue(this.switchboard, queue)]));
    this.mailboxes = new Mailboxes(this.switchboard, options.mailboxes);
    this.presences = new Presences(this.switchboard, options.hints);
    const plan = housePlan(options.group, options.lots, options.handsets);
    this.dialplan = new Dialplan(this.switchboard, plan, this.lots, this.#applications);
  }

  /** Numbers Local channels, from 0. */
  nextLocal(): number {
    return this.#locals++;
  }

  /** Numbers MixMonitors, from 0. */
  nextMonitor(): number {
    return this.#monitors++;
  }

  get #applications(): Applications {
    const { switchboard } = this;
    return {
      confbridge: ({ channel, args: [room = '', , profile = ''], next }) =>
        answerFirst(switchboard, channel, () => {
          if (!this.rooms.enter(channel, room, profile)) next();
        }),
      queue: ({ channel, args: [name = ''], next }) =>
        answerFirst(switchboard, channel, () => {
          const queue = this.queues.get(name);
          if (queue === undefined) next();
          else queue.enter(channel);
        }),
      voicemail: ({ channel, args: [mailbox = ''] }) =>
        answerFirst(switchboard, channel, () => {
          const began = switchboard.timers.now();
          const [number = ''] = mailbox.split('@');
          wait(
            switchboard,
            channel,
            null,
            () => {},
            () => {
              channel.cause = 0;
              this.mailboxes.leave(channel, number, began);
            },
          );
        }),
      voicemailplaymsg: ({ channel, next }) => wait(switchboard, channel, MESSAGE_MS, next),
      voicemailmain: ({ channel, next }) => wait(switchboard, channel, MESSAGE_MS, next),
    };
  }
}
