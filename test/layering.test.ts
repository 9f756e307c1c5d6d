import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Room → rooms that it may import from. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  settings: [],
  ami: [],
  media: [],
  pbx: ['ami'],
  actions: ['pbx', 'ami'],
  home: ['pbx', 'actions'],
  http: ['pbx', 'actions'],
  history: ['pbx', 'actions'],
  names: [],
  demo: ['ami'],
};
/** The only files outside a room, and what they may import. */
const TOP: Readonly<Record<string, readonly string[]>> = {
  'companion.ts': Object.keys(MAY),
  'main.ts': ['companion.ts', ...Object.keys(MAY)],
};

const src = resolve(import.meta.dirname, '../src');

interface Import {
  readonly file: string;
  readonly from: string;
  readonly room: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

const imports = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) =>
    [
      ...readFileSync(join(src, file), 'utf8').matchAll(
        /^(import|export)( type)?[^'"]*?from\s+'(\.[^']+)'/gms,
      ),
    ].map(([, , type, from]): Import => {
      const target = relative(src, resolve(src, dirname(file), from as string));
      return {
        file,
        from: from as string,
        room: file.split('/')[0] as string,
        target: target.split('/')[0] as string,
        typeOnly: type !== undefined,
      };
    }),
  )
  .filter((found) => found.room !== found.target);

describe('who may import whom', () => {
  it('sees the imports at all', () => {
    expect(imports.some((found) => found.room === 'pbx' && found.target === 'ami')).toBe(true);
  });

  it.each(Object.entries({ ...MAY, ...TOP }))('%s imports only from %j', (room, allowed) => {
    const wrong = imports.filter((found) => found.room === room && !allowed.includes(found.target));
    expect(wrong.map((found) => `${found.file} imports ${found.from}`)).toEqual([]);
  });

  it('every file of src belongs to a room or is named here', () => {
    const known = [...Object.keys(MAY), ...Object.keys(TOP)];
    expect(readdirSync(src).filter((entry) => !known.includes(entry))).toEqual([]);
  });
});
