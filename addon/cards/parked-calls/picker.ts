import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../shared/icons.ts';
import type { Words } from '../words/index.ts';
import type { Phone } from './entities.ts';

export interface PickerView {
  readonly words: Words;
  /** Named when the card shows several. */
  readonly pbx: string | null;
  readonly phones: readonly Phone[];
  readonly selected: Phone | null;
  /** Somebody pressed Retrieve before choosing. */
  readonly wanted: boolean;
  readonly choose: (phone: string) => void;
}

/** The browser's own list: every tablet, keyboard and screen reader knows how to use it. */
export function picker(view: PickerView): TemplateResult {
  const { words, pbx, phones, selected } = view;
  const label = pbx ? `${words.phone} (${pbx})` : words.phone;
  const placeholder = phones.length ? words.choosePhone : words.noPhones;
  return html`<label class="picker ${view.wanted ? 'wanted' : ''}">
    ${icon('phone')}
    <span class="only-read">${label}</span>
    ${pbx ? html`<span class="pbx" aria-hidden="true">${pbx}</span>` : nothing}
    <select
      title=${label}
      ?disabled=${phones.length === 0}
      @change=${(event: Event) => view.choose((event.target as HTMLSelectElement).value)}
    >
      ${selected ? nothing : html`<option value="" selected disabled>${placeholder}</option>`}
      ${phones.map(
        (phone) =>
          html`<option
            value=${phone.id}
            .selected=${phone.id === selected?.id}
            ?disabled=${phone.state === 'unreachable'}
          >
            ${option(phone, words)}
          </option>`,
      )}
    </select>
    ${icon('chevron')}
  </label>`;
}

function option(phone: Phone, words: Words): string {
  const state = words.phoneStates[phone.state];
  return state ? `${phone.name} (${state})` : phone.name;
}
