/**
 * The command line: `--http.port 8100`, `--mqtt.url=mqtt://…`, `--asterisk.0.secret …`, `--demo`, `--no-cards`,
 * `--log-level debug`. Keys are those of the settings file, with dots for each step down.
 */
import type { Problem } from '../errors.ts';
import type { Assignment, AssignmentSource } from '../tree.ts';
import { allowedAt, kindOf, type Path, type SchemaNode } from '../walk.ts';
import { nearestPath, parseText, textNodeAt } from './text.ts';

export interface Flags extends AssignmentSource {
  /** `--settings FILE` */
  readonly file: string | null;
}

/** Flags that main.ts answers itself. */
const FOR_MAIN: ReadonlySet<string> = new Set(['--help', '--version']);

/** A flag without its value yet. */
interface Flag {
  readonly path: Path;
  readonly node: SchemaNode;
}

const FILE_FLAG = '--settings';
const NO = '--no-';
const KEYS = 'the keys of docs/settings.md, with -- before them';

export function readFlags(argv: readonly string[], schema: SchemaNode): Flags {
  const assignments: Assignment[] = [];
  const problems: Problem[] = [];
  let file: string | null = null;
  const say = (path: string, allowed: string, more: Partial<Problem> = {}) =>
    problems.push({ path, value: null, allowed, source: 'flags', ...more });
  const take = (label: string, { path, node }: Flag, text: string) => {
    try {
      assignments.push({ path, value: parseText(text, node), label });
    } catch {
      say(label, `${allowedAt(node)}, as JSON`, { kind: 'unreadable' });
    }
  };

  const rest = argv.filter((argument) => !FOR_MAIN.has(argument));
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const [, label = argument, given] = /^(--[^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    const valueAfter = () => given ?? (rest[0]?.startsWith('--') ? undefined : rest.shift());
    const flag = flagAt(label, schema);
    const simple = given === undefined ? switched(label, flag, schema) : null;
    if (simple) {
      assignments.push({ ...simple, label });
    } else if (label === FILE_FLAG) {
      file = valueAfter() ?? null;
      if (file === null) say(label, 'the path of a settings file');
    } else if (flag) {
      const text = valueAfter();
      if (text === undefined) say(label, allowedAt(flag.node));
      else take(label, flag, text);
    } else if (label.startsWith('--')) {
      say(label, KEYS, { kind: 'unknown key', ...hintFor(label, schema) });
      // The value of a mistyped flag may be a secret: it is dropped, not shown.
      valueAfter();
    } else {
      say('', 'flags that start with --', { value: 'an argument without a flag' });
    }
  }
  return { file, assignments, problems };
}

/** `--demo` and `--no-cards`: a switch needs no value. */
function switched(
  label: string,
  flag: Flag | null,
  schema: SchemaNode,
): { path: Path; value: boolean } | null {
  if (flag) return isSwitch(flag.node) ? { path: flag.path, value: true } : null;
  const off = label.startsWith(NO) ? flagAt(`--${label.slice(NO.length)}`, schema) : null;
  return off && isSwitch(off.node) ? { path: off.path, value: false } : null;
}

/** `tls` is one too: it is on, off, or a mapping. */
function isSwitch(node: SchemaNode): boolean {
  return kindOf(node) === 'boolean' || kindOf(node) === 'union';
}

function flagAt(label: string, schema: SchemaNode): Flag | null {
  if (!label.startsWith('--')) return null;
  const path = pathOf(label);
  const node = textNodeAt(schema, path);
  return node && { path, node };
}

function hintFor(label: string, schema: SchemaNode): { nearest?: string } {
  const off = label.startsWith(NO);
  const near = nearestPath(schema, pathOf(off ? `--${label.slice(NO.length)}` : label));
  return near ? { nearest: off ? flagOf(near).replace('--', NO) : flagOf(near) } : {};
}

function pathOf(label: string): Path {
  return label
    .slice(2)
    .split('.')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('-', '_')));
}

/** `['log_level']` → `--log-level` */
function flagOf(path: Path): string {
  return `--${path.map((part) => String(part).replaceAll('_', '-')).join('.')}`;
}
