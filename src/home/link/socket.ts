/** Opens one websocket to Home Assistant and logs in (developer docs: "WebSocket API"). */
import type { HaWebSocket } from 'home-assistant-js-websocket';
import { type ClientOptions, WebSocket } from 'ws';

/** Home Assistant did not accept the token. */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';
}

/** Times in ms, sizes in bytes. A list of all entities is the largest message that is asked for. */
const OPTIONS: ClientOptions & { closeTimeout: number } = {
  handshakeTimeout: 10_000,
  closeTimeout: 1_000,
  maxPayload: 128 * 1024 * 1024,
};

/** `http://host:8123` → `ws://host:8123/api/websocket`; the Supervisor's proxy has a path of its own. */
export function websocketUrl(url: string): string {
  const address = new URL(url);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const path = address.pathname.replace(/\/+$/, '');
  address.pathname = address.hostname === 'supervisor' ? `${path}/websocket` : `${path}/api/websocket`;
  return address.href;
}

/**
 * @param signal ends the attempt
 * @throws InvalidToken
 * @throws Error of the network, or of the handshake (502 while Home Assistant is down behind a proxy)
 */
export function openSocket(url: string, token: string, signal: AbortSignal): Promise<HaWebSocket> {
  const socket = new WebSocket(url, OPTIONS);
  return new Promise((resolve, reject) => {
    const done = (result: HaWebSocket | Error) => {
      socket.off('message', onMessage);
      socket.off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      clearTimeout(limit);
      if (result instanceof Error) {
        reject(result);
        socket.terminate();
      } else {
        resolve(result);
      }
    };
    const onAbort = () => done(new Error('The attempt was ended'));
    const onClose = () => done(new Error('Home Assistant closed the connection during the login'));
    const onMessage = (data: Buffer) => {
      const message = parse(data);
      if (message === null) done(new Error('What answers there is not Home Assistant'));
      else if (message.type === 'auth_required') {
        socket.send(JSON.stringify({ type: 'auth', access_token: token }));
      } else if (message.type === 'auth_ok') {
        done(Object.assign(socket as unknown as HaWebSocket, { haVersion: String(message.ha_version) }));
      } else if (message.type === 'auth_invalid') {
        done(new InvalidToken());
      }
    };
    const limit = setTimeout(
      () => done(new Error('Home Assistant did not answer the login in 10 s')),
      10_000,
    );
    socket.on('message', onMessage);
    socket.on('close', onClose);
    // Stays for the socket's whole life: an error that nobody hears would end the process.
    socket.on('error', (error) => done(error));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

interface Message {
  readonly type?: unknown;
  readonly ha_version?: unknown;
}

/** Null for what is no object in JSON. */
function parse(data: Buffer): Message | null {
  try {
    const message: unknown = JSON.parse(data.toString());
    return typeof message === 'object' ? message : null;
  } catch {
    return null;
  }
}
