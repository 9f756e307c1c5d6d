import type { CallLog, Registry } from '../actions/index.ts';
import type { PbxView } from '../pbx/index.ts';
import type { AudioFiles } from './audio.ts';

/** What the pages and the API are told. */
export interface HttpOptions {
  /**
   * Where to listen, all with the same pages. Port 0: one that is free. Under the Supervisor one of them is where
   * ingress expects the pages.
   */
  readonly listen: readonly HttpAddress[];
  /** Who may come from anywhere. Empty: only ingress and, with `open`, this machine's browser. */
  readonly tokens: readonly HttpToken[];
  /** The Supervisor's ingress may come without a token: it has asked its user already. */
  readonly ingress: boolean;
  /** For trying out: this machine's own browser may come without a token. Only on loopback addresses. */
  readonly open: boolean;
  readonly version: string;
  readonly pbxes: readonly PbxView[];
  readonly registry: Registry;
  /** The call log; null where none is kept. */
  readonly history: CallLog | null;
  /** Whether a way to open this doorbell's door is configured. */
  opens(pbx: string, doorbell: string): boolean;
  /** How the other links are; asked whenever somebody wants to know. */
  links(): Links;
  /** The demo's own button. */
  readonly demo?: { ring(): void };
  /** Sound that may be heard, by kind: `GET /api/audio/<kind>/<pbx>/…`. */
  readonly audio?: Readonly<Record<string, AudioFiles>>;
  readonly log: HttpLog;
}

export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

export interface HttpToken {
  /** For the log and the happening `opened`: who it was given to. */
  readonly name: string;
  readonly token: string;
}

/** `off`: not configured. */
export type LinkState = 'connected' | 'disconnected' | 'off';

export interface Links {
  readonly broker: LinkState;
  readonly home_assistant: LinkState;
}

export interface HttpLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
