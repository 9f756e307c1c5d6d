/** Who may see and do what in a queue: what the settings say of the one who asks. */
import type { PhoneRef } from '../pbx/happenings.ts';
import type {
  PbxView,
  Queue,
  QueueControl,
  QueueMemberOptions,
  QueueOptions,
  QueuePermission,
} from '../pbx/model.ts';
import { type ActionContext, ActionError, type Asker } from './action.ts';
import { findPhone } from './find.ts';

export interface QueueRights {
  readonly permission: QueuePermission;
  readonly control: QueueControl;
  /** The asker's own phone, or null where it is not known. */
  readonly own: PhoneRef | null;
}

/** Without a word in the settings about a queue, everybody may do everything. */
const EVERYTHING: QueueRights = { permission: 'details', control: 'all', own: null };

/**
 * A Home Assistant user whom the settings give a phone is that phone, whatever `as` says. Who has none may name the
 * phone that asks, but not where people are told apart by their user.
 * @param as the phone that asks, as somebody wrote it
 */
export function rightsIn(
  { pbx, asker }: Pick<ActionContext, 'pbx' | 'asker'>,
  queue: Pick<Queue, 'queue' | 'name'>,
  as?: string,
): QueueRights {
  const options = pbx.queues.options.find((each) => each.queue === queue.queue);
  if (options === undefined) return EVERYTHING;
  const person = ofUser(options, asker);
  if (person !== undefined) return granted(pbx, options, person, pbx.phones.byEndpoint(person.phone) ?? null);
  if (as === undefined) return granted(pbx, options, undefined, null);
  const phone = findPhone(pbx, as, 'as');
  if (asker.userId !== undefined && options.members.some(({ user }) => user !== undefined))
    throw new ActionError(
      'forbidden',
      `${asker.name} cannot ask as ${phone.name} in queue ${queue.name}: give this user the phone by \`user\` in the settings of the queue.`,
      'as',
    );
  return granted(
    pbx,
    options,
    options.members.find((member) => member.phone === phone.endpoint),
    phone,
  );
}

/** @throws ActionError when the asker may not do something to this phone's membership */
export function needControl(rights: QueueRights, queue: Queue, target: PhoneRef | null): void {
  if (mayControl(rights, target)) return;
  const who = rights.own === null ? 'Whoever asks' : rights.own.name;
  const what =
    rights.control === 'own'
      ? `may log in and out and pause its own phone alone${rights.own === null ? '; say which phone asks' : ''}`
      : 'may not do this';
  throw new ActionError(
    'forbidden',
    `${who} ${what} in queue ${queue.name} (\`control: ${rights.control}\` in the settings).`,
    rights.control === 'own' && rights.own === null ? 'as' : null,
  );
}

export function mayControl({ control, own }: QueueRights, target: PhoneRef | null): boolean {
  return control === 'all' || (control === 'own' && own !== null && own.id === target?.id);
}

function ofUser({ members }: QueueOptions, { userId, name }: Asker): QueueMemberOptions | undefined {
  if (userId === undefined) return undefined;
  return members.find(({ user }) => user !== undefined && (user === userId || user === name));
}

function granted(
  pbx: PbxView,
  options: QueueOptions,
  member: QueueMemberOptions | undefined,
  own: PhoneRef | null,
): QueueRights {
  const { permission = options.permission, control = options.control } = member ?? {};
  return { permission, control, own: own ?? (member && pbx.phones.byEndpoint(member.phone)) ?? null };
}
