import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Asterisk, SECRET } from './asterisk.ts';
import { BaresipControl, type BaresipEvent, type BaresipMessage } from './baresip.ts';
import { freePort, freePortPair, until } from './machine.ts';
import type { Place } from './place.ts';
import { Service } from './service.ts';
import { parseBaresipTrace, type SipMessage } from './sip-trace.ts';
import { samplesOf } from './sound.ts';
import { RUN_IN_TREE, type Tree } from './tree.ts';

/** How a phone behaves. */
export interface PhoneOptions {
  /** `manual`: rings until told otherwise (default). `auto`: answers at once. */
  readonly answer?: 'manual' | 'auto';
  /** How it sends digits; default `rtpevent` (RFC 4733). It understands both. */
  readonly dtmf?: 'rtpevent' | 'info';
  /** Hz of the tone that it says all the time, instead of what it hears. */
  readonly tone?: number;
  /** The extension that {@link Phone.text} writes to. */
  readonly textsTo?: string;
  /** Extensions whose hints it watches, as a phone with a lamp for each does; see {@link Phone.lamp}. */
  readonly watches?: readonly string[];
  /** Answers by itself a call whose headers ask for it, as a phone with intercom does; rings for any other. */
  readonly intercom?: boolean;
  /** Keeps the sound that it gets: see {@link Phone.heard}. */
  readonly listens?: boolean;
}

/** A SIP MESSAGE that a phone got. */
export interface PhoneText {
  /** Who sent it, as in `sip:6002@127.0.0.1`. */
  readonly from: string;
  readonly body: string;
}

/** A call of a phone, from the phone's own point of view. */
export interface PhoneCall {
  readonly id: string;
  readonly direction: 'incoming' | 'outgoing';
  /** The other side, as in `sip:8000@127.0.0.1`. */
  readonly peer: string;
  /** The name that the phone shows, or ''. */
  readonly peerName: string;
  state: 'ringing' | 'established' | 'ended';
  /** Why it ended, in baresip's words. */
  reason: string;
  /** Digits received in this call. */
  digits: string;
}

let count = 0;

/** A real SIP phone without a speaker: baresip. What it hears, it says back. */
export class Phone implements AsyncDisposable {
  readonly user: string;
  /** Every call so far, the newest last. */
  readonly calls: PhoneCall[] = [];
  /** Every SIP MESSAGE so far, the newest last. */
  readonly texts: PhoneText[] = [];
  readonly #tree: Tree;
  readonly #asterisk: Asterisk;
  readonly #options: PhoneOptions;
  readonly #control = new BaresipControl((event) => this.#on(event));
  readonly #service: Service;
  readonly #dir: string;
  #registered = false;
  #port = 0;

  /** @param user an endpoint of pjsip.conf */
  constructor(place: Place, tree: Tree, asterisk: Asterisk, user: string, options: PhoneOptions = {}) {
    this.user = user;
    this.#tree = tree;
    this.#asterisk = asterisk;
    this.#options = options;
    this.#service = new Service(place, `phone-${user}-${process.pid}-${++count}`);
    this.#dir = join(place.run, 'phones', this.#service.name);
  }

