import { filterFor, subscriptionFor } from '../../../src/ami/mask.ts';
import { CALLS } from './calls.ts';
import { PARKING } from './parking.ts';
import type { Scene } from './scene.ts';
import type { Wire } from './wire.ts';

/** The ways in which a Dial ends. */
const ENDS = [
  ...['missed', 'unanswered', 'phone-calls-phone', 'refused', 'nowhere'],
  ...['hang-up-ringing', 'redirect-ringing', 'park-ringing', 'blind-transfer'],
];

/** Scenes once more, for a login that reads what Dial says of its end. */
export const DIALLING: readonly Scene[] = [...CALLS, ...PARKING].flatMap((scene) =>
  ENDS.includes(scene.name)
    ? {
        ...scene,
        name: `${scene.name}-with-status`,
        about: `${scene.about}; a login that reads DIALSTATUS`,
        async play(stage) {
          await readStatus(stage.wire);
          await scene.play(stage);
        },
      }
    : [],
);

/** As the product does on an Asterisk whose filters know events by name. */
async function readStatus(wire: Wire): Promise<void> {
  const { classes, spared } = subscriptionFor(['DialBegin', 'VarSet', 'DTMFEnd', 'PeerStatus']);
  await wire.act('Events', `EventMask: ${classes.join()}`);
  for (const part of spared) {
    const headers = Object.entries(filterFor(part, '22.10.1') ?? {}).filter(([name]) => name !== 'Action');
    await wire.act('Filter', ...headers.map(([name, value]) => `${name}: ${value}`));
  }
}
