/**
 * Happenings on Home Assistant's bus: `asterisk_event`, and `asterisk_user_event` for a dialplan's UserEvent().
 * A PBX in a loop must not drown Home Assistant, so both are limited, and what is left out is counted and said once.
 */
import { Flood } from '../../pbx/flood.ts';
import type { Happening } from '../../pbx/happenings.ts';
import type { PbxView } from '../../pbx/model.ts';
import type { HomeLog } from '../log.ts';
import type { Link } from './link.ts';

/** Of each of the two. Of one name of a user event, much less gets here: see user-events.ts. */
const LIMIT = { perSecond: 100, burst: 500 };

type Type = 'asterisk_event' | 'asterisk_user_event';

export class Bus {
  readonly #link: Link;
  readonly #companion: string;
  readonly #log: HomeLog;
  readonly #stops: (() => void)[] = [];
  readonly #floods: Readonly<Record<Type, Flood>>;
  #missed = 0;
  /** The last one was refused, and that was said. */
  #untaken = false;

  constructor(link: Link, companion: string, log: HomeLog) {
    this.#link = link;
    this.#companion = companion;
    this.#log = log;
    this.#floods = {
      asterisk_event: this.#flood('asterisk_event'),
      asterisk_user_event: this.#flood('asterisk_user_event'),
    };
    link.onConnect(() => this.#connected());
  }

  start(pbxes: readonly PbxView[]): void {
    for (const view of pbxes) this.#stops.push(view.onHappening((happening) => this.#tell(happening)));
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    for (const flood of Object.values(this.#floods)) flood.stop();
  }

  #flood(event: Type): Flood {
    return new Flood(LIMIT, {
      began: () => this.#log.warn({ event }, 'More events than Home Assistant should get; leaving some out'),
      over: (leftOut) => this.#log.warn({ event, leftOut }, 'Events were left out'),
    });
  }

  #tell(happening: Happening): void {
    if (!this.#link.connected) {
      this.#missed += 1;
      return;
    }
    const type = happening.subject === 'user_event' ? 'asterisk_user_event' : 'asterisk_event';
    if (!this.#floods[type].pass()) return;
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
