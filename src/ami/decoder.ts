/** Bytes in, messages out. */
import { CR, findEnd, findLastEnd, LF } from './bytes.ts';
import { AmiProtocolError } from './errors.ts';
import { parseResponse } from './headers.ts';
import { Memos } from './memo.ts';
import { type AmiEvent, EVENTS, type EventShape, LISTS } from './messages.ts';
import { EventReader } from './reader.ts';
import type { AmiResponse } from './response.ts';

/** Who takes what a decoder finds. Called in the order of the wire, from within {@link Decoder.write}. */
export interface DecoderSink {
  /** `version`: of AMI, such as `11.0.0`. */
  greeting(version: string): void;
  response(response: AmiResponse): void;
  /** `actionId`: of the action that it answers, `''` when none. */
  event(event: AmiEvent, actionId: string): void;
  /** The event that ends a list, such as `ParkedCallsComplete`. */
  listEnd(actionId: string): void;
}

const GREETING = 'Asterisk Call Manager/';
const EVENT = Buffer.from('Event: ');
const LIST_END: EventShape = {
  class: null,
  headers: ['EventList', 'ListItems'],
  escaped: new Set(),
  open: false,
};

const MAX_GREETING = 256;
const FIRST_HELD = 8192;

/**
 * Decodes one connection: made anew for each, so that no half message outlives its link. Copies only what a chunk
 * leaves unfinished, and skips the body of events that nobody wants.
 */
export class Decoder {
  readonly #sink: DecoderSink;
  readonly #limit: number;
  readonly #memos = new Memos();
  readonly #readers = new Map<string, EventReader>();
  /** Readers by a hash of their name's bytes: finding one makes no string. */
  readonly #byHash = new Map<number, { readonly name: Uint8Array; readonly reader: EventReader }[]>();
  /** The unfinished message. */
  #held = Buffer.allocUnsafe(FIRST_HELD);
  #heldLength = 0;
  #greeted = false;
  /** The greeting ended in a bare LF: so does every line here. */
  #bareLf = false;
  #skipped = 0;

