import { type Activity, type Channel, IDLE } from './channel.ts';
import { NORMAL, type Switchboard } from './switchboard.ts';

/** ms for which Asterisk is silent after it has answered, so that the sound can start (`ast_answer`). */
const ANSWER_MS = 500;

/**
 * Keeps a channel busy for a while (ms; null: for ever); then goes on, unless something else has happened to it:
 * `otherwise` hears of that.
 */
export function wait(
  switchboard: Switchboard,
  channel: Channel,
  ms: number | null,
  then: () => void,
  otherwise = () => {},
): void {
  const cancel =
    ms === null
      ? () => {}
      : switchboard.timers.after(ms, () => {
          channel.activity = IDLE;
          then();
        });
  const activity: Activity = {
    hungUp() {
      cancel();
      otherwise();
    },
    taken() {
      cancel();
      channel.activity = IDLE;
      otherwise();
    },
  };
  channel.activity = activity;
}

/** Answers a channel that is not up, and goes on; at once when it is. */
export function answerFirst(switchboard: Switchboard, channel: Channel, then: () => void): void {
  if (channel.state === 'Up') {
    then();
    return;
  }
  switchboard.setState(channel, 'Up');
  wait(switchboard, channel, ANSWER_MS, then);
}

/** As {@link answerFirst}, for two that are about to be joined: when one leaves, the other goes, too. */
export function waitTogether(switchboard: Switchboard, one: Channel, other: Channel, meet: () => void): void {
  const cancel = switchboard.timers.after(ANSWER_MS, meet);
  const without = (left: Channel) => () => {
    cancel();
    for (const channel of [one, other]) channel.activity = IDLE;
    switchboard.hangUp(left, NORMAL);
  };
  one.activity = { hungUp: without(other), taken: without(other) };
  other.activity = { hungUp: without(one), taken: without(one) };
}
