/**
 * The environment: `COMPANION_` and the key in capitals, two underscores for each step down, list positions as
 * numbers: `COMPANION_MQTT__URL`, `COMPANION_ASTERISK__0__SECRET`. Lists and mappings may be given as JSON.
 */

import type { Problem } from '../errors.ts';
import type { Assignment, AssignmentSource } from '../tree.ts';
import { allowedAt, type Path, type SchemaNode } from '../walk.ts';
import { nearestPath, parseText, textNodeAt } from './text.ts';

const PREFIX = 'COMPANION_';
/** Names the settings file, like `--settings`. */
export const FILE_VARIABLE = 'COMPANION_SETTINGS';

export function readEnv(
  env: Readonly<Record<string, string | undefined>>,
  schema: SchemaNode,
): AssignmentSource {
  const assignments: Assignment[] = [];
  const problems: Problem[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || name === FILE_VARIABLE || !text) continue;
    const path = pathOf(name);
    const node = textNodeAt(schema, path);
    const source = 'environment';
    if (!node) {
      const near = nearestPath(schema, path);
      const hint = near ? { nearest: variableOf(near) } : {};
      problems.push({
        path: name,
        value: null,
        kind: 'unknown key',
        allowed: 'the keys of docs/settings.md',
        ...hint,
        source,
      });
      continue;
    }
    try {
      assignments.push({ path, value: parseText(text, node), label: name });
    } catch {
      problems.push({
        path: name,
        value: null,
        kind: 'unreadable',
        allowed: `${allowedAt(node)}, as JSON`,
        source,
      });
    }
  }
  return { assignments: assignments.toSorted(shortestFirst), problems };
}

function pathOf(name: string): Path {
  return name
    .slice(PREFIX.length)
    .split('__')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.toLowerCase()));
}

/** `['mqtt', 'url']` → `COMPANION_MQTT__URL` */
function variableOf(path: Path): string {
  return PREFIX + path.map((part) => String(part).toUpperCase()).join('__');
}

/** A whole list comes before a change to one of its elements, and element 0 before element 1. */
function shortestFirst(a: Assignment, b: Assignment): number {
  const position = a.path.findIndex((part, i) => part !== b.path[i]);
  const [left, right] = [a.path[position], b.path[position]];
  if (left === undefined || right === undefined) return a.path.length - b.path.length;
  return typeof left === 'number' && typeof right === 'number'
    ? left - right
    : String(left).localeCompare(String(right));
}
