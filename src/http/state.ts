/** The PBXs as JSON, whole or in parts. */
import type { Call, Change, Doorbell, PbxView } from '../pbx/index.ts';
import type { HttpOptions } from './options.ts';

type Opens = HttpOptions['opens'];

/** All there is to know of one PBX. */
export function pbxState(pbx: PbxView, opens: Opens) {
  return {
    id: pbx.id,
    status: pbx.status,
    calls: pbx.calls.all(),
    phones: pbx.phones.all(),
    doorbells: pbx.doorbells.all().map((doorbell) => withOpens(pbx, doorbell, opens)),
    parking: pbx.parking.all(),
  };
}

/** The part that a change names: one object, null when it has gone, or all of a kind (`*`). */
export function partOf(pbx: PbxView, { subject, id }: Change, opens: Opens): unknown {
  const all = id === '*';
  switch (subject) {
    case 'pbx':
      return pbx.status;
    case 'call':
      return all ? pbx.calls.all() : shown(pbx.calls.get(id));
    case 'phone':
      return all ? pbx.phones.all() : (pbx.phones.get(id) ?? null);
    case 'parking':
      return all ? pbx.parking.all() : (pbx.parking.get(id) ?? null);
    case 'doorbell': {
      const doorbells = all ? pbx.doorbells.all() : [pbx.doorbells.get(id)];
      const parts = doorbells.map((doorbell) => doorbell && withOpens(pbx, doorbell, opens));
      return all ? parts : (parts[0] ?? null);
    }
  }
}

/** A call of nothing but Local halves is plumbing. */
function shown(call: Call | undefined): Call | null {
  return call?.channels.some((channel) => !channel.local) ? call : null;
}

function withOpens(pbx: PbxView, doorbell: Doorbell, opens: Opens) {
  return { ...doorbell, opens: opens(pbx.id, doorbell.id) };
}
