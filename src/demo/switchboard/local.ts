import { type Channel, IDLE, NOBODY, type Party, snapshot } from './channel.ts';
import type { Dialplan } from './dialplan.ts';
import { NORMAL, type Switchboard } from './switchboard.ts';
import { talkingTo } from './talk.ts';

/** ms until Asterisk notices that both halves only pass sound on. */
const OPTIMIZE_MS = 80;

/** A Local channel's two halves: who talks with the one is with the dialplan of the other. */
export class LocalPair {
  readonly one: Channel;
  readonly #two: Channel;
  readonly #switchboard: Switchboard;
  readonly #dialplan: Dialplan;
  readonly #context: string;
  readonly #exten: string;
  readonly #number: number;

  /** `device`: `Local/6002@default`. `number`: which pair it is, from 0. */
  constructor(
    switchboard: Switchboard,
    dialplan: Dialplan,
    device: string,
    number: number,
    uniqueid: string | undefined,
  ) {
    const [, exten = '', context = 'default'] = /^Local\/([^@/]+)@?([^/]*)/.exec(device) ?? [];
    const name = (half: 1 | 2) => `${device}-${number.toString(16).padStart(8, '0')};${half}`;
    const common = { device, caller: NOBODY, context, exten };
    this.#switchboard = switchboard;
    this.#dialplan = dialplan;
    this.#context = context;
    this.#exten = exten;
    this.#number = number;
    this.one = switchboard.create({ ...common, name: name(1), state: 'Down', uniqueid });
    this.#two = switchboard.create({
      ...{ ...common, name: name(2), state: 'Ring', parent: this.one },
      uniqueid: uniqueid === undefined ? undefined : `${uniqueid};2`,
    });
  }

  /** Ties the halves together: what is known of the one is the caller of the other. */
  connect(): void {
    this.#switchboard.identify(this.#two, this.one.connected);
    this.#switchboard.say('LocalBridge', {
      ...this.#halves(),
      Context: this.#context,
      Exten: this.#exten,
      LocalOptimization: 'Yes',
    });
  }

  /** Sends the other half through the dialplan. `told`: whom the first half's side has named so far. */
  start(told: Party, rings: () => void, answered: () => void): void {
    const { one } = this;
    const two = this.#two;
    two.onRinging = (leg) => {
      one.caller = leg.caller;
      rings();
      this.#switchboard.identify(one, leg.caller);
      this.#switchboard.connect(leg, told);
    };
    two.onUp = () => {
      answered();
      this.#switchboard.timers.after(OPTIMIZE_MS, () => this.#optimize());
    };
    two.onGone = () => this.#switchboard.hangUp(one, { cause: two.cause, tech: 0 });
    one.onGone = () => this.#switchboard.hangUp(two, NORMAL);
    this.#dialplan.run(two, this.#context, this.#exten);
  }

  /** Both halves talk: Asterisk joins whom they talk to, and the halves go. */
  #optimize(): void {
    const { one } = this;
    const two = this.#two;
    const switchboard = this.#switchboard;
    const bridge = switchboard.bridges.get(one.bridge ?? '');
    const inner = switchboard.bridges.get(two.bridge ?? '');
    const far = talkingTo(switchboard, two);
    if (bridge?.type !== 'basic' || inner === undefined || far === undefined) return;
    switchboard.say('LocalOptimizationBegin', {
      ...this.#halves(),
      ...snapshot(far, 'Source'),
      DestUniqueId: two.uniqueid,
      Id: this.#number,
    });
    switchboard.leave(far);
    switchboard.enter(bridge, far, one);
    far.activity = one.activity;
    switchboard.say('LocalOptimizationEnd', { ...this.#halves(), Success: 'No', Id: this.#number });
    for (const half of [one, two]) {
      half.onGone = null;
      half.activity = IDLE;
    }
    switchboard.hangUp(one, NORMAL);
    two.activity = {
      hungUp() {
        switchboard.leave(two);
        switchboard.destroyBridge(inner);
      },
      taken() {},
    };
    switchboard.hangUp(two, NORMAL, true);
  }

  #halves() {
    return { ...snapshot(this.one, 'LocalOne'), ...snapshot(this.#two, 'LocalTwo') };
  }
}
