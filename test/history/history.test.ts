import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CallRow } from '../../src/history/database.ts';
import { Database } from '../../src/history/database.ts';
import { History } from '../../src/history/index.ts';
import { FakePbx, NOW } from '../home/fake-pbx.ts';

const quiet = { info() {}, warn() {} };
const from = { number: '8', name: 'Anna' };
const to = { number: '600', name: '' };

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'call-log-'));
  file = join(folder, 'calls.sqlite');
});
afterEach(() => rm(folder, { recursive: true }));

function row(number: number, more: Partial<CallRow> = {}): CallRow {
  return {
    pbx: 'home',
    call: `1.${number}`,
    began: 1_000_000 + number,
    answered: null,
    ended: 1_000_100 + number,
    seconds: 0,
    from,
    to,
    by: '',
    doorbell: null,
    outcome: 'missed',
    ...more,
  };
}

function call(pbx: FakePbx, id: string, more: object = {}): void {
  const base = { subject: 'call', time: NOW, pbx: pbx.id, call: id, from, to } as const;
  pbx.happen({ ...base, type: 'started', ...more });
  pbx.happen({ ...base, type: 'ended', cause: 16, seconds: 0, ...more });
}

it('gives pages without a gap and without a call twice, also where several began at once', () => {
  using database = disposable(new Database(':memory:'));
  const rows = Array.from({ length: 23 }, (_, number) => row(number, { began: Math.floor(number / 5) }));
  database.write(rows, []);
  const seen: string[] = [];
  let before: string | undefined;
  do {
    const page = database.page({ limit: 4, before });
    seen.push(...page.calls.map((one) => one.call));
    before = page.next ?? undefined;
  } while (before !== undefined);
  expect(seen).toEqual(rows.map((one) => one.call).reverse());
});

it('finds by a part of a name, a number or a note, and takes % and _ as they are', () => {
  using database = disposable(new Database(':memory:'));
  database.write(
    [row(1), row(2, { from: { number: '7', name: '100% Bob_x' } }), row(3, { by: 'Kitchen' })],
    [{ pbx: 'home', call: '1.1', time: 1, kind: 'opened', who: 'Carla', what: 'dtmf' }],
  );
  const found = (search: string) => database.page({ limit: 9, search }).calls.map((one) => one.call);
  expect(found('100%')).toEqual(['1.2']);
  expect(found('b_x')).toEqual(['1.2']);
  expect(found('kitch')).toEqual(['1.3']);
  expect(found('carla')).toEqual(['1.1']);
  expect(found('%')).toEqual(['1.2']);
  expect(found("'; DROP TABLE call; --")).toEqual([]);
  expect(database.page({ limit: 9, outcome: 'missed', pbx: 'annex' }).calls).toEqual([]);
});

it('is nobody’s to read but its owner’s', async () => {
  const database = new Database(file);
  database.write([row(1)], []);
  for (const name of [file, `${file}-wal`]) expect((await stat(name)).mode & 0o777).toBe(0o600);
  database.close();
});

it('keeps no more calls than it may, however new', () => {
  const database = new Database(':memory:');
  database.write(
    Array.from({ length: 10 }, (_, number) => row(number)),
    [0, 5, 9].map((number) => ({
      ...{ pbx: 'home', call: `1.${number}`, time: 1_000_000 + number },
      ...{ kind: 'missed', who: 'Kitchen', what: '' },
    })),
  );
  expect(database.purge(0, 10)).toBe(0);
  expect(database.purge(0, 4)).toBe(6);
  expect(database.page({ limit: 20 }).calls.map(({ call: id, notes }) => [id, notes.length])).toEqual([
    ['1.9', 1],
    ['1.8', 0],
    ['1.7', 0],
    ['1.6', 0],
  ]);
  expect(database.purge(1_000_008, 4)).toBe(2);
  database.close();
});

it('refuses the file of a newer version', () => {
  const newer = new Database(file);
  newer.close();
  const raw = new DatabaseSync(file);
  raw.exec('PRAGMA user_version = 99');
  raw.close();
  expect(() => new Database(file)).toThrow(/newer version/);
});

