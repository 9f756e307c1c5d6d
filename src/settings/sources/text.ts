/** A value given as text, by a flag or a variable, read as the schema wants it there. */
import { closest, distance } from 'fastest-levenshtein';
import { childOf, factsOf, keysOf, kindOf, nodeAt, type Path, type SchemaNode } from '../walk.ts';

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

/** @throws SyntaxError for JSON with mistakes */
export function parseText(text: string, node: SchemaNode): unknown {
  const kind = kindOf(node);
  if (kind === 'string' || kind === 'enum') {
    return factsOf(node).secret && /^\{\s*"file"/.test(text) ? JSON.parse(text) : text;
  }
  if (kind === 'number') return /^-?\d+$/.test(text) ? Number(text) : text;
  if (/^\s*[[{]/.test(text)) return JSON.parse(text);
  if (kind === 'boolean' || kind === 'union') return WORDS[text.toLowerCase()] ?? text;
  const element = childOf(node, 0);
  if (kind === 'array' && element && kindOf(element) === 'string') return splitList(text);
  return text;
}

/** `a, b` → `['a', 'b']` */
export function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The schema where a path leads; `secret.file` leads to the secret. */
export function textNodeAt(root: SchemaNode, path: Path): SchemaNode | null {
  const own = nodeAt(root, path);
  if (own || path.at(-1) !== 'file') return own;
  const parent = nodeAt(root, path.slice(0, -1));
  return parent && factsOf(parent).secret ? parent : null;
}

/** A path without its typo, as far as one can be guessed; null where nothing is near. */
export function nearestPath(root: SchemaNode, path: Path): Path | null {
  const better: (string | number)[] = [];
  for (const key of path) {
    const parent = nodeAt(root, better);
    if (!parent) return null;
    if (childOf(parent, key)) {
      better.push(key);
      continue;
    }
    const near = nearestKey(String(key), keysOf(parent) ?? []);
    if (near === null) return null;
    better.push(near);
  }
  return better;
}

/** The known key that was probably meant; null where none is near enough. */
export function nearestKey(key: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const best = closest(key, [...known]);
  const near = distance(best, key) <= Math.max(2, Math.floor(key.length / 3));
  return near || best.startsWith(key) || key.startsWith(best) ? best : null;
}
