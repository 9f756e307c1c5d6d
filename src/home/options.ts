import type { Registry } from '../actions/action.ts';
import type { CallLog } from '../actions/call-log.ts';
import type { PbxView } from '../pbx/model.ts';
import type { CardOptions } from './install/card.ts';
import type { LinkOptions } from './link/link.ts';
import type { PersonOptions } from './link/persons.ts';
import type { HomeLog } from './log.ts';
import type { MqttOptions } from './mqtt/publisher.ts';

export interface HomeOptions {
  /** This companion's id `[a-z0-9_]+`, the same for ever: it is part of every unique id. Two may serve one Home Assistant. */
  readonly companion: string;
  /** The companion's version. */
  readonly version: string;
  /** Link on the devices' pages, such as `homeassistant://config/app/<slug>`, or null. */
  readonly configurationUrl: string | null;
  /** Language of the names, as a tag such as `de`; null: Home Assistant's, or English while that is not known. */
  readonly language: string | null;
  /** A folder of ours that outlives a restart, or null. */
  readonly dataDir: string | null;
  /** Null: no broker; entities come through the states API then. */
  readonly mqtt: MqttOptions | null;
  /** Null: Home Assistant's API is not to be used; with `mqtt` alone there are entities but no bus, scripts or cards. */
  readonly homeAssistant: LinkOptions | null;
  /** Keep a script per action; false takes ours away. */
  readonly scripts: boolean;
  /** Bring the cards, or null. */
  readonly card: CardOptions | null;
  /** Folder of the blueprints to bring, or null. */
  readonly blueprints: string | null;
  readonly pbxes: readonly PbxView[];
  readonly registry: Registry;
  /** The call log; null where none is kept. */
  readonly history: CallLog | null;
  /** Numbers of Home Assistant's persons, and who wants to know them. */
  readonly persons: PersonOptions;
  /** Whether the owner configured a way to open this doorbell's door. */
  readonly opens: (pbx: string, doorbell: string) => boolean;
  readonly log: HomeLog;
}

/** How it stands with Home Assistant, for `/healthz` and `/api/state`. */
export interface HomeStatus {
  /** Null: not configured. */
  readonly broker: { readonly connected: boolean; readonly problem: string | null } | null;
  readonly homeAssistant: {
    readonly connected: boolean;
    readonly version: string;
    readonly problem: string | null;
  } | null;
}
