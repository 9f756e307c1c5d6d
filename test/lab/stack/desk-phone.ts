import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Asterisk, SECRET } from './asterisk.ts';
import { until } from './machine.ts';
import { RtpEar } from './rtp-ear.ts';
import { header, type Message, read, reply, sdp } from './sip.ts';

/** A call on a desk phone, as the phone itself sees it. */
export interface DeskCall {
  /** Who calls, or what was dialled. */
  readonly peer: string;
  readonly state: 'ringing' | 'established' | 'ended';
}

/** What a request consists of besides its call. */
interface Parts {
  readonly cseq: number;
  readonly branch?: string;
  readonly to?: string;
  readonly more?: readonly string[];
  readonly body?: string;
}

/** ms between two sendings of a request that nobody has answered. */
const AGAIN = 500;

/**
 * A phone with the keys that baresip lacks: it declines a call (603), holds one, and hands one over to another by
 * itself (RFC 3891: REFER whose target replaces a call). It says nothing, and rings until told otherwise.
 */
export class DeskPhone implements AsyncDisposable {
  readonly user: string;
  /** Every call so far, the newest last. */
  readonly calls: Dialog[] = [];
  readonly #sipPort: number;
  readonly #socket = createSocket('udp4');
  /** What is heard in answer to requests, by Call-ID and CSeq. */
  readonly #heard = new Map<string, Message>();

  private constructor(asterisk: Asterisk, user: string) {
    this.user = user;
    this.#sipPort = asterisk.sipPort;
  }

  /** Turns one on and waits until it is registered. @param user an endpoint of pjsip.conf */
  static async plugIn(asterisk: Asterisk, user: string): Promise<DeskPhone> {
    const phone = new DeskPhone(asterisk, user);
    phone.#socket.on('message', (packet) => void phone.#hear(read(packet.toString())));
    phone.#socket.bind(0, '127.0.0.1');
    await once(phone.#socket, 'listening');
    await phone.#register(120);
    return phone;
  }

  /** The newest call. */
  get call(): Dialog {
    const call = this.calls.at(-1);
    if (call === undefined) throw new Error(`desk phone ${this.user} has had no call`);
    return call;
  }

  /** Waits until the newest call is in that state, and gives it. */
  async waitFor(state: DeskCall['state'], seconds = 10): Promise<Dialog> {
    return until(
      `desk phone ${this.user} to have a call ${state}`,
      () => this.calls.findLast((call, at) => at === this.calls.length - 1 && call.state === state),
      { seconds },
    );
  }

  /** Waits until it rings, and presses Decline. */
  async decline(seconds = 10): Promise<void> {
    const call = await this.waitFor('ringing', seconds);
    this.#say(reply(call.invite, '603 Decline', call.tag, this.#contact));
    call.end();
  }

  /** Waits until it rings, and takes the receiver off. */
  async answer(seconds = 10): Promise<Dialog> {
    const call = await this.waitFor('ringing', seconds);
    const body = sdp(await call.ear.open());
    this.#say(reply(call.invite, '200 OK', call.tag, this.#contact, body));
    return this.waitFor('established');
  }

  /** Calls an extension, and waits for the answer. */
  async dial(extension: string): Promise<Dialog> {
    const uri = `sip:${extension}@127.0.0.1:${this.#sipPort}`;
    const call = new Dialog(extension, uri, `<${uri}>`);
    this.calls.push(call);
    const body = sdp(await call.ear.open());
    const answer = await this.#ask(call, 'INVITE', [], body);
    if (!answer.start.includes(' 200 ')) call.end();
    return this.waitFor('established');
  }

  /** Has the other party of a call wait, with music. */
  async hold(call: Dialog): Promise<void> {
    await this.#ask(call, 'INVITE', [], sdp(call.ear.port, 'sendonly', 2));
  }

  /** Joins the other parties of two calls, and is out of both. */
  async handOver(call: Dialog, to: Dialog): Promise<void> {
    const replaces = `${to.id};to-tag=${to.remoteTag};from-tag=${to.tag}`;
    const target = `sip:${to.peer}@127.0.0.1:${this.#sipPort}?Replaces=${encodeURIComponent(replaces)}`;
    await this.#ask(call, 'REFER', [`Refer-To: <${target}>`, `Referred-By: <${this.#aor}>`]);
    await until('the calls to be joined', () => call.handedOver);
    for (const one of [call, to]) await this.hangUp(one);
  }

  async hangUp(call = this.call): Promise<void> {
    if (call.state === 'ringing') this.#say(reply(call.invite, '486 Busy Here', call.tag, this.#contact));
    if (call.state === 'established') await this.#ask(call, 'BYE');
    call.end();
  }

  /** Turns it off properly: it unregisters. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const call of this.calls) await this.hangUp(call);
    await this.#register(0);
    this.#socket.close();
  }

  get #aor(): string {
    return `sip:${this.user}@127.0.0.1:${this.#sipPort}`;
  }

  get #contact(): string {
    return `sip:${this.user}@127.0.0.1:${(this.#socket.address() as AddressInfo).port}`;
  }

  async #register(expires: number): Promise<void> {
    const call = new Dialog('', `sip:127.0.0.1:${this.#sipPort}`, `<${this.#aor}>`);
    const answer = await this.#ask(call, 'REGISTER', [`Expires: ${expires}`]);
    if (!answer.start.includes(' 200 ')) throw new Error(`desk phone ${this.user}: ${answer.start}`);
  }

  /** Sends a request of a call until it is answered for good, with the secret where that is asked for. */
  async #ask(call: Dialog, method: string, more: readonly string[] = [], body = ''): Promise<Message> {
    let answer = await this.#request(call, method, more, body);
    const challenge = header(answer, 'WWW-Authenticate');
    if (challenge !== '')
      answer = await this.#request(
        call,
        method,
        [...more, this.#login(challenge, method, call.target)],
        body,
      );
    return answer;
  }

