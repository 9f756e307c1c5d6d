import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { serverClock } from '../shared/clock.ts';
import { type Hass, showMoreInfo } from '../shared/hass.ts';
import { icon } from '../shared/icons.ts';
import { Ticker } from '../shared/ticker.ts';
import { instant } from '../shared/time.ts';
import { type Words, words } from '../words/index.ts';
import { Arrivals } from './arrivals.ts';
import { PhoneChoices, selectPhone } from './choice.ts';
import { CARD_TYPE, checkConfig, type ParkedCallsConfig } from './config.ts';
import {
  findLots,
  findPhones,
  type Lot,
  type ParkedCall,
  type Phone,
  readLot,
  readPhone,
} from './entities.ts';
import { type ConfigForm, configForm } from './form.ts';
import { type Inputs, inputsOf, sameInputs } from './inputs.ts';
import { lotSection, message } from './lot.ts';
import { noticeRegion } from './notice.ts';
import { type PickerView, picker } from './picker.ts';
import { Retrieval } from './retrieval.ts';
import { canRetrieve } from './retrieve.ts';
import { type RowView, who } from './row.ts';
import { styles } from './styles.ts';

/** Lovelace card: every parked call of every lot, and a button that brings it to a phone. */
export class ParkedCallsCard extends LitElement {
  static override readonly styles = styles;
  static override readonly properties = {
    hass: { attribute: false, noAccessor: true },
    config: { state: true },
    announced: { state: true },
  };

  /** What some card saw last: the editor's form is asked for without `hass`. */
  static #lastSeen: Hass | undefined;

  declare private config: ParkedCallsConfig | undefined;
  /** For screen readers: who has just been parked. */
  declare private announced: string;

  readonly #arrivals = new Arrivals();
  readonly #choices = new PhoneChoices();
  readonly #retrieval = new Retrieval(this);
  #hass: Hass | undefined;
  #inputs: Inputs | null = null;
  #lots: readonly Lot[] = [];
  #phones: readonly Phone[] = [];
  #focused: string | undefined;

  constructor() {
    super();
    this.announced = '';
    this.addController(this.#retrieval);
    this.addController(
      new Ticker(
        this,
        () => this.isConnected && this.#calls().length > 0,
        () => serverClock.now(),
      ),
    );
  }

  static getStubConfig(hass: Hass): ParkedCallsConfig {
    ParkedCallsCard.#lastSeen = hass;
    return { type: `custom:${CARD_TYPE}` };
  }

  static getConfigForm(): ConfigForm {
    const hass = ParkedCallsCard.#lastSeen;
    return configForm(hass ? findLots(hass) : [], hass ? findPhones(hass) : []);
  }

  setConfig(config: Readonly<Record<string, unknown>>): void {
    this.config = checkConfig(config);
    this.#inputs = null;
    this.#take();
  }

  get hass(): Hass | undefined {
    return this.#hass;
  }

  /** Set at every state change of the house: renders when one of them concerns this card. */
  set hass(hass: Hass | undefined) {
    this.#hass = hass;
    this.#take();
  }

  /** In units of 50 px, for dashboards in columns. */
  getCardSize(): number {
    const rows = this.#lots.map((lot) => Math.max(1, lot.calls.length) + (this.#showsFree() ? 1 : 0));
    return 1 + rows.reduce((sum, size) => sum + size, 0);
  }

  /** For dashboards in sections: as high as its calls ask for. */
  getGridOptions(): Readonly<Record<string, unknown>> {
    return { columns: 12, min_columns: 6, rows: 'auto', min_rows: 1 };
  }

  protected override willUpdate(): void {
    this.#focused = this.renderRoot?.querySelector<HTMLElement>('[data-key]:focus-within')?.dataset.key;
  }

  protected override updated(): void {
    this.#keepFocus();
    if (this.hass && this.#calls().length > 0) {
      void serverClock.compare(this.hass).then((corrected) => corrected && this.requestUpdate());
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.#inputs) return nothing;
    const t = this.#words();
    const count = this.#calls().length;
    const classes = [count > 0 ? 'busy' : '', this.config?.compact ? 'compact' : ''].join(' ');
    return html`<ha-card>
      <div class=${classes} style="color-scheme:${this.hass?.themes?.darkMode ? 'dark' : 'light'}">
        ${this.#header(t, count)}
        ${this.#sections(t)}
        ${count > 0 && this.hass && !canRetrieve(this.hass) ? message(t.noScript) : nothing}
        ${noticeRegion(this.#retrieval.notice, t, () => this.#retrieval.say(null))}
        <div class="only-read" role="status" aria-live="polite">${this.announced}</div>
      </div>
    </ha-card>`;
  }

  #sections(t: Words): unknown {
    if (this.#lots.length === 0) return message(t.noLots, t.noLotsHint);
    if (this.#lots.every((lot) => lot.status === 'unavailable')) {
      return message(t.unavailable, t.unavailableHint);
    }
    return repeat(
      this.#lots,
      (lot) => lot.entityId,
      (lot) =>
        lotSection(lot, {
          words: t,
          heading: this.#lots.length > 1 ? this.#heading(lot) : null,
          showFree: this.#showsFree(),
          rowView: (call) => this.#rowView(lot, call, t),
        }),
    );
  }

  #header(t: Words, count: number): TemplateResult {
    const title = this.config?.title || t.parkedCalls;
    const known = this.#lots.some((lot) => lot.status === 'ok');
    const summary = count > 0 ? t.callsWaiting(count) : known ? t.noParkedCalls : '';
    const first = this.#lots[0];
    return html`<header>
      <button
        class="badge"
        type="button"
        title=${title}
        aria-label=${title}
        ?disabled=${!first || first.status === 'missing'}
        @click=${() => first && showMoreInfo(this, first.entityId)}
      >
        ${icon('parking')}
      </button>
      <div class="heading">
        <h2 tabindex="-1">${title}</h2>
        <div class="summary"><bdi>${summary}</bdi></div>
      </div>
      ${this.#pickers(t).map(picker)}
    </header>`;
  }

  #pickers(t: Words): readonly PickerView[] {
    if (!this.hass || !canRetrieve(this.hass)) return [];
    const pbxes = this.#pbxes();
    return pbxes
      .map((pbx) => ({
        words: t,
        pbx: pbxes.length > 1 ? pbx : null,
        phones: this.#phonesOf(pbx),
        selected: this.#selected(pbx),
        wanted: this.#retrieval.notice?.kind === 'hint' && !this.#selected(pbx),
        choose: (phone: string) => this.#choose(pbx, phone),
      }))
      .filter((view) => this.config?.choose_phone !== false || !view.selected);
  }

