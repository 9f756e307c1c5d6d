/**
 * The app's options, as the Supervisor writes them. Its forms nest by one level at most and have no lists in
 * lists, so a doorbell's way to open is flat there (`open_dtmf`), lists of texts are one text with commas, and what
 * belongs into a row is a list of its own (`dect_handsets`).
 */
import { readFile } from 'node:fs/promises';
import { isTree, type Tree, type TreeSource, valueAt, withoutNulls } from '../tree.ts';
import { splitList } from './text.ts';

const NAME = 'app options';

/** @returns null when there is no such file: not an app */
export async function readOptions(file: string): Promise<TreeSource | null> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  let options: unknown;
  try {
    options = JSON.parse(content);
  } catch {
    const problem = { path: '', value: null, kind: 'unreadable', allowed: 'JSON', source: NAME } as const;
    return { tree: {}, problems: [problem], where: () => null };
  }
  const tree = isTree(options) ? toTree(withoutBlanks(withoutNulls(options)) as Tree) : {};
  return { tree, problems: [], where: (path) => (valueAt(tree, path) === undefined ? null : NAME) };
}

type Place = readonly [group: string, key: string, as?: (value: unknown) => unknown];

/** Options of one value: where they stand in the settings, and as what. */
const VALUES: Readonly<Record<string, Place>> = {
  http_token: ['http', 'token'],
  names: ['names', 'numbers', (rows) => recordOf(rows, 'number', 'name')],
  persons: ['names', 'persons', (rows) => recordOf(rows, 'person', 'numbers', list)],
  phone_book: ['names', 'phone_book', list],
  country: ['names', 'country'],
  voicemail_spool: ['voicemail', 'spool'],
  recordings_to: ['recordings', 'to', (to) => (to === 'both' ? ['media', 'mailbox'] : [to])],
  recordings_dir: ['recordings', 'dir'],
  recordings_media_dir: ['recordings', 'media_dir'],
  recordings_mailbox: ['recordings', 'mailbox'],
  recordings_beep: ['recordings', 'beep'],
  history_days: ['history', 'days'],
  user_events: ['user_events', 'bus', (names) => (names === 'none' ? [] : list(names))],
  blf_show: ['blf', 'show'],
};

/** Lists: how a row of the form becomes one of the settings. */
const ROWS: Readonly<Record<string, (row: Tree) => Tree>> = {
  asterisk: pbx,
  doorbells: doorbell,
  parking: (row) => listed(row, 'phones'),
  groups: (row) => listed(row, 'phones'),
  dect: base,
  dect_handsets: (row) => listed(row, 'extensions'),
};

/** Lists whose rows belong into the rows of another one, which they name by a key of theirs. */
const INNER = [
  { rows: 'dect_handsets', by: 'base', of: 'dect', key: 'name', as: 'handsets' },
  { rows: 'queue_members', by: 'queue', of: 'queues', key: 'queue', as: 'members' },
] as const;

/** Of handsets with lines of their own, where the owner names no base. */
const NO_BASE = 'DECT';

function toTree(options: Tree): Tree {
  const tree: Record<string, unknown> = {};
  for (const [option, entered] of Object.entries(options)) {
    const row = own(ROWS, option);
    const place = own(VALUES, option);
    if (place !== undefined) {
      const [group, key, as = same] = place;
      const value = as(entered);
      if (value !== undefined) tree[group] = { ...(isTree(tree[group]) && tree[group]), [key]: value };
    } else if (row !== undefined && Array.isArray(entered))
      tree[option] = entered.map((item) => (isTree(item) ? row(item) : item));
    else tree[option] = entered;
  }
  return INNER.reduce(joined, tree);
}

