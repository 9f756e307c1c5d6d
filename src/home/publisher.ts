/** What carries devices to Home Assistant: MQTT, or the states API. */
import type { Device, DeviceRef, EventPayload } from './entities/model.ts';

export interface Publisher {
  start(): void;
  /** Says that everything is unavailable, then leaves. `forGood`: another publisher shows all of it from now on. */
  stop(forGood: boolean): Promise<void>;
  /** These look like this now; the hub of a PBX comes before its other devices. */
  show(devices: readonly Device[]): void;
  /** These are gone from the PBX. */
  remove(devices: readonly DeviceRef[]): void;
  /** Happened now; never kept for later. `key` is the event entity's. */
  event(ref: DeviceRef, key: string, payload: EventPayload): void;
  /** Whether what is shown of this PBX is true. */
  available(pbx: string, up: boolean): void;
  /** All devices of this PBX have been shown: others of it that are still published are outdated. */
  complete(pbx: string): void;
}
