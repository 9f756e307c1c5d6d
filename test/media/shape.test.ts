import { describe, expect, it } from 'vitest';
import { secondsOf, shaped } from '../../src/media/shape.ts';
import { BYTES_PER_SECOND, RATE, samplesOf, wavOf } from '../../src/media/wav.ts';

/** Samples, little endian. */
function pcm(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) buffer.writeInt16LE(value, index * 2);
  return buffer;
}

const AS_IT_IS = { times: 1, volume: 100, silence: 0 };

describe('WAV', () => {
  it('is what format_wav.c takes: RIFF, PCM, mono, 8 kHz, 16 bit', () => {
    const wav = wavOf(pcm(1, -2));
    expect(wav.toString('latin1', 0, 4)).toBe('RIFF');
    expect([wav.readUInt32LE(4), wav.readUInt16LE(20), wav.readUInt16LE(22)]).toEqual([40, 1, 1]);
    expect([wav.readUInt32LE(24), wav.readUInt32LE(28), wav.readUInt16LE(34)]).toEqual([8000, 16000, 16]);
    expect(wav.readUInt32LE(40)).toBe(4);
    expect(samplesOf(wav)).toEqual(pcm(1, -2));
  });

  it('is read with other chunks in it, and when it does not know its length', () => {
    const wav = wavOf(pcm(5, 6, 7));
    const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
    const odd = Buffer.concat([wav.subarray(0, 36), list, wav.subarray(36)]);
    expect(samplesOf(odd)).toEqual(pcm(5, 6, 7));
    const streamed = Buffer.from(wav);
    streamed.writeUInt32LE(0xffffffff, 40);
    expect(samplesOf(streamed)).toEqual(pcm(5, 6, 7));
  });

  it.each([
    ['another rate', (wav: Buffer) => wav.writeUInt32LE(22050, 24)],
    ['two channels', (wav: Buffer) => wav.writeUInt16LE(2, 22)],
    ['8 bits', (wav: Buffer) => wav.writeUInt16LE(8, 34)],
    ['floating point', (wav: Buffer) => wav.writeUInt16LE(3, 20)],
    ['no RIFF', (wav: Buffer) => wav.write('RIFX', 0)],
  ])('has to be converted with %s', (_what, change) => {
    const wav = wavOf(pcm(1, 2));
    change(wav);
    expect(samplesOf(wav)).toBeNull();
  });

  it('is nothing when it is cut short', () => {
    const wav = wavOf(pcm(1, 2));
    for (let length = 0; length < 44; length += 1) expect(samplesOf(wav.subarray(0, length))).toBeNull();
  });
});

describe('a shape', () => {
  it('plays it as often as asked, with a pause between, and silence behind', () => {
    const shape = { times: 3, volume: 100, silence: 2 };
    const sound = pcm(...Array.from({ length: RATE }, () => 7));
    const whole = shaped(sound, shape);
    expect(whole.length / BYTES_PER_SECOND).toBe(secondsOf(1, shape));
    expect(secondsOf(1, shape)).toBe(7);
    const at = (second: number) => whole.readInt16LE(second * BYTES_PER_SECOND + 100);
    expect([0, 1, 2, 3, 4, 5, 6].map(at)).toEqual([7, 0, 7, 0, 7, 0, 0]);
  });

  it('makes it louder and softer, and never wraps around', () => {
    expect(shaped(pcm(100, -100, 30_000, -30_000), { ...AS_IT_IS, volume: 200 })).toEqual(
      pcm(200, -200, 32_767, -32_768),
    );
    expect(shaped(pcm(100, -101), { ...AS_IT_IS, volume: 50 })).toEqual(pcm(50, -50));
    expect(shaped(pcm(1), AS_IT_IS)).toEqual(pcm(1));
  });
});
