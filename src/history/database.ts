/** The call log's tables. Everything here waits for the disk, so the thread of worker.ts alone uses it. */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { CallNote, CallPage, CallQuery, LoggedCall } from '../actions/call-log.ts';

/** What is written of a call each time that something of it changes; times are ms since the epoch. */
export interface CallRow {
  readonly pbx: string;
  readonly call: string;
  readonly began: number;
  readonly answered: number | null;
  readonly ended: number | null;
  readonly seconds: number;
  readonly from: LoggedCall['from'];
  readonly to: LoggedCall['to'];
  readonly by: string;
  readonly doorbell: string | null;
  readonly outcome: LoggedCall['outcome'];
}

export interface NoteRow {
  readonly pbx: string;
  readonly call: string;
  /** ms since the epoch. */
  readonly time: number;
  readonly kind: string;
  readonly who: string;
  readonly what: string;
}

/** Calls that are kept, about 100 MB: who calls without end, such as a SIP scanner, is not to fill the disk. */
const MOST_CALLS = 500_000;

/** Versions of the tables, each made from the one before it. `PRAGMA user_version` tells which a file has. */
const MIGRATIONS = [
  `CREATE TABLE call (
     id INTEGER PRIMARY KEY,
     pbx TEXT NOT NULL,
     call TEXT NOT NULL,
     began INTEGER NOT NULL,
     answered INTEGER,
     ended INTEGER,
     seconds INTEGER NOT NULL,
     from_number TEXT NOT NULL,
     from_name TEXT NOT NULL,
     to_number TEXT NOT NULL,
     to_name TEXT NOT NULL,
     answered_by TEXT NOT NULL,
     doorbell TEXT,
     outcome TEXT NOT NULL,
     UNIQUE (pbx, call)
   ) STRICT;
   CREATE INDEX call_began ON call (began, id);
   CREATE INDEX call_running ON call (pbx) WHERE outcome = 'running';
   CREATE TABLE note (
     id INTEGER PRIMARY KEY,
     pbx TEXT NOT NULL,
     call TEXT NOT NULL,
     time INTEGER NOT NULL,
     kind TEXT NOT NULL,
     who TEXT NOT NULL,
     what TEXT NOT NULL
   ) STRICT;
   CREATE INDEX note_call ON note (pbx, call);
   CREATE INDEX note_time ON note (time);`,
];

const UPSERT = `INSERT INTO call
    (pbx, call, began, answered, ended, seconds, from_number, from_name, to_number, to_name, answered_by, doorbell, outcome)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (pbx, call) DO UPDATE SET
    answered = excluded.answered, ended = excluded.ended, seconds = excluded.seconds,
    from_number = excluded.from_number, from_name = excluded.from_name,
    to_number = excluded.to_number, to_name = excluded.to_name,
    answered_by = excluded.answered_by, doorbell = excluded.doorbell, outcome = excluded.outcome`;

const COLUMNS = `id, pbx, call, began, answered, ended, seconds, from_number, from_name, to_number, to_name,
  answered_by, doorbell, outcome`;

interface Found {
  readonly id: number;
  readonly pbx: string;
  readonly call: string;
  readonly began: number;
  readonly answered: number | null;
  readonly ended: number | null;
  readonly seconds: number;
  readonly from_number: string;
  readonly from_name: string;
  readonly to_number: string;
  readonly to_name: string;
  readonly answered_by: string;
  readonly doorbell: string | null;
  readonly outcome: LoggedCall['outcome'];
}

export class Database {
  readonly #db: DatabaseSync;
  readonly #upsert: StatementSync;
  readonly #note: StatementSync;
  readonly #notesOf: StatementSync;

