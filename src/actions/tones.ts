/** Sends keys to a channel, in order and once each. */
import type { PbxView } from '../pbx/model.ts';
import { ActionError } from './action.ts';
import { sleep } from './wait.ts';

/** ms of one tone, and of the silence after it. Door stations want 70 to 100 ms of each; we leave room. */
const TONE_MS = 160;
const GAP_MS = 120;

/** Pauses between keys, in ms. */
const PAUSES: Readonly<Record<string, number>> = { w: 500, ',': 2000 };

/**
 * @param channel its Uniqueid
 * @param receive true: as if the device itself had pressed them
 * @throws ActionError that says how many keys were sent before the call ended
 */
export async function playDigits(pbx: PbxView, channel: string, digits: string, receive = false) {
  let sent = 0;
  for (const key of digits) {
    const pause = PAUSES[key];
    if (pause !== undefined) {
      await sleep(pause);
      continue;
    }
    const name = pbx.calls.channel(channel)?.name;
    if (name === undefined)
      throw new ActionError('conflict', `The call ended after ${sent} of ${count(digits)} keys.`);
    const forget = receive ? pbx.phones.pressing(channel, key) : undefined;
    try {
      await pbx.ami.send({
        Action: 'PlayDTMF',
        Channel: name,
        Digit: key,
        Duration: TONE_MS,
        ...(receive ? { Receive: 'true' as const } : {}),
      });
    } catch (error) {
      forget?.();
      throw error;
    }
    sent += 1;
    await sleep(TONE_MS + GAP_MS);
  }
  return sent;
}

/** The keys in the words of Asterisk's `SendDTMF(digits[,gap[,tone]])`, after half a second for the sound to start. */
export function sendDtmfArguments(digits: string): readonly string[] {
  return [`w${digits.replaceAll(',', 'WW')}`, String(TONE_MS + GAP_MS), String(TONE_MS)];
}

/** ms that {@link sendDtmfArguments} takes at most. */
export function sendDtmfMs(digits: string): number {
  return 500 + [...digits].reduce((ms, key) => ms + (PAUSES[key] ?? 2 * TONE_MS + GAP_MS), 0);
}

function count(digits: string): number {
  return [...digits].filter((key) => PAUSES[key] === undefined).length;
}
