/** Why a link is not up, in words for the person who can change it. Never with the secret. */
import { AmiTimeout } from './errors.ts';
import type { AmiOptions, AmiProblem } from './options.ts';

/** A problem that has not been given its time yet. */
export type Problem = Omit<AmiProblem, 'at'> & {
  /** Trying again soon would be refused again. */
  readonly retrySlowly?: true;
};

type Where = Pick<AmiOptions, 'host' | 'port' | 'username' | 'tls'>;

const place = ({ host, port }: Where) => `${host}:${port}`;

const REFUSED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there. Is Asterisk running, and `enabled = yes` in manager.conf?',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the host does not answer',
};

/** What a server that speaks no TLS makes of the handshake. */
const NO_TLS = new Set(['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ECONNRESET']);

/** The TCP connection did not come about. */
export function unreachable(where: Where, error: NodeJS.ErrnoException): Problem {
  const reason = REFUSED[error.code ?? ''] ?? error.message;
  return { code: 'unreachable', message: `Asterisk at ${place(where)}: ${reason}` };
}

/** The connection broke. */
export function broken(where: Where, error: Error): Problem {
  return { code: 'closed', message: `The connection to Asterisk at ${place(where)} broke: ${error.message}` };
}

/** TLS did not come about. */
export function tlsProblem(where: Where, error: NodeJS.ErrnoException): Problem {
  const at = `TLS to Asterisk at ${place(where)} failed`;
  const message = NO_TLS.has(error.code ?? '')
    ? `${at}: no TLS is spoken there (${error.code}). Use the port of tlsbindaddr in manager.conf, or no TLS`
    : `${at}: ${error.message}. Give the certificate's own CA, or the name that it carries as servername`;
  return { code: 'tls', message };
}

export function connectTimeout(where: Where, ms: number): Problem {
  return { code: 'unreachable', message: `Asterisk at ${place(where)} does not answer within ${ms} ms` };
}

export function greetingTimeout(where: Where, ms: number): Problem {
  const hint = where.tls === false ? ' Is this its TLS port?' : '';
  const message = `${place(where)} took the connection, but Asterisk's greeting did not come within ${ms} ms.${hint}`;
  return { code: 'timeout', message };
}

/** `reason`: Asterisk's words; `from`: the address that Asterisk sees us come from. */
export function refusedLogin(where: Where, reason: string, from: string): Problem {
  const at = `Asterisk at ${place(where)} refused the login of '${where.username}' (${reason})`;
  if (reason === 'Login Already In Use') {
    const message = `${at}: manager.conf has allowmultiplelogin = no and a session is still open`;
    return { code: 'refused_login', message };
  }
  return {
    code: 'refused_login',
    message:
      `${at}. Check username and secret against manager.conf, and that the permit and deny lines of this user ` +
      `let ${from} in`,
    retrySlowly: true,
  };
}

/** The login cannot even be written. */
export function unusableLogin(where: Where, reason: string): Problem {
  return { code: 'refused_login', message: `The login for ${place(where)}: ${reason}`, retrySlowly: true };
}

export function silent(where: Where, ms: number): Problem {
  return {
    code: 'timeout',
    message: `Asterisk at ${place(where)} has been silent for ${ms} ms, a Ping included`,
  };
}

export function closedByPeer(where: Where, greeted: boolean): Problem {
  const message = greeted
    ? `Asterisk at ${place(where)} closed the connection`
    : `${place(where)} closed the connection before it greeted: too many logins under way (authlimit), or no AMI`;
  return { code: 'closed', message };
}

export function protocolProblem(where: Where, reason: string): Problem {
  return { code: 'protocol', message: `What ${place(where)} sent is not usable: ${reason}` };
}

export function booting(where: Where): Problem {
  return { code: 'booting', message: `Asterisk at ${place(where)} is still starting` };
}

/** An action on the way to `up` failed for a reason that has no words of its own. */
export function openProblem(where: Where, error: Error): Problem {
  const message = `Asterisk at ${place(where)}: ${error.message}`;
  return { code: error instanceof AmiTimeout ? 'timeout' : 'protocol', message };
}
