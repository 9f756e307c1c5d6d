/**
 * The lines that came last. Events come in bursts about one channel, so most lines have been seen a moment before:
 * such a line is recognized by its bytes, and its value is the same string as before, which costs nothing to make
 * and is quick to look up in maps.
 */

/** Longest line that is remembered. */
const MAX_LINE = 96;

/** How far a line is one that has come before. */
export const Match = {
  none: 0,
  /** It is the same header. */
  prefix: 1,
  /** It is the same line. */
  line: 2,
} as const;
export type Match = (typeof Match)[keyof typeof Match];

/** One header, and the line in which it came last. */
export class Memo {
  readonly name: string;
  /** Its values are C-escaped. */
  readonly escaped: boolean;
  /** `Name: value` with CR LF, as it came last; at first `Name: ` alone. */
  readonly line = new DataView(new ArrayBuffer(MAX_LINE));
  /** Bytes of {@link line}. */
  length: number;
  /** Bytes of `Name: `; never less than 4. */
  readonly prefix: number;
  /** The value in {@link line}, decoded. Meaningless as long as `length` is `prefix`. */
  value = '';

  constructor(name: string, escaped: boolean) {
    this.name = name;
    this.escaped = escaped;
    const prefix = Buffer.from(`${name}: `).subarray(0, MAX_LINE);
    for (const [i, byte] of prefix.entries()) this.line.setUint8(i, byte);
    this.prefix = prefix.length;
    this.length = prefix.length;
  }

  /** What the bytes from `at` on have in common with {@link line}. Compares four at a time. */
  match(bytes: DataView, at: number): Match {
    const { line, prefix } = this;
    let same = 0;
    if (at + this.length <= bytes.byteLength) {
      // the last four may overlap those before
      const last = this.length - 4;
      while (same < last && bytes.getInt32(at + same, true) === line.getInt32(same, true)) same += 4;
      if (same >= last && bytes.getInt32(at + last, true) === line.getInt32(last, true)) {
        return this.length > prefix ? Match.line : Match.prefix;
      }
      if (same >= prefix) return Match.prefix;
    } else if (at + prefix > bytes.byteLength) return Match.none;
    const last = prefix - 4;
    while (same < last) {
      if (bytes.getInt32(at + same, true) !== line.getInt32(same, true)) return Match.none;
      same += 4;
    }
    return bytes.getInt32(at + last, true) === line.getInt32(last, true) ? Match.prefix : Match.none;
  }

  /** Remembers the line of which `bytes` has the value from `from` to `stop`, which a CR LF follows. */
  remember(bytes: DataView, from: number, stop: number, value: string): void {
    const { line, prefix } = this;
    const length = prefix + stop + 2 - from;
    if (length > MAX_LINE) return;
    for (let i = prefix, at = from; i < length; i++, at++) line.setUint8(i, bytes.getUint8(at));
    this.length = length;
    this.value = value;
  }
}

/** The memos of one connection: events of all kinds share them. */
export class Memos {
  readonly #known = new Map<string, Memo>();

  for(name: string, escaped: boolean): Memo {
    const key = escaped ? `${name}\\` : name;
    let memo = this.#known.get(key);
    if (memo === undefined) {
      memo = new Memo(name, escaped);
      this.#known.set(key, memo);
    }
    return memo;
  }
}
