/** Gets a parked call to a phone. */
import type { PhoneRef } from '../pbx/happenings.ts';
import type { ParkedCall, PbxView, Phone } from '../pbx/model.ts';
import { ActionError } from './action.ts';
import { parkedAt, refOf } from './find.ts';
import { hangUp, ring } from './ring.ts';
import { until } from './wait.ts';

/** ms for the two to be joined once the phone has answered */
const JOIN_MS = 5_000;

export interface Retrieved {
  readonly phone: PhoneRef;
  readonly call: string;
}

/** Rings the phone and joins it with the parked call; done when the two are joined. */
export async function retrieveTo(
  pbx: PbxView,
  parked: ParkedCall,
  phone: Phone,
  timeout: number,
): Promise<Retrieved> {
  const still = () => parkedAt(pbx, parked.call);
  const uniqueid = await ring(pbx, {
    device: phone.endpoint,
    name: phone.name,
    becomes: { application: 'ParkedCall', arguments: [parked.lot, parked.space] },
    shows: parked.caller,
    timeout,
    abandon: () => (still() ? undefined : leave(pbx, parked, phone)),
  });
  const joined = await until(
    pbx,
    () => {
      if (!pbx.calls.channel(parked.call)) throw gone(parked);
      const ours = pbx.calls.channel(uniqueid);
      return ours?.bridge && ours.bridge === pbx.calls.channel(parked.call)?.bridge ? true : undefined;
    },
    JOIN_MS,
  ).catch(async (error: unknown) => {
    await hangUp(pbx, uniqueid);
    throw error;
  });
  if (joined) return { phone: refOf(phone), call: parked.call };
  await hangUp(pbx, uniqueid);
  throw new ActionError(
    'failed',
    `${phone.name} answered, but Asterisk did not join it with the parked call.`,
  );
}

function gone(parked: ParkedCall): ActionError {
  return new ActionError('conflict', `The call in space ${parked.space} has hung up.`, 'space');
}

/** Out of the lot while the phone still rings: unless the phone itself has it now. */
function leave(pbx: PbxView, parked: ParkedCall, phone: Phone): ActionError | undefined {
  const channel = pbx.calls.channel(parked.call);
  if (!channel) return gone(parked);
  const peer = channel.bridge === null ? undefined : pbx.calls.peer(channel.uniqueid);
  if (!peer || peer.endpoint === phone.endpoint) return undefined;
  const who = pbx.phones.byEndpoint(peer.endpoint)?.name ?? 'somebody else';
  return new ActionError('conflict', `The call in space ${parked.space} was retrieved by ${who}.`, 'space');
}
