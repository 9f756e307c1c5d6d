import type { Doorbell } from '../stack/doorbell.ts';
import type { Lab } from '../stack/lab.ts';
import type { Phone } from '../stack/phone.ts';
import type { Wire } from './wire.ts';

/** What a scene is played with. */
export interface Stage {
  readonly wire: Wire;
  readonly lab: Lab;
  readonly door: Doorbell;
  /** Endpoints 6001 and 6002, the phones that 600 rings. */
  readonly kitchen: Phone;
  readonly livingRoom: Phone;
  /** Endpoint 6003, which 600 does not ring. */
  readonly office: Phone;
  /** The present name of the newest channel of an endpoint. */
  channel(endpoint: string): string;
  /** Waits, so that a person seems to do things (s). */
  pause(seconds?: number): Promise<void>;
}

/** Something that happens to a PBX, to be written down. */
export interface Scene {
  /** The trace's file name. */
  readonly name: string;
  /** What happens, in one sentence. */
  readonly about: string;
  /** Headers of the Login; by default those of the companion. Null: the scene logs in by itself. */
  readonly login?: null;
  /** What it needs in Asterisk's dialplan beyond the lab's. */
  readonly dialplan?: string;
  play(stage: Stage): Promise<void>;
}
