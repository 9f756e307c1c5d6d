/** Connects somebody in the house with a doorbell whose visitor nobody answered. */
import type { Doorbell, PbxView, Phone } from '../pbx/model.ts';
import { ActionError } from './action.ts';
import { refOf, registeredPhones } from './find.ts';
import { ANSWERED_ELSEWHERE, freshUniqueid, hangUp, ring } from './ring.ts';
import { until } from './wait.ts';

/** s that the doorbell may take to answer */
const DOOR_ANSWERS = 20;

/** Rings the doorbell's phones; the first that answers is connected with the doorbell, the others stop. */
export async function ringBack(pbx: PbxView, door: Doorbell, timeout: number) {
  refuseUnless(door);
  const phones = registeredPhones(pbx, door);
  if (phones.length === 0)
    throw new ActionError('conflict', `None of ${door.name}’s phones (answer_on) is registered.`, 'doorbell');
  const { phone, uniqueid } = await firstToAnswer(pbx, door, phones, timeout);
  const connected = await until(
    pbx,
    () => {
      const ours = pbx.calls.channel(uniqueid);
      if (!ours)
        throw new ActionError('failed', `${phone.name} answered, but ${door.name} could not be called.`);
      return ours.bridge === null ? undefined : ours;
    },
    DOOR_ANSWERS * 1000,
  );
  if (connected) return { phone: refOf(phone), number: door.endpoint, call: connected.linkedid };
  await hangUp(pbx, uniqueid);
  throw new ActionError('failed', `${phone.name} answered, but ${door.name} did not.`);
}

function refuseUnless(door: Doorbell): void {
  const refuse = (why: string) => new ActionError('conflict', why, 'doorbell');
  if (door.press !== null) throw refuse(`A visitor is at ${door.name} now; \`answer\` takes the call.`);
  if (door.last === null) throw refuse(`No visitor of ${door.name} is known.`);
  if (door.last.outcome === 'answered') throw refuse(`The last visitor of ${door.name} was answered.`);
}

async function firstToAnswer(pbx: PbxView, door: Doorbell, phones: readonly Phone[], timeout: number) {
  const calls = phones.map((phone) => ({ phone, uniqueid: freshUniqueid() }));
  let winner: string | undefined;
  const placed = calls.map(async (call) => {
    await ring(pbx, {
      uniqueid: call.uniqueid,
      device: call.phone.endpoint,
      name: call.phone.name,
      becomes: { application: 'Dial', arguments: [door.endpoint, String(DOOR_ANSWERS)] },
      shows: { number: door.last?.number ?? '', name: door.name },
      timeout,
    });
    winner ??= call.uniqueid;
    return call;
  });
  try {
    return await Promise.any(placed);
  } catch (error) {
    const why = (error as AggregateError).errors.map((one: Error) => one.message).join('; ');
    throw new ActionError('failed', `Nobody answered for ${door.name}: ${why}`);
  } finally {
    const others = calls.filter(({ uniqueid }) => uniqueid !== winner);
    const stop = winner === undefined ? [] : others;
    await Promise.all(stop.map(({ uniqueid }) => hangUp(pbx, uniqueid, ANSWERED_ELSEWHERE)));
  }
}
