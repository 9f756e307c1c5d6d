/** The cards of Asterisk Companion, as one module that a Lovelace resource loads. */

import { ParkedCallsCard } from './parked-calls/card.ts';
import { CARD_TYPE } from './parked-calls/config.ts';
import { isLot } from './parked-calls/entities.ts';
import type { Hass } from './shared/hass.ts';
import { pageWords } from './words/index.ts';

interface CardEntry {
  readonly type: string;
  readonly name: string;
  readonly description: string;
  readonly preview: boolean;
  readonly getEntitySuggestion: (hass: Hass, entityId: string) => object | null;
}

declare global {
  interface Window {
    customCards?: CardEntry[];
  }
}

// Two versions of the module may be listed as resources: the first one stays, the second must not throw.
if (!customElements.get(CARD_TYPE)) {
  customElements.define(CARD_TYPE, ParkedCallsCard);
  window.customCards ??= [];
  window.customCards.push({
    type: CARD_TYPE,
    // Read when the card picker opens, by which time the page's language is known.
    get name() {
      return pageWords().parkedCalls;
    },
    get description() {
      return pageWords().description;
    },
    preview: true,
    getEntitySuggestion: (hass, entityId) =>
      isLot(hass.states[entityId]) ? { config: { type: `custom:${CARD_TYPE}`, lots: [entityId] } } : null,
  });
}