  /** `limit`: bytes that one message may have. */
  constructor(sink: DecoderSink, limit: number) {
    this.#sink = sink;
    this.#limit = limit;
    for (const [name, shape] of Object.entries(EVENTS)) this.#add(name, shape, false);
    for (const list of Object.values(LISTS)) {
      if (!this.#readers.has(list.complete)) this.#add(list.complete, LIST_END, true);
    }
  }

  #add(name: string, shape: EventShape, endsList: boolean): void {
    const reader = new EventReader(name, shape, endsList, this.#memos);
    const bytes = Buffer.from(name);
    const hash = hashName(bytes, 0, bytes.length);
    this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), { name: bytes, reader }]);
    this.#readers.set(name, reader);
  }

  /** Events passed over because nobody wanted them. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Counts one more (or less) who wants an event; names that nobody knows are ignored. */
  want(name: string, change: 1 | -1): void {
    const reader = this.#readers.get(name);
    if (reader !== undefined) reader.wanted += change;
  }

  /**
   * Takes what came, cut anywhere. The chunk may be reused once this returns.
   * @throws AmiProtocolError when this is no AMI or a message exceeds the limit: the link must be closed.
   */
  write(chunk: Buffer): void {
    let at = 0;
    if (!this.#greeted) at = this.#greet(chunk);
    if (!this.#greeted) return;
    if (this.#bareLf) this.#writeBareLf(chunk, at);
    else this.#writeCrLf(chunk, at);
  }

  #writeCrLf(chunk: Buffer, from: number): void {
    let at = from;
    if (this.#heldLength > 0) {
      at = this.#finishHeld(chunk, from);
      if (at < 0) return;
    }
    const length = chunk.length;
    const last = findLastEnd(chunk, at, length);
    if (last >= 0) at = this.#messages(chunk, at, last);
    while (at < length && (chunk[at] === CR || chunk[at] === LF)) at++;
    this.#hold(chunk, at, length);
  }

  /** Hands on the messages from `from` on, of which the last one ends at `last`. Returns where it ended. */
  #messages(bytes: Buffer, from: number, last: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = from; at < last; ) {
      // some messages end with an empty line too many
      if (bytes[at] === CR || bytes[at] === LF) at++;
      else {
        const end = this.#message(bytes, view, at);
        if (end - at > this.#limit) this.#tooLong();
        at = end + 4;
      }
    }
    return last + 4;
  }

  /** Completes the held message. Returns where the chunk goes on, or -1 when it ended within the message. */
  #finishHeld(chunk: Buffer, from: number): number {
    const before = this.#heldLength;
    // the end may be cut itself: 3 bytes of it may be held already
    this.#hold(chunk, from, Math.min(chunk.length, from + 3));
    let end = findEnd(this.#held, Math.max(0, before - 3), this.#heldLength);
    let next: number;
    if (end >= 0) next = from + (end + 4 - before);
    else {
      const inChunk = findEnd(chunk, from, chunk.length);
      if (inChunk < 0) {
        this.#hold(chunk, from + (this.#heldLength - before), chunk.length);
        return -1;
      }
      next = inChunk + 4;
      this.#hold(chunk, from + (this.#heldLength - before), next);
      end = this.#heldLength - 4;
    }
    this.#heldLength = 0;
    this.#messages(this.#held, 0, end);
    return next;
  }

  #hold(chunk: Buffer, from: number, to: number): void {
    if (from >= to) return;
    const length = this.#heldLength + to - from;
    if (length > this.#limit) this.#tooLong();
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.#held.length * 2));
      this.#held.copy(larger, 0, 0, this.#heldLength);
      this.#held = larger;
    }
    chunk.copy(this.#held, this.#heldLength, from, to);
    this.#heldLength = length;
  }

  #tooLong(): never {
    throw new AmiProtocolError(`a message of more than ${this.#limit} bytes (limits.frameBytes)`);
  }

  /** Reads the greeting; returns where the chunk goes on. */
  #greet(chunk: Buffer): number {
    const stop = chunk.indexOf(LF);
    this.#hold(chunk, 0, Math.min(stop < 0 ? chunk.length : stop + 1, MAX_GREETING + 1));
    const text = this.#held.toString('latin1', 0, this.#heldLength);
    const complete = text.endsWith('\n');
    if (!text.startsWith(GREETING.slice(0, text.length)) || (!complete && text.length > MAX_GREETING)) {
      throw new AmiProtocolError(
        `the other side does not greet as an Asterisk manager: ${JSON.stringify(text.slice(0, 40))}`,
      );
    }
    if (!complete) return chunk.length;
    this.#heldLength = 0;
    this.#greeted = true;
    this.#bareLf = !text.endsWith('\r\n');
    this.#sink.greeting(text.slice(GREETING.length).trim());
    return stop + 1;
  }

  /** Behind some relays lines end in LF alone: such a link is brought into the usual form first. */
  #writeBareLf(chunk: Buffer, from: number): void {
    this.#hold(chunk, from, chunk.length);
    let at = 0;
    for (;;) {
      while (at < this.#heldLength && (this.#held[at] === CR || this.#held[at] === LF)) at++;
      const end = endBareLf(this.#held, at, this.#heldLength);
      if (end < 0) break;
      const text = this.#held.toString('latin1', at, end);
      const message = Buffer.from(`${text.replace(/\r?\n/g, '\r\n')}\r\n`, 'latin1');
      this.#messages(message, 0, message.length - 4);
      at = end;
    }
    this.#held.copyWithin(0, at, this.#heldLength);
    this.#heldLength -= at;
  }

  /** Hands on the message that begins at `start`. Returns the index of the CR LF CR LF that ends it. */
  #message(bytes: Buffer, view: DataView, start: number): number {
    for (let i = 0; i < EVENT.length; i++) {
      if (bytes[start + i] !== EVENT[i]) return this.#answer(bytes, start);
    }
    const name = start + EVENT.length;
    let hash = HASH_START;
    let at = name;
    for (let byte = bytes[at] as number; byte !== CR; byte = bytes[++at] as number)
      hash = addToHash(hash, byte);
    const reader = this.#find(hash, bytes, name, at);
    if (reader === undefined || reader.wanted === 0) {
      this.#skipped++;
      return findEnd(bytes, at, bytes.length);
    }
    const event = reader.read(bytes, view, at + 2);
    const end = reader.end - 2;
    if (reader.endsList) this.#sink.listEnd(reader.actionId);
    else this.#sink.event(event, reader.actionId);
    return end;
  }

  #answer(bytes: Buffer, start: number): number {
    const end = findEnd(bytes, start, bytes.length);
    this.#sink.response(parseResponse(bytes, start, end + 2));
    return end;
  }

  #find(hash: number, bytes: Buffer, from: number, to: number): EventReader | undefined {
    const candidates = this.#byHash.get(hash);
    if (candidates === undefined) return undefined;
    for (const { name, reader } of candidates) {
      let same = 0;
      while (same < name.length && name[same] === bytes[from + same]) same++;
      if (same === name.length && from + same === to) return reader;
    }
    return undefined;
  }
}

const HASH_START = 0x811c9dc5 | 0;

/** FNV-1a. */
function addToHash(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

function hashName(bytes: Uint8Array, from: number, to: number): number {
  let hash = HASH_START;
  for (let at = from; at < to; at++) hash = addToHash(hash, bytes[at] as number);
  return hash;
}

/** Index after the LF of a message's last line, or -1. */
function endBareLf(bytes: Buffer, from: number, length: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0 && at + 1 < length; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 1;
    if (bytes[at + 1] === CR && at + 2 < length && bytes[at + 2] === LF) return at + 1;
  }
  return -1;
}
