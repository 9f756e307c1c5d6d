import { headersOf, readTraces, type Trace } from '../traces.ts';

/** Header names → values. */
export type Fields = Readonly<Record<string, string | number>>;

/** A message as it goes over the wire, and the class of events that it belongs to (`''`: to none). */
export interface Message {
  readonly text: string;
  readonly eventClass: string;
}

type Headers = readonly (readonly [name: string, value: string])[];

/** Headers that every event has from Asterisk itself. */
const OWN = new Set(['Event', 'Privilege', 'SystemName']);

/**
 * How Asterisk writes its messages, as the traces show it. The demo says nothing in another form: a message with a
 * set of headers that was never recorded is an error.
 */
export class Shapes {
  readonly #systemName: string;
  /** By event name and sorted header names. */
  readonly #events = new Map<string, Headers>();
  /** By event name, the first that was recorded. */
  readonly #first = new Map<string, Headers>();
  /** By action, the first success that was recorded. */
  readonly #answers = new Map<string, Headers>();

  constructor(systemName: string, traces: readonly Trace[] = readTraces()) {
    this.#systemName = systemName;
    for (const { entries } of traces) {
      const actions = new Map<string, string>();
      for (const [, from, lines] of entries) {
        if (from === '#') continue;
        const headers = headersOf(lines);
        const { Event, Action, Response, ActionID = '' } = Object.fromEntries(headers);
        if (Action !== undefined) actions.set(ActionID, Action);
        else if (Response === 'Success' && Event === undefined)
          this.#keepAnswer(actions.get(ActionID), headers);
        else if (Event !== undefined) this.#keepEvent(Event, headers);
      }
    }
  }

  #keepAnswer(action: string | undefined, headers: Headers): void {
    if (action !== undefined && !this.#answers.has(action)) this.#answers.set(action, headers);
  }

  #keepEvent(event: string, headers: Headers): void {
    if (!this.#first.has(event)) this.#first.set(event, headers);
    const key = keyOf(
      event,
      headers.map(([name]) => name),
    );
    if (!this.#events.has(key)) this.#events.set(key, headers);
  }

  /** The headers that the first recorded success of an action has. */
  answer(action: string): Headers {
    const headers = this.#answers.get(action);
    if (headers === undefined) throw new Error(`no trace has an answer to ${action}`);
    return headers;
  }

  /** An event with exactly these headers, in Asterisk's order. `extra`: lines of the sender's own, at the end. */
  event(name: string, fields: Fields, extra: readonly string[] = []): Message {
    const shape = this.#events.get(keyOf(name, Object.keys(fields)));
    if (shape === undefined) throw new Error(`no trace has ${name} with the headers ${Object.keys(fields)}`);
    return this.#write(shape, fields, extra);
  }

  /** An event like the first that was recorded under its name, with some of its values replaced. */
  like(name: string, fields: Fields): Message {
    const shape = this.#first.get(name);
    if (shape === undefined) throw new Error(`no trace has ${name}`);
    return this.#write(shape, fields, []);
  }

  #write(shape: Headers, fields: Fields, extra: readonly string[]): Message {
    let eventClass = '';
    const lines = shape.map(([name, recorded]) => {
      if (name === 'Privilege') eventClass = recorded.split(',')[0] ?? '';
      return `${name}: ${fields[name] ?? (name === 'SystemName' ? this.#systemName : recorded)}\r\n`;
    });
    return { text: `${lines.join('')}${extra.map((line) => `${line}\r\n`).join('')}\r\n`, eventClass };
  }
}

function keyOf(event: string, names: readonly string[]): string {
  return [event, ...names.filter((name) => !OWN.has(name)).sort()].join();
}
