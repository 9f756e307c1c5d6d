/** What only shows when several keys are looked at together. Runs on unchecked trees, so that all is said at once. */
import { OPEN_WAYS } from './doorbell.ts';
import type { Problem } from './errors.ts';
import { isTree, type Tree } from './tree.ts';

type Check = (tree: Tree) => readonly Problem[];

const CHECKS: readonly Check[] = [
  somePbx,
  pbxNames,
  pbxReferences,
  single,
  openWays,
  dectHandsets,
  dectLines,
  mqttLogin,
];

export function crossCheck(tree: Tree): readonly Problem[] {
  return CHECKS.flatMap((check) => check(tree));
}

/** Characters that nobody finds by trying. */
const SAFE_TOKEN = 16;

/** Worth a line in the log, but no reason to stop. */
export function noticesOf(tree: Tree): readonly string[] {
  const http = isTree(tree.http) ? tree.http : {};
  const short = typeof http.token === 'string' && http.token.length < SAFE_TOKEN;
  return [
    ...(short ? [`http.token is short: take at least ${SAFE_TOKEN} characters, it opens doors.`] : []),
    ...(tree.demo === true && items(tree.asterisk).length > 0
      ? ['demo is on: the pretend Asterisk runs, and the configured ones are left alone.']
      : []),
  ];
}

function somePbx({ asterisk, demo }: Tree): readonly Problem[] {
  const given = asterisk !== undefined && !(Array.isArray(asterisk) && asterisk.length === 0);
  if (given || demo === true) return [];
  return [{ path: 'asterisk', value: null, allowed: 'at least one PBX, or demo: true to try things out' }];
}

function pbxNames({ asterisk }: Tree): readonly Problem[] {
  return duplicates(
    items(asterisk).map(({ name }) => name),
    (index) => `asterisk.${index}.name`,
    'a name that no other PBX has',
  );
}

/** What a list has once for each PBX. Where it becomes an entity's id, two names that make one id collide as well. */
type Single = readonly [list: string, key: string, allowed: string, id?: (text: string) => string];

const SINGLE: readonly Single[] = [
  ['doorbells', 'name', 'a name that no other doorbell of the PBX has', slug],
  ['conferences', 'room', 'a room that no other entry of the PBX has'],
  ['groups', 'name', 'a name that no other group of the PBX has', slug],
  ['queues', 'queue', 'a queue that no other entry of the PBX has'],
  ['ring_groups', 'extension', 'an extension that no other ring group of the PBX has'],
];

function single({ asterisk, ...tree }: Tree): readonly Problem[] {
  const first = items(asterisk)[0]?.name;
  return SINGLE.flatMap(([list, key, allowed, id = String]) => {
    const entries = items(tree[list]);
    return duplicates(
      entries.map(({ [key]: text, pbx }) =>
        typeof text === 'string' ? `${String(pbx ?? first)}/${id(text)}` : undefined,
      ),
      (index) => `${list}.${index}.${key}`,
      allowed,
      (index) => entries[index]?.[key],
    );
  });
}

/** Keys whose mapping, or each of whose mappings, may name its PBX. */
const REFERRING = [
  'phones',
  'parking',
  'doorbells',
  'ring_groups',
  'groups',
  'dect',
  'conferences',
  'queues',
  'mailboxes',
  'voicemail',
  'recordings',
] as const;

function pbxReferences({ asterisk, demo, ...tree }: Tree): readonly Problem[] {
  if (demo === true) return [];
  const known = items(asterisk).map(({ name }) => name);
  const allowed = `the name of a PBX: ${known.filter((name) => typeof name === 'string').join(', ')}`;
  const named = REFERRING.flatMap((key) => {
    const value = tree[key];
    if (isTree(value)) return [{ path: `${key}.pbx`, pbx: value.pbx }];
    return items(value).map(({ pbx }, index) => ({ path: `${key}.${index}.pbx`, pbx }));
  });
  return named.flatMap(({ path, pbx }) =>
    typeof pbx !== 'string' || known.includes(pbx) ? [] : [{ path, value: JSON.stringify(pbx), allowed }],
  );
}

