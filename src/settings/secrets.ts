/**
 * Values that stand elsewhere: `!secret name` in a secrets.yaml, as in Home Assistant, and `!file path` or
 * `{file: path}` in a file of their own. Also reads the PEM files that settings name.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { isMap, isScalar, parseDocument } from 'yaml';
import { joinPath, type Problem } from './errors.ts';
import { isTree } from './tree.ts';
import { childOf, factsOf, type Path, type SchemaNode } from './walk.ts';

/** A tag of the YAML file, not yet looked up. */
export class Reference {
  readonly tag: 'secret' | 'file';
  readonly target: string;

  constructor(tag: 'secret' | 'file', target: string) {
    this.tag = tag;
    this.target = target;
  }
}

/** `!secret name` or `!file path` as a plain text, which is how flags, variables and options say it. */
function asReference(value: unknown): Reference | null {
  if (value instanceof Reference) return value;
  const match = typeof value === 'string' ? /^!(secret|file) +(\S.*)$/.exec(value) : null;
  return match ? new Reference(match[1] as 'secret' | 'file', match[2] as string) : null;
}

export class SecretResolver {
  readonly problems: Problem[] = [];
  readonly #folder: string;
  readonly #more: readonly string[];
  readonly #files = new Map<string, ReadonlyMap<string, string>>();

  /**
   * @param folder where relative paths start, and the first place of secrets.yaml; its parents come next
   * @param more folders that are looked into last
   */
  constructor(folder: string, more: readonly string[]) {
    this.#folder = folder;
    this.#more = more;
  }

  /** A copy with every reference replaced by what it refers to; what cannot be found becomes a problem. */
  async resolve(value: unknown, node: SchemaNode, path: Path = []): Promise<unknown> {
    const reference = asReference(value);
    if (reference) return this.#follow(reference, path);
    const { secret, pem } = factsOf(node);
    if (secret && isTree(value) && typeof value.file === 'string' && Object.keys(value).length === 1) {
      return this.#follow(new Reference('file', value.file), path);
    }
    if (pem && typeof value === 'string' && !value.includes('-----BEGIN')) {
      return this.#follow(new Reference('file', value), path);
    }
    // One after the other, so that problems come in the order of the file.
    if (Array.isArray(value)) {
      const items: unknown[] = [];
      for (const [i, item] of value.entries()) {
        items.push(await this.resolve(item, childOf(node, i) ?? node, [...path, i]));
      }
      return items;
    }
    if (!isTree(value)) return value;
    const tree: [string, unknown][] = [];
    for (const [key, item] of Object.entries(value)) {
      const child = childOf(node, key);
      tree.push([key, child ? await this.resolve(item, child, [...path, key]) : item]);
    }
    return Object.fromEntries(tree);
  }

  async #follow({ tag, target }: Reference, path: Path): Promise<unknown> {
    return tag === 'secret' ? this.#lookUp(target, path) : this.#read(target, path);
  }

  async #read(target: string, path: Path): Promise<string | undefined> {
    try {
      return (await readFile(resolve(this.#folder, target), 'utf8')).replace(/\r?\n$/, '');
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
      this.#report(path, `the file ${target}`, `a file that can be read (${reason})`);
      return undefined;
    }
  }

  async #lookUp(name: string, path: Path): Promise<string | undefined> {
    const known: string[] = [];
    for (const folder of this.#folders()) {
      const secrets = await this.#secretsIn(folder);
      const found = secrets.get(name);
      if (found !== undefined) return found;
      known.push(...secrets.keys());
    }
    const nearest = known.length === 0 ? undefined : closest(name, known);
    const hint =
      nearest !== undefined && distance(nearest, name) <= 3 ? { nearest: `!secret ${nearest}` } : {};
    const allowed = 'a name in secrets.yaml beside the settings file or in a folder above it';
    this.#report(path, `!secret ${name}`, allowed, hint);
    return undefined;
  }

  #folders(): readonly string[] {
    const up = (folder: string): string[] =>
      dirname(folder) === folder ? [folder] : [folder, ...up(dirname(folder))];
    return [...up(resolve(this.#folder)), ...this.#more];
  }

  async #secretsIn(folder: string): Promise<ReadonlyMap<string, string>> {
    const file = join(folder, 'secrets.yaml');
    const cached = this.#files.get(file);
    if (cached) return cached;
    const secrets = parseSecrets(await readFile(file, 'utf8').catch(() => ''));
    this.#files.set(file, secrets);
    return secrets;
  }

  #report(path: Path, value: string, allowed: string, hint: { nearest?: string } = {}): void {
    this.problems.push({ path: joinPath(path), value, kind: 'not found', allowed, ...hint });
  }
}

/** Values as they are written: `0123` stays `0123`. */
function parseSecrets(text: string): ReadonlyMap<string, string> {
  const { contents } = parseDocument(text, { logLevel: 'silent' });
  if (!isMap(contents)) return new Map();
  return new Map(
    contents.items.flatMap(({ key, value }) =>
      isScalar(key) && isScalar(value) && value.value !== null
        ? [[String(key.value), value.type === 'PLAIN' ? (value.source ?? '') : String(value.value)]]
        : [],
    ),
  );
}
