import {
  type Activity,
  type Channel,
  type Ending,
  IDLE,
  NOBODY,
  orUnknown,
  type Party,
  snapshot,
} from './channel.ts';
import type { Dialplan } from './dialplan.ts';
import { LocalPair } from './local.ts';
import type { Switchboard } from './switchboard.ts';

/** One part of the connected line. `quiet`: the device is not told of it yet. */
export interface ConnectedLine {
  readonly number?: string | undefined;
  readonly name?: string | undefined;
  readonly quiet: boolean;
}

/** A call that a client asks for. */
export interface OriginateOptions {
  readonly actionId: string;
  /** As asked for: `PJSIP/6001`. */
  readonly device: string;
  readonly becomes:
    | { readonly context: string; readonly exten: string }
    | { readonly application: string; readonly data: string };
  /** ms */
  readonly timeout: number;
  readonly uniqueid: string | undefined;
  /** What the client sets as CallerID, for both sides. */
  readonly callerId: Party | null;
  /** What the client sets by the function CONNECTEDLINE, in the order in which Asterisk sets it. */
  readonly connected: readonly ConnectedLine[];
  /** Numbers Local channels. */
  readonly localNumber: number;
  /** The client does not wait for the answer, and is told by an event. */
  readonly async: boolean;
  /** Answered, or not. */
  readonly done: (answered: boolean) => void;
}

/** `Reason` of OriginateResponse. */
const REASON = { FAILED: 0, TIMEOUT: 3, ANSWERED: 4 } as const;
/** What the phone is told when it has rung too long. */
const NO_ANSWER: Ending = { cause: 19, tech: 480 };
const BUSY = 17;

/** Rings a device, and does with it what was asked for when it answers. */
export class Originate {
  readonly #switchboard: Switchboard;
  readonly #dialplan: Dialplan;
  readonly #options: OriginateOptions;
  readonly #activity: Activity;
  #cancelTimeout = () => {};

  constructor(switchboard: Switchboard, dialplan: Dialplan, options: OriginateOptions) {
    this.#switchboard = switchboard;
    this.#dialplan = dialplan;
    this.#options = options;
    const ended = (channel: Channel, status: 'BUSY' | 'NOANSWER') => {
      this.#cancelTimeout();
      this.#say(channel, 'DialEnd', { DialStatus: status });
      this.#respond('Failure', options.device, REASON.FAILED);
    };
    this.#activity = {
      hungUp: (channel, { cause }) => ended(channel, cause === BUSY ? 'BUSY' : 'NOANSWER'),
      taken: (channel) => ended(channel, 'NOANSWER'),
    };
  }

  start(): void {
    const { device } = this.#options;
    if (device.startsWith('Local/')) this.#startLocal();
    else this.#startPhone();
  }

  #startPhone(): void {
    const { device, uniqueid } = this.#options;
    const endpoint = this.#switchboard.endpoints.get(device);
    if (endpoint?.registered !== true) {
      this.#respond('Failure', device, REASON.FAILED);
      return;
    }
    const channel = this.#switchboard.create({ device, state: 'Down', exten: 's', uniqueid });
    channel.pickUp = () => this.#answered(channel);
    this.#prepare(channel);
    this.#begin(channel, endpoint.number);
    this.#rings(channel);
    this.#switchboard.people.rings(channel, true);
  }

  #startLocal(): void {
    const { device, uniqueid, connected } = this.#options;
    const pair = new LocalPair(
      this.#switchboard,
      this.#dialplan,
      device,
      this.#options.localNumber,
      uniqueid,
    );
    this.#prepare(pair.one);
    pair.connect();
    this.#begin(pair.one, device.slice('Local/'.length));
    // Only what was set without the option i is passed on at once.
    const told = connected
      .filter(({ quiet }) => !quiet)
      .reduce<Party>((party, { number, name }) => merge(party, { number, name }), NOBODY);
    pair.start(
      told,
      () => this.#rings(pair.one),
      () => this.#answered(pair.one),
    );
  }

  #prepare(channel: Channel): void {
    const { callerId, connected } = this.#options;
    channel.application = 'AppDial2';
    channel.data = '(Outgoing Line)';
    channel.activity = this.#activity;
    if (callerId !== null) {
      this.#switchboard.identify(channel, callerId);
      this.#switchboard.connect(channel, callerId);
    }
    for (const party of connected) this.#switchboard.connect(channel, merge(channel.connected, party));
  }

  #begin(channel: Channel, dialString: string): void {
    this.#say(channel, 'DialBegin', { DialString: dialString });
    this.#cancelTimeout = this.#switchboard.timers.after(this.#options.timeout, () => {
      this.#respond('Failure', this.#options.device, REASON.TIMEOUT);
      channel.activity = IDLE;
      this.#switchboard.hangUp(channel, NO_ANSWER);
    });
  }

  #rings(channel: Channel): void {
    this.#switchboard.setState(channel, 'Ringing');
    this.#say(channel, 'DialState', { DialStatus: 'RINGING' });
  }

  #answered(channel: Channel): void {
    const { becomes } = this.#options;
    this.#cancelTimeout();
    channel.activity = IDLE;
    channel.pickUp = null;
    this.#switchboard.setState(channel, 'Up');
    this.#say(channel, 'DialEnd', { DialStatus: 'ANSWER' });
    this.#respond('Success', channel.name, REASON.ANSWERED, channel.uniqueid);
    if ('exten' in becomes) this.#dialplan.run(channel, becomes.context, becomes.exten);
    else this.#dialplan.runApplication(channel, becomes.application, becomes.data);
  }

  #respond(response: 'Success' | 'Failure', channel: string, reason: number, uniqueid?: string): void {
    const { actionId, becomes, callerId, done, async } = this.#options;
    done(response === 'Success');
    if (!async) return;
    const what =
      'exten' in becomes
        ? { Context: becomes.context, Exten: becomes.exten }
        : { Application: becomes.application, Data: becomes.data };
    this.#switchboard.say('OriginateResponse', {
      ActionID: actionId,
      Response: response,
      Channel: channel,
      ...what,
      Reason: reason,
      Uniqueid: uniqueid ?? orUnknown(this.#options.uniqueid ?? ''),
      CallerIDNum: orUnknown(callerId?.number ?? ''),
      CallerIDName: orUnknown(callerId?.name ?? ''),
    });
  }

  /** There is no caller: only the other half is told. */
  #say(channel: Channel, event: string, more: Readonly<Record<string, string>>): void {
    this.#switchboard.say(event, { ...snapshot(channel, 'Dest'), ...more });
  }
}

function merge(party: Party, { number, name }: Pick<ConnectedLine, 'number' | 'name'>): Party {
  return { number: number ?? party.number, name: name ?? party.name };
}
