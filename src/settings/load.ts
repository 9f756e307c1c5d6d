/** Puts the sources together, lowest first: defaults, app options, YAML file, environment, flags. */
import { dirname, resolve } from 'node:path';
import { crossCheck, noticesOf } from './checks.ts';
import { type Problem, SettingsError } from './errors.ts';
import { problemsOf } from './problems.ts';
import { type Settings, schema } from './schema.ts';
import { SecretResolver } from './secrets.ts';
import { FILE_VARIABLE, readEnv } from './sources/env.ts';
import { readFlags } from './sources/flags.ts';
import { readOptions } from './sources/options.ts';
import { readYaml } from './sources/yaml.ts';
import { type Assignment, assign, merge, type Tree, type TreeSource } from './tree.ts';
import type { Path } from './walk.ts';

export interface LoadOptions {
  /** Without `node` and the script: `process.argv.slice(2)`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths start when there is no settings file. Default: the working directory. */
  readonly cwd?: string;
  /** Where the Supervisor writes the app's options. Default: `/data/options.json`. */
  readonly optionsFile?: string;
  /** Looked into last for secrets.yaml. Default: where the app sees Home Assistant's own. */
  readonly secretFolders?: readonly string[];
}

/**
 * Reads and checks all settings.
 * @throws SettingsError with every problem at once; no secret is in it
 */
export async function loadSettings(options: LoadOptions): Promise<Settings> {
  const flags = readFlags(options.argv, schema);
  const env = readEnv(options.env, schema);
  const file = flags.file ?? (options.env[FILE_VARIABLE] || null);
  const cwd = options.cwd ?? process.cwd();
  const path = file === null ? null : resolve(cwd, file);
  const trees = [
    await readOptions(options.optionsFile ?? '/data/options.json'),
    path === null ? null : await readYaml(path, schema),
  ].filter((source) => source !== null);
  const problems = [...trees, env, flags].flatMap((source) => source.problems);

  const assignments = [...env.assignments, ...flags.assignments];
  const { tree, refused } = overlay(trees, assignments);
  const resolver = new SecretResolver(
    path === null ? cwd : dirname(path),
    options.secretFolders ?? ['/homeassistant'],
  );
  const resolved = (await resolver.resolve(tree, schema)) as Tree;
  const complete = onlyDemo(resolved, trees) ? { ...resolved, demo: true } : resolved;

  const parsed = schema.safeParse(complete);
  const early = [...problems, ...refused, ...resolver.problems];
  const found = [
    ...early,
    ...unlessSaid(early, parsed.success ? [] : problemsOf(parsed.error.issues, complete, schema)),
  ];
  // A file that could not be read says enough; what is missing because of it would only distract.
  const unread = problems.some((problem) => problem.path === '');
  const all = [...found, ...(unread ? [] : unlessSaid(found, crossCheck(complete)))];
  if (all.length > 0 || !parsed.success) {
    throw new SettingsError(all.map((problem) => withSource(problem, trees, assignments)));
  }
  return { ...parsed.data, notices: noticesOf(complete) };
}

/**
 * Plain data, as it would stand in a settings file, with every default filled in.
 * @throws ZodError when it is wrong: it is a program's own, not an owner's
 */
export function completeSettings(data: object): Settings {
  return { ...schema.parse(data), notices: [] };
}

function overlay(
  sources: readonly TreeSource[],
  assignments: readonly Assignment[],
): { readonly tree: Tree; readonly refused: readonly Problem[] } {
  const refused: Problem[] = [];
  let tree: unknown = sources.reduce<unknown>((under, source) => merge(under, source.tree), {});
  for (const { path, value, label } of assignments) {
    const next = assign(tree, path, value);
    if (next === null) {
      refused.push({
        path: label,
        value: null,
        kind: 'conflict',
        allowed: 'list positions without gaps, from 0',
      });
    } else {
      tree = next;
    }
  }
  return { tree: tree as Tree, refused };
}

/** With nothing configured anywhere, there is still something to see. */
function onlyDemo(tree: Tree, sources: readonly TreeSource[]): boolean {
  return sources.length === 0 && tree.asterisk === undefined && tree.demo === undefined;
}

/** The first thing said about a path is the cause; what follows from it is left out. */
function unlessSaid(said: readonly Problem[], problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(
    ({ path }) => !said.some((earlier) => path === earlier.path || earlier.path.startsWith(`${path}.`)),
  );
}

/** Something missing is said to be where its mapping stands. */
function withSource(
  problem: Problem,
  trees: readonly TreeSource[],
  assignments: readonly Assignment[],
): Problem {
  if (problem.source !== undefined) return problem;
  const path: Path = problem.path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  for (let part = path; part.length > 0; part = part.slice(0, -1)) {
    const label = assignments.findLast((one) => leadsTo(one.path, part))?.label;
    const source = label ?? trees.toReversed().flatMap((tree) => tree.where(part) ?? [])[0];
    if (source !== undefined) return { ...problem, source };
  }
  return problem;
}

function leadsTo(start: Path, path: Path): boolean {
  return start.length <= path.length && start.every((part, i) => part === path[i]);
}
