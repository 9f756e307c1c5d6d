/** Recorded sound: what subjects offer, to those who may come in. */
import { realpath } from 'node:fs/promises';
import { basename, extname, relative, sep } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { refusal, STATUS } from './errors.ts';
import type { HttpOptions } from './options.ts';

/** A file that may be heard. */
export interface AudioFile {
  /** Folder that it has to lie in, links followed. */
  readonly root: string;
  /** Its whole path. */
  readonly file: string;
  /** What it is called when somebody keeps it, without the ending. */
  readonly name: string;
}

/**
 * A subject's files, as `GET /api/audio/<kind>/<pbx>/<id>/<id>…` asks for them. The ids are a subject's own and never
 * a path: it looks up which file they mean.
 */
export interface AudioFiles {
  /** null: there is none. What it throws is told as a failure of ours. */
  find(pbx: string, ids: readonly string[]): Promise<AudioFile | null>;
}

/** By ending: what Asterisk records in that a browser may know, and what it certainly does not. */
const TYPES: Readonly<Record<string, string>> = {
  '.wav': 'audio/wav',
  // GSM in a wav container; few browsers play it
  '.WAV': 'audio/wav',
  '.wav49': 'audio/wav',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.flac': 'audio/flac',
  '.gsm': 'audio/gsm',
  '.ulaw': 'audio/basic',
  '.g722': 'audio/G722',
};

interface Route {
  Params: { kind: string; pbx: string; '*': string };
  Querystring: { download?: string };
}

/**
 * The route; whoever may use the API may hear. Ranges are answered, so a player can jump; `?download=1` asks the
 * browser to keep the file.
 */
export function addAudio(app: FastifyInstance, { audio = {}, log }: HttpOptions): void {
  // OpenAPI knows no parameter that is several segments long.
  app.get<Route>('/api/audio/:kind/:pbx/*', { schema: { hide: true } }, async (request, reply) => {
    const { kind, pbx, '*': rest } = request.params;
    const files = Object.hasOwn(audio, kind) ? audio[kind] : undefined;
    const found = (await files?.find(pbx, rest.split('/'))) ?? null;
    const file = found === null ? null : await within(found);
    const type = file === null ? undefined : TYPES[extname(file.path)];
    if (found === null || file === null || type === undefined) {
      const gone = refusal('not_found', 'There is no such recording (any more).');
      return reply.code(STATUS.not_found).send(gone);
    }
    if (fromTheStart(request.headers.range))
      log.info({ kind, pbx, ids: rest, who: request.asker?.name }, 'A recording is heard');
    const how = request.query.download === undefined ? 'inline' : 'attachment';
    reply.header('content-disposition', `${how}; ${called(found.name + extname(file.path))}`);
    reply.header('cache-control', 'private, no-cache');
    reply.header('content-type', type);
    return reply.sendFile(file.path, file.root, { cacheControl: false, contentType: false });
  });
}

/** A player that jumps asks again and again for a part: that it is heard was said before. */
function fromTheStart(range: string | undefined): boolean {
  return range === undefined || /^bytes=0-/.test(range);
}

/** The file seen from its folder, both as they really are; null where it is not there, or not in it. */
async function within({ root, file }: AudioFile): Promise<{ root: string; path: string } | null> {
  try {
    const [folder, target] = await Promise.all([realpath(root), realpath(file)]);
    const path = relative(folder, target);
    return path === '' || path.startsWith('..') || path.startsWith(sep) ? null : { root: folder, path };
  } catch {
    return null;
  }
}

/** A file's name for Content-Disposition (RFC 6266): plain for old browsers, and as it is. */
function called(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to go
  const safe = basename(name).replace(/[\u0000-\u001f"\\/:*?<>|]/g, '_');
  const plain = safe.replace(/[^\x20-\x7e]/g, '_');
  const whole = encodeURIComponent(safe).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
  return `filename="${plain}"; filename*=UTF-8''${whole}`;
}
