/** Settings before they are checked: nested plain data, and how sources are laid over one another. */
import type { Problem } from './errors.ts';
import type { Path } from './walk.ts';

export type Tree = { readonly [key: string]: unknown };

/** A source that gives a whole tree: the app's options, the YAML file. */
export interface TreeSource {
  readonly tree: Tree;
  readonly problems: readonly Problem[];
  /** Where a path was given, such as `companion.yaml:12`; null when this source does not give it. */
  where(path: Path): string | null;
}

/** One value of a source that gives single values: a flag, a variable. */
export interface Assignment {
  readonly path: Path;
  readonly value: unknown;
  /** `--mqtt.url`, `COMPANION_MQTT__URL` */
  readonly label: string;
}

export interface AssignmentSource {
  readonly assignments: readonly Assignment[];
  readonly problems: readonly Problem[];
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** `over` wins; mappings are merged, everything else is replaced whole. */
export function merge(under: unknown, over: unknown): unknown {
  if (!isTree(under) || !isTree(over)) return over;
  const keys = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      !Object.hasOwn(over, key)
        ? under[key]
        : Object.hasOwn(under, key)
          ? merge(under[key], over[key])
          : over[key],
    ]),
  );
}

/** A copy in which `path` holds `value`; lists grow by one element at most, or null comes back. */
export function assign(into: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return merge(into, value);
  if (typeof key === 'number') {
    const list = Array.isArray(into) ? into : [];
    if (key > list.length) return null;
    const element = assign(list[key], rest, value);
    return element === null ? null : list.toSpliced(key, 1, element);
  }
  const tree = isTree(into) ? into : {};
  const child = assign(Object.hasOwn(tree, key) ? tree[key] : undefined, rest, value);
  return child === null ? null : { ...tree, [key]: child };
}

/** What stands at a path, undefined where nothing does. */
export function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isTree(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, tree);
}

/** Without the keys that were left empty: `mqtt:` in YAML and a cleared option mean "not given". */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}
