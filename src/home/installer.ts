/** What the companion puts into Home Assistant: scripts, cards, blueprints. At each connect, once it runs. */
import { Blueprints } from './install/blueprints.ts';
import { Card } from './install/card.ts';
import { Scripts } from './install/scripts.ts';
import { HomeAssistantError, type Link } from './link/link.ts';
import type { Notices } from './link/notices.ts';
import { Users } from './link/users.ts';
import type { HomeLog } from './log.ts';
import type { HomeOptions } from './options.ts';

type Part = { readonly name: string; sync(): Promise<void> };

export class Installer {
  readonly #parts: readonly Part[];
  readonly #link: Link;
  readonly #log: HomeLog;

  constructor(options: HomeOptions, link: Link, notices: Notices) {
    const { registry, companion, card, blueprints, log } = options;
    const users = new Users(link);
    const scripts = new Scripts({ link, registry, users, notices, log, companion, wanted: options.scripts });
    this.#parts = [
      part('scripts', scripts),
      ...(card === null ? [] : [part('cards', new Card(card, link, notices, log))]),
      ...(blueprints === null ? [] : [part('blueprints', new Blueprints(blueprints, link, log))]),
    ];
    this.#link = link;
    this.#log = log;
    link.onConnect(() => this.#connected());
  }

  async #connected(): Promise<void> {
    await this.#running();
    for (const { name, sync } of this.#parts) {
      try {
        await sync();
      } catch (error) {
        if (error instanceof HomeAssistantError && error.code === 'not_connected') return;
        this.#log.error({ err: error, part: name }, `The ${name} could not be brought into Home Assistant`);
      }
    }
  }

  /** The websocket answers before the parts behind it are there. */
  async #running(): Promise<void> {
    const started = Promise.withResolvers<void>();
    const message = { type: 'subscribe_events', event_type: 'homeassistant_started' };
    await this.#link.subscribe(message, () => started.resolve());
    const { state } = await this.#link.call<{ state: string }>({ type: 'get_config' });
    if (state !== 'RUNNING') await started.promise;
  }
}

function part(name: string, installed: { sync(): Promise<void> }): Part {
  return { name, sync: () => installed.sync() };
}