it.each<[string, (raw: DatabaseSync) => void, string]>([
  [
    'is of a newer version',
    (raw) => raw.exec('PRAGMA user_version = 99'),
    '(it was written by a newer version of the companion (99, known: 1)): update the companion, or move the file away',
  ],
  [
    'somebody else has locked',
    (raw) => raw.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE'),
    '(database is locked): end what else has the file open, such as a second companion',
  ],
])('says what to do about a file that %s', async (_, arrange, words) => {
  new Database(file).close();
  const raw = new DatabaseSync(file);
  arrange(raw);
  const history = new History({ file, days: 30, pbxes: [], log: quiet });
  await history.start();
  expect(history.problem).toBe(`The call log cannot be written ${words}. Everything else goes on.`);
  raw.close();
  await history.stop();
});

it('keeps calls over a restart, newest first, and forgets those that are too old', async () => {
  const pbx = new FakePbx();
  const options = { file, days: 30, pbxes: [pbx], log: quiet };
  const first = new History(options);
  await first.start();
  call(pbx, '1.1', { from: { number: '1', name: 'First' } });
  call(pbx, '1.2');
  expect((await first.page({ limit: 9 })).calls.map((one) => one.call)).toEqual(['1.2', '1.1']);
  await first.stop();
  const second = new History(options);
  await second.start();
  expect(second.newest('home')).toMatchObject([{ call: '1.2' }, { call: '1.1', from: { name: 'First' } }]);
  await second.stop();
  const later = new History({ ...options, now: () => Date.parse(NOW) + 31 * 86_400_000 });
  await later.start();
  expect((await later.page({ limit: 9 })).calls).toEqual([]);
  await later.stop();
});

it('says that it cannot write, keeps what happens, and writes it when it can', async () => {
  await writeFile(file, 'this is no database, and long enough to be read as a page of one'.repeat(40));
  const pbx = new FakePbx();
  const said: string[] = [];
  const log = { info: () => {}, warn: (_facts: object, words: string) => void said.push(words) };
  const history = new History({ file, days: 30, pbxes: [pbx], log });
  const heard: (string | null)[] = [];
  history.onChange((changed) => heard.push(changed));
  await history.start();
  expect(history.problem).toMatch(/not a database.*move the file away/);
  call(pbx, '1.1');
  await rm(file);
  call(pbx, '1.2');
  await history.stop();
  expect(said).toHaveLength(1);
  expect(heard[0]).toBeNull();
  const after = new Database(file);
  expect(after.page({ limit: 9 }).calls.map((one) => one.call)).toEqual(['1.2', '1.1']);
  after.close();
});

it('tells of calls of an earlier run though the file could not be opened at first', async () => {
  const place = join(folder, 'data');
  const own = join(place, 'calls.sqlite');
  await writeFile(place, 'a file where the folder is to be');
  const pbx = new FakePbx();
  const history = new History({ file: own, days: 30, pbxes: [pbx], log: quiet });
  await history.start();
  expect(history.problem).toMatch(/EEXIST/);
  await rm(place);
  await mkdir(place);
  const earlier = new Database(own);
  const running = { ended: null, outcome: 'running' } as const;
  earlier.write(
    [row(1, { ...running, began: Date.parse(NOW) - 60_000 }), row(2, { ...running, pbx: 'annex' })],
    [],
  );
  earlier.close();
  call(pbx, '1.9');
  await vi.waitFor(() => expect(history.problem).toBeNull(), 5_000);
  const { calls } = await history.page({ limit: 9 });
  await history.stop();
  expect(calls.map((one) => [one.pbx, one.call, one.outcome])).toEqual([
    ['home', '1.9', 'missed'],
    ['home', '1.1', 'lost'],
    ['annex', '1.2', 'running'],
  ]);
});

it('without a folder it is there for this run, and leaves no listener behind', async () => {
  const pbx = new FakePbx();
  const history = new History({ file: null, days: 1, pbxes: [pbx], log: quiet });
  await history.start();
  call(pbx, '1.1');
  expect((await history.page({ limit: 1 })).calls).toMatchObject([{ call: '1.1' }]);
  await history.stop();
  expect(pbx.listeners).toBe(0);
});

function disposable(database: Database): Database & Disposable {
  return Object.assign(database, { [Symbol.dispose]: () => database.close() });
}
