/**
 * Happenings on Home Assistant's bus: `asterisk_event`, and `asterisk_user_event` for a dialplan's UserEvent().
 * A dialplan in a loop must not drown Home Assistant, so both are limited and what is left out is said.
 */
import type { Happening } from '../../pbx/happenings.ts';
import type { PbxView } from '../../pbx/model.ts';
import type { HomeLog } from '../log.ts';
import type { Link } from './link.ts';
import { TokenBucket } from './rate.ts';

export class Bus {
  readonly #link: Link;
  readonly #companion: string;
  readonly #log: HomeLog;
  readonly #stops: (() => void)[] = [];
  readonly #limits = {
    asterisk_event: new TokenBucket(100, 500),
    asterisk_user_event: new TokenBucket(20, 100),
  };
  #missed = 0;
  #flooded = false;
  /** The last one was refused, and that was said. */
  #untaken = false;

  constructor(link: Link, companion: string, log: HomeLog) {
    this.#link = link;
    this.#companion = companion;
    this.#log = log;
    link.onConnect(() => this.#connected());
  }

  start(pbxes: readonly PbxView[]): void {
    for (const view of pbxes) this.#stops.push(view.onHappening((happening) => this.#tell(happening)));
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #tell(happening: Happening): void {
    if (!this.#link.connected) {
      this.#missed += 1;
      return;
    }
    const type = happening.subject === 'user_event' ? 'asterisk_user_event' : 'asterisk_event';
    const limit = this.#limits[type];
    if (!limit.take()) {
      if (!this.#flooded)
        this.#log.warn({ event: type }, 'More events than Home Assistant should get; leaving some out');
      this.#flooded = true;
      return;
    }
    const refused = limit.refused();
    if (refused > 0) this.#log.warn({ event: type, refused }, 'Events were left out');
    if (refused > 0) this.#flooded = false;
    const data = { companion: this.#companion, ...happening };
    this.#link.call({ type: 'fire_event', event_type: type, event_data: data }).then(
      () => {
        this.#untaken = false;
      },
      (error: unknown) => {
        if (!this.#untaken)
          this.#log.warn({ err: error, event: type }, 'Home Assistant does not take events');
        this.#untaken = true;
      },
    );
  }

  async #connected(): Promise<void> {
    if (this.#missed > 0) {
      this.#log.warn(
        { happenings: this.#missed },
        'Happenings were not told to Home Assistant while it was away',
      );
    }
    this.#missed = 0;
  }
}
