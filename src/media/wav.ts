/** Sound as every Asterisk plays it: WAV with 16-bit samples, mono, 8 kHz (format_wav.c takes no other `.wav`). */

/** Samples a second. */
export const RATE = 8_000;
/** Bytes a second. */
export const BYTES_PER_SECOND = RATE * 2;

const HEADER = 44;
const PCM = 1;
/** PCM too, with the sample's kind further back in the header. */
const EXTENSIBLE = 0xfffe;

/** A file of samples. */
export function wavOf(samples: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(HEADER - 8 + samples.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(PCM, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(BYTES_PER_SECOND, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

/** The samples of a file that is a WAV as Asterisk plays it already, or null: it has to be converted. */
export function samplesOf(file: Buffer): Buffer | null {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') return null;
  let fits = false;
  for (let at = 12; at + 8 <= file.length; ) {
    const id = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const from = at + 8;
    if (id === 'fmt ' && from + 16 <= file.length) fits = isOurs(file, from);
    // One that was written while it was made does not know its length: all that is there counts.
    if (id === 'data') {
      const end = Math.min(file.length, from + size);
      return fits ? file.subarray(from, end - ((end - from) % 2)) : null;
    }
    at = from + size + (size & 1);
  }
  return null;
}

function isOurs(file: Buffer, at: number): boolean {
  const kind = file.readUInt16LE(at);
  return (
    (kind === PCM || kind === EXTENSIBLE) &&
    file.readUInt16LE(at + 2) === 1 &&
    file.readUInt32LE(at + 4) === RATE &&
    file.readUInt16LE(at + 14) === 16
  );
}
