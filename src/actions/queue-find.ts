/** Queues, their members and callers, from what a person wrote. */
import type { PbxView, Phone, Queue, QueueCaller, QueueMember } from '../pbx/model.ts';
import { ActionError } from './action.ts';
import { names, quote, unknown } from './find.ts';

export function findQueue(pbx: PbxView, text: string, field = 'queue'): Queue {
  const found = pbx.queues.find(text);
  if (found) return found;
  throw unknown('queue', text, field, names(pbx.queues.all()));
}

export interface Membership {
  readonly queue: Queue;
  readonly member: QueueMember;
}

/** What somebody is in one queue, or in all. Several where one phone is in several queues. */
export function memberships(pbx: PbxView, queue: Queue | undefined, text: string): Membership[] {
  const phone = pbx.phones.find(text);
  const queues = queue === undefined ? pbx.queues.all() : [queue];
  return queues.flatMap((each) =>
    pbx.queues.members
      .of(each.id)
      .filter((member) => isCalled(member, text) || (phone !== undefined && member.phone?.id === phone.id))
      .map((member) => ({ queue: each, member })),
  );
}

/** @throws ActionError when there is none */
export function findMemberships(pbx: PbxView, queue: Queue | undefined, text: string): Membership[] {
  const found = memberships(pbx, queue, text);
  if (found.length > 0) return found;
  const members = queue === undefined ? pbx.queues.members.all() : pbx.queues.members.of(queue.id);
  const where = queue === undefined ? 'in any queue' : `in queue ${queue.name}`;
  throw new ActionError(
    'not_found',
    `There is no member ${quote(text)} ${where}; ${names(members)}.`,
    'member',
  );
}

export function membershipsOf(pbx: PbxView, phone: Phone): Membership[] {
  return memberships(pbx, undefined, phone.endpoint);
}

/** A caller by position, channel, Uniqueid or number. */
export function findCaller(
  pbx: PbxView,
  queue: Queue | undefined,
  text: string,
): { readonly queue: Queue; readonly caller: QueueCaller } {
  const queues = queue === undefined ? pbx.queues.all() : [queue];
  const found = queues.flatMap((each) =>
    each.callers.filter((caller) => isCaller(caller, text, queue)).map((caller) => ({ queue: each, caller })),
  );
  const [only, another] = found;
  if (only !== undefined && another === undefined) return only;
  const where = queue === undefined ? 'in any queue' : `in queue ${queue.name}`;
  if (only === undefined)
    throw new ActionError('not_found', `No caller ${quote(text)} waits ${where} now.`, 'caller');
  throw new ActionError(
    'invalid',
    `${found.length} callers ${quote(text)} wait ${where}: name the channel.`,
    'caller',
  );
}

/** A position means something within one queue alone; there it comes before a number that is the same. */
function isCaller(caller: QueueCaller, text: string, queue: Queue | undefined): boolean {
  if (caller.call === text || caller.channel === text) return true;
  if (queue !== undefined && /^\d{1,3}$/.test(text) && Number(text) <= queue.callers.length)
    return caller.position === Number(text);
  return caller.caller.number === text;
}

function isCalled({ id, name, interface: location }: QueueMember, text: string): boolean {
  const wanted = text.trim();
  return id === wanted || location === wanted || name.toLowerCase() === wanted.toLowerCase();
}
