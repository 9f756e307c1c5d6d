/** `stop_ringing`: ends a doorbell's ringing, a dialplan's loop included. */
import { z } from 'zod';
import type { Channel, Doorbell, PbxView } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import { needExtension } from './extension.ts';
import * as field from './fields.ts';
import { findDoorbell, onlyVisitor, visitorAt } from './find.ts';
import { until } from './wait.ts';

const Q850_NORMAL = 16;
const Q850_BUSY = 17;

/** ms that Asterisk takes for its part */
const DONE_MS = 5_000;

export const stopRinging = declare({
  id: 'stop_ringing',
  title: 'Stop ringing',
  description:
    'Ends the ringing of a doorbell, however often its dialplan would try again, wherever the visitor waits: hangs ' +
    'up, or moves the visitor on to an extension such as an announcement or a mailbox. The press ends as cancelled.',
  icon: 'mdi:bell-cancel',
  fields: z.strictObject({
    doorbell: field.doorbell('Doorbell that is to be quiet. Left out: the one that rings now.').optional(),
    move_to: field
      .number('Extension to move the visitor on to. Left out: the call is ended.', 'Move to', '500')
      .optional(),
  }),
  result: z.object({ doorbell: z.string(), state: z.enum(['ended', 'moved_on']) }),

  async run({ pbx, context, asker }: ActionContext, { doorbell, move_to }) {
    const door = doorbell === undefined ? onlyVisitor(pbx) : findDoorbell(pbx, doorbell);
    const visitor = unanswered(pbx, door);
    if (move_to === undefined) {
      pbx.doorbells.dismiss(door.id, asker.name);
      await end(pbx, door, visitor);
      return { doorbell: door.id, state: 'ended' as const };
    }
    const where = context(pbx.id);
    await needExtension(pbx, where, move_to, 'move_to');
    await pbx.ami.send({
      Action: 'Redirect',
      Channel: visitor.name,
      Context: where,
      Exten: move_to,
      Priority: 1,
    });
    pbx.doorbells.moveOn(door.id, asker.name);
    return { doorbell: door.id, state: 'moved_on' as const };
  },
});

/** What the doorbell is told: that all are busy, or nothing but the end once something had answered it. */
export function farewell({ state }: Channel): number {
  return state === 'Up' ? Q850_NORMAL : Q850_BUSY;
}

function unanswered(pbx: PbxView, door: Doorbell): Channel {
  const visitor = visitorAt(pbx, door);
  if (door.state !== 'answered') return visitor;
  const who = door.press?.talkingTo.join(', ') || 'somebody';
  throw new ActionError(
    'conflict',
    `${door.name} does not ring: ${who} talks to the visitor. \`hang_up\` ends the call.`,
    'doorbell',
  );
}

async function end(pbx: PbxView, door: Doorbell, visitor: Channel): Promise<void> {
  await pbx.ami.send({ Action: 'Hangup', Channel: visitor.name, Cause: farewell(visitor) });
  const gone = await until(pbx, () => (pbx.calls.channel(visitor.uniqueid) ? undefined : true), DONE_MS);
  if (!gone)
    throw new ActionError('failed', `Asterisk was asked to end the call of ${door.name}, and did not.`);
}
