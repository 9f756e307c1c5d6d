import { createHash } from 'node:crypto';

/**
 * A stable id `[a-z0-9_]+` for topics and unique ids, from Asterisk's name of a thing: `PJSIP/6001` is
 * `pjsip_6001`. Names that would fall together (`a.b`, `A_b`) carry a part of their hash.
 */
export function idOf(name: string): string {
  const slash = name.indexOf('/');
  const plain = slash < 0 ? name : `${name.slice(0, slash).toLowerCase()}_${name.slice(slash + 1)}`;
  if (/^[a-z0-9_]+$/.test(plain)) return plain;
  const safe = plain.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  return `${safe}_${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
}

/**
 * What the names of a hundred begin with: `690` is of `6xx`, `DND101` of `DND1xx`. `''` for a name that does not end in
 * three digits.
 */
export function hundredOf(name: string): string {
  const [, start] = /^(.*\d)\d\d$/.exec(name) ?? [];
  return start === undefined ? '' : `${start}xx`;
}

/** The device behind a channel's name: `PJSIP/6001-0000002a` is of `PJSIP/6001`; `''` for a `Local/` half. */
export function endpointOf(channel: string): string {
  if (channel.startsWith('Local/')) return '';
  const end = channel.lastIndexOf('-');
  return end > 0 ? channel.slice(0, end) : channel;
}

/** Finds by what a person would write: exactly by one of the keys, else whatever the case by name. */
export function findBy<T>(
  rows: Iterable<T>,
  text: string,
  keys: (row: T) => readonly string[],
): T | undefined {
  const wanted = text.trim();
  const folded = wanted.toLowerCase();
  let loose: T | undefined;
  for (const row of rows) {
    for (const key of keys(row)) {
      if (key === wanted) return row;
      if (loose === undefined && key.toLowerCase() === folded) loose = row;
    }
  }
  return loose;
}
