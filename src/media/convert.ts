/** Turns any sound into the samples that Asterisk plays. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Downloaded } from './download.ts';
import { diskProblem, MediaError } from './errors.ts';
import { type Found, PROGRAM_NAMES } from './programs.ts';
import { BYTES_PER_SECOND, samplesOf } from './wav.ts';

/** ms that a conversion may take; a minute of speech takes 0.1 s. */
const TIME = 20_000;
/** Bytes of a program's complaint that are kept. */
const COMPLAINT = 2_000;

/** By MIME type, for a program that goes by the file's name. */
const ENDINGS: Readonly<Record<string, string>> = {
  'audio/aac': 'aac',
  'audio/aiff': 'aiff',
  'audio/basic': 'au',
  'audio/flac': 'flac',
  'audio/mp3': 'mp3',
  'audio/mp4': 'm4a',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/opus': 'opus',
  'audio/vnd.wave': 'wav',
  'audio/wav': 'wav',
  'audio/wave': 'wav',
  'audio/webm': 'webm',
  'audio/x-aiff': 'aiff',
  'audio/x-flac': 'flac',
  'audio/x-m4a': 'm4a',
  'audio/x-wav': 'wav',
  'application/ogg': 'ogg',
};

/**
 * @param program null where there is none: then only what needs no conversion is taken
 * @param seconds what is longer is cut there
 * @throws MediaError
 */
export async function samplesFrom(
  { bytes, type }: Downloaded,
  program: Found | null,
  seconds: number,
): Promise<Buffer> {
  const most = seconds * BYTES_PER_SECOND;
  const ready = samplesOf(bytes);
  if (ready !== null) return ready.subarray(0, most);
  if (program === null)
    throw new MediaError(
      'unavailable',
      `The sound has to be converted, and there is no ${PROGRAM_NAMES} on the PATH: install one of them and start ` +
        'the companion again.',
    );
  const folder = await mkdtemp(join(tmpdir(), 'asterisk-companion-')).catch(full);
  try {
    const file = join(folder, `sound.${ENDINGS[type] ?? 'bin'}`);
    await writeFile(file, bytes, { mode: 0o600 }).catch(full);
    const samples = await run(program, program.arguments(file, seconds), most);
    if (samples.length === 0) throw new MediaError('failed', `${program.name} found no sound in it.`);
    return samples;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Gives what the program writes, an even number of bytes and at most `most`. */
function run(program: Found, args: readonly string[], most: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program.path, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8' },
      timeout: TIME,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let size = 0;
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (size < most) chunks.push(chunk);
      size += chunk.length;
      // It was told how much is enough: this only holds a program that does not listen.
      if (size > most * 2) child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString('utf8')).slice(0, COMPLAINT);
    });
    child.on('error', (error) =>
      reject(new MediaError('unavailable', `${program.name} could not be run: ${error.message}`)),
    );
    child.on('close', (code, signal) => {
      const samples = Buffer.concat(chunks).subarray(0, most);
      if (code === 0 || size > most) resolve(samples.subarray(0, samples.length & ~1));
      else if (signal !== null)
        reject(
          new MediaError('failed', `${program.name} was ended after ${TIME / 1000} s: ${said(complaint)}`),
        );
      else
        reject(new MediaError('failed', `${program.name} could not convert the sound: ${said(complaint)}`));
    });
  });
}

/** The last line, without the path that nobody knows. */
function said(complaint: string): string {
  const line = complaint.trim().split('\n').at(-1) ?? '';
  return line.replace(/\/\S*\/(sound\.\w+)/g, '$1').slice(0, 200) || 'it did not say why';
}

function full(error: unknown): never {
  throw new MediaError(
    'unavailable',
    `The sound cannot be kept for its conversion: ${diskProblem(error, tmpdir())}.`,
  );
}
