import type { Hass } from '../shared/hass.ts';
import { plain } from '../shared/text.ts';

const DOMAIN = 'script';
const SCRIPT = 'asterisk_retrieve';

/** What the script wants to know. */
export interface RetrieveFields {
  readonly pbx: string;
  readonly lot: string;
  readonly space: string;
  /** Id of the phone that is to ring. */
  readonly phone: string;
}

/** `message` is in the companion's or Home Assistant's words; empty when nobody said anything. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** Whether the companion has its scripts in Home Assistant; its owner may have turned that off. */
export function canRetrieve(hass: Hass): boolean {
  return hass.services[DOMAIN]?.[SCRIPT] !== undefined;
}

/** Runs the script as the signed-in user. Never throws: a refusal is an answer. */
export async function retrieve(hass: Hass, fields: RetrieveFields): Promise<Outcome> {
  try {
    const data = { ...fields, via: 'card' };
    const answer = await hass.callService(DOMAIN, SCRIPT, data, undefined, false, true);
    return readAnswer(answer?.response);
  } catch (error) {
    return { ok: false, message: plain((error as { message?: unknown } | null)?.message) };
  }
}

/** `{ ok: true, result }` or `{ ok: false, error: { message, field, code } }`; see src/actions/action.ts. */
function readAnswer(response: unknown): Outcome {
  const answer = (response ?? {}) as { ok?: unknown; error?: { message?: unknown } };
  return answer.ok === true ? { ok: true } : { ok: false, message: plain(answer.error?.message) };
}
