/** Which phone rings: chosen by a person, and remembered in this browser. */
import type { Phone } from './entities.ts';

function choiceKey(userId: string, pbx: string, lots: readonly string[] | undefined): string {
  return ['asterisk-parked-calls', userId, pbx, ...(lots ?? [])].join('/');
}

/**
 * The phone that is selected: the one chosen here before, else the dashboard's, else the only one there is.
 * Null when somebody must choose: no phone rings by accident.
 * @param chosen id of a phone
 * @param preset entity of a phone, from the card's configuration
 */
export function selectPhone(
  phones: readonly Phone[],
  chosen: string | null,
  preset: string | undefined,
): Phone | null {
  return (
    phones.find((phone) => phone.id === chosen) ??
    phones.find((phone) => phone.entityId === preset) ??
    (phones.length === 1 ? phones[0] : undefined) ??
    null
  );
}

/** Null when nothing was chosen, or the browser keeps nothing. */
function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, phone: string): void {
  try {
    localStorage.setItem(key, phone);
  } catch {
    // Private windows refuse: the choice then lasts as long as the page.
  }
}

/** The choices of one card: per user, PBX and set of lots, so that two cards can have two phones. */
export class PhoneChoices {
  /** Outlives a browser that keeps nothing. */
  readonly #here = new Map<string, string>();

  /** Id of the phone that was chosen, or null. */
  get(userId: string, pbx: string, lots: readonly string[] | undefined): string | null {
    const key = choiceKey(userId, pbx, lots);
    return this.#here.get(key) ?? recall(key);
  }

  set(userId: string, pbx: string, lots: readonly string[] | undefined, phone: string): void {
    const key = choiceKey(userId, pbx, lots);
    this.#here.set(key, phone);
    remember(key, phone);
  }
}
