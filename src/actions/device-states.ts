/** `set_device_state` and `get_device_state`: the lamps that a dialplan makes up. */
import { z } from 'zod';
import { CUSTOM_DEVICE, DEVICE_STATES } from '../pbx/device-states.ts';
import type { DeviceStateWord, PbxView } from '../pbx/model.ts';
import { type ActionContext, ActionError, declare, type FieldMeta } from './action.ts';
import { quote } from './find.ts';

const device = z
  .string()
  .trim()
  .regex(CUSTOM_DEVICE, {
    error: 'takes Custom: and a name of letters, digits and _ . @ + * # -',
  })
  .meta({
    title: 'Device',
    description: 'Custom device state, as a hint or the dialplan names it.',
    example: 'Custom:night',
    selector: { text: {} },
  } satisfies FieldMeta);

const result = z.object({ device: z.string(), state: z.enum(DEVICE_STATES) });

export const setDeviceState = declare({
  id: 'set_device_state',
  title: 'Set device state',
  description:
    'Sets a custom device state: phones with a key for its hint light their lamp, and a dialplan can ask for it ' +
    '(`DEVICE_STATE(Custom:night)`).',
  icon: 'mdi:lightbulb-on',
  fields: z.strictObject({
    device,
    state: z.enum(DEVICE_STATES).meta({
      title: 'State',
      description:
        'Asterisk’s words; `inuse` lights a lamp, `not_inuse` turns it off, `ringing` lets it blink.',
      example: 'inuse',
      selector: { select: { options: [...DEVICE_STATES] } },
    } satisfies FieldMeta),
  }),
  result,

  async run({ pbx }: ActionContext, { device: name, state }) {
    await pbx.ami.send({
      Action: 'Setvar',
      Variable: `DEVICE_STATE(${name})`,
      Value: state.toUpperCase(),
    });
    const now = await read(pbx, name);
    if (now === state) return { device: name, state };
    throw new ActionError('failed', `Asterisk took it, but ${name} is ${now}.`, 'state');
  },
});

export const getDeviceState = declare({
  id: 'get_device_state',
  title: 'Get device state',
  description: 'Tells a custom device state; one that was never set is `unknown`.',
  icon: 'mdi:lightbulb-question',
  reads: true,
  fields: z.strictObject({ device }),
  result,

  async run({ pbx }: ActionContext, { device: name }) {
    return { device: name, state: await read(pbx, name) };
  },
});

async function read(pbx: PbxView, name: string): Promise<DeviceStateWord> {
  const answer = await pbx.ami.send({ Action: 'Getvar', Variable: `DEVICE_STATE(${name})` });
  const value = answer.get('Value').toLowerCase();
  const state = DEVICE_STATES.find((known) => known === value);
  if (state !== undefined) return state;
  throw new ActionError('failed', `Asterisk tells ${quote(value)} of ${name}, which is no device state.`);
}
