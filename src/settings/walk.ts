/** Reads the schema itself: which keys exist, which value is a secret, what is allowed where. */
import type { z } from 'zod';
import { type LeafFacts, leafFacts } from './leaves.ts';

/** Keys and list positions from the root, such as `['asterisk', 0, 'port']`. */
export type Path = readonly (string | number)[];

/** A schema of zod, of whatever kind. */
export type SchemaNode = z.core.$ZodType;
/** The parts of zod's definitions that are looked at here. */
interface Definition {
  readonly type: string;
  readonly innerType?: SchemaNode;
  readonly in?: SchemaNode;
  readonly shape?: Readonly<Record<string, SchemaNode>>;
  readonly element?: SchemaNode;
  readonly valueType?: SchemaNode;
  readonly options?: readonly SchemaNode[];
  readonly entries?: Readonly<Record<string, string>>;
}

function definition(node: SchemaNode): Definition {
  return node._zod.def as unknown as Definition;
}

/** The schema inside defaults, optionals and transforms. */
export function unwrap(node: SchemaNode): SchemaNode {
  const { innerType, in: input } = definition(node);
  const inner = innerType ?? input;
  return inner ? unwrap(inner) : node;
}

/** `string`, `number`, `boolean`, `enum`, `array`, `object`, `record`, `union` or `unknown`. */
export function kindOf(node: SchemaNode): string {
  return definition(unwrap(node)).type;
}

/** The keys of a mapping, or null where any key may stand or none. */
export function keysOf(node: SchemaNode): readonly string[] | null {
  const shape = shapeOf(node);
  return shape && Object.keys(shape);
}

function shapeOf(node: SchemaNode): Readonly<Record<string, SchemaNode>> | null {
  const { shape, options } = definition(unwrap(node));
  return shape ?? options?.map(shapeOf).find((found) => found !== null) ?? null;
}

/** The schema of one key or list element; null where there is none. */
export function childOf(node: SchemaNode, key: string | number): SchemaNode | null {
  const { element, valueType } = definition(unwrap(node));
  if (element) return element;
  if (valueType) return valueType;
  const shape = shapeOf(node);
  return shape && Object.hasOwn(shape, key) ? (shape[key] ?? null) : null;
}

/** The schema at a path; null where the path leads nowhere. */
export function nodeAt(root: SchemaNode, path: Path): SchemaNode | null {
  return path.reduce<SchemaNode | null>((node, key) => node && childOf(node, key), root);
}

/** What a node's own and inner registrations say, the outermost first. */
export function factsOf(node: SchemaNode): LeafFacts {
  const { innerType, in: input } = definition(node);
  const inner = innerType ?? input;
  return { ...(inner && factsOf(inner)), ...leafFacts.get(node) };
}

/** Whether a secret stands anywhere in or below a node. */
export function holdsSecret(node: SchemaNode): boolean {
  if (factsOf(node).secret) return true;
  const { element, valueType, options } = definition(unwrap(node));
  const below = [element, valueType, ...(options ?? []), ...Object.values(shapeOf(node) ?? {})];
  return below.some((child) => child !== undefined && holdsSecret(child));
}

const ALLOWED_BY_KIND: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  number: 'a number',
  string: 'a text',
  array: 'a list',
  record: 'a mapping',
};

/** What may stand here, in words. */
export function allowedAt(node: SchemaNode): string {
  const { allowed } = factsOf(node);
  if (allowed) return allowed;
  const { type, entries } = definition(unwrap(node));
  if (entries) return `one of ${Object.values(entries).join(', ')}`;
  const keys = keysOf(node);
  if (keys) return `a mapping with the keys ${keys.join(', ')}`;
  return ALLOWED_BY_KIND[type] ?? 'any value';
}

export interface Key {
  /** `asterisk[].port` */
  readonly path: string;
  readonly allowed: string;
  readonly about: string;
  /** Undefined where there is none. */
  readonly fallback: unknown;
  readonly required: boolean;
  readonly secret: boolean;
}

/** Every key of the schema that takes a value, in the schema's order. */
export function keysBelow(root: SchemaNode, prefix = ''): readonly Key[] {
  return Object.entries(shapeOf(root) ?? {}).flatMap(([name, node]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    const element = definition(unwrap(node)).element;
    const inner = element ? keysBelow(element, `${path}[]`) : keysBelow(node, path);
    const isValue = element || kindOf(node) === 'union' || inner.length === 0;
    const own = isValue ? [keyOf(node, path)] : [];
    return [...own, ...inner];
  });
}

function keyOf(node: SchemaNode, path: string): Key {
  return {
    path,
    allowed: allowedAt(node),
    about: describe(node),
    fallback: fallbackOf(node),
    required: node._zod.optin === undefined,
    secret: factsOf(node).secret === true,
  };
}

function describe(node: SchemaNode): string {
  const { innerType, in: input } = definition(node);
  const inner = innerType ?? input;
  return (node as z.ZodType).description ?? (inner ? describe(inner) : '');
}

function fallbackOf(node: SchemaNode): unknown {
  const { type, innerType, in: input } = definition(node);
  if (type === 'default') return (node._zod.def as unknown as { defaultValue: unknown }).defaultValue;
  const inner = innerType ?? input;
  return inner && fallbackOf(inner);
}
