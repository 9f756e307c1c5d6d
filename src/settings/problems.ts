/** Turns what the schema says against a tree into problems, hiding what may be secret. */
import type { z } from 'zod';
import { HIDDEN, joinPath, type Problem } from './errors.ts';
import { nearestKey } from './sources/text.ts';
import { isTree, valueAt } from './tree.ts';
import { allowedAt, factsOf, holdsSecret, keysOf, nodeAt, type Path, type SchemaNode } from './walk.ts';

/** @param tree the tree that the schema refused */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  tree: unknown,
  schema: SchemaNode,
): Problem[] {
  return issues.flatMap(meant).flatMap((issue) => {
    const path = issue.path as Path;
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownKey(key, path, schema))
      : [wrongValue(path, tree, schema)];
  });
}

/** Of a union, what is wrong inside the form that was meant: the one whose kind the value has, such as a mapping. */
function meant(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const form = issue.errors.find((issues) => !issues.some(isOfAnotherKind));
  return form?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue];
}

function isOfAnotherKind({ code, path }: z.core.$ZodIssue): boolean {
  return code === 'invalid_type' && path.length === 0;
}

function unknownKey(key: string, parent: Path, schema: SchemaNode): Problem {
  const node = nodeAt(schema, parent);
  const known = (node && keysOf(node)) ?? [];
  const nearest = nearestKey(key, known);
  return {
    path: joinPath([...parent, key]),
    value: null,
    kind: 'unknown key',
    allowed: known.join(', '),
    ...(nearest !== null && { nearest }),
  };
}

function wrongValue(path: Path, tree: unknown, schema: SchemaNode): Problem {
  const node = nodeAt(schema, path);
  const value = valueAt(tree, path);
  return {
    path: joinPath(path),
    value: value === undefined ? null : shown(value, node),
    allowed: node ? allowedAt(node) : 'any value',
  };
}

/** A value as it may be shown. A text where a mapping with a secret in it belongs may be that secret. */
export function shown(value: unknown, node: SchemaNode | null): string {
  if (!node || holdsSecret(node) || factsOf(node).pem) return HIDDEN;
  if (Array.isArray(value)) return 'a list';
  if (isTree(value)) return 'a mapping';
  const text = JSON.stringify(value) ?? typeof value;
  const withoutLogin = text.replace(/^("?[a-z+.-]*:?\/{0,2}).*@/i, '$1***@');
  return withoutLogin.length > 80 ? `${withoutLogin.slice(0, 79)}…` : withoutLogin;
}
