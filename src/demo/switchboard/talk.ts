import type { Bridge } from './bridge.ts';
import { type Activity, type Channel, IDLE, type Taking } from './channel.ts';
import { NORMAL, type Switchboard } from './switchboard.ts';

/** Two channels that talk, or one that is left over of them. */
class Talk implements Activity {
  readonly #switchboard: Switchboard;
  readonly #bridge: Bridge;

  constructor(switchboard: Switchboard, bridge: Bridge) {
    this.#switchboard = switchboard;
    this.#bridge = bridge;
  }

  hungUp(channel: Channel): void {
    this.#switchboard.leave(channel);
    part(channel);
    this.#end();
  }

  taken(channel: Channel, how: Taking): void {
    this.#switchboard.leave(channel);
    channel.activity = IDLE;
    // Else it is pulled out of its dialplan, which goes no further.
    if (how === 'goto') part(channel);
    channel.onParted = null;
    if (how !== 'park') this.#end();
  }

  /** Whoever is left has nobody to talk to. */
  #end(): void {
    const left = [...this.#bridge.members];
    for (const channel of left) this.#switchboard.leave(channel);
    this.#switchboard.destroyBridge(this.#bridge);
    for (const channel of left) {
      channel.activity = IDLE;
      part(channel);
      this.#switchboard.hangUp(channel, NORMAL);
    }
  }
}

function part(channel: Channel): void {
  channel.onParted?.();
  channel.onParted = null;
}

/** Lets two talk that are free; `first` enters first. */
export function join(switchboard: Switchboard, bridge: Bridge, first: Channel, second: Channel): void {
  const talk = new Talk(switchboard, bridge);
  for (const channel of [first, second]) {
    switchboard.enter(bridge, channel);
    channel.activity = talk;
  }
  switchboard.connect(first, second.caller);
  switchboard.connect(second, first.caller);
  switchboard.people.talk(first, second);
}

/** Who talks to a channel, if anybody does. */
export function talkingTo(switchboard: Switchboard, channel: Channel): Channel | undefined {
  const bridge = switchboard.bridges.get(channel.bridge ?? '');
  return bridge?.type === 'basic' ? bridge.members.find((member) => member !== channel) : undefined;
}
