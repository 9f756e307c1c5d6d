import { html, type TemplateResult } from 'lit';
import { icon } from '../shared/icons.ts';
import type { Words } from '../words/index.ts';

/** What became of the last press on Retrieve. */
export interface Notice {
  readonly kind: 'pending' | 'done' | 'failed' | 'hint';
  readonly text: string;
}

const SIGNS = {
  pending: html`<span class="spinner"></span>`,
  done: icon('check'),
  failed: icon('alert'),
  hint: icon('phone'),
} as const satisfies Record<Notice['kind'], TemplateResult>;

/** Stays in the page while empty: screen readers only hear regions that were there before. */
export function noticeRegion(notice: Notice | null, words: Words, close: () => void): TemplateResult {
  return html`<div role=${notice?.kind === 'failed' ? 'alert' : 'status'}>
    ${
      notice &&
      html`<div class="notice ${notice.kind}">
        ${SIGNS[notice.kind]}
        <p><bdi>${notice.text}</bdi></p>
        <button type="button" title=${words.close} aria-label=${words.close} @click=${close}>
          ${icon('close')}
        </button>
      </div>`
    }
  </div>`;
}
