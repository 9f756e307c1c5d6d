import { Decoder } from '../../src/ami/decoder.ts';
import { type AmiEvent, EVENTS } from '../../src/ami/index.ts';

/** What a decoder handed on. */
export interface Decoded {
  readonly versions: string[];
  readonly responses: (readonly (readonly [string, string])[])[];
  readonly events: AmiEvent[];
  /** ActionID of each event; `''` for none. */
  readonly actionIds: string[];
  readonly listEnds: string[];
  skipped: number;
}

/** A decoder that wants everything (or only what is named), and what it hands on. */
export function decoding(limit = 1 << 20, wanted: readonly string[] = Object.keys(EVENTS)) {
  const found: Decoded = { versions: [], responses: [], events: [], actionIds: [], listEnds: [], skipped: 0 };
  const decoder = new Decoder(
    {
      greeting: (version) => found.versions.push(version),
      response: (response) => found.responses.push(response.headers),
      event: (event, actionId) => {
        found.events.push(event);
        found.actionIds.push(actionId);
      },
      listEnd: (actionId) => found.listEnds.push(actionId),
    },
    limit,
  );
  for (const name of wanted) decoder.want(name, 1);
  return { decoder, found };
}

/** Decodes these chunks. */
export function decode(...chunks: (string | Buffer)[]): Decoded {
  const { decoder, found } = decoding();
  for (const chunk of chunks) decoder.write(Buffer.from(chunk));
  found.skipped = decoder.skipped;
  return found;
}
