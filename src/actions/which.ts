/** Which of several PBXs is meant: the one that was named, or the only one that has what was asked for. */
import type { PbxView } from '../pbx/model.ts';
import { ActionError } from './action.ts';
import { quote } from './find.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Whether a PBX has what a field names. */
const HAS: Readonly<Record<string, (pbx: PbxView, text: string) => boolean>> = {
  phone: hasPhone,
  on: hasPhone,
  announce: hasPhone,
  phones: hasPhone,
  group: (pbx, text) => pbx.groups.find(text) !== undefined,
  doorbell: (pbx, text) => pbx.doorbells.find(text) !== undefined,
  mailbox: hasMailbox,
  to_mailbox: hasMailbox,
  conference: (pbx, text) => pbx.conferences.find(text) !== undefined,
  lot: (pbx, text) => pbx.parking.find(text) !== undefined,
  as: hasPhone,
  queue: (pbx, text) => pbx.queues.find(text) !== undefined,
  recording: (pbx, text) => pbx.recordings.find(text) !== undefined,
  call: ({ calls }, text) => calls.channel(text) !== undefined || calls.get(text) !== undefined,
};

/** What a dialplan may have, too, and only Asterisk can tell: an announcement's dial group. Where none is known, any may. */
const ASKED_LATER: ReadonlySet<string> = new Set(['group']);

/** @throws ActionError when there is no such PBX, or several could be meant */
export function pickPbx(pbxes: readonly PbxView[], { pbx: id, ...fields }: Fields): PbxView {
  const choices = pbxes.map((pbx) => pbx.id).join(', ') || 'none is configured';
  if (typeof id === 'string') {
    const named = pbxes.find((pbx) => pbx.id === id);
    if (named) return named;
    throw new ActionError('not_found', `There is no PBX ${quote(id)}; there is ${choices}.`, 'pbx');
  }
  const [only, another] = pbxes;
  if (only === undefined) throw new ActionError('not_found', `There is no PBX; ${choices}.`, 'pbx');
  if (another === undefined) return only;
  const known = knownOf(pbxes, fields);
  const [fit, alsoFits] = pbxes.filter((pbx) => hasAll(pbx, known));
  if (fit !== undefined && alsoFits === undefined) return fit;
  throw new ActionError('invalid', `Which PBX? There is ${choices}.`, 'pbx');
}

/** Without anything named, every PBX could be meant. */
function hasAll(pbx: PbxView, fields: Fields): boolean {
  return Object.entries(fields).every(([field, value]) =>
    textsOf(value).every((text) => HAS[field]?.(pbx, text) ?? true),
  );
}

/** The fields that tell one PBX from another. */
function knownOf(pbxes: readonly PbxView[], fields: Fields): Fields {
  const known = Object.entries(fields).filter(([field, value]) => {
    const missing = textsOf(value).find((text) => !pbxes.some((pbx) => HAS[field]?.(pbx, text) ?? true));
    if (missing === undefined || ASKED_LATER.has(field)) return missing === undefined;
    const looked = pbxes.map(({ id, status }) => (status.up ? id : `${id} (not connected)`)).join(', ');
    throw new ActionError('not_found', `There is no ${quote(missing)} on any PBX: ${looked}.`, field);
  });
  return Object.fromEntries(known);
}

/** What a field names: one thing, several, or none that can be looked up. */
function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
}

function hasPhone(pbx: PbxView, text: string): boolean {
  return pbx.phones.find(text) !== undefined;
}

function hasMailbox(pbx: PbxView, text: string): boolean {
  return pbx.voicemail.find(text) !== undefined;
}