  async #request(call: Dialog, method: string, more: readonly string[], body: string): Promise<Message> {
    const cseq = ++call.cseq;
    const branch = randomBytes(8).toString('hex');
    const text = this.#text(call, method, { cseq, branch, more, body });
    const key = `${call.id} ${cseq} ${method}`;
    this.#say(text);
    // An answer of any kind says that the request has arrived.
    const timer = setInterval(() => this.#heard.has(key) || this.#say(text), AGAIN);
    const final = () => {
      const answer = this.#heard.get(key);
      return answer === undefined || answer.start.startsWith('SIP/2.0 1') ? undefined : answer;
    };
    const answer = await until(`an answer to ${method}`, final).finally(() => clearInterval(timer));
    if (method === 'INVITE') {
      const taken = call.take(answer);
      // The acknowledgement of a refusal belongs to what was refused (RFC 3261, 17.1.1.3).
      const to = taken ? {} : { branch, to: header(answer, 'To') };
      this.#say(this.#text(call, 'ACK', { cseq, ...to }));
    }
    return answer;
  }

  #text(call: Dialog, method: string, { cseq, branch, to, more = [], body = '' }: Parts): string {
    return [
      `${method} ${call.target} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.#contact.split('@')[1]};branch=z9hG4bK${branch ?? randomBytes(8).toString('hex')};rport`,
      'Max-Forwards: 70',
      `From: <${this.#aor}>;tag=${call.tag}`,
      `To: ${to ?? call.remote}`,
      `Call-ID: ${call.id}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <${this.#contact}>`,
      ...more,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
  }

  /** RFC 7616 with MD5, as Asterisk asks by default. */
  #login(challenge: string, method: string, uri: string): string {
    const [realm, nonce, opaque] = ['realm', 'nonce', 'opaque'].map(
      (name) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? '',
    );
    const cnonce = randomBytes(8).toString('hex');
    const secret = md5(`${this.user}:${realm}:${SECRET}`);
    const response = md5(`${secret}:${nonce}:00000001:${cnonce}:auth:${md5(`${method}:${uri}`)}`);
    const who = `username="${this.user}", realm="${realm}", nonce="${nonce}", uri="${uri}", opaque="${opaque}"`;
    return `Authorization: Digest ${who}, response="${response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="${cnonce}"`;
  }

  #say(text: string): void {
    this.#socket.send(text, this.#sipPort, '127.0.0.1');
  }

  #hear(message: Message): void {
    const [first = ''] = message.start.split(' ');
    const id = header(message, 'Call-ID');
    if (first === 'SIP/2.0') {
      this.#heard.set(`${id} ${header(message, 'CSeq')}`, message);
      return;
    }
    const call = this.calls.find((known) => known.id === id);
    if (first === 'INVITE' && call === undefined) {
      const ringing = Dialog.of(message);
      this.calls.push(ringing);
      this.#say(reply(message, '180 Ringing', ringing.tag, this.#contact));
    } else if (first === 'ACK') call?.acknowledged();
    else if (first === 'INVITE') {
      // Asked again, or told of a new address: what it says of sound is the same.
      if (call?.state === 'established')
        this.#say(reply(message, '200 OK', call.tag, this.#contact, sdp(call.ear.port)));
    } else {
      this.#say(reply(message, '200 OK', call?.tag));
      if (first === 'CANCEL' && call?.state === 'ringing')
        this.#say(reply(call.invite, '487 Request Terminated', call.tag));
      if (first === 'CANCEL' || first === 'BYE') call?.end();
      // What became of a REFER is told as a SIP answer in the body (RFC 3515).
      if (first === 'NOTIFY' && call !== undefined) call.handedOver ||= message.body.includes(' 200 ');
    }
  }
}

/** A SIP dialog of the phone's. */
class Dialog implements DeskCall {
  readonly peer: string;
  readonly tag = randomBytes(6).toString('hex');
  readonly ear = new RtpEar();
  id = randomBytes(8).toString('hex');
  state: DeskCall['state'] = 'ringing';
  /** Where its requests go, and the other side with its tag. */
  target: string;
  remote: string;
  cseq = 0;
  handedOver = false;
  #invite: Message | undefined;

  constructor(peer: string, target: string, remote: string) {
    this.peer = peer;
    this.target = target;
    this.remote = remote;
  }

  /** A call that comes in. */
  static of(invite: Message): Dialog {
    const from = header(invite, 'From');
    const call = new Dialog(/sip:([^@>;]+)@/.exec(from)?.[1] ?? '', uriOf(header(invite, 'Contact')), from);
    call.id = header(invite, 'Call-ID');
    call.#invite = invite;
    return call;
  }

  /** The request that it came in with. */
  get invite(): Message {
    if (this.#invite === undefined) throw new Error('this call went out');
    return this.#invite;
  }

  get remoteTag(): string {
    return /;tag=([^;]+)/.exec(this.remote)?.[1] ?? '';
  }

  /** The answer to our INVITE; gives whether the call stands. */
  take(answer: Message): boolean {
    if (!answer.start.includes(' 200 ')) return false;
    this.remote = header(answer, 'To');
    this.target = uriOf(header(answer, 'Contact'));
    this.state = 'established';
    return true;
  }

  acknowledged(): void {
    if (this.state === 'ringing') this.state = 'established';
  }

  end(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.ear.close();
  }
}

function uriOf(value: string): string {
  return /<([^>]+)>/.exec(value)?.[1] ?? value;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
