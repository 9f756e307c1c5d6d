/** The bytes that frame AMI, and how to find them fast: four at a time where that pays. */
export const LF = 10;
export const CR = 13;

/** Of four bytes, the bits that no ASCII character has. */
const HIGH_BITS = 0x80808080 | 0;
const LOW_BITS = 0x01010101;
const FOUR_CR = 0x0d0d0d0d;

/** Index of the CR LF CR LF at or after `from`, or -1. Faster on short messages than `Buffer.indexOf`. */
export function findEnd(bytes: Uint8Array, from: number, length: number): number {
  // looks at every fourth byte: the four that are sought cannot hide between two others
  for (let at = from + 3; at < length; ) {
    const byte = bytes[at] as number;
    if (byte > CR) at += 4;
    else if (byte === LF) {
      if (bytes[at - 1] === CR && bytes[at - 2] === LF && bytes[at - 3] === CR) return at - 3;
      at += 2;
    } else at += 1;
  }
  return -1;
}

/** Index of the last CR LF CR LF that begins at or after `from`, or -1. */
export function findLastEnd(bytes: Uint8Array, from: number, length: number): number {
  for (let at = length - 4; at >= from; at--) {
    if (bytes[at] !== CR) continue;
    if (bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF) return at;
  }
  return -1;
}

/** Finds where lines end. */
export class LineScanner {
  /** Whether all bytes that were passed last are ASCII. Some after the end of the line may have counted too. */
  ascii = true;

  /** Index of the CR LF at or after `from`; it must be there, and two bytes more after it. */
  endOfLine(bytes: DataView, from: number): number {
    let high = 0;
    for (let at = from; ; ) {
      const word = bytes.getInt32(at, true);
      high |= word;
      // the high bit of each byte that is a CR, and maybe of later ones (Hacker's Delight, "Find First 0-Byte")
      const other = word ^ FOUR_CR;
      const found = (other - LOW_BITS) & ~other & HIGH_BITS;
      if (found === 0) {
        at += 4;
        continue;
      }
      const cr = at + ((31 - Math.clz32(found & -found)) >> 3);
      if (bytes.getUint8(cr + 1) === LF) {
        this.ascii = (high & HIGH_BITS) === 0;
        return cr;
      }
      at = cr + 1;
    }
  }
}
