/** Dialplan functions that Getvar and Setvar know, by name. */
import type { House } from '../house.ts';

interface DialplanFunction {
  get(house: House, args: readonly string[]): string;
  set(house: House, args: readonly string[], value: string): void;
}

const FUNCTIONS: Readonly<Record<string, DialplanFunction>> = {
  PRESENCE_STATE: {
    get: ({ presences }, [presentity = '', what = '', option]) => presences.get(presentity, what, option),
    set: ({ presences }, [presentity = ''], value) => presences.set(presentity, value),
  },
  DEVICE_STATE: {
    get: ({ switchboard }, [device = '']) => switchboard.devices.of(device),
    set({ switchboard, database }, [device = ''], value) {
      // Those that are set by hand are kept.
      database.set(`/CustomDevstate/${device.replace(/^Custom:/, '')}`, value);
      switchboard.devices.set(device, value);
    },
  },
};

/** The function that a text such as `DEVICE_STATE(Custom:night)` calls, with its arguments; undefined: none. */
export function functionOf(text: string) {
  const [, name = '', args = ''] = /^(\w+)\((.*)\)$/.exec(text) ?? [];
  const known = FUNCTIONS[name];
  if (known === undefined) return undefined;
  const list = args.split(',');
  return {
    get: (house: House) => known.get(house, list),
    set: (house: House, value: string) => known.set(house, list, value),
  };
}
