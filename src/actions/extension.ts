import type { PbxView } from '../pbx/model.ts';
import { ActionError } from './action.ts';
import { quote } from './find.ts';

/**
 * Makes sure that the dialplan has an extension: Asterisk rings the phone, or lets go of the caller, before it
 * notices. Where that cannot be known (no right to ask, a context that is looked up elsewhere) it is let pass.
 * @throws ActionError `not_found`
 */
export async function needExtension(pbx: PbxView, context: string, extension: string, field: string) {
  if (await has(pbx, context, extension)) return;
  throw new ActionError(
    'not_found',
    `There is no extension ${quote(extension)} in context ${context}.`,
    field,
  );
}

async function has(pbx: PbxView, context: string, extension: string): Promise<boolean> {
  const lines = (extra: { Extension?: string }) =>
    pbx.ami.list({ Action: 'ShowDialPlan', Context: context, ...extra });
  try {
    const found = await lines({ Extension: extension });
    if (found.some((line) => line.Extension !== '')) return true;
  } catch (error) {
    if (!/did not find|not found|no such/i.test((error as Error).message)) return true;
  }
  try {
    return (await lines({})).some((line) => line.Switch !== '');
  } catch {
    return false;
  }
}