  /** @param file `:memory:`: for this run only */
  constructor(file: string) {
    // Who called whom is the owner's to read. Its log takes after it.
    if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600));
    this.#db = new DatabaseSync(file);
    // With the log, a commit is a write without a wait: the process may be killed at any time, and nothing is lost.
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000');
    this.#migrate();
    this.#upsert = this.#db.prepare(UPSERT);
    this.#note = this.#db.prepare(
      'INSERT INTO note (pbx, call, time, kind, who, what) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#notesOf = this.#db.prepare(
      'SELECT time, kind, who, what FROM note WHERE pbx = ? AND call = ? ORDER BY time, id',
    );
  }

  /** All of it, or nothing where the disk takes no more. */
  write(calls: readonly CallRow[], notes: readonly NoteRow[]): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const row of calls) this.#upsert.run(...columnsOf(row));
      for (const { pbx, call, time, kind, who, what } of notes)
        this.#note.run(pbx, call, time, kind, who, what);
      this.#db.exec('COMMIT');
    } catch (error) {
      // SQLite has rolled back by itself when the disk was full.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  page({ limit, pbx, search, outcome, before }: CallQuery): CallPage {
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    const only = (condition: string, ...given: (string | number)[]) => {
      conditions.push(condition);
      values.push(...given);
    };
    if (pbx !== undefined) only('pbx = ?', pbx);
    if (outcome !== undefined) only('outcome = ?', outcome);
    if (before !== undefined) only('(began, id) < (?, ?)', ...before.split('-').map(Number));
    if (search !== undefined) {
      const like = `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`;
      const fields = ['from_number', 'from_name', 'to_number', 'to_name', 'answered_by', 'doorbell'];
      const own = fields.map((field) => `${field} LIKE ? ESCAPE '\\'`);
      const noted = `EXISTS (SELECT 1 FROM note WHERE note.pbx = call.pbx AND note.call = call.call
        AND (who LIKE ? ESCAPE '\\' OR what LIKE ? ESCAPE '\\'))`;
      only(`(${[...own, noted].join(' OR ')})`, ...Array(fields.length + 2).fill(like));
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const rows = this.#db
      .prepare(`SELECT ${COLUMNS} FROM call ${where} ORDER BY began DESC, id DESC LIMIT ?`)
      .all(...values, limit + 1) as unknown as Found[];
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      calls: rows.slice(0, limit).map((row) => this.#call(row)),
      next: last === undefined ? null : `${last.began}-${last.id}`,
    };
  }

  /** Calls of which the end was not seen. */
  running(): CallRow[] {
    const rows = this.#db.prepare(`SELECT ${COLUMNS} FROM call WHERE outcome = 'running'`).all();
    return (rows as unknown as Found[]).map(
      ({ from_number, from_name, to_number, to_name, answered_by, id: _, ...row }) => ({
        ...row,
        from: { number: from_number, name: from_name },
        to: { number: to_number, name: to_name },
        by: answered_by,
      }),
    );
  }

  /**
   * Forgets what began before that time (ms since the epoch), and what is more than `most` calls, the oldest of them.
   * Gives the number of calls.
   */
  purge(before: number, most = MOST_CALLS): number {
    const over = this.#db.prepare('SELECT began FROM call ORDER BY began DESC LIMIT 1 OFFSET ?').get(most);
    const time = Math.max(before, over === undefined ? 0 : Number(over.began) + 1);
    this.#db.prepare('DELETE FROM note WHERE time < ?').run(time);
    return Number(this.#db.prepare('DELETE FROM call WHERE began < ?').run(time).changes);
  }

  close(): void {
    this.#db.close();
  }

  #call(row: Found): LoggedCall {
    const notes = this.#notesOf.all(row.pbx, row.call) as unknown as (Omit<CallNote, 'time'> & {
      readonly time: number;
    })[];
    return {
      pbx: row.pbx,
      call: row.call,
      began: iso(row.began),
      answered: row.answered === null ? null : iso(row.answered),
      ended: row.ended === null ? null : iso(row.ended),
      seconds: row.seconds,
      from: { number: row.from_number, name: row.from_name },
      to: { number: row.to_number, name: row.to_name },
      by: row.answered_by,
      doorbell: row.doorbell,
      outcome: row.outcome,
      notes: notes.map(({ time, kind, who, what }) => ({ time: iso(time), kind, who, what })),
    };
  }

  #migrate(): void {
    const { user_version: has } = this.#db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (has > MIGRATIONS.length)
      throw new Error(
        `it was written by a newer version of the companion (${has}, known: ${MIGRATIONS.length})`,
      );
    for (const [version, sql] of MIGRATIONS.entries()) {
      if (version < has) continue;
      this.#db.exec(`BEGIN; ${sql} PRAGMA user_version = ${version + 1}; COMMIT`);
    }
  }
}

function columnsOf(row: CallRow): (string | number | null)[] {
  const { pbx, call, began, answered, ended, seconds, from, to, by, doorbell, outcome } = row;
  return [
    ...[pbx, call, began, answered, ended, seconds],
    ...[from.number, from.name, to.number, to.name, by, doorbell, outcome],
  ];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
