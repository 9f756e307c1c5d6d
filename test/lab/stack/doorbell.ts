import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Asterisk, SECRET } from './asterisk.ts';
import { freePort, until } from './machine.ts';
import { LAB_SOURCE, type Place } from './place.ts';
import { RtpEar } from './rtp-ear.ts';
import { Service } from './service.ts';
import { header, method, parseSippTrace, type SipMessage, status } from './sip-trace.ts';
import { RUN_IN_TREE, type Tree } from './tree.ts';

/** How a press goes. */
export interface PressOptions {
  /** Seconds of ringing after which the visitor gives up (CANCEL); default 60. */
  readonly giveUpAfter?: number;
  /** Seconds after the answer at which the visitor hangs up (BYE); default 60. */
  readonly holdFor?: number;
  /** The name in From, as it is on the wire without its quotes; default "Door". */
  readonly callerName?: string;
}

/**
 * Where a press has come to: `calling` (nothing heard yet), `ringing`, `answered`, and the ends: `refused`
 * (any error response), `cancelled` (by the visitor), `hung up` (by either side).
 */
export type PressState = 'calling' | 'ringing' | 'answered' | 'refused' | 'cancelled' | 'hung up';

let count = 0;

/** A SIP doorbell that is not registered: sipp, which authenticates with each call. */
export class Doorbell {
  readonly user: string;
  readonly #place: Place;
  readonly #tree: Tree;
  readonly #asterisk: Asterisk;

  /** @param user an endpoint of pjsip.conf: 8000 (digits by SIP INFO), 8001 (RFC 4733), 8009 (any name) */
  constructor(place: Place, tree: Tree, asterisk: Asterisk, user: string) {
    this.user = user;
    this.#place = place;
    this.#tree = tree;
    this.#asterisk = asterisk;
  }

  /** Presses the button: calls `extension`. Gives the call as soon as it is on its way. */
  async press(extension: string, options: PressOptions = {}): Promise<Press> {
    const name = `doorbell-${this.user}-${process.pid}-${++count}`;
    const dir = join(this.#place.run, 'phones', name);
    await mkdir(dir, { recursive: true });
    const ear = new RtpEar();
    const values: Record<string, string> = {
      user: this.user,
      rtp: String(await ear.open()),
      give_up: String((options.giveUpAfter ?? 60) * 1000),
      hold: String((options.holdFor ?? 60) * 1000),
    };
    const scenario = await readFile(join(LAB_SOURCE, 'sipp', 'press.xml'), 'utf8');
    await writeFile(
      join(dir, 'press.xml'),
      scenario.replaceAll(/@(\w+)@/g, (whole, key: string) => values[key] ?? whole),
    );
    const port = await freePort();
    const service = new Service(this.#place, name);
    const quoted = `"${(options.callerName ?? 'Door').replaceAll(/["\\]/g, '\\$&')}"`;
    const sipp = ['sipp', `127.0.0.1:${this.#asterisk.sipPort}`, '-sf', 'press.xml', '-s', extension];
    const caller = ['-au', this.user, '-ap', SECRET, '-cid_str', name, '-key', 'name', quoted];
    const us = ['-i', '127.0.0.1', '-p', String(port), '-m', '1', '-nostdin', '-aa'];
    const trace = ['-trace_msg', '-message_file', 'messages.log', '-trace_err', '-error_file', 'errors.log'];
    await service.launch(
      this.#tree.argv([...sipp, ...caller, ...us, ...trace], { cwd: `${RUN_IN_TREE}/phones/${name}` }),
    );
    const press = new Press(service, ear, join(dir, 'messages.log'), port, name);
    await until('the doorbell to call', () => press.messages().some((message) => message.sent));
    return press;
  }
}

/** One press of a doorbell: its call. */
export class Press implements AsyncDisposable {
  readonly #service: Service;
  readonly #ear: RtpEar;
  readonly #trace: string;
  readonly #port: number;
  readonly #callId: string;

  constructor(service: Service, ear: RtpEar, trace: string, port: number, callId: string) {
    this.#service = service;
    this.#ear = ear;
    this.#trace = trace;
    this.#port = port;
    this.#callId = callId;
  }

  /** Every SIP message of the call so far. */
  messages(): SipMessage[] {
    try {
      return parseSippTrace(readFileSync(this.#trace, 'utf8'));
    } catch {
      return [];
    }
  }

  get state(): PressState {
    let state: PressState = 'calling';
    for (const message of this.messages()) state = next(state, message);
    return state;
  }

  /** The digits that the doorbell was sent, in order; one that was repeated on the wire counts once. */
  get digits(): string {
    const seen = new Set<string>();
    let digits = '';
    for (const message of this.messages()) {
      const digit = /^Signal\s*=\s*(\S)/m.exec(message.body)?.[1];
      const cseq = header(message, 'CSeq');
      if (digit === undefined || message.sent || seen.has(cseq)) continue;
      seen.add(cseq);
      digits += digit;
    }
    return digits + this.#ear.digits;
  }

  /** Packets of sound that the doorbell was sent. */
  get soundPackets(): number {
    return this.#ear.packets;
  }

  /** Waits until the call has come to that state. */
  async waitFor(state: PressState, seconds = 10): Promise<void> {
    await until(`the press to be ${state}`, () => this.state === state, { seconds }).catch(
      (error: unknown) => {
        throw new Error(`${(error as Error).message}; it is ${this.state}`, { cause: error });
      },
    );
  }

  /** Waits until the doorbell has been sent these digits, and no others before them. */
  async waitForDigits(digits: string, seconds = 10): Promise<void> {
    await until(`the digits ${digits}`, () => this.digits === digits, { seconds }).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; there are "${this.digits}"`, { cause: error });
    });
  }

  /** The visitor goes: CANCEL while it rings, BYE when it was answered. Waits until the call has ended. */
  async hangUp(): Promise<void> {
    await until('the call to stand', () => this.state !== 'calling');
    if (this.#service.pid === undefined) return;
    await sendMessage(this.#port, this.#callId);
    await until('the call to end', () => this.#service.pid === undefined);
  }

  /** Ends the doorbell as a power cut would: the call stays up in Asterisk until that notices. */
  async cutPower(): Promise<void> {
    await this.#service.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp().catch(() => this.#service.kill());
    await this.#service.stop();
    this.#ear.close();
  }
}

function next(state: PressState, message: SipMessage): PressState {
  const code = status(message);
  const verb = method(message);
  if (code === undefined) return verb === 'BYE' ? 'hung up' : state;
  if (verb !== 'INVITE' || code === 100 || code === 401) return state;
  if (code < 200) return 'ringing';
  if (code < 300) return 'answered';
  return code === 487 ? 'cancelled' : 'refused';
}

/** Tells the scenario that the visitor ends the call. */
async function sendMessage(port: number, callId: string): Promise<void> {
  const socket = createSocket('udp4');
  const lines = [
    `MESSAGE sip:door@127.0.0.1:${port} SIP/2.0`,
    'Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKvisitor',
    'From: <sip:visitor@127.0.0.1>;tag=visitor',
    'To: <sip:door@127.0.0.1>',
    `Call-ID: ${callId}`,
    'CSeq: 1 MESSAGE',
    'Content-Length: 0',
    '',
    '',
  ];
  await new Promise((done) => socket.send(lines.join('\r\n'), port, '127.0.0.1', done));
  socket.close();
}
