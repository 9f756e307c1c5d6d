/** Fetches a sound, within limits. */
import { MediaError } from './errors.ts';

/** Where a sound is. */
export interface Address {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Downloaded {
  readonly bytes: Buffer;
  /** As the server says, without parameters: `audio/mpeg`. */
  readonly type: string;
}

/** ms for all of it: speech is often made while it is sent. */
const TIME = 30_000;
/** Bytes. An hour of speech, or a long song. */
const MOST = 25 * 1024 * 1024;

/** @throws MediaError without the address: it may hold a signature */
export async function download({ url, headers }: Address, request: typeof fetch): Promise<Downloaded> {
  const signal = AbortSignal.timeout(TIME);
  const response = await request(url, { headers, signal }).catch((error: unknown) => {
    throw new MediaError('unavailable', `The sound could not be fetched: ${why(error)}.`);
  });
  if (!response.ok) {
    await response.body?.cancel().catch(() => {});
    throw new MediaError('failed', `The sound could not be fetched: the server answered ${response.status}.`);
  }
  const bytes = await read(response);
  if (bytes.length === 0) throw new MediaError('failed', 'The sound that was fetched is empty.');
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  return { bytes, type: type.trim().toLowerCase() };
}

async function read({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body ?? []) {
      size += chunk.length;
      // Leaving the loop ends the transfer.
      if (size > MOST) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new MediaError('failed', `The sound broke off while it was fetched: ${why(error)}.`);
  }
  if (size > MOST) throw new MediaError('failed', `The sound is larger than ${MOST >> 20} MB.`, 'media');
  return Buffer.concat(chunks);
}

function why(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: string } };
  if (name === 'TimeoutError') return `it took longer than ${TIME / 1000} s`;
  return cause?.code ?? 'the request failed';
}
