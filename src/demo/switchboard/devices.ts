import type { Channel } from './channel.ts';
import type { Switchboard } from './switchboard.ts';

/** What a channel makes of its device; a channel that is Down makes nothing of it (devicestate.c, chan_pjsip.c). */
const USES: Readonly<Partial<Record<Channel['state'], string>>> = {
  Ring: 'INUSE',
  Up: 'INUSE',
  Ringing: 'RINGING',
  Busy: 'BUSY',
};

/** Device states: of endpoints from their channels, of parking spaces as the lot sets them. */
export class Devices {
  readonly #switchboard: Switchboard;
  /** What was last told. */
  readonly #told = new Map<string, string>();
  readonly #listeners: ((device: string) => void)[] = [];

  constructor(switchboard: Switchboard) {
    this.#switchboard = switchboard;
    for (const { device } of switchboard.endpoints.values()) this.#told.set(device, this.of(device));
  }

  /** Device name → state, as DeviceStateList tells them. */
  all(): ReadonlyMap<string, string> {
    return this.#told;
  }

  of(device: string): string {
    // A Local channel is in use as long as it is there (core_local.c).
    if (device.startsWith('Local/')) return this.#switchboard.of(device).length > 0 ? 'INUSE' : 'NOT_INUSE';
    const uses = new Set(this.#switchboard.of(device).map(({ state }) => USES[state]));
    if (uses.has('RINGING')) return uses.has('INUSE') ? 'RINGINUSE' : 'RINGING';
    if (uses.has('INUSE')) return 'INUSE';
    if (uses.has('BUSY')) return 'BUSY';
    const endpoint = this.#switchboard.endpoints.get(device);
    if (endpoint === undefined && this.#told.has(device)) return this.#told.get(device) ?? '';
    return endpoint === undefined || endpoint.registered ? 'NOT_INUSE' : 'UNAVAILABLE';
  }

  /** A device's channels or registration have changed. */
  changed(device: string): void {
    this.set(device, this.of(device));
  }

  set(device: string, state: string): void {
    if (!this.#told.has(device) && state === 'NOT_INUSE') return;
    this.tell(device, state);
  }

  /** As {@link set}, also of a device that was never told of. */
  tell(device: string, state: string): void {
    if (this.#told.get(device) === state) return;
    this.#told.set(device, state);
    this.#switchboard.say('DeviceStateChange', { Device: device, State: state });
    for (const listener of this.#listeners) listener(device);
  }

  /** Hears of devices whose state has been told. */
  onChange(listener: (device: string) => void): void {
    this.#listeners.push(listener);
  }
}
