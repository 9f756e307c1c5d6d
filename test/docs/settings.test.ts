/** Every settings file that the pages show is one that the product takes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadSettings } from '../../src/settings/index.ts';
import { schema } from '../../src/settings/schema.ts';
import { blockOf, blocksOf, pages } from './pages.ts';

/** Top-level keys of all else that pages show. */
const OTHER = new Set([
  ...['alias', 'triggers', 'conditions', 'actions', 'action', 'data', 'target', 'response_variable'],
  ...['if', 'then'],
  // A card, an event, Home Assistant's own settings
  ...['type', 'title', 'lots', 'phone', 'choose_phone'],
  'event_type',
  'homeassistant',
]);

const plain = (block: string): unknown => parse(block.replaceAll('!secret ', ''), { uniqueKeys: false });
const keysOf = (block: string): string[] =>
  [plain(block)].flat().flatMap((part) => Object.keys(part as object));
const isSettings = (block: string): boolean => keysOf(block).some((key) => key in schema.shape);

const BLOCKS = (
  await Promise.all(
    (await pages()).map(async (page) => (await blocksOf(page, 'yaml')).map((block) => ({ page, block }))),
  )
).flat();
const FILES = BLOCKS.filter(({ block }) => isSettings(block)).map(({ page, block }) => ({
  page,
  keys: keysOf(block).join(),
  block,
}));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docs-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Loads what is on a page, as somebody with one PBX and all the secrets would have it. */
async function load(block: string): Promise<unknown> {
  const file = join(folder, 'companion.yaml');
  const pbx = /^asterisk:/m.test(block) ? '' : 'asterisk: [{ name: home, secret: s3cret }]\n';
  await writeFile(file, pbx + block);
  const secrets = [...block.matchAll(/!secret (\w+)/g)].map(
    ([, name]) => `${name}: a-long-secret-of-24-chars`,
  );
  await writeFile(join(folder, 'secrets.yaml'), secrets.join('\n'));
  return loadSettings({
    argv: ['--settings', file],
    env: {},
    optionsFile: join(folder, 'options.json'),
    secretFolders: [],
  });
}

test.each(FILES)('$page: $keys', async ({ block }) => {
  expect(await load(block)).toMatchObject({ notices: [] });
});

test('each way to open a door of docs/settings.md', async () => {
  const ways = (await blockOf('docs/settings.md', 'yaml', 'open: {')).trim().split('\n');
  expect(ways).toHaveLength(5);
  const doorbells = ways.map(
    (way, index) => `  - { name: ${index}, endpoint: PJSIP/${index}, ${way.replace(/ +#.*/, '')} }`,
  );
  await load(['doorbells:', ...doorbells].join('\n'));
});

test('all other blocks are something else that is known', () => {
  const others = BLOCKS.filter(({ block }) => !isSettings(block) && !block.startsWith('open: '));
  const unknown = others.flatMap(({ page, block }) =>
    keysOf(block).flatMap((key) => (OTHER.has(key) ? [] : `${page}: ${key}`)),
  );
  expect(unknown).toEqual([]);
  expect(FILES.length).toBeGreaterThan(15);
});