  /** Turns it on and waits until it is registered. */
  async start(): Promise<this> {
    const dir = this.#dir;
    await mkdir(dir, { recursive: true });
    this.#port = await freePortPair();
    const controlPort = await freePort();
    await writeFile(join(dir, 'config'), this.#config(controlPort));
    await writeFile(join(dir, 'accounts'), this.#account());
    await writeFile(join(dir, 'contacts'), this.#contacts());
    const program = ['baresip', '-s', '-f', `${RUN_IN_TREE}/phones/${this.#service.name}`];
    await this.#service.launch(this.#tree.argv(program));
    await this.#control.connect(controlPort);
    await until(`phone ${this.user} to register`, async () => {
      this.#registered ||= (await this.#control.command('reginfo')).includes('OK');
      return this.#registered;
    });
    return this;
  }

  /** Turns it off properly: it unregisters. */
  async stop(): Promise<void> {
    this.#control.close();
    await this.#service.stop();
  }

  /** Pulls its plug: it stays registered and its calls stay up until Asterisk notices. */
  async cutPower(): Promise<void> {
    this.#control.close();
    await this.#service.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The newest call. */
  get call(): PhoneCall | undefined {
    return this.calls.at(-1);
  }

  /** How many calls have come in. */
  get rings(): number {
    return this.calls.filter((call) => call.direction === 'incoming').length;
  }

  /** Waits until the newest call is in that state, and gives it. */
  async waitFor(state: PhoneCall['state'], seconds = 10): Promise<PhoneCall> {
    return until(
      `phone ${this.user} to have a call ${state}`,
      () => (this.call?.state === state ? this.call : undefined),
      { seconds },
    );
  }

  /** Takes the receiver off: waits until it rings, answers, and gives the call that stands. */
  async answer(seconds = 10): Promise<PhoneCall> {
    await this.waitFor('ringing', seconds);
    await this.#control.command('accept');
    return this.waitFor('established');
  }

  /** Ends the newest call, or refuses it while it rings (486). */
  async hangUp(): Promise<void> {
    await this.#control.command('hangup');
    await this.waitFor('ended');
  }

  /** Calls an extension. Gives back at once; {@link waitFor} `established` tells of the answer. */
  async dial(extension: string): Promise<void> {
    await this.#control.command('dial', extension);
  }

  /** Transfers the newest call by SIP REFER, without asking whether anybody is there. */
  async transfer(extension: string): Promise<void> {
    await this.#control.command('transfer', extension);
  }

  /** Presses digits within the call that stands. */
  async press(digits: string): Promise<void> {
    for (const digit of digits) await this.#control.command('sndcode', digit);
  }

  /** Sends a SIP MESSAGE to the extension that its options name. */
  async text(body: string): Promise<void> {
    await this.#control.command('message', body);
  }

  /** What the lamp of a watched extension shows, as Asterisk's words in the newest NOTIFY: Ready, Ringing, On the phone. */
  lamp(extension: string): string | undefined {
    const told = this.messages().findLast(
      ({ start, body }) => start.startsWith('NOTIFY') && body.includes(`entity="sip:${extension}@`),
    );
    return told && /<note>([^<]*)<\/note>/.exec(told.body)?.[1];
  }

  /** Every SIP message so far. */
  messages(): SipMessage[] {
    return parseBaresipTrace(readFileSync(this.#service.log, 'utf8'), this.#port);
  }

  /** The sound of its calls so far, those that have ended: 16-bit samples at 8 kHz, the newest call last. */
  async heard(): Promise<Int16Array[]> {
    const files = (await readdir(this.#dir)).filter((name) => name.endsWith('-dec.wav')).sort();
    return Promise.all(files.map(async (name) => samplesOf(await readFile(join(this.#dir, name)))));
  }

  #account(): string {
    const { answer = 'manual', dtmf = 'rtpevent' } = this.#options;
    const where = `sip:${this.user}@127.0.0.1:${this.#asterisk.sipPort}`;
    const login = `auth_user=${this.user};auth_pass=${SECRET}`;
    const intercom = this.#options.intercom ? ';sip_autoanswer=yes' : '';
    return `<${where}>;${login};regint=120;answermode=${answer};dtmfmode=${dtmf};audio_codecs=pcma,pcmu${intercom}\n`;
  }

  #contacts(): string {
    const { textsTo, watches = [] } = this.#options;
    const at = `127.0.0.1:${this.#asterisk.sipPort}`;
    const texts = textsTo === undefined ? [] : [`"Texts" <sip:${textsTo}@${at}>\n`];
    return [...texts, ...watches.map((one) => `"${one}" <sip:${one}@${at}>;presence=p2p\n`)].join('');
  }

  #config(controlPort: number): string {
    const folder = `${RUN_IN_TREE}/phones/${this.#service.name}`;
    const beep = this.#options.intercom ? 'sip_autoanswer_beep no\n' : '';
    const listens = this.#options.listens ? `module sndfile.so\nsnd_path ${folder}\n` : '';
    const watches = this.#options.watches ? 'module_app presence.so\n' : '';
    return config(this.#port, controlPort, this.#options.tone) + beep + listens + watches;
  }

  #on(event: BaresipEvent | BaresipMessage): void {
    if ('message' in event) {
      this.texts.push({ from: event.peer, body: event.body });
      return;
    }
    const call = this.calls.find(({ id }) => id === event.id);
    switch (event.type) {
      case 'CALL_INCOMING':
        this.calls.push(newCall(event, 'incoming'));
        break;
      case 'CALL_OUTGOING':
        this.calls.push(newCall(event, 'outgoing'));
        break;
      case 'CALL_ESTABLISHED':
        if (call) call.state = 'established';
        else this.calls.push({ ...newCall(event, event.direction ?? 'outgoing'), state: 'established' });
        break;
      case 'CALL_DTMF_START':
        if (call) call.digits += event.param ?? '';
        break;
      case 'CALL_CLOSED':
        if (call) Object.assign(call, { state: 'ended', reason: event.param ?? '' });
        break;
    }
  }
}

function newCall(event: BaresipEvent, direction: PhoneCall['direction']): PhoneCall {
  return {
    id: event.id ?? '',
    direction,
    peer: event.peeruri ?? '',
    peerName: event.peerdisplayname ?? '',
    state: 'ringing',
    reason: '',
    digits: '',
  };
}

function config(sipPort: number, controlPort: number, tone?: number): string {
  return [
    'poll_method epoll',
    `sip_listen 127.0.0.1:${sipPort}`,
    'call_local_timeout 3600',
    'call_max_calls 8',
    tone === undefined ? 'audio_source aubridge,echo' : `audio_source ausine,${tone}`,
    `audio_player aubridge,${tone === undefined ? 'echo' : 'ear'}`,
    'audio_alert aubridge,alert',
    ...(tone === undefined ? [] : ['ausrc_srate 48000']),
    'module_path /usr/lib/baresip/modules',
    'module g711.so',
    'module aubridge.so',
    'module ausine.so',
    'module_app account.so',
    'module_app contact.so',
    'module_app menu.so',
    'module_app ctrl_tcp.so',
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    '',
  ].join('\n');
}
