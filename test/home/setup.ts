import { Home, type HomeOptions } from '../../src/home/index.ts';
import { house } from './fake-pbx.ts';
import { FakeRegistry } from './fake-registry.ts';
import { TestLog } from './log.ts';

/** A Home with a small house behind it and nothing in front. */
export function makeHome(options: Partial<HomeOptions> = {}) {
  const pbx = house();
  const registry = new FakeRegistry();
  const log = new TestLog();
  const home = new Home(homeOptions({ pbxes: [pbx], registry, log, ...options }));
  return { home, pbx, registry, log };
}

/** Everything off that can be off. */
export function homeOptions(
  options: Partial<HomeOptions> & Pick<HomeOptions, 'pbxes' | 'registry' | 'log'>,
): HomeOptions {
  return {
    companion: 'c1',
    version: '0.1.0',
    configurationUrl: null,
    language: null,
    dataDir: null,
    mqtt: null,
    homeAssistant: null,
    scripts: false,
    card: null,
    blueprints: null,
    history: null,
    persons: { numbers: {}, take: () => {} },
    opens: () => true,
    ...options,
  };
}

/** What MQTT needs besides the broker's address. */
export const MQTT = { baseTopic: 'asterisk', discoveryPrefix: 'homeassistant' } as const;
