/** The settings file. Values are read as the schema wants them: `secret: 0123` keeps its zero. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { joinPath, type Problem } from '../errors.ts';
import { Reference } from '../secrets.ts';
import { isTree, type Tree, type TreeSource, withoutNulls } from '../tree.ts';
import { childOf, kindOf, type Path, type SchemaNode } from '../walk.ts';

/** Said instead of the parser's own messages, which quote the file and so might quote a secret. */
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_INDENT: 'keys of one mapping start in the same column',
  DUPLICATE_KEY: 'each key once in a mapping',
  MISSING_CHAR: 'quotes and brackets that are closed, and a colon after each key',
  TAB_AS_INDENT: 'spaces for indentation, not tabs',
};

/** Aliases may fold a small file into an endless one. */
const MOST_NODES = 20_000;
const DEEPEST = 32;

export async function readYaml(file: string, schema: SchemaNode): Promise<TreeSource> {
  const name = basename(file);
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    const allowed = `a settings file that can be read (${reason})`;
    return failed([{ path: '', value: file, allowed, source: '--settings' }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  if (document.errors.length > 0) {
    return failed(
      document.errors.map(({ code, pos }) => ({
        path: '',
        value: null,
        kind: 'unreadable',
        allowed: SYNTAX[code] ?? `YAML without mistakes (${code.toLowerCase().replaceAll('_', ' ')})`,
        source: `${name}:${lines.linePos(pos[0]).line}`,
      })),
    );
  }
  const reader = new Reader(document, lines);
  const tree = withoutNulls(reader.read(document.contents, schema, []) ?? {});
  if (reader.exhausted)
    return failed([{ path: '', value: null, kind: 'unreadable', allowed: 'less nesting', source: name }]);
  if (!isTree(tree))
    return failed([
      { path: '', value: null, kind: 'unreadable', allowed: 'a mapping of keys', source: name },
    ]);
  return {
    tree,
    problems: [],
    where: (path) => {
      const line = reader.lineOf(path);
      return line === null ? null : `${name}:${line}`;
    },
  };
}

function failed(problems: readonly Problem[]): TreeSource {
  return { tree: {} as Tree, problems, where: () => null };
}

/** Turns the parsed nodes into plain data, and remembers their lines. */
class Reader {
  exhausted = false;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #at = new Map<string, number>();
  #left = MOST_NODES;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  lineOf(path: Path): number | null {
    return this.#at.get(joinPath(path)) ?? null;
  }

  /** @param node null where an unknown key led: its values stay as YAML reads them */
  read(node: unknown, schema: SchemaNode | null, path: Path): unknown {
    this.#left -= 1;
    if (this.#left < 0 || path.length > DEEPEST) {
      this.exhausted = true;
      return null;
    }
    if (isAlias(node)) return this.read(node.resolve(this.#document), schema, path);
    this.#remember(node, path);
    if (isMap(node)) {
      return Object.fromEntries(
        node.items.map(({ key, value }) => {
          const name = isScalar(key) ? String(key.value) : '?';
          const below = [...path, name];
          this.#remember(key, below);
          return [name, this.read(value, schema && childOf(schema, name), below)];
        }),
      );
    }
    if (isSeq(node)) {
      return node.items.map((item, i) => this.read(item, schema && childOf(schema, i), [...path, i]));
    }
    if (!isScalar(node)) return null;
    const tag = node.tag === '!secret' || node.tag === '!file' ? node.tag.slice(1) : null;
    if (tag !== null) return new Reference(tag as 'secret' | 'file', String(node.source ?? node.value));
    const wantsText = schema !== null && kindOf(schema) === 'string';
    return wantsText && node.type === 'PLAIN' && node.value !== null ? (node.source ?? '') : node.value;
  }

  #remember(node: unknown, path: Path): void {
    const range = (node as Node | null)?.range;
    const key = joinPath(path);
    if (range && !this.#at.has(key)) this.#at.set(key, this.#lines.linePos(range[0]).line);
  }
}
