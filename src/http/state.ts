/** The PBXs as JSON, whole or in parts. */
import type { Change, PbxView } from '../pbx/index.ts';
import type { HttpOptions } from './options.ts';

type Opens = HttpOptions['opens'];

/** All there is to know of one PBX. */
export function pbxState(pbx: PbxView, opens: Opens) {
  return {
    id: pbx.id,
    status: pbx.status,
    calls: pbx.calls.all(),
    phones: pbx.phones.all(),
    doorbells: pbx.doorbells.all().map((doorbell) => ({ ...doorbell, opens: opens(pbx.id, doorbell.id) })),
    parking: pbx.parking.all(),
  };
}

export type PbxState = ReturnType<typeof pbxState>;

/** The part that a change names: one object, null when it has gone, or all of a kind (`*`). */
export function partOf(pbx: PbxView, { subject, id }: Change, opens: Opens): unknown {
  if (subject === 'pbx') return pbx.status;
  const all: readonly { readonly id: string }[] = pbxState(pbx, opens)[PLURAL[subject]];
  return id === '*' ? all : (all.find((one) => one.id === id) ?? null);
}

const PLURAL = {
  call: 'calls',
  phone: 'phones',
  doorbell: 'doorbells',
  parking: 'parking',
} as const satisfies Record<Exclude<Change['subject'], 'pbx'>, keyof PbxState>;
