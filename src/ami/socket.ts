/** Opens the socket: TCP, or TLS on it. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { AmiOptions } from './options.ts';

/** One for each connection, used again for every read: it stays in the processor's cache. */
const READ_BUFFER = 1 << 16;

export interface SocketHandlers {
  /** TCP is there. */
  readonly reached: () => void;
  /** Connected, TLS included. */
  readonly ready: () => void;
  /** The chunk is used again after the call. */
  readonly data: (chunk: Buffer) => void;
  readonly error: (error: NodeJS.ErrnoException) => void;
  readonly closed: () => void;
}

export type Target = Pick<AmiOptions, 'host' | 'port' | 'tls'>;

export function openSocket(target: Target, handlers: SocketHandlers): Socket {
  const socket = target.tls === false ? openTcp(target, handlers) : openTls(target, handlers);
  socket.once('connect', handlers.reached);
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  socket.on('error', handlers.error);
  socket.on('close', handlers.closed);
  return socket;
}

function openTcp({ host, port }: Target, handlers: SocketHandlers): Socket {
  const buffer = Buffer.allocUnsafe(READ_BUFFER);
  const callback = (length: number): boolean => {
    handlers.data(buffer.subarray(0, length));
    return true;
  };
  const socket = connectTcp({ host, port, onread: { buffer, callback } });
  socket.once('connect', handlers.ready);
  return socket;
}

function openTls({ host, port, tls }: Target, handlers: SocketHandlers): TLSSocket {
  const { ca, servername, verify } = tls as Exclude<Target['tls'], false>;
  const name = servername ?? (isIP(host) === 0 ? host : undefined);
  const socket = connectTls({
    host,
    port,
    rejectUnauthorized: verify,
    ...(ca === undefined ? {} : { ca }),
    ...(name === undefined ? {} : { servername: name }),
  });
  socket.once('secureConnect', handlers.ready);
  socket.on('data', handlers.data);
  return socket;
}
