/**
 * Reads one kind of event. Asterisk sends the headers of a kind in nearly always the same order, so each reader
 * learns which line follows which and compares bytes instead of looking names up.
 */
import { CR, findEnd, LF, LineScanner } from './bytes.ts';
import { unescapeC } from './escape.ts';
import { parseHeaders } from './headers.ts';
import { Match, Memo, type Memos } from './memo.ts';
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
const SPACE = 32;
const COLON = 58;

/** Not declared in the shape; its value is not kept. */
const IGNORED = -1;
/** Correlates an event with an action. */
const ACTION_ID = -2;

/** Distinct undeclared header names that one reader learns; a hostile sender cannot make it learn without end. */
const MAX_LEARNT = 64;

/** A header as a reader knows it. */
class Line {
  readonly memo: Memo;
  readonly slot: number;
  /** The line that followed when this one came last. */
  next: Line | null = null;

  constructor(memo: Memo, slot: number) {
    this.memo = memo;
    this.slot = slot;
  }
}

/** Where a value is that is still to be decoded. */
interface Fresh {
  line: Line;
  from: number;
  stop: number;
  ascii: boolean;
}

export class EventReader {
  readonly name: string;
  /** The event ends a list, such as `ParkedCallsComplete`. */
  readonly endsList: boolean;
  /** How many want this event: listeners, and lists under way that it is an item of. 0: its body is skipped. */
  wanted = 0;
  /** Where the empty line after the event read last begins. */
  end = 0;
  /** ActionID of the event read last; `''` when it had none. */
  actionId = '';

  readonly #shape: EventShape;
  readonly #lines = new Map<string, Line>();
  /** Values of the event being read; null: the header has not come. */
  readonly #values: (string | null)[];
  #build: Builder | null = null;
  #first: Line | null = null;
  readonly #scanner = new LineScanner();
  /** Values that the event being read has and the last did not; grows to what the largest event needs. */
  readonly #fresh: Fresh[] = [];
  #learnt = 0;

  constructor(name: string, shape: EventShape, endsList: boolean, memos: Memos) {
    this.name = name;
    this.endsList = endsList;
    this.#shape = shape;
    this.#values = shape.headers.map(() => null);
    this.#lines.set('ActionID', new Line(memos.for('ActionID', false), ACTION_ID));
    for (const [slot, header] of shape.headers.entries()) {
      this.#lines.set(header, new Line(memos.for(header, shape.escaped.has(header)), slot));
    }
  }

  /**
   * The event whose lines are `bytes` from `start`, after the line with its name, up to an empty line, which must be
   * there; {@link end} then is where that begins. Of a header that comes twice the first counts: what a dialplan adds
   * cannot overwrite what Asterisk said.
   * @param view the same bytes as `bytes`
   */
  read(bytes: Buffer, view: DataView, start: number): AmiEvent {
    this.actionId = '';
    this.#values.fill(null);
    return this.#shape.open ? this.#readOpen(bytes, start) : this.#readFast(bytes, view, start);
  }

  #readFast(bytes: Buffer, view: DataView, start: number): AmiEvent {
    const values = this.#values;
    const scanner = this.#scanner;
    let previous: Line | null = null;
    let expected = this.#first;
    let fresh = 0;
    let at = start;
    while (bytes[at] !== CR || bytes[at + 1] !== LF) {
      let line = expected;
      const match = line === null ? Match.none : line.memo.match(view, at);
      if (line !== null && match === Match.line) {
        this.#take(line, line.memo.value);
        at += line.memo.length;
      } else {
        let from = at;
        if (line !== null && match === Match.prefix) {
          from += line.memo.prefix;
        } else {
          line = this.#lookUp(bytes, at, scanner.endOfLine(view, at));
          if (line === null) {
            // no colon: no header
            at = scanner.endOfLine(view, at) + 2;
            continue;
          }
          if (previous === null) this.#first = line;
          else previous.next = line;
          from = bytes.indexOf(COLON, at) + 1;
          if (bytes[from] === SPACE) from++;
        }
        const stop = scanner.endOfLine(view, from);
        if (line.slot < 0 || values[line.slot] === null) {
          if (line.slot >= 0) values[line.slot] = '';
          this.#note(fresh++, line, from, stop, scanner.ascii);
        }
        at = stop + 2;
      }
      previous = line;
      expected = line.next;
    }
    this.end = at;
    if (fresh > 0) this.#decode(bytes, view, start, fresh);
    return this.#event(values);
  }

  #take(line: Line, value: string): void {
    const { slot } = line;
    if (slot >= 0) this.#values[slot] ??= value;
    else if (slot === ACTION_ID && this.actionId === '') this.actionId = value;
  }

  #note(index: number, line: Line, from: number, stop: number, ascii: boolean): void {
    const fresh = this.#fresh[index];
    if (fresh === undefined) {
      this.#fresh.push({ line, from, stop, ascii });
      return;
    }
    fresh.line = line;
    fresh.from = from;
    fresh.stop = stop;
    fresh.ascii = ascii;
  }

  /**
   * Makes the values that are not those of last time, as slices of the message's own string: that is latin1, so that
   * its indexes are those of the bytes. As slices of the chunk, one value that is kept for long would keep the whole
   * chunk alive.
   */
  #decode(bytes: Buffer, view: DataView, start: number, count: number): void {
    const text = bytes.toString('latin1', start, this.end);
    for (let i = 0; i < count; i++) {
      const { line, from, stop, ascii } = this.#fresh[i] as Fresh;
      let value = ascii ? text.substring(from - start, stop - start) : bytes.toString('utf8', from, stop);
      if (value.length === UNKNOWN.length && value === UNKNOWN) value = '';
      else if (line.memo.escaped) value = unescapeC(value);
      line.memo.remember(view, from, stop, value);
      if (line.slot >= 0) this.#values[line.slot] = value;
      else if (line.slot === ACTION_ID && this.actionId === '') this.actionId = value;
    }
  }

  #event(values: readonly (string | null)[]): AmiEvent {
    this.#build ??= builder(this.name, this.#shape.headers);
    return this.#build(values);
  }

  /** The header of the line from `at` to `stop`, or null when it has no colon. */
  #lookUp(bytes: Buffer, at: number, stop: number): Line | null {
    const colon = bytes.indexOf(COLON, at);
    if (colon < 0 || colon > stop) return null;
    const name = bytes.toString('latin1', at, colon);
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const line = new Line(new Memo(name, false), IGNORED);
    if (this.#learnt++ < MAX_LEARNT) this.#lines.set(name, line);
    return line;
  }

  #readOpen(bytes: Buffer, start: number): AmiEvent {
    // the empty line may come at once: then the CR LF before it ended the name
    this.end = findEnd(bytes, start - 2, bytes.length) + 2;
    const values = this.#values;
    const headers: [string, string][] = [];
    const last = values.length - 1;
    let own = true;
    for (const [name, raw] of parseHeaders(bytes, start, this.end)) {
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
