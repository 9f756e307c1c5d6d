import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Words } from '../words/index.ts';
import type { Lot, ParkedCall } from './entities.ts';
import { type RowView, row } from './row.ts';
import { freeSpaces, ranges } from './spaces.ts';

export interface LotView {
  readonly words: Words;
  /** What stands above the lot, or null where there is but one. */
  readonly heading: string | null;
  readonly showFree: boolean;
  readonly rowView: (call: ParkedCall) => RowView;
}

/** More than this many free spaces are told as ranges. */
const SINGLY = 24;

export function lotSection(lot: Lot, view: LotView): TemplateResult {
  const heading = view.heading === null ? nothing : html`<h3><bdi>${view.heading}</bdi></h3>`;
  return html`<section data-lot=${lot.entityId}>${heading}${content(lot, view)}</section>`;
}

function content(lot: Lot, view: LotView): TemplateResult {
  const { words } = view;
  if (lot.status === 'missing') return message(words.notFound(lot.entityId));
  if (lot.status === 'unavailable') return message(words.unavailable, words.unavailableHint);
  return html`<ul role="list" aria-label=${words.parkedCalls}>
      ${repeat(
        lot.calls,
        (call) => call.key,
        (call) => row(call, view.rowView(call)),
      )}
    </ul>
    ${view.showFree ? free(lot, words) : nothing}`;
}

function free(lot: Lot, words: Words): TemplateResult | typeof nothing {
  if (!lot.first) return nothing;
  const spaces = freeSpaces(lot);
  if (spaces.length === 0) return html`<p class="free">${words.noFreeSpace}</p>`;
  const shown = spaces.length > SINGLY ? [ranges(spaces)] : spaces;
  return html`<div class="free">
    <span aria-hidden="true">${words.freeSpaces}</span>
    <ul role="list" aria-label=${words.freeSpaces}>
      ${shown.map((space) => html`<li>${space}</li>`)}
    </ul>
  </div>`;
}

export function message(headline: string, hint?: string): TemplateResult {
  return html`<p class="message"><strong>${headline}</strong>${hint ?? nothing}</p>`;
}
