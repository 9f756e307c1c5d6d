import type { Timers } from './clock.ts';
import { Dialplan } from './switchboard/dialplan.ts';
import type { Endpoint } from './switchboard/endpoint.ts';
import { Lot, type LotOptions, TIMED_OUT } from './switchboard/parking.ts';
import type { People } from './switchboard/people.ts';
import { housePlan } from './switchboard/plan.ts';
import { Switchboard, type SwitchboardOptions } from './switchboard/switchboard.ts';

export interface HouseOptions {
  readonly systemName: string;
  readonly endpoints: readonly Endpoint[];
  /** Numbers of the phones that 600 rings. */
  readonly group: readonly string[];
  readonly lots: readonly LotOptions[];
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
  /** ms since the epoch */
  readonly bootedAt: number;
  /** Global variables of the dialplan. */
  readonly variables = new Map<string, string>();
  #locals = 0;

  constructor(options: HouseOptions) {
    const { timers } = options;
    this.systemName = options.systemName;
    this.bootedAt = timers.now();
    this.switchboard = new Switchboard(options);
    const timedOut = (channel: Parameters<Dialplan['run']>[0]) => this.dialplan.run(channel, TIMED_OUT, 's');
    this.lots = new Map(options.lots.map((lot) => [lot.name, new Lot(this.switchboard, lot, timedOut)]));
    this.dialplan = new Dialplan(this.switchboard, housePlan(options.group, options.lots), this.lots);
  }

  /** Numbers Local channels, from 0. */
  nextLocal(): number {
    return this.#locals++;
  }
}
