/** From what a person wrote to a conference and who is in it. */
import { endpointOf } from '../pbx/index.ts';
import type { Conference, ConferenceMember, PbxView } from '../pbx/model.ts';
import { ActionError } from './action.ts';
import { names, quote, unknown } from './find.ts';

/** @param text left out: the only one that is in use, or the only one that there is */
export function findConference(pbx: PbxView, text: string | undefined): Conference {
  const all = pbx.conferences.all();
  if (text === undefined) {
    const inUse = all.filter(({ members }) => members.length > 0);
    const [only, another] = inUse.length > 0 ? inUse : all;
    if (only !== undefined && another === undefined) return only;
    throw new ActionError('invalid', `Say which conference; ${names(all)}.`, 'conference');
  }
  const found = pbx.conferences.find(text);
  if (found) return found;
  throw unknown('conference', text, 'conference', names(all));
}

/** What ConfbridgeKick and its like take for them, and who they are. */
export function findMembers(
  { name, members }: Conference,
  text: string,
): { readonly channel: string; readonly members: readonly ConferenceMember[] } {
  if (members.length === 0) throw new ActionError('conflict', `Nobody is in ${name}.`, 'conference');
  const several = SEVERAL.get(text);
  if (several !== undefined) return { channel: text, members: members.filter(several) };
  const wanted = text.trim().toLowerCase();
  // What a caller says of itself may be a phone's name, too.
  const found =
    members.find((member) => folded(keys(member)).includes(wanted)) ??
    members.find(({ caller }) => folded([caller.number, caller.name]).includes(wanted));
  if (found) return { channel: found.channel, members: [found] };
  const who = members.map((member) => ({ name: called(member) }));
  throw unknown('member', text, 'member', `in ${name} ${names(who)}`);
}

const SEVERAL: ReadonlyMap<string, (member: ConferenceMember) => boolean> = new Map([
  ['all', () => true],
  ['participants', ({ admin }: ConferenceMember) => !admin],
]);

function keys({ call, channel, phone }: ConferenceMember): string[] {
  const endpoint = endpointOf(channel);
  const device = endpoint.slice(endpoint.indexOf('/') + 1);
  return [call, channel, endpoint, device, phone?.id ?? '', phone?.name ?? ''];
}

function folded(texts: readonly string[]): string[] {
  return texts.filter((text) => text !== '').map((text) => text.toLowerCase());
}

function called({ phone, caller, channel }: ConferenceMember): string {
  return phone?.name || caller.name || caller.number || quote(channel);
}
