/** Persistent notifications: what a person must know or do. One id, one notice; it goes when it is solved. */
import type { HomeLog } from '../log.ts';
import type { Link } from './link.ts';

export class Notices {
  readonly #link: Link | null;
  readonly #prefix: string;
  readonly #log: HomeLog;

  constructor(link: Link | null, companion: string, log: HomeLog) {
    this.#link = link;
    this.#prefix = `asterisk_${companion}_`;
    this.#log = log;
  }

  /**
   * @param title shown as it is
   * @param message Markdown: texts from callers belong into `quoted()`
   */
  show(id: string, title: string, message: string): void {
    this.#call('create', { notification_id: this.#prefix + id, title, message });
  }

  dismiss(id: string): void {
    this.#call('dismiss', { notification_id: this.#prefix + id });
  }

  #call(service: string, data: object): void {
    if (this.#link === null) return;
    this.#link
      .call({ type: 'call_service', domain: 'persistent_notification', service, service_data: data })
      .catch((error: unknown) => this.#log.debug({ err: error }, 'A notice could not be shown'));
  }
}

/** A text as Markdown shows it, whatever is in it: on one line, and nothing of it a link. */
export function quoted(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]()#+\-.!|<>~&:@=]/g, (character) => `&#${character.charCodeAt(0)};`);
}
