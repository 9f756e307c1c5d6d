import { type Channel, snapshot } from './channel.ts';
import type { Switchboard } from './switchboard.ts';
import { talkingTo } from './talk.ts';

/** A device sends a key: who talks to it hears it for `ms`. `said`: how long the device says that it was pressed. */
export function press(
  switchboard: Switchboard,
  channel: Channel,
  digit: string,
  ms: number,
  said = ms,
): void {
  switchboard.say('DTMFEnd', {
    ...snapshot(channel),
    Digit: digit,
    DurationMs: said,
    Direction: 'Received',
  });
  const peer = talkingTo(switchboard, channel);
  if (peer === undefined) return;
  switchboard.say('DTMFBegin', { ...snapshot(peer), Digit: digit, Direction: 'Sent' });
  switchboard.timers.after(ms, () => {
    if (peer.gone) return;
    switchboard.say('DTMFEnd', { ...snapshot(peer), Digit: digit, DurationMs: ms, Direction: 'Sent' });
  });
}
