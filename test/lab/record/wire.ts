import { createConnection, type Socket } from 'node:net';
import type { AmiAddress } from '../stack/asterisk.ts';

/**
 * One line of a trace: ms since the scene began; who spoke (`<` Asterisk, `>` the client, `#` what happens in front
 * of it); and what: a message with its CR LF but the last two, or a note.
 */
export type Entry = readonly [at: number, from: '<' | '>' | '#', text: string];

/** A connection to AMI that only writes down what is said, byte for byte. */
export class Wire {
  readonly #socket: Socket;
  #entries: Entry[] = [];
  #began = Date.now();
  #heard = Date.now();
  #rest = '';
  #actions = 0;
  #closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(address: AmiAddress) {
    this.#socket = createConnection({ host: address.host, port: address.port });
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (chunk: string) => this.#read(chunk));
    this.#socket.on('close', () => {
      this.#closed = true;
      this.#look();
    });
  }

  /** Forgets what was written down so far: the scene begins now. */
  begin(): void {
    this.#entries = [];
    this.#began = Date.now();
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Writes down what happens in front of Asterisk. */
  note(text: string): void {
    this.#entries.push([Date.now() - this.#began, '#', text]);
  }

  /** Sends an action and gives its answer once it is there. */
  async act(action: string, ...headers: string[]): Promise<string> {
    const id = `a${++this.#actions}`;
    const text = [`Action: ${action}`, `ActionID: ${id}`, ...headers].join('\r\n');
    this.#add('>', text);
    this.#socket.write(`${text}\r\n\r\n`);
    return this.#answer(id);
  }

  /** As {@link act}, and waits for the list's end. */
  async list(action: string, ...headers: string[]): Promise<void> {
    const answer = await this.act(action, ...headers);
    if (!/^Response: Success$/m.test(answer)) return;
    const id = /^ActionID: (.*)$/m.exec(answer)?.[1] ?? '';
    const end = `ActionID: ${id}\r\nEventList: Complete`;
    await this.until(`the end of ${action}`, () => this.#said().some((text) => text.includes(end)));
  }

  /** Waits for an event of this scene that matches, `times` of them. */
  async event(pattern: RegExp, times = 1): Promise<string> {
    const found = () => this.#said().filter((text) => pattern.test(text))[times - 1];
    await this.until(String(pattern), () => found() !== undefined);
    return found() ?? '';
  }

  /** Waits until Asterisk has said nothing for a while (ms). */
  async quiet(ms = 700): Promise<void> {
    this.#heard = Date.now();
    while (Date.now() - this.#heard < ms) await new Promise((done) => setTimeout(done, 50));
  }

  async until(what: string, look: () => boolean, seconds = 45): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = () => {
      if (look()) resolve();
      else if (this.#closed) reject(new Error(`Asterisk closed the connection before ${what}`));
    };
    const timer = setTimeout(() => reject(new Error(`${what} did not come`)), seconds * 1000);
    this.#waiting.add(check);
    check();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(check);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  async #answer(id: string): Promise<string> {
    const pattern = new RegExp(`^Response: [\\s\\S]*^ActionID: ${id}$`, 'm');
    const found = () => this.#said().find((text) => pattern.test(text));
    await this.until(`the answer to ${id}`, () => found() !== undefined);
    return found() ?? '';
  }

  #said(): string[] {
    return this.#entries.filter(([, from]) => from === '<').map(([, , text]) => text);
  }

  #read(chunk: string): void {
    this.#heard = Date.now();
    this.#rest += chunk;
    if (this.#rest.startsWith('Asterisk Call Manager/') && this.#rest.includes('\r\n')) {
      const end = this.#rest.indexOf('\r\n');
      this.#add('<', this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end + 2);
    }
    for (let end = this.#rest.indexOf('\r\n\r\n'); end >= 0; end = this.#rest.indexOf('\r\n\r\n')) {
      this.#add('<', this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end + 4);
    }
    this.#look();
  }

  #add(from: Entry[1], text: string): void {
    this.#entries.push([Date.now() - this.#began, from, text]);
  }

  #look(): void {
    for (const check of this.#waiting) check();
  }
}
