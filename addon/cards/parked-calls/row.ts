import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../shared/icons.ts';
import { duration } from '../shared/time.ts';
import type { Words } from '../words/index.ts';
import type { ParkedCall } from './entities.ts';

export interface RowView {
  readonly words: Words;
  /** ms since the epoch, by the server's clock. */
  readonly now: number;
  /** Name of the phone that would ring, `''` while none is chosen. */
  readonly phone: string;
  readonly pending: boolean;
  /** Without it there is no button. */
  readonly retrieve: (() => void) | null;
}

/** How the caller is called: the name, else the number, else words for neither. */
export function who(call: ParkedCall, words: Words): string {
  return call.name || call.number || words.unknownCaller;
}

export function row(call: ParkedCall, view: RowView): TemplateResult {
  const { words, now } = view;
  const name = who(call, words);
  const left = call.until === null ? null : call.until - now;
  return html`<li class="call ${urgency(call, left)}" data-key=${call.key}>
    <span class="space"><span class="only-read">${words.space(call.space)}</span><span aria-hidden="true">${call.space}</span></span>
    <div class="who">
      <div class="name" title=${name}><bdi>${name}</bdi></div>
      ${detail(call, name, words)}
    </div>
    <div class="times">
      ${waited(call, view)}
      <div class="left"><bdi>${timeLeft(left, words)}</bdi></div>
    </div>
    ${bar(call, left, words)} ${button(name, view)}
  </li>`;
}

function timeLeft(left: number | null, words: Words): string {
  if (left === null) return words.noLimit;
  return left > 0 ? words.left(duration(left)) : words.timedOut;
}

function waited(call: ParkedCall, { words, now }: RowView): TemplateResult | typeof nothing {
  if (call.since === null) return nothing;
  const time = duration(now - call.since);
  return html`<div class="waited" role="timer" aria-label="${words.waiting} ${time}">${time}</div>`;
}

function detail(call: ParkedCall, name: string, words: Words): TemplateResult | typeof nothing {
  const parts = [
    call.number && call.number !== name ? html`<bdi>${call.number}</bdi>` : null,
    // A doorbell that dials the lot parks itself: no news.
    call.parkedBy && call.parkedBy !== name ? html`<bdi>${words.parkedBy(call.parkedBy)}</bdi>` : null,
  ].filter((part) => part !== null);
  if (parts.length === 0) return nothing;
  return html`<div class="detail">${parts.map((part, i) => (i ? html` · ${part}` : part))}</div>`;
}

/** How full the time is that the lot gives: 0 to 1. */
function fraction(call: ParkedCall, left: number): number {
  const total = (call.until ?? 0) - (call.since ?? Number.NaN);
  return total > 0 ? Math.min(1, Math.max(0, left / total)) : Number.NaN;
}

function urgency(call: ParkedCall, left: number | null): string {
  if (left === null) return '';
  if (left <= 10_000) return 'now';
  return fraction(call, left) <= 0.33 ? 'soon' : '';
}

function bar(call: ParkedCall, left: number | null, words: Words): TemplateResult | typeof nothing {
  if (left === null) return nothing;
  const percent = Math.round(fraction(call, left) * 1000) / 10;
  if (Number.isNaN(percent)) return nothing;
  return html`<div
    class="bar"
    role="progressbar"
    aria-label=${words.timeLeft}
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow=${Math.round(percent)}
    aria-valuetext=${duration(left)}
  >
    <div style="width:${percent}%"></div>
  </div>`;
}

function button(name: string, view: RowView): TemplateResult | typeof nothing {
  const { words, phone, pending, retrieve } = view;
  if (!retrieve) return nothing;
  return html`<button
    class="act"
    type="button"
    title=${words.retrieveOn(name, phone)}
    aria-label=${words.retrieveOn(name, phone)}
    aria-disabled=${pending ? 'true' : 'false'}
    aria-busy=${pending ? 'true' : 'false'}
    @click=${retrieve}
  >
    ${pending ? html`<span class="spinner"></span>` : icon('phone')}
    <span aria-hidden="true">${words.retrieve}</span>
  </button>`;
}
