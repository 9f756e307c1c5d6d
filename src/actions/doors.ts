/** `open_door` and `ignore`. */
import { z } from 'zod';
import type { PbxView } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare } from './action.ts';
import * as field from './fields.ts';
import { findDoorbell, onlyVisitor, visitorAt } from './find.ts';
import { open } from './opening.ts';
import { farewell } from './stop-ringing.ts';

/** The doors that are being opened right now, by PBX. */
const busy = new WeakMap<PbxView, Set<string>>();

export const openDoor = declare({
  id: 'open_door',
  title: 'Open door',
  description: 'Opens the door of a doorbell, in the one way that its owner has configured.',
  icon: 'mdi:door-open',
  withoutPbx: true,
  fields: z.strictObject({ doorbell: field.doorbell('Doorbell whose door is to be opened.') }),
  result: z.object({ doorbell: z.string(), way: z.enum(['action', 'http', 'dtmf', 'call']) }),

  async run(context: ActionContext, fields) {
    const { pbx, asker } = context;
    const door = findDoorbell(pbx, fields.doorbell);
    const doors = busy.get(pbx) ?? new Set();
    busy.set(pbx, doors);
    if (doors.has(door.id))
      throw new ActionError('conflict', `${door.name} is being opened already.`, 'doorbell');
    doors.add(door.id);
    try {
      const way = await open(context, door);
      pbx.doorbells.opened(door.id, way, asker.name);
      return { doorbell: door.id, way };
    } finally {
      doors.delete(door.id);
    }
  },
});

export const ignore = declare({
  id: 'ignore',
  title: 'Ignore',
  description: 'Sends a visitor away: the phones stop ringing and the doorbell is told that all are busy.',
  icon: 'mdi:bell-off',
  fields: z.strictObject({
    doorbell: field
      .doorbell('Doorbell whose visitor is to be sent away. Left out: the one who rings now.')
      .optional(),
  }),
  result: z.object({ doorbell: z.string() }),

  async run({ pbx, asker }: ActionContext, fields) {
    const door = fields.doorbell === undefined ? onlyVisitor(pbx) : findDoorbell(pbx, fields.doorbell);
    const channel = visitorAt(pbx, door);
    pbx.doorbells.dismiss(door.id, asker.name);
    await pbx.ami.send({ Action: 'Hangup', Channel: channel.name, Cause: farewell(channel) });
    return { doorbell: door.id };
  },
});
