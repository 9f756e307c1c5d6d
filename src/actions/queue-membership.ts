/** How a member is added, whoever asks for it, and how Asterisk is seen to have done what it was asked for. */
import type { AmiAction } from '../ami/index.ts';
import type { PbxView, Phone, Queue, QueueMember } from '../pbx/model.ts';
import { type ActionContext, ActionError } from './action.ts';
import { needExtension } from './extension.ts';
import { NUMBER, queueText } from './fields.ts';
import { quote } from './find.ts';
import { until } from './wait.ts';

/** ms for the event that says so; without one the list is asked. */
const TOLD_MS = 1_000;

export interface Added {
  readonly name?: string | undefined;
  readonly penalty?: number | undefined;
  readonly paused?: boolean | undefined;
  readonly reason?: string | undefined;
}

/** @param text a phone, or a number that the dialplan knows */
export async function addMember(
  context: ActionContext,
  queue: Queue,
  text: string,
  { name, penalty, paused, reason }: Added,
): Promise<QueueMember> {
  const { pbx } = context;
  const phone = pbx.phones.find(text);
  const way = phone === undefined ? await byNumber(context, text) : byPhone(pbx, queue, phone);
  const called = name ?? way.name;
  await pbx.ami.send({
    Action: 'QueueAdd',
    Queue: queue.queue,
    Interface: way.interface,
    Penalty: penalty ?? way.penalty,
    Paused: paused ? 'true' : 'false',
    ...(paused && reason !== undefined ? { Reason: queueText(reason) } : {}),
    MemberName: queueText(called),
    ...(way.state === way.interface ? {} : { StateInterface: way.state }),
  } satisfies AmiAction<'QueueAdd'>);
  const find = () => pbx.queues.members.of(queue.id).find((each) => each.interface === way.interface);
  await seen(pbx, () => find() !== undefined);
  return find() as QueueMember;
}

interface Way {
  readonly interface: string;
  /** The device whose state tells whether it is free. */
  readonly state: string;
  readonly name: string;
  readonly penalty: number;
}

/** As the settings say, as it was before, or the phone itself. */
function byPhone(pbx: PbxView, queue: Queue, phone: Phone): Way {
  const options = pbx.queues.options.find((each) => each.queue === queue.queue);
  const member = options?.members.find((each) => each.phone === phone.endpoint);
  const former = pbx.queues.former(phone).find((each) => each.queue === queue.queue);
  if (member === undefined && former !== undefined) {
    const { name, penalty, interface: location } = former;
    return { interface: location, state: former.stateInterface, name: name || phone.name, penalty };
  }
  return {
    interface: member?.interface ?? phone.endpoint,
    state: phone.endpoint,
    name: member?.name ?? phone.name,
    penalty: member?.penalty ?? 0,
  };
}

/** Through the dialplan, as `dial` would. */
async function byNumber({ pbx, context }: ActionContext, text: string): Promise<Way> {
  const number = text.trim();
  if (!NUMBER.test(number))
    throw new ActionError('not_found', `There is no phone ${quote(text)}, and it is no number.`, 'member');
  const where = context(pbx.id);
  await needExtension(pbx, where, number, 'member');
  const location = `Local/${number}@${where}/n`;
  return { interface: location, state: location, name: number, penalty: 0 };
}

/**
 * Asterisk's `Success` is not believed before it shows. An AMI user that no event reaches still sees the list.
 * @throws ActionError when it does not show
 */
export async function seen(pbx: PbxView, look: () => boolean): Promise<void> {
  const found = await until(pbx, () => (look() ? true : undefined), TOLD_MS);
  if (found) return;
  await pbx.queues.refresh();
  if (!look())
    throw new ActionError('failed', 'Asterisk took it, but the queue does not show it: see its log.');
}
