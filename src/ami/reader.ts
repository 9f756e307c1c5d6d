/**
 * Reads one kind of event. Asterisk sends the headers of a kind in nearly always the same order, so each reader
 * learns which line follows which and compares bytes instead of looking names up.
 */
import { CR, LF } from './bytes.ts';
import { unescapeC } from './escape.ts';
import { parseHeaders } from './headers.ts';
import type { AmiEvent, EventShape } from './messages.ts';

/** Headers that any event may begin with and that say nothing about it (manager.c, `timestampevents`, `debug`). */
const ENVELOPE = new Set([
  'Event',
  'Privilege',
  'Timestamp',
  'SequenceNumber',
  'File',
  'Line',
  'Func',
  'SystemName',
]);

const UNKNOWN = '<unknown>';
const LESS_THAN = 60;

/** Not declared in the shape; its value is not kept. */
const IGNORED = -1;
/** Correlates an event with an action. */
const ACTION_ID = -2;

/** Distinct undeclared header names that one reader learns; a hostile sender cannot make it learn without end. */
const MAX_LEARNT = 64;

/** A header as a reader knows it. */
class Line {
  /** `Name: ` */
  readonly prefix: Uint8Array;
  readonly slot: number;
  readonly escaped: boolean;
  /** The line that followed when this one came last. */
  next: Line | null = null;

  constructor(name: string, slot: number, escaped: boolean) {
    this.prefix = Buffer.from(`${name}: `);
    this.slot = slot;
    this.escaped = escaped;
  }
}

export class EventReader {
  readonly name: string;
  /** The event ends a list, such as `ParkedCallsComplete`. */
  readonly endsList: boolean;
  /** How many want this event: listeners, and lists under way that it is an item of. 0: its body is skipped. */
  wanted = 0;
  /** ActionID of the event read last; `''` when it had none. */
  actionId = '';

  readonly #shape: EventShape;
  readonly #lines = new Map<string, Line>();
  /** Values of the event being read; null: the header has not come. */
  readonly #values: (string | null)[];
  #build: Builder | null = null;
  #first: Line | null = null;
  #learnt = 0;

  constructor(name: string, shape: EventShape, endsList: boolean) {
    this.name = name;
    this.endsList = endsList;
    this.#shape = shape;
    this.#values = shape.headers.map(() => null);
    this.#lines.set('ActionID', new Line('ActionID', ACTION_ID, false));
    for (const [slot, header] of shape.headers.entries()) {
      this.#lines.set(header, new Line(header, slot, shape.escaped.has(header)));
    }
  }

  /**
   * The event whose lines are `bytes` from `start` (after the line with its name) to `end` (after the last CR LF).
   * Of a header that comes twice the first counts: what a dialplan adds cannot overwrite what Asterisk said.
   */
  read(bytes: Buffer, start: number, end: number): AmiEvent {
    this.actionId = '';
    this.#values.fill(null);
    return this.#shape.open ? this.#readOpen(bytes, start, end) : this.#readFast(bytes, start, end);
  }

  #readFast(bytes: Buffer, start: number, end: number): AmiEvent {
    const values = this.#values;
    // One string for the whole message, as latin1 so that indexes are those of the bytes; values are slices of it.
    // Of the chunk instead, one value kept for long would keep 64 kB alive.
    const text = bytes.toString('latin1', start, end);
    let previous: Line | null = null;
    let expected = this.#first;
    for (let at = start; at < end; ) {
      let line = expected;
      let from = at;
      if (line !== null) {
        const prefix = line.prefix;
        const length = prefix.length;
        let same = 0;
        while (same < length && prefix[same] === bytes[at + same]) same++;
        if (same === length) from = at + length;
        else line = null;
      }
      let high = 0;
      if (line === null) {
        line = this.#lookUp(text, at - start);
        // no colon: no header. Skipped up to its end, and nothing is learnt from it
        if (line === null) {
          while (bytes[from] !== CR || bytes[from + 1] !== LF) from++;
          at = from + 2;
          continue;
        }
        if (previous === null) this.#first = line;
        else previous.next = line;
        from = start + text.indexOf(':', at - start) + 1;
        if (bytes[from] === 32) from++;
      }
      let stop = from;
      while (bytes[stop] !== CR || bytes[stop + 1] !== LF) high |= bytes[stop++] as number;
      const slot = line.slot;
      if (slot >= 0) {
        if (values[slot] === null && stop > from) {
          let value =
            high < 128 ? text.substring(from - start, stop - start) : bytes.toString('utf8', from, stop);
          if (value.length === UNKNOWN.length && bytes[from] === LESS_THAN && value === UNKNOWN) value = '';
          else if (line.escaped) value = unescapeC(value);
          values[slot] = value;
        } else if (values[slot] === null) values[slot] = '';
      } else if (slot === ACTION_ID && this.actionId === '') {
        this.actionId = text.substring(from - start, stop - start);
      }
      previous = line;
      expected = line.next;
      at = stop + 2;
    }
    return this.#event(values);
  }

  #event(values: readonly (string | null)[]): AmiEvent {
    this.#build ??= builder(this.name, this.#shape.headers);
    return this.#build(values);
  }

  /** The line that starts at `at`, or null when it has no colon. */
  #lookUp(text: string, at: number): Line | null {
    const colon = text.indexOf(':', at);
    const lineEnd = text.indexOf('\r\n', at);
    if (colon < 0 || colon > lineEnd) return null;
    const name = text.substring(at, colon);
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const line = new Line(name, IGNORED, false);
    if (this.#learnt++ < MAX_LEARNT) this.#lines.set(name, line);
    return line;
  }

  #readOpen(bytes: Buffer, start: number, end: number): AmiEvent {
    const values = this.#values;
    const headers: [string, string][] = [];
    const last = values.length - 1;
    let own = true;
    for (const [name, raw] of parseHeaders(bytes, start, end)) {
      const slot = this.#lines.get(name)?.slot ?? IGNORED;
      if (own && slot >= 0 && values[slot] === null) {
        own = slot !== last;
        values[slot] = raw === UNKNOWN ? '' : this.#shape.escaped.has(name) ? unescapeC(raw) : raw;
      } else if (slot === ACTION_ID && this.actionId === '') {
        this.actionId = raw;
      } else if (!ENVELOPE.has(name)) {
        headers.push([name, name === 'ChanVariable' ? unescapeC(raw) : raw]);
      }
    }
    return Object.assign(this.#event(values), { headers });
  }
}

type Builder = (values: readonly (string | null)[]) => AmiEvent;

const BUILDERS = new Map<string, Builder>();

/** The {@link compile}d builder of a kind; one for all connections, made when the first such event comes. */
function builder(name: string, headers: readonly string[]): Builder {
  const known = BUILDERS.get(name);
  if (known !== undefined) return known;
  const build = compile(name, headers);
  BUILDERS.set(name, build);
  return build;
}

/**
 * A function that makes the event's object in one go. Objects of one kind then share one hidden class; filled by
 * computed keys instead they become dictionaries, and reading took three times as long.
 */
function compile(name: string, headers: readonly string[]): Builder {
  const fields = headers.map((header, slot) => `${JSON.stringify(header)}: v[${slot}] ?? ''`);
  // the names are constants of messages.ts, never something from the wire
  return new Function('v', `return { Event: ${JSON.stringify(name)}, ${fields.join(', ')} };`) as Builder;
}
