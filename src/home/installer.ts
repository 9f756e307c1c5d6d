/** What the companion puts into Home Assistant: scripts, cards, blueprints. */
import { Blueprints } from './install/blueprints.ts';
import { Card } from './install/card.ts';
import { Scripts } from './install/scripts.ts';
import { HomeAssistantError, type Link } from './link/link.ts';
import type { Notices } from './link/notices.ts';
import { Users } from './link/users.ts';
import type { HomeLog } from './log.ts';
import type { HomeOptions } from './options.ts';

interface Part {
  /** Brings it there, or up to date. */
  sync(): Promise<void>;
}

/**
 * Brings everything at each connect, once Home Assistant runs: at once, since the scripts are many and the cards wait
 * for none of them. A part that fails is named and the others go on.
 */
export function installAtConnect(options: HomeOptions, link: Link, notices: Notices): void {
  const { registry, companion, card, blueprints, log } = options;
  const users = new Users(link);
  const parts: Record<string, Part | null> = {
    scripts: new Scripts({ link, registry, users, notices, log, companion, wanted: options.scripts }),
    cards: card === null ? null : new Card(card, link, notices, log),
    blueprints: blueprints === null ? null : new Blueprints(blueprints, link, log),
  };
  link.onConnect(async () => {
    await running(link);
    await Promise.all(Object.entries(parts).map(([name, part]) => bring(name, part, log)));
  });
}

async function bring(name: string, part: Part | null, log: HomeLog): Promise<void> {
  try {
    await part?.sync();
    log.debug({ part: name }, 'Home Assistant has it as it is now');
  } catch (error) {
    if (error instanceof HomeAssistantError && error.code === 'not_connected') return;
    log.error({ err: error, part: name }, `The ${name} could not be brought into Home Assistant`);
  }
}

/** The websocket answers before the parts behind it are there. */
async function running(link: Link): Promise<void> {
  const started = Promise.withResolvers<void>();
  const message = { type: 'subscribe_events', event_type: 'homeassistant_started' };
  await link.subscribe(message, () => started.resolve());
  const { state } = await link.call<{ state: string }>({ type: 'get_config' });
  if (state !== 'RUNNING') await started.promise;
}
