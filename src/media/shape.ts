/** Makes of a sound what is to be heard: louder, several times, with silence behind it. */
import { BYTES_PER_SECOND } from './wav.ts';

export interface Shape {
  /** How many times it is played. */
  readonly times: number;
  /** Percent; 100 leaves it as it is. */
  readonly volume: number;
  /** s of silence behind it all, for an answer. */
  readonly silence: number;
}

/** s between two times. */
const PAUSE = 1;
const LOUDEST = 32_767;

/** How long it takes. @param seconds of the sound itself */
export function secondsOf(seconds: number, { times, silence }: Shape): number {
  return seconds * times + PAUSE * (times - 1) + silence;
}

/** @param samples 16-bit, little endian */
export function shaped(samples: Buffer, { times, volume, silence }: Shape): Buffer {
  const sound = volume === 100 ? samples : louder(samples, volume / 100);
  const pause = silent(PAUSE);
  const parts = Array.from({ length: times }, (_, index) => (index === 0 ? [sound] : [pause, sound])).flat();
  return Buffer.concat([...parts, silent(silence)]);
}

function silent(seconds: number): Buffer {
  return Buffer.alloc(Math.round(seconds * (BYTES_PER_SECOND / 2)) * 2);
}

function louder(samples: Buffer, factor: number): Buffer {
  const out = Buffer.alloc(samples.length & ~1);
  for (let at = 0; at < out.length; at += 2) {
    const value = Math.round(samples.readInt16LE(at) * factor);
    out.writeInt16LE(Math.max(-LOUDEST - 1, Math.min(LOUDEST, value)), at);
  }
  return out;
}
