/**
 * The app's options, as the Supervisor writes them. Its forms nest by one level at most and have no lists in
 * lists, so a doorbell's way to open is flat there (`open_dtmf`), and lists of texts are one text with commas.
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

function toTree({ asterisk, doorbells, http_token, voicemail_spool, ...more }: Tree): Tree {
  const { groups, names, phone_book, country, ...others } = more;
  const { recordings_dir, recordings_media_dir, recordings_beep, ...rest } = others;
  const recordings = given({ dir: recordings_dir, media_dir: recordings_media_dir, beep: recordings_beep });
  const called = namesOf({ names, phone_book, country });
  return {
    ...rest,
    ...(voicemail_spool !== undefined && { voicemail: { spool: voicemail_spool } }),
    ...(Object.keys(recordings).length > 0 && { recordings }),
    ...(Object.keys(called).length > 0 && { names: called }),
    ...(Array.isArray(groups) && { groups: groups.map((item) => (isTree(item) ? group(item) : item)) }),
    ...(http_token !== undefined && { http: { token: http_token } }),
    ...(Array.isArray(asterisk) && { asterisk: asterisk.map((item) => (isTree(item) ? pbx(item) : item)) }),
    ...(Array.isArray(doorbells) && {
      doorbells: doorbells.map((item) => (isTree(item) ? doorbell(item) : item)),
    }),
  };
}

/** `tls_ca` and its like are keys of `tls` as soon as `tls` is on. */
function pbx({ tls, tls_ca, tls_servername, tls_verify, ...rest }: Tree): Tree {
  if (tls !== true) return { ...rest, ...(tls !== undefined && { tls }) };
  return { ...rest, tls: given({ ca: tls_ca, servername: tls_servername, verify: tls_verify }) };
}

/** A form has no mapping with keys of the owner's own: there, the names are a list. */
function namesOf({ names, phone_book, country }: Tree): Tree {
  const rows = Array.isArray(names) ? names.filter(isTree) : [];
  return given({
    numbers:
      rows.length === 0 ? undefined : Object.fromEntries(rows.map(({ number, name }) => [number, name])),
    phone_book: typeof phone_book === 'string' ? splitList(phone_book) : undefined,
    country,
  });
}

function group({ phones, ...rest }: Tree): Tree {
  return { ...rest, ...(typeof phones === 'string' && { phones: splitList(phones) }) };
}

function doorbell(item: Tree): Tree {
  const { extensions, answer_on, ...rest } = item;
  const open = openOf(item);
  const others = Object.entries(rest).filter(([key]) => !key.startsWith('open_'));
  return {
    ...Object.fromEntries(others),
    ...(typeof extensions === 'string' && { extensions: splitList(extensions) }),
    ...(typeof answer_on === 'string' && { answer_on: splitList(answer_on) }),
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
