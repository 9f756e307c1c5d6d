/** Sound in files, at 8 kHz and 16 bits. */

/** What stands behind the header of a WAV file. */
export function samplesOf(wav: Buffer): Int16Array {
  const data = wav.subarray(wav.indexOf('data') + 8);
  return new Int16Array(data.buffer.slice(data.byteOffset, data.byteOffset + (data.length & ~1)));
}

/** How much of a sound is one tone, from 0 to 1; of its loudest two seconds. */
export function share(samples: Int16Array, hertz: number): number {
  const parts = Array.from({ length: Math.max(1, Math.floor(samples.length / 8000) - 1) }, (_, second) =>
    samples.subarray(second * 8000, second * 8000 + 16_000),
  );
  return Math.max(...parts.map((part) => shareOf(part, hertz)));
}

function shareOf(samples: Int16Array, hertz: number): number {
  let [cosine, sine, energy] = [0, 0, 1];
  for (const [index, sample] of samples.entries()) {
    const angle = (2 * Math.PI * hertz * index) / 8000;
    cosine += sample * Math.cos(angle);
    sine += sample * Math.sin(angle);
    energy += sample * sample;
  }
  return (2 * (cosine ** 2 + sine ** 2)) / (samples.length * energy);
}
