import { type Activity, type Channel, type Ending, IDLE, snapshot, type Taking } from './channel.ts';
import type { Endpoint } from './endpoint.ts';
import { NORMAL, type Switchboard } from './switchboard.ts';
import { join } from './talk.ts';

/** How a Dial that nobody answered has ended. */
export type DialStatus = 'BUSY' | 'NOANSWER' | 'CHANUNAVAIL';

export interface DialOptions {
  readonly caller: Channel;
  readonly targets: readonly { readonly endpoint: Endpoint; readonly dialString: string }[];
  /** ms; null: for as long as the caller waits. */
  readonly timeout: number | null;
  /** Not called when somebody answers or the caller leaves. */
  readonly unanswered: (status: DialStatus) => void;
  /** The caller hears music, and is told who takes the call only then: a queue. */
  readonly holds?: boolean;
  /** A phone is dialled; it did not answer; it did; and it talks. */
  readonly called?: (leg: Channel) => void;
  readonly missed?: (leg: Channel) => void;
  readonly answered?: (leg: Channel) => void;
  readonly talks?: (leg: Channel) => void;
}

const BUSY = 17;
/** What Asterisk tells the phones when the caller's CANCEL has ended the call (seen on 22.10). */
const CANCELLED_TECH = 500;

/** The application Dial: rings phones for a caller until one answers. */
export class Dial implements Activity {
  readonly #switchboard: Switchboard;
  readonly #options: DialOptions;
  readonly #legs: Channel[] = [];
  readonly #leg: Activity = {
    hungUp: (leg, ending) => this.#legEnded(leg, ending.cause === BUSY ? 'BUSY' : 'NOANSWER'),
    taken: (leg) => this.#legEnded(leg, 'NOANSWER'),
  };
  #cancelTimeout = () => {};

  constructor(switchboard: Switchboard, options: DialOptions) {
    this.#switchboard = switchboard;
    this.#options = options;
  }

  start(): void {
    const { caller, timeout, unanswered, holds = false } = this.#options;
    const targets = this.#options.targets.filter(({ endpoint }) => endpoint.registered);
    this.#status('');
    if (targets.length === 0) {
      this.#status('CHANUNAVAIL');
      unanswered('CHANUNAVAIL');
      return;
    }
    const alone = targets.length === 1;
    caller.activity = this;
    const dialled = targets.map(({ endpoint, dialString }) => ({ leg: this.#create(endpoint), dialString }));
    for (const { leg, dialString } of dialled) {
      this.#say('DialBegin', leg, { DialString: dialString });
      if (holds) this.#tellCaller(leg);
      this.#options.called?.(leg);
    }
    const [only] = dialled;
    if (alone && !holds && only !== undefined) this.#switchboard.connect(caller, only.leg.caller);
    for (const { leg } of dialled) {
      this.#switchboard.setState(leg, 'Ringing');
      this.#say('DialState', leg, { DialStatus: 'RINGING' });
      caller.onRinging?.(leg);
    }
    if (timeout !== null)
      this.#cancelTimeout = this.#switchboard.timers.after(timeout, () => this.#timedOut());
    for (const { leg } of dialled) this.#switchboard.people.rings(leg, alone);
  }

  /** A phone picks up. */
  answer(leg: Channel): void {
    const { caller, holds = false } = this.#options;
    const switchboard = this.#switchboard;
    this.#cancelTimeout();
    leg.pickUp = null;
    switchboard.setState(leg, 'Up');
    if (!holds) switchboard.connect(caller, leg.caller);
    const others = this.#legs.filter((other) => other !== leg);
    for (const other of others) this.#say('DialEnd', other, { DialStatus: 'CANCEL' });
    if (!holds) leg.exten = '';
    this.#status('ANSWER');
    this.#say('DialEnd', leg, { DialStatus: 'ANSWER' });
    for (const other of others) this.#drop(other, { cause: 26, tech: 0 });
    switchboard.setState(caller, 'Up');
    if (!holds) for (const channel of [caller, leg]) channel.cause = NORMAL.cause;
    if (holds) switchboard.connect(caller, leg.caller);
    this.#options.answered?.(leg);
    caller.onParted = () => this.#status('ANSWER');
    join(switchboard, switchboard.createBridge('basic'), leg, caller);
    this.#options.talks?.(leg);
  }

  hungUp(_caller: Channel, { cause, tech }: Ending): void {
    this.#cancelTimeout();
    this.#cancel();
    this.#dropAll({ cause, tech: tech === 0 ? 0 : CANCELLED_TECH });
  }

  taken(caller: Channel, how: Taking): void {
    this.#cancelTimeout();
    caller.activity = IDLE;
    if (how === 'goto') this.#cancel();
    else {
      // It is pulled out of its dialplan, and nobody says of the phones that their dialling has ended.
      caller.hasPbx = false;
      caller.priority += 1;
      this.#switchboard.setState(caller, 'Up');
    }
    this.#dropAll(NORMAL);
  }

  #create(endpoint: Endpoint): Channel {
    const { caller, holds = false } = this.#options;
    const leg = this.#switchboard.create({
      device: endpoint.device,
      state: 'Down',
      exten: 's',
      parent: caller,
    });
    leg.application = 'AppDial';
    leg.data = '(Outgoing Line)';
    leg.activity = this.#leg;
    leg.pickUp = () => this.answer(leg);
    this.#legs.push(leg);
    if (!holds) this.#tellCaller(leg);
    return leg;
  }

  /** Tells a phone who calls, and what was dialled. */
  #tellCaller(leg: Channel): void {
    const { caller } = this.#options;
    leg.exten = caller.exten;
    this.#switchboard.connect(leg, caller.caller);
  }

  #timedOut(): void {
    for (const leg of this.#legs) {
      this.#say('DialEnd', leg, { DialStatus: 'NOANSWER' });
      this.#options.missed?.(leg);
    }
    this.#status('NOANSWER');
    this.#dropAll({ cause: 0, tech: 0 });
    this.#options.caller.activity = IDLE;
    this.#options.unanswered('NOANSWER');
  }

  /** One phone has refused or was hung up; the caller waits for the others. */
  #legEnded(leg: Channel, status: 'BUSY' | 'NOANSWER'): void {
    this.#say('DialEnd', leg, { DialStatus: status });
    this.#options.missed?.(leg);
    this.#legs.splice(this.#legs.indexOf(leg), 1);
    leg.activity = IDLE;
    const [last] = this.#legs;
    if (last !== undefined) {
      if (this.#legs.length === 1) this.#switchboard.people.rings(last, true);
      return;
    }
    this.#cancelTimeout();
    this.#status(status);
    this.#options.caller.activity = IDLE;
    this.#options.unanswered(status);
  }

  #cancel(): void {
    for (const leg of this.#legs) this.#say('DialEnd', leg, { DialStatus: 'CANCEL' });
    this.#status('CANCEL');
  }

  #dropAll(ending: Ending): void {
    for (const leg of this.#legs) this.#drop(leg, ending);
  }

  #drop(leg: Channel, ending: Ending): void {
    leg.activity = IDLE;
    this.#switchboard.hangUp(leg, ending);
  }

  /** What the dialplan may read of it; a queue sets it for nobody. */
  #status(status: DialStatus | 'ANSWER' | 'CANCEL' | ''): void {
    const { caller, holds = false } = this.#options;
    if (holds) return;
    this.#switchboard.say('VarSet', { ...snapshot(caller), Variable: 'DIALSTATUS', Value: status });
  }

  #say(event: string, leg: Channel, more: Readonly<Record<string, string>>): void {
    this.#switchboard.say(event, { ...snapshot(this.#options.caller), ...snapshot(leg, 'Dest'), ...more });
  }
}
