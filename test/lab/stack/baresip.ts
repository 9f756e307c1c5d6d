import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { until } from './machine.ts';

/** An event of baresip's ctrl_tcp module. */
export interface BaresipEvent {
  readonly type: string;
  /** The call's id within baresip, on CALL_ events. */
  readonly id?: string;
  readonly direction?: 'incoming' | 'outgoing';
  readonly peeruri?: string;
  readonly peerdisplayname?: string;
  readonly param?: string;
}

/** A SIP MESSAGE that came. */
export interface BaresipMessage {
  readonly message: true;
  readonly peer: string;
  readonly body: string;
}

interface Answer {
  readonly response: true;
  readonly ok: boolean;
  readonly data: string;
  readonly token: string;
}

/** The remote control of a baresip: its ctrl_tcp module, which speaks JSON in netstrings. */
export class BaresipControl {
  readonly #onEvent: (event: BaresipEvent | BaresipMessage) => void;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  #socket: Socket | undefined;
  #pending: Buffer = Buffer.alloc(0);
  #count = 0;

  constructor(onEvent: (event: BaresipEvent | BaresipMessage) => void) {
    this.#onEvent = onEvent;
  }

  async connect(port: number): Promise<void> {
    this.#socket = await until('the remote control of baresip', () => open(port));
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', () => this.#socket?.destroy());
  }

  /**
   * Runs a command of its menu.
   * @throws with what baresip says when it does not work
   */
  async command(command: string, params = ''): Promise<string> {
    const token = String(++this.#count);
    const text = JSON.stringify({ command, params, token });
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(token, resolve));
    this.#socket?.write(`${Buffer.byteLength(text)}:${text},`);
    const answer = await answered;
    if (!answer.ok) throw new Error(`baresip ${command} ${params}: ${answer.data.trim()}`);
    return answer.data;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #read(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const colon = this.#pending.indexOf(':');
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#pending.toString('latin1', 0, colon));
      // A comma follows the text.
      if (this.#pending.length <= end) return;
      const text = this.#pending.toString('utf8', colon + 1, end);
      this.#pending = this.#pending.subarray(end + 1);
      this.#take(JSON.parse(text) as Answer | BaresipEvent | BaresipMessage);
    }
  }

  #take(message: Answer | BaresipEvent | BaresipMessage): void {
    if (!('response' in message)) {
      this.#onEvent(message);
      return;
    }
    this.#waiting.get(message.token)?.(message);
    this.#waiting.delete(message.token);
  }
}

async function open(port: number): Promise<Socket> {
  const socket = createConnection({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  return socket;
}
