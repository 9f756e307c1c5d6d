/** Every link within the repository leads somewhere. */
import { access } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pages, readPage } from './pages.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The page without what is only shown: blocks and pieces of code. */
function prose(page: string): string {
  return page.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, 'code');
}

/** As GitHub names the headings of a page. */
function anchors(page: string): Set<string> {
  const names = new Set<string>();
  const text = page.replaceAll(/^```.*?^```$/gms, '');
  for (const [, heading = ''] of text.matchAll(/^#{1,6} +(.*?) *$/gm)) {
    const shown = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const name = shown
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    let free = name;
    for (let count = 1; names.has(free); count += 1) free = `${name}-${count}`;
    names.add(free);
  }
  return names;
}

/** Where a page's links and pictures lead to, those to other places aside. */
function links(page: string): string[] {
  return [...prose(page).matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)]
    .flatMap(([, target]) => target ?? [])
    .filter((target) => !/^[a-z]+:/.test(target));
}

test.each(await pages())('%s leads nowhere where nothing is', async (page) => {
  const lost: string[] = [];
  for (const target of links(await readPage(page))) {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), decodeURI(path)));
    const there = await access(join(ROOT, file)).then(
      () => true,
      () => false,
    );
    const known = there && (anchor === undefined || anchors(await readPage(file)).has(decodeURI(anchor)));
    if (!known) lost.push(target);
  }
  expect(lost).toEqual([]);
});

test('such links are seen', () => {
  const page =
    '# A `B`: c\n[one](#a-b-c) ![two](x.png) `[no](code)`\n```\n[no](block)\n# no\n```\n## A B c\n';
  expect(links(page)).toEqual(['#a-b-c', 'x.png']);
  expect([...anchors(page)]).toEqual(['a-b-c', 'a-b-c-1']);
});
