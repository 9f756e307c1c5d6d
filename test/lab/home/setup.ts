/** A Home with a pretend PBX behind it and the lab's real Home Assistant in front. */
import { expect } from 'vitest';
import { DECLARATIONS } from '../../../src/actions/index.ts';
import { Home, type HomeOptions } from '../../../src/home/index.ts';
import { house } from '../../home/fake-pbx.ts';
import { FakeRegistry } from '../../home/fake-registry.ts';
import { TestLog } from '../../home/log.ts';
import { homeOptions } from '../../home/setup.ts';
import type { HassClient } from '../stack/hass-client.ts';
import type { Lab } from '../stack/lab.ts';
import { until } from '../stack/machine.ts';

export const COMPANION = 'pretend';

/** A row of Home Assistant's entity registry. */
export interface RegistryEntry {
  readonly entity_id: string;
  readonly unique_id: string;
  readonly platform: string;
  readonly device_id: string | null;
}

export function pretend(lab: Lab, options: Partial<HomeOptions> = {}) {
  const pbx = house('pretend');
  // Names that no other test of the lab has, so that the entity ids are free.
  pbx.doorbell({ id: 'front_door', name: 'Pretend door' });
  pbx.phone({ id: 'pjsip_6001', name: 'Pretend kitchen' });
  pbx.phone({ id: 'pjsip_6002', name: 'Pretend office' });
  pbx.lot({ id: 'default', name: 'pretend' });
  pbx.ringGroup({ id: '600', name: 'Pretend everybody' });
  pbx.conference({ id: 'family', name: 'Pretend family' });
  pbx.mailbox({ id: '6001_default', name: 'Pretend family' });
  const registry = new FakeRegistry();
  const log = new TestLog();
  const home = new Home(
    homeOptions({
      companion: COMPANION,
      mqtt: { url: lab.broker.url, baseTopic: 'asterisk_pretend', discoveryPrefix: 'homeassistant' },
      homeAssistant: { url: lab.homeAssistant.url, token: lab.homeAssistant.users.admin.token },
      scripts: true,
      pbxes: [pbx],
      registry,
      log,
      ...options,
    }),
  );
  return { home, pbx, registry, log };
}

/** Waits until Home Assistant has a part of what is installed there as it is now; what scripts ask is heard by then. */
export async function brought(log: TestLog, part: 'scripts' | 'blueprints'): Promise<void> {
  const is = ({ facts, message }: TestLog['lines'][number]) =>
    message === 'Home Assistant has it as it is now' && (facts as { part?: string }).part === part;
  await until(`the ${part}`, () => log.lines.some(is));
}

const registryOf = (admin: HassClient) => admin.ws<RegistryEntry[]>({ type: 'config/entity_registry/list' });

/** Our entities in the registry, by what their unique ids end with, such as `phone-pjsip_6001-state`. */
export async function registered(admin: HassClient): Promise<Map<string, RegistryEntry>> {
  const entries = await registryOf(admin);
  const start = `asterisk-${COMPANION}-pretend-`;
  const ours = entries.filter(({ unique_id }) => String(unique_id).startsWith(start));
  return new Map(ours.map((entry) => [entry.unique_id.slice(start.length), entry]));
}

/** Takes everything of ours out of Home Assistant. */
export async function cleanUp(lab: Lab): Promise<void> {
  const { home } = pretend(lab, { pbxes: [], scripts: false });
  home.start();
  const admin = lab.homeAssistant.as('admin');
  await until('our entities to be gone', async () => (await registered(admin)).size === 0, { seconds: 60 });
  // Those of the product too: whichever test file ran before may have left them.
  for (const { id } of DECLARATIONS) {
    const path = `/api/config/script/config/asterisk_${id}` as const;
    await admin.rest('DELETE', path).catch(() => undefined);
  }
  // A reload that a saving began may have read the file before, and makes a script again that was deleted since; the
  // next one leaves such a script unavailable, as its entry in the registry is still there.
  await admin.callService('script.reload');
  for (const { platform, unique_id, entity_id } of await registryOf(admin)) {
    if (platform !== 'script' || !String(unique_id).startsWith('asterisk_')) continue;
    await admin.ws({ type: 'config/entity_registry/remove', entity_id }).catch(() => undefined);
  }
  await until(
    'the scripts to be gone',
    async () => {
      const ids = (await admin.states()).map(({ entity_id }) => entity_id);
      expect(ids.filter((id) => id.startsWith('script.asterisk_'))).toEqual([]);
      return true;
    },
    { seconds: 60, everyMs: 250 },
  );
  await home.stop();
}
