import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { until } from './machine.ts';
import { RtpEar } from './rtp-ear.ts';
import { header, type Message, read, reply, sdp } from './sip.ts';

/** How a base behaves; it may be changed between two calls. */
export interface DectBaseOptions {
  /** Seconds after its own answer at which it gives up when no handset answered. */
  readonly givesUpAfter: number;
  /** Seconds of ringing before it answers by itself; 0: at once. */
  readonly answersAfter?: number;
}

/** A call on the base's line. */
export interface BaseCall {
  /** The line that was called, such as `2001`. */
  readonly line: string;
  /** The caller's number, as the base is shown it. */
  readonly caller: string;
  /** The digits that came, by RFC 4733 and SIP INFO. */
  readonly digits: string;
  readonly state: 'ringing' | 'answered' | 'ended';
  /** A handset takes the call: the base does not give up any more. */
  lift(): void;
  /** The handset, or the base, ends the call. */
  hangUp(): void;
}

/**
 * DECT bases with direct dial-in, as far as an Asterisk can tell: each line answers its one call at once, takes the
 * digits, rings a handset that nobody hears, and gives up after a time. A second call on a line is busy (486).
 * All lines share one port, which pjsip.conf has as their static contact.
 */
export class DectBases implements AsyncDisposable {
  readonly calls: Line[] = [];
  readonly #socket = createSocket('udp4');
  readonly #port: number;
  readonly #lines: Readonly<Record<string, DectBaseOptions>>;

  private constructor(port: number, lines: Readonly<Record<string, DectBaseOptions>>) {
    this.#port = port;
    this.#lines = lines;
  }

  /** @param lines by the user part of the line's endpoint */
  static async plugIn(port: number, lines: Readonly<Record<string, DectBaseOptions>>): Promise<DectBases> {
    const bases = new DectBases(port, lines);
    bases.#socket.on('message', (packet, from) => void bases.#hear(read(packet.toString()), from));
    bases.#socket.bind(port, '127.0.0.1');
    await once(bases.#socket, 'listening');
    return bases;
  }

  /** The call that is on a line, when it has come to that state. */
  async call(line: string, state: BaseCall['state'] = 'answered', seconds = 10): Promise<BaseCall> {
    return until(
      `line ${line} to have a call ${state}`,
      () => this.calls.findLast((call) => call.line === line && call.state === state),
      { seconds },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const call of this.calls) call.hangUp();
    await until('the lines to be free', () => this.calls.every((call) => call.state === 'ended'));
    this.#socket.close();
  }

  async #hear(message: Message, from: RemoteInfo): Promise<void> {
    const [method = '', uri = ''] = message.start.split(' ');
    const say = (text: string) => this.#socket.send(text, from.port, from.address);
    const known = this.calls.find((call) => call.id === header(message, 'Call-ID'));
    if (method === 'SIP/2.0') return known?.answered(message);
    if (method === 'ACK') return;
    if (method === 'INVITE' && known === undefined) {
      const line = /^sip:([^@]+)@/.exec(uri)?.[1] ?? '';
      const options = this.#lines[line];
      if (options === undefined) return say(reply(message, '404 Not Found'));
      if (this.calls.some((call) => call.line === line && call.state !== 'ended'))
        return say(reply(message, '486 Busy Here'));
      const call = new Line(line, message, `sip:${line}@127.0.0.1:${this.#port}`, options, say);
      this.calls.push(call);
      return call.ring();
    }
    known?.request(method, message);
    if (method !== 'INVITE') say(reply(message, '200 OK'));
  }
}

/** One call, as a SIP user agent server (RFC 3261). */
class Line implements BaseCall {
  readonly line: string;
  readonly id: string;
  readonly caller: string;
  state: BaseCall['state'] = 'ringing';
  readonly #invite: Message;
  readonly #contact: string;
  readonly #options: DectBaseOptions;
  readonly #say: (text: string) => void;
  readonly #ear = new RtpEar();
  readonly #tag = Math.random().toString(36).slice(2);
  #body = '';
  #info = '';
  #timer: NodeJS.Timeout | undefined;
  #bye: NodeJS.Timeout | undefined;

  constructor(
    line: string,
    invite: Message,
    contact: string,
    options: DectBaseOptions,
    say: (text: string) => void,
  ) {
    this.line = line;
    this.id = header(invite, 'Call-ID');
    this.caller = /<sip:([^@>]+)@/.exec(header(invite, 'From'))?.[1] ?? '';
    this.#invite = invite;
    this.#contact = contact;
    this.#options = options;
    this.#say = say;
  }

  get digits(): string {
    return this.#info + this.#ear.digits;
  }

  async ring(): Promise<void> {
    this.#body = sdp(await this.#ear.open());
    const { answersAfter = 0 } = this.#options;
    if (answersAfter === 0) return this.#answer();
    this.#say(reply(this.#invite, '180 Ringing', this.#tag, this.#contact));
    this.#timer = setTimeout(() => this.#answer(), answersAfter * 1000);
  }

  #answer(): void {
    this.state = 'answered';
    this.#say(reply(this.#invite, '200 OK', this.#tag, this.#contact, this.#body));
    this.#timer = setTimeout(() => this.hangUp(), this.#options.givesUpAfter * 1000);
  }

  lift(): void {
    clearTimeout(this.#timer);
  }

  hangUp(): void {
    if (this.state === 'ended' || this.#bye !== undefined) return;
    clearTimeout(this.#timer);
    if (this.state === 'ringing') {
      this.#say(reply(this.#invite, '480 Temporarily Unavailable', this.#tag));
      this.#ended();
      return;
    }
    const to = /<([^>]+)>/.exec(header(this.#invite, 'Contact'))?.[1] ?? '';
    const bye = [
      `BYE ${to} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.#contact.split('@')[1]};branch=z9hG4bK${this.#tag}`,
      `From: ${header(this.#invite, 'To')};tag=${this.#tag}`,
      `To: ${header(this.#invite, 'From')}`,
      `Call-ID: ${this.id}`,
      'CSeq: 1 BYE',
      'Max-Forwards: 70',
      'Content-Length: 0',
    ];
    const send = () => this.#say(`${bye.join('\r\n')}\r\n\r\n`);
    send();
    this.#bye = setInterval(send, 500);
  }

  /** Asterisk answers our BYE. */
  answered(message: Message): void {
    if (header(message, 'CSeq').endsWith('BYE')) this.#ended();
  }

  request(method: string, message: Message): void {
    if (method === 'INFO') this.#info += /^Signal\s*=\s*(\S)/m.exec(message.body)?.[1] ?? '';
    if (method === 'INVITE') this.#say(reply(message, '200 OK', this.#tag, this.#contact, this.#body));
    if (method === 'BYE') this.#ended();
    if (method === 'CANCEL' && this.state === 'ringing') {
      this.#say(reply(this.#invite, '487 Request Terminated', this.#tag));
      this.#ended();
    }
  }

  #ended(): void {
    this.state = 'ended';
    clearTimeout(this.#timer);
    clearInterval(this.#bye);
    this.#ear.close();
  }
}
