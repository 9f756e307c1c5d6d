import { bridgeFields } from './bridge.ts';
import { type Channel, snapshot } from './channel.ts';
import type { Dialplan } from './dialplan.ts';
import type { Switchboard } from './switchboard.ts';
import { talkingTo } from './talk.ts';

/** Sends a channel to an extension, whatever it does; whom it talks to is let go. */
export function redirect(dialplan: Dialplan, channel: Channel, context: string, exten: string): void {
  // Asterisk sets where it goes before it takes it away.
  Object.assign(channel, { context, exten, priority: 1 });
  channel.activity.taken(channel, 'goto');
  dialplan.run(channel, context, exten);
}

/** Sends whom a channel talks to to an extension. `accepted`: it will. False: it talks to nobody. */
export function blindTransfer(
  switchboard: Switchboard,
  dialplan: Dialplan,
  transferer: Channel,
  context: string,
  exten: string,
  accepted: () => void,
): boolean {
  const transferee = talkingTo(switchboard, transferer);
  const bridge = switchboard.bridges.get(transferer.bridge ?? '');
  if (transferee === undefined || bridge === undefined) return false;
  accepted();
  switchboard.say('Unhold', snapshot(transferer));
  switchboard.say('BlindTransfer', {
    Result: 'Success',
    ...snapshot(transferer, 'Transferer'),
    ...snapshot(transferee, 'Transferee'),
    ...bridgeFields(bridge),
    IsExternal: 'Yes',
    Context: context,
    Extension: exten,
  });
  redirect(dialplan, transferee, context, exten);
  return true;
}
