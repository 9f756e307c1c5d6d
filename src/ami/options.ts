/** What a client is told, and what it tells of itself. */
import type { ActionName } from './actions.ts';

/** Where to say what goes on. Pino's loggers satisfy it. */
export interface AmiLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface AmiTls {
  /** Certificates to trust, PEM. Without it: Node's own store. */
  readonly ca?: string | undefined;
  /** Name that the certificate must carry; the host's by default. */
  readonly servername?: string | undefined;
  /** False takes any certificate. */
  readonly verify: boolean;
}

export interface AmiOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly secret: string;
  readonly tls: false | AmiTls;
  /** False: Asterisk sends this link no events, so `originate` never ends on it. Default true. */
  readonly events?: boolean;
  readonly log?: AmiLog;
  readonly limits?: Partial<AmiLimits>;
  /** ms since the epoch; for tests. */
  readonly now?: () => number;
  /** 0 ≤ x < 1; for tests. */
  readonly random?: () => number;
}

export interface AmiLimits {
  /** Bytes that one message may have; a longer one closes the link. */
  readonly frameBytes: number;
  /** Items that one list may have; a longer one fails. */
  readonly listItems: number;
  /** ms for the TCP connection and TLS. */
  readonly connectMs: number;
  /** ms for Asterisk's greeting and the login. */
  readonly loginMs: number;
  /** ms to wait for FullyBooted once logged in. */
  readonly bootMs: number;
  /** ms for the answer to an action. */
  readonly actionMs: number;
  /** ms of silence before a Ping, and again for its answer: a frozen Asterisk is noticed within twice this. */
  readonly pingIntervalMs: number;
  readonly backoff: { readonly minMs: number; readonly maxMs: number };
  /** ms before a refused login is tried again. */
  readonly refusedLoginRetryMs: number;
}

export const DEFAULT_LIMITS: AmiLimits = {
  frameBytes: 1 << 20,
  listItems: 100_000,
  connectMs: 5000,
  loginMs: 8000,
  bootMs: 30_000,
  actionMs: 10_000,
  pingIntervalMs: 3500,
  backoff: { minMs: 250, maxMs: 5000 },
  refusedLoginRetryMs: 60_000,
};

export interface AmiProblem {
  readonly code: /** Nobody answers at this address. */
    | 'unreachable'
    /** Wrong username or secret, or an address that the user's ACL does not permit. */
    | 'refused_login'
    | 'tls'
    /** What answered does not speak AMI, or broke a limit. */
    | 'protocol'
    /** It answered once and is silent now. */
    | 'timeout'
    /** Asterisk closed the link. */
    | 'closed'
    /** Logged in; Asterisk is still starting. */
    | 'booting';
  /** What is wrong, with which value, and what to do. Never holds the secret. */
  readonly message: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** What the AMI user may do, as `ListCommands` told, and hear. */
export interface AmiRights {
  readonly actions: ReadonlySet<string>;
  /** Actions of this project that the user may not run, or whose module is not loaded. */
  readonly missingActions: readonly ActionName[];
  /** Classes of events that reach the user; `all` stands for each. Null where the user may not ask. */
  readonly reads: ReadonlySet<string> | null;
}

export interface AmiStatus {
  /** `up`: logged in, booted, rights known. `down`: waits before it tries again. */
  readonly state: 'idle' | 'connecting' | 'up' | 'down';
  readonly problem: AmiProblem | null;
  /** Of Asterisk, such as `22.10.1`; `''` when the user may not ask. Kept while the link is down. */
  readonly version: string;
  /** Null until the first login. */
  readonly rights: AmiRights | null;
  /** ms since the epoch when Asterisk started (give or take a second), from FullyBooted; null if it did not say. */
  readonly bootedAt: number | null;
}
