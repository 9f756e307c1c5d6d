/** The bytes that frame AMI, and how to find the end of a message. */
export const LF = 10;
export const CR = 13;

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
