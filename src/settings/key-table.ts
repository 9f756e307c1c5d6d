/** The keys in words, for docs/settings.md and for `--help`. */
import { schema } from './schema.ts';
import { type Key, keysBelow } from './walk.ts';

const TABLE_BEGIN = '<!-- keys: generated from the schema -->';
const TABLE_END = '<!-- end of keys -->';

/** A Markdown table with one row a key. */
function keyTable(): string {
  const rows = keysBelow(schema).map(
    (key) => `| \`${key.path}\` | ${inCell(key.allowed)} | ${fallback(key)} | ${inCell(key.about)} |`,
  );
  return ['| Key | Allowed | Default | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The page with its table brought up to date. */
export function withKeyTable(page: string): string {
  const [before, rest = ''] = page.split(TABLE_BEGIN);
  const [, after = ''] = rest.split(TABLE_END);
  return `${before}${TABLE_BEGIN}\n\n${keyTable()}\n\n${TABLE_END}${after}`;
}

/** What `--help` prints. */
export function helpText(): string {
  const keys = keysBelow(schema).filter(({ path }) => !path.includes('[]'));
  const width = Math.max(...keys.map(({ path }) => path.length)) + 4;
  const lines = keys.map(
    ({ path, about }) => `  ${`--${path.replaceAll('_', '-')}`.padEnd(width)}${about.replaceAll('`', '')}`,
  );
  return [
    'asterisk-companion [--settings FILE] [--KEY VALUE …]',
    '',
    'Without any settings it runs the demo. Lists are given as JSON, or by position: --asterisk.0.host pbx.local',
    '',
    ...lines,
    '',
  ].join('\n');
}

function fallback({ required, fallback: value }: Key): string {
  if (required) return 'required';
  return value === undefined ? '' : `\`${JSON.stringify(value)}\``;
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