  #heading(lot: Lot): string {
    return this.#pbxes().length > 1 && lot.pbx ? `${lot.name} · ${lot.pbx}` : lot.name;
  }

  #rowView(lot: Lot, call: ParkedCall, t: Words): RowView {
    const { hass } = this;
    return {
      words: t,
      now: serverClock.now(),
      phone: this.#selected(lot.pbx)?.name ?? '',
      pending: this.#retrieval.isPending(call),
      retrieve: hass && canRetrieve(hass) ? () => this.#retrieve(hass, lot, call) : null,
    };
  }

  #retrieve(hass: Hass, lot: Lot, call: ParkedCall): void {
    const t = this.#words();
    const phone = this.#selected(lot.pbx);
    if (phone) {
      void this.#retrieval.run(hass, lot, call, phone, t);
      return;
    }
    this.#retrieval.say({ kind: 'hint', text: t.choosePhoneFirst });
    this.renderRoot.querySelector('select')?.focus();
  }

  #choose(pbx: string, phone: string): void {
    this.#choices.set(this.#user(), pbx, this.config?.lots, phone);
    this.#retrieval.say(null);
  }

  #take(): void {
    const { hass, config } = this;
    if (!hass || !config) return;
    ParkedCallsCard.#lastSeen = hass;
    const inputs = inputsOf(hass, config, this.#inputs?.lots ?? []);
    if (sameInputs(this.#inputs, inputs)) return;
    this.#inputs = inputs;
    this.#read(hass, inputs);
    this.requestUpdate();
  }

  #read(hass: Hass, inputs: Inputs): void {
    this.#lots = inputs.lots.map((id) => readLot(hass, id));
    this.#phones = inputs.phones
      .flatMap((id) => hass.states[id] ?? [])
      .map((entity) => readPhone(hass, entity))
      .sort((a, b) => a.name.localeCompare(b.name, hass.locale.language, { numeric: true }));
    for (const id of inputs.lots) serverClock.passed(instant(hass.states[id]?.last_updated));
    const t = this.#words();
    const arrived = this.#arrivals.take(this.#lots);
    if (arrived.length > 0) {
      this.announced = arrived.map((call) => t.newParkedCall(who(call, t), call.space)).join('. ');
    }
  }

  /** A row that goes takes the focus with it: the next button gets it, so that the keyboard stays here. */
  #keepFocus(): void {
    if (!this.#focused || this.renderRoot.querySelector(':focus')) return;
    (this.renderRoot.querySelector<HTMLElement>('.act') ?? this.renderRoot.querySelector('h2'))?.focus();
  }

  #selected(pbx: string): Phone | null {
    const free = this.config?.choose_phone !== false;
    const chosen = free ? this.#choices.get(this.#user(), pbx, this.config?.lots) : null;
    return selectPhone(this.#phonesOf(pbx), chosen, this.config?.phone);
  }

  #user(): string {
    return this.hass?.user?.id ?? '';
  }

  #phonesOf(pbx: string): readonly Phone[] {
    return this.#phones.filter((phone) => phone.pbx === pbx);
  }

  #pbxes(): readonly string[] {
    return [...new Set(this.#lots.filter((lot) => lot.status === 'ok').map((lot) => lot.pbx))];
  }

  #calls(): readonly ParkedCall[] {
    return this.#lots.flatMap((lot) => lot.calls);
  }

  #showsFree(): boolean {
    return this.config?.show_empty !== false && !this.config?.compact;
  }

  #words(): Words {
    return words(this.hass?.locale.language);
  }
}
