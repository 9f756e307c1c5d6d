import type { Fields, Shapes } from './shapes.ts';

/** An item of a list: the event's name and its headers, without the ActionID. */
export type Item = readonly [event: string, fields: Fields];

/** What an action is answered with. */
export class Reply {
  readonly #shapes: Shapes;
  readonly #actionId: string;
  readonly #write: (text: string) => void;

  constructor(shapes: Shapes, actionId: string, write: (text: string) => void) {
    this.#shapes = shapes;
    this.#actionId = actionId;
    this.#write = write;
  }

  /** Success, with a message or with headers of its own. */
  ok(answer: string | Fields): void {
    this.#respond('Success', typeof answer === 'string' ? { Message: answer } : answer);
  }

  error(message: string): void {
    this.#respond('Error', { Message: message });
  }

  goodbye(message: string): void {
    this.#respond('Goodbye', { Message: message });
  }

  /** The headers that the real one answered with, and these instead of its own values. */
  recorded(action: string, keep: (name: string) => boolean, fields: Fields = {}): void {
    const headers = this.#shapes
      .answer(action)
      .filter(([name]) => name !== 'Response' && name !== 'ActionID' && keep(name));
    this.#respond(
      'Success',
      Object.fromEntries(headers.map(([name, value]) => [name, fields[name] ?? value])),
    );
  }

  /** `more`: headers of the event that ends the list, besides those of every list. */
  list(message: string, items: readonly Item[], complete: string, more: Fields = {}): void {
    this.#respond('Success', { EventList: 'start', Message: message });
    const end = { EventList: 'Complete', ListItems: items.length, ...more };
    for (const [event, fields] of [...items, [complete, end] as const])
      this.#write(this.#shapes.event(event, { ...fields, ActionID: this.#actionId }).text);
  }

  /** As {@link list}, of events with more headers than anyone would write down: those not given are as recorded. */
  details(message: string, items: readonly Item[], complete: string): void {
    this.#respond('Success', { EventList: 'start', Message: message });
    for (const [event, fields] of items)
      this.#write(this.#shapes.like(event, { ...fields, ActionID: this.#actionId }).text);
    const end = { ActionID: this.#actionId, EventList: 'Complete', ListItems: items.length };
    this.#write(this.#shapes.event(complete, end).text);
  }

  #respond(response: string, fields: Fields): void {
    const id = this.#actionId === '' ? '' : `ActionID: ${this.#actionId}\r\n`;
    const rest = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#write(`Response: ${response}\r\n${id}${rest.join('')}\r\n`);
  }
}
