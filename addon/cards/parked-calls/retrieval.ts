import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Hass } from '../shared/hass.ts';
import type { Words } from '../words/index.ts';
import type { Lot, ParkedCall, Phone } from './entities.ts';
import type { Notice } from './notice.ts';
import { retrieve } from './retrieve.ts';
import { who } from './row.ts';

/** How long good news stays. Bad news stays until it is closed. */
const GOOD_NEWS_MS = 8000;

/** The calls that are being retrieved, and what became of the last one. */
export class Retrieval implements ReactiveController {
  readonly #host: ReactiveControllerHost & { readonly isConnected: boolean };
  readonly #pending = new Set<string>();
  #notice: Notice | null = null;
  #timer: number | undefined;

  constructor(host: ReactiveControllerHost & { readonly isConnected: boolean }) {
    this.#host = host;
  }

  get notice(): Notice | null {
    return this.#notice;
  }

  hostDisconnected(): void {
    this.say(null);
  }

  isPending(call: ParkedCall): boolean {
    return this.#pending.has(call.key);
  }

  /** Asks for the call, once, and says what came of it. */
  async run(hass: Hass, lot: Lot, call: ParkedCall, phone: Phone, words: Words): Promise<void> {
    if (this.#pending.has(call.key)) return;
    const name = who(call, words);
    this.#pending.add(call.key);
    this.say({ kind: 'pending', text: words.ringing(phone.name, name) });
    const fields = { pbx: lot.pbx, lot: lot.id, space: call.space, phone: phone.id };
    const outcome = await retrieve(hass, fields);
    this.#pending.delete(call.key);
    if (!this.#host.isConnected) return;
    this.say(
      outcome.ok
        ? { kind: 'done', text: words.retrieved(phone.name, name) }
        : { kind: 'failed', text: `${words.notRetrieved(name)} ${outcome.message || words.noAnswer}` },
    );
  }

  say(notice: Notice | null): void {
    window.clearTimeout(this.#timer);
    this.#notice = notice;
    if (notice?.kind === 'done') this.#timer = window.setTimeout(() => this.say(null), GOOD_NEWS_MS);
    this.#host.requestUpdate();
  }
}
