/** The programs that turn any sound into samples. Each is told what to do without a shell. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { RATE } from './wav.ts';

interface Program {
  readonly name: string;
  /**
   * @param file what is to be converted
   * @param seconds that are enough
   */
  arguments(file: string, seconds: number): readonly string[];
}

/** A program on this machine. */
export interface Found extends Program {
  readonly path: string;
}

/** What a sound file is. A playlist could make ffmpeg open other files and addresses. */
const FORMATS = 'mp3,wav,w64,ogg,flac,mov,matroska,aac,aiff,au,caf,amr';

/** The better one first. */
const PROGRAMS: readonly Program[] = [
  {
    name: 'ffmpeg',
    arguments: (file, seconds) => [
      ...['-nostdin', '-hide_banner', '-loglevel', 'error'],
      ...['-protocol_whitelist', 'file', '-format_whitelist', FORMATS, '-i', file],
      ...['-map', '0:a:0', '-t', String(seconds), '-ac', '1', '-ar', String(RATE)],
      ...['-f', 's16le', '-acodec', 'pcm_s16le', 'pipe:1'],
    ],
  },
  {
    name: 'sox',
    arguments: (file, seconds) => [
      ...['-V1', file, '-t', 'raw', '-r', String(RATE), '-e', 'signed-integer', '-b', '16', '-c', '1', '-L'],
      ...['-', 'trim', '0', String(seconds)],
    ],
  },
];

/** Their names, for people. */
export const PROGRAM_NAMES = PROGRAMS.map(({ name }) => name).join(' or ');

/** The best that there is, or null. @param path such as `/usr/bin:/bin` */
export async function findProgram(path: string): Promise<Found | null> {
  for (const program of PROGRAMS)
    for (const folder of path.split(delimiter).filter((entry) => entry.startsWith('/'))) {
      const found = join(folder, program.name);
      const may = await access(found, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (may) return { ...program, path: found };
    }
  return null;
}
