import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * One line of a trace: ms since the scene began; who spoke (`<` Asterisk, `>` a client, `#` what happened in front
 * of Asterisk); and the message's lines, or a note.
 */
export type TraceEntry =
  | readonly [at: number, from: '<' | '>', lines: readonly string[]]
  | readonly [at: number, from: '#', note: string];

/** What a real Asterisk said while a scene was played in front of it: see test/lab/record.ts. */
export interface Trace {
  readonly scene: string;
  /** What happens, in one sentence. */
  readonly about: string;
  /** Version of the Asterisk. */
  readonly asterisk: string;
  /** The command that records it anew. */
  readonly recorded: string;
  readonly entries: readonly TraceEntry[];
}

const FOLDER = fileURLToPath(new URL('./traces', import.meta.url));

/** Every trace, in the order of their names. */
export function readTraces(): Trace[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Trace);
}

/** The headers of a message; a line without a colon belongs to none. */
export function headersOf(lines: readonly string[]): (readonly [name: string, value: string])[] {
  return lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 2)] as const];
  });
}
