import { deviceOf, type Hass } from '../shared/hass.ts';
import type { ParkedCallsConfig } from './config.ts';
import { findLots, findPhones } from './entities.ts';
import { canRetrieve } from './retrieve.ts';

/** Everything of `hass` that the card shows. Home Assistant sets `hass` at every state change of the house. */
export interface Inputs {
  readonly lots: readonly string[];
  readonly phones: readonly string[];
  /** The same values in two of these mean the same card. */
  readonly identity: readonly unknown[];
}

/**
 * @param known lots that were there before: an unavailable entity has lost the attributes that tell it is one
 */
export function inputsOf(hass: Hass, config: ParkedCallsConfig, known: readonly string[]): Inputs {
  const lots = config.lots?.length ? config.lots : allLots(hass, known);
  const phones = findPhones(hass);
  const shown = [...lots, ...phones].flatMap((id) => [hass.states[id], deviceOf(hass, id)]);
  const identity = [
    hass.locale.language,
    hass.themes?.darkMode,
    hass.user?.id,
    canRetrieve(hass),
    ...lots,
    ...shown,
  ];
  return { lots, phones, identity };
}

export function sameInputs(a: Inputs | null, b: Inputs): boolean {
  return (
    a !== null &&
    a.identity.length === b.identity.length &&
    a.identity.every((value, i) => value === b.identity[i])
  );
}

function allLots(hass: Hass, known: readonly string[]): readonly string[] {
  return [...new Set([...known.filter((id) => hass.states[id]), ...findLots(hass)])].sort();
}
