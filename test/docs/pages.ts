/** What the pages tell their readers to type, for the tests that do it. */
import { readdir, readFile } from 'node:fs/promises';

const ROOT = new URL('../../', import.meta.url);

/** A page as it stands in the repository, such as `docs/queues.md`. */
export function readPage(page: string): Promise<string> {
  return readFile(new URL(page, ROOT), 'utf8');
}

/** All pages. */
export async function pages(): Promise<string[]> {
  const names = (await readdir(new URL('docs/', ROOT))).filter((name) => name.endsWith('.md')).sort();
  return ['README.md', 'DOCS.md', 'CHANGELOG.md', ...names.map((name) => `docs/${name}`)];
}

/** The code blocks of a page in a language, such as `ini`, in their order. */
export async function blocksOf(page: string, language: string): Promise<string[]> {
  const blocks = (await readPage(page)).matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, named, text = '']) => (named === language ? text : []));
}

/**
 * The one code block of a page that says something.
 * @throws Error when there is none, or another one
 */
export async function blockOf(page: string, language: string, words: string): Promise<string> {
  return only(
    (await blocksOf(page, language)).filter((text) => text.includes(words)),
    `${page}: ${words}`,
  );
}

/**
 * The one piece of code within the sentences of a page that begins so.
 * @throws Error when there is none, or another one
 */
export async function codeOf(page: string, start: string): Promise<string> {
  const pieces = (await readPage(page)).matchAll(/`([^`\n]+)`/g);
  const found = [...pieces].flatMap(([, text = '']) => (text.startsWith(start) ? text : []));
  return only([...new Set(found)], `${page}: ${start}`);
}

function only(found: readonly string[], what: string): string {
  const [one, another] = found;
  if (one === undefined || another !== undefined) throw new Error(`${what} is there ${found.length} times`);
  return one;
}
