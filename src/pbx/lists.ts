import { AmiActionError, type ListAction, type ListItem, type ListName } from '../ami/index.ts';
import type { AmiLists } from './subject.ts';

/** `unknown_action`: the module that gives it is not loaded. `permission`: the AMI user may not ask for it. */
export type Absence = Exclude<AmiActionError['code'], 'failed'>;

/** A list, or why it cannot be had. */
export async function listOrWhy<A extends ListName>(
  ami: AmiLists,
  action: A,
  headers: Omit<ListAction<A>, 'Action'> = {} as never,
): Promise<ListItem<A>[] | Absence> {
  try {
    return await ami.list({ Action: action, ...headers } as Parameters<typeof ami.list<A>>[0]);
  } catch (error) {
    if (error instanceof AmiActionError && error.code !== 'failed') return error.code;
    throw error;
  }
}

/** A list, or null when the module that gives it is not loaded or the AMI user may not ask for it. */
export async function listIfAny<A extends ListName>(
  ami: AmiLists,
  action: A,
  headers: Omit<ListAction<A>, 'Action'> = {} as never,
): Promise<ListItem<A>[] | null> {
  const items = await listOrWhy(ami, action, headers);
  return Array.isArray(items) ? items : null;
}
