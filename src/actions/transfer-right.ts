import type { Channel, PbxView } from '../pbx/model.ts';
import { ActionError } from './action.ts';

/** Which argument of these applications holds their options, and which letter lets whom transfer. */
const APPLICATIONS: Readonly<Record<string, number>> = { Dial: 2, Queue: 1 };

/**
 * Makes sure that Asterisk lets this channel transfer. `Atxfer` types the feature's code and the number as the
 * phone would: without the right the other party hears them as keys, and a door might take them for its code (tried
 * on Asterisk 22.10). What the call was dialled with is told by CoreShowChannels.
 * @throws ActionError `conflict`
 */
export async function needTransferRight(pbx: PbxView, ours: Channel, other: Channel): Promise<void> {
  const rows = await pbx.ami.list({ Action: 'CoreShowChannels' });
  const right = (uniqueid: string, letter: 't' | 'T') => {
    const row = rows.find((one) => one.Uniqueid === uniqueid);
    const position = row && APPLICATIONS[row.Application];
    return position !== undefined && options(row?.ApplicationData ?? '', position).includes(letter);
  };
  // T: who dialled may transfer; t: who was dialled
  if (right(ours.uniqueid, 'T') || right(other.uniqueid, 't')) return;
  throw new ActionError(
    'conflict',
    'This call was not dialled with the option t or T, so Asterisk offers no attended transfer in it. ' +
      'Use kind when_answered or blind.',
    'kind',
  );
}

/** The letters of an option list, without their arguments in brackets. */
function options(data: string, position: number): string {
  return (data.replace(/\([^()]*\)/g, '').split(',')[position] ?? '').trim();
}