function openWays({ doorbells }: Tree): readonly Problem[] {
  return items(doorbells).flatMap(({ open }, index) => {
    if (!isTree(open)) return [];
    const path = `doorbells.${index}.open`;
    const ways = OPEN_WAYS.filter((way) => open[way] !== undefined);
    const problems: Problem[] = [];
    if (ways.length !== 1) {
      problems.push({
        path,
        value: ways.length === 0 ? null : ways.join(' and '),
        allowed: `exactly one of ${OPEN_WAYS.join(', ')}; digits in quotes ("#9": an unquoted # starts a comment)`,
      });
    }
    const { http } = open;
    if (isTree(http) && http.body !== undefined && (http.method ?? 'GET') === 'GET') {
      problems.push({
        path: `${path}.http.body`,
        value: null,
        kind: 'conflict',
        allowed: 'only with method POST, PUT or PATCH',
      });
    }
    if (open.without_call !== undefined && !ways.includes('dtmf')) {
      problems.push({
        path: `${path}.without_call`,
        value: null,
        kind: 'conflict',
        allowed: 'only with dtmf',
      });
    }
    if (open.dial !== undefined && open.without_call !== 'call') {
      problems.push({
        path: `${path}.dial`,
        value: null,
        kind: 'conflict',
        allowed: 'only with without_call: call',
      });
    }
    return problems;
  });
}

/** A handset is rung by a digit on its base's line, or on a line of its own. */
function dectHandsets({ dect }: Tree): readonly Problem[] {
  return items(dect).flatMap(({ name, line, no_answer, handsets }, at) => {
    const wrong = items(handsets).flatMap((handset, index): Problem[] => {
      const path = `dect.${at}.handsets.${index}`;
      const both = handset.digit !== undefined && handset.line !== undefined;
      if (both || (handset.digit === undefined && handset.line === undefined))
        return [{ path, value: both ? 'digit and line' : null, allowed: 'exactly one of digit and line' }];
      if (handset.digit === undefined || line !== undefined) return [];
      const allowed = `the line of the base ${JSON.stringify(name)}, that the digits are sent on`;
      return [{ path: `dect.${at}.line`, value: null, allowed }];
    });
    const digits = duplicates(
      items(handsets).map(({ digit }) => (digit === undefined ? undefined : String(digit))),
      (index) => `dect.${at}.handsets.${index}.digit`,
      'a digit that no other handset of the base has',
    );
    const window = Array.isArray(no_answer) && Number(no_answer[0]) >= Number(no_answer[1]);
    const order: Problem = {
      path: `dect.${at}.no_answer`,
      value: JSON.stringify(no_answer),
      allowed: 'the smaller number of seconds first, such as [46, 49]',
    };
    return [...wrong, ...digits, ...(window ? [order] : [])];
  });
}

/** What tells calls apart has to be one base's or one handset's alone. */
function dectLines({ asterisk, dect }: Tree): readonly Problem[] {
  const first = items(asterisk)[0]?.name;
  const bases = items(dect).map(({ line, all, handsets, pbx }, at) => ({
    ...{ line, all, handsets, at },
    of: String(pbx ?? first),
  }));
  const lines = bases.flatMap(({ line, handsets, at, of }) => [
    { key: line, path: `dect.${at}.line`, of },
    ...items(handsets).map(({ line: own }, index) => ({
      key: own,
      path: `dect.${at}.handsets.${index}.line`,
      of,
    })),
  ]);
  const extensions = bases.flatMap(({ all, handsets, at, of }) => [
    ...texts(all).map((key, index) => ({ key, path: `dect.${at}.all.${index}`, of })),
    ...items(handsets).flatMap((handset, index) =>
      texts(handset.extensions).map((key, place) => ({
        key,
        path: `dect.${at}.handsets.${index}.extensions.${place}`,
        of,
      })),
    ),
  ]);
  const twice = (found: typeof extensions | typeof lines, allowed: string) =>
    duplicates(
      found.map(({ key, of }) => (typeof key === 'string' ? `${of}/${key}` : undefined)),
      (index) => found[index]?.path ?? '',
      allowed,
      (index) => found[index]?.key,
    );
  return [
    ...twice(lines, 'a line that no other base or handset of the PBX has'),
    ...twice(extensions, 'an extension that rings no other handset of the PBX'),
  ];
}

function mqttLogin({ mqtt }: Tree): readonly Problem[] {
  if (!isTree(mqtt) || mqtt.url !== undefined) return [];
  return ['username', 'password', 'ca'].flatMap((key) =>
    mqtt[key] === undefined
      ? []
      : [{ path: `mqtt.${key}`, value: null, kind: 'conflict' as const, allowed: 'only with mqtt.url' }],
  );
}

function duplicates(
  keys: readonly unknown[],
  path: (index: number) => string,
  allowed: string,
  value: (index: number) => unknown = (index) => keys[index],
): readonly Problem[] {
  return keys.flatMap((key, index) =>
    typeof key === 'string' && keys.indexOf(key) < index
      ? [{ path: path(index), value: JSON.stringify(value(index)), allowed }]
      : [],
  );
}

/** `Front door` → `front_door` */
function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/g, '');
}

function texts(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

function items(list: unknown): readonly Tree[] {
  return Array.isArray(list) ? list.map((item) => (isTree(item) ? item : {})) : [];
}
