import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { type Place, REPO } from '../stack/place.ts';

/** Builds the cards as `npm run build:cards` does, but beside the lab, and gives the module's path. */
export async function buildCards(place: Place): Promise<string> {
  const outDir = join(place.run, 'cards');
  await build({ configFile: join(REPO, 'addon/cards/vite.config.ts'), build: { outDir } });
  return join(outDir, 'asterisk-companion-cards.js');
}

/** The module's source. */
export async function builtCards(place: Place): Promise<string> {
  return readFile(await buildCards(place), 'utf8');
}