/** Puts rows into the rows that they name; one that is named and not there is made. */
function joined(tree: Tree, { rows, by, of, key, as }: (typeof INNER)[number]): Tree {
  const { [rows]: inner, ...rest } = tree;
  if (!Array.isArray(inner) || inner.length === 0) return rest;
  const outer: Record<string, unknown>[] = Array.isArray(rest[of]) ? [...rest[of]] : [];
  for (const { [by]: name = outer[0]?.[key] ?? NO_BASE, ...row } of inner.filter(isTree)) {
    const found = outer.findIndex((each) => each[key] === name);
    const at = found < 0 ? outer.length : found;
    const before = outer[at]?.[as];
    outer[at] = { ...(outer[at] ?? { [key]: name }), [as]: [...(Array.isArray(before) ? before : []), row] };
  }
  return { ...rest, [of]: outer };
}

/** `tls_ca` and its like are keys of `tls` as soon as `tls` is on. */
function pbx({ tls, tls_ca, tls_servername, tls_verify, ...rest }: Tree): Tree {
  if (tls !== true) return { ...rest, ...(tls !== undefined && { tls }) };
  return { ...rest, tls: given({ ca: tls_ca, servername: tls_servername, verify: tls_verify }) };
}

/** Whoever gives one end of the window alone has the Quicktone's for the other. */
function base({ no_answer_from: from, no_answer_to: to, ...rest }: Tree): Tree {
  const window = from === undefined && to === undefined ? undefined : [from ?? 46, to ?? 49];
  return given({ ...listed(rest, 'all'), no_answer: window });
}

/** A form has no mapping with keys of the owner's own: there, it is a list of rows. Lists of one key are one. */
function recordOf(rows: unknown, key: string, value: string, as: (value: unknown) => unknown = same) {
  const found = Array.isArray(rows) ? rows.filter(isTree) : [];
  if (found.length === 0) return undefined;
  const record = new Map<unknown, unknown>();
  for (const row of found) {
    const [before, more] = [record.get(row[key]), as(row[value])];
    record.set(row[key], Array.isArray(before) && Array.isArray(more) ? [...before, ...more] : more);
  }
  return Object.fromEntries(record);
}

function listed(row: Tree, ...keys: readonly string[]): Tree {
  const lists = keys.filter((key) => key in row).map((key) => [key, list(row[key])]);
  return { ...row, ...Object.fromEntries(lists) };
}

function list(value: unknown): unknown {
  return typeof value === 'string' ? splitList(value) : value;
}

function same(value: unknown): unknown {
  return value;
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function doorbell(item: Tree): Tree {
  const open = openOf(item);
  const others = Object.entries(item).filter(([key]) => !key.startsWith('open_'));
  return {
    ...listed(Object.fromEntries(others), 'extensions', 'answer_on'),
    ...(Object.keys(open).length > 0 && { open }),
  };
}

/** A call takes the digits with it: `open_call` and `open_dtmf` together are one way, not two. */
function openOf(item: Tree): Tree {
  const { open_action, open_entity, open_url, open_method, open_body, open_call, open_dtmf } = item;
  const target = open_entity === undefined ? undefined : { entity_id: open_entity };
  return given({
    action:
      open_action || target
        ? given({ action: open_action ?? defaultAction(open_entity), target })
        : undefined,
    http: open_url === undefined ? undefined : given({ url: open_url, method: open_method, body: open_body }),
    call: open_call === undefined ? undefined : given({ number: open_call, dtmf: open_dtmf }),
    dtmf: open_call === undefined ? open_dtmf : undefined,
    without_call: item.open_without_call,
    dial: item.open_dial,
  });
}

/** What opens an entity of a domain when the owner names the entity alone. */
const OPENING: Readonly<Record<string, string>> = {
  button: 'button.press',
  cover: 'cover.open_cover',
  input_boolean: 'input_boolean.turn_on',
  input_button: 'input_button.press',
  lock: 'lock.open',
  scene: 'scene.turn_on',
  script: 'script.turn_on',
  switch: 'switch.turn_on',
};

function defaultAction(entity: unknown): string | undefined {
  return OPENING[String(entity).split('.')[0] ?? ''];
}

function given(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== undefined));
}

/** A form sends a cleared text as an empty one. */
function withoutBlanks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBlanks);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== '')
      .map(([key, item]) => [key, withoutBlanks(item)]),
  );
}
