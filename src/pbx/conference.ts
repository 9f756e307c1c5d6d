/** One conference: who is in it, and what Asterisk has to be asked about them. */
import { AmiDisconnected, type AmiEvent } from '../ami/index.ts';
import type { Party } from './happenings.ts';
import { idOf } from './ids.ts';
import { listIfAny } from './lists.ts';
import type { ConferenceRef } from './model.ts';
import type { AmiLists, SubjectContext } from './subject.ts';
import { Table } from './table.ts';

export interface MemberRow {
  readonly call: string;
  /** The channel's name when it came in, and who it was then. */
  readonly channel: string;
  readonly caller: Party;
  readonly admin: boolean;
  marked: boolean;
  /** Waits whenever no marked user is in. */
  waits: boolean;
  waiting: boolean;
  muted: boolean;
  talking: boolean;
  readonly since: number;
}

/** ms that a room rests between two lists, and ms more for each who is in it: 200 may join at once. */
const REST = 200;
const REST_EACH = 10;

/** A list was taken over: who is new or waits no longer, or only now; and who is gone by it. */
type Listed = (room: Room, news: readonly MemberRow[], gone: readonly MemberRow[]) => void;

export class Room {
  readonly ref: ConferenceRef;
  /** By Uniqueid. */
  readonly members = new Table<MemberRow>();
  locked = false;
  recording = false;
  readonly #context: SubjectContext;
  readonly #listed: Listed;
  readonly #ami: () => AmiLists | null;
  /** Who has left by an event and may still be listed: Asterisk tells of it first (app_confbridge.c, confbridge_exec). */
  readonly #leaving = new Set<string>();
  /** One list at a time, since two would take each other's rows for news. */
  #reading: Promise<void> | null = null;
  /** Somebody came or went since the last list. */
  #stale = false;
  #rest: NodeJS.Timeout | undefined;

  /**
   * @param ami whom to ask; null while the link is down
   * @param listed hears that a list was taken over
   */
  constructor(
    context: SubjectContext,
    room: string,
    name: string | undefined,
    ami: () => AmiLists | null,
    listed: Listed,
  ) {
    this.#context = context;
    this.ref = { id: idOf(room), room, name: name ?? room };
    this.#ami = ami;
    this.#listed = listed;
    this.members.beginList();
  }

  get since(): number | null {
    let first: number | null = null;
    for (const { since } of this.members.values()) first = Math.min(first ?? since, since);
    return first;
  }

  join(event: AmiEvent<'ConfbridgeJoin'>): MemberRow {
    const row: MemberRow = {
      call: event.Uniqueid,
      channel: event.Channel,
      caller: this.#context.partyOf(event.CallerIDNum, event.CallerIDName),
      admin: event.Admin === 'Yes',
      marked: false,
      waits: false,
      waiting: false,
      muted: event.Muted === 'Yes',
      talking: false,
      since: this.#context.now(),
    };
    this.#leaving.delete(row.call);
    this.members.set(row.call, row);
    this.ask();
    return row;
  }

  leave(uniqueid: string): MemberRow | undefined {
    const row = this.members.delete(uniqueid);
    this.#leaving.add(uniqueid);
    // Without the last marked one, those who are not thrown out wait again.
    if (row?.marked === true && [...this.members.values()].some(({ waits }) => waits)) this.ask();
    return row;
  }

  /**
   * Has the list asked for, since Join says neither who is marked nor who waits: at once, but once at a time, and with
   * a rest in between that grows with the room.
   */
  ask(): void {
    this.#stale = true;
    const ami = this.#ami();
    if (this.#reading !== null || this.#rest !== undefined || ami === null) return;
    this.read(ami).catch((error: unknown) => {
      if (!(error instanceof AmiDisconnected))
        this.#context.log.warn({ err: error, room: this.ref.room }, 'Asterisk did not say who is in a room');
    });
  }

  /** Takes over who is in. */
  async read(ami: AmiLists): Promise<void> {
    while (this.#reading !== null) await this.#reading.catch(() => undefined);
    this.#stale = false;
    const reading = this.#read(ami);
    this.#reading = reading;
    try {
      await reading;
    } finally {
      this.#reading = null;
      this.#breathe();
    }
  }

  /** No timer goes on, and who left is listed again only if they came back. */
  stop(): void {
    this.#leaving.clear();
    clearTimeout(this.#rest);
    this.#rest = undefined;
  }

  #breathe(): void {
    clearTimeout(this.#rest);
    if (this.#ami() === null) return;
    this.#rest = setTimeout(
      () => {
        this.#rest = undefined;
        if (this.#stale && this.members.size > 0) this.ask();
      },
      REST + REST_EACH * this.members.size,
    );
  }

  async #read(ami: AmiLists): Promise<void> {
    this.members.beginList();
    const items = await listIfAny(ami, 'ConfbridgeList', { Conference: this.ref.room });
    if (items === null) {
      // What the AMI user may not list, events alone tell.
      this.#leaving.clear();
      return;
    }
    const rows = new Map<string, MemberRow>();
    const news: MemberRow[] = [];
    const there = new Set(items.map((item) => item.Uniqueid));
    for (const call of this.#leaving) if (!there.has(call)) this.#leaving.delete(call);
    for (const item of items) {
      if (this.#leaving.has(item.Uniqueid)) continue;
      const known = this.members.get(item.Uniqueid);
      const row = known ?? this.#row(item);
      if (known === undefined || known.waiting !== (item.Waiting === 'Yes')) news.push(row);
      if (known !== undefined) this.#takeOver(known, item);
      rows.set(item.Uniqueid, row);
    }
    const gone = this.members.endList(rows);
    // One who left while the list was on its way is no news.
    this.#listed(
      this,
      news.filter(({ call }) => this.members.get(call) !== undefined),
      gone,
    );
  }

  /** Only what events do not tell, where an event was newer than the list. */
  #takeOver(row: MemberRow, item: AmiEvent<'ConfbridgeList'>): void {
    row.marked = item.MarkedUser === 'Yes';
    row.waits = item.WaitMarked === 'Yes';
    row.waiting = item.Waiting === 'Yes';
    if (this.members.isTouched(row.call)) return;
    row.muted = item.Muted === 'Yes';
    row.talking = item.Talking === 'Yes';
  }

  #row(item: AmiEvent<'ConfbridgeList'>): MemberRow {
    return {
      call: item.Uniqueid,
      channel: item.Channel,
      caller: this.#context.partyOf(item.CallerIDNum, item.CallerIDName),
      admin: item.Admin === 'Yes',
      marked: item.MarkedUser === 'Yes',
      waits: item.WaitMarked === 'Yes',
      waiting: item.Waiting === 'Yes',
      muted: item.Muted === 'Yes',
      talking: item.Talking === 'Yes',
      since: this.#context.now() - (Number.parseInt(item.AnsweredTime, 10) || 0) * 1000,
    };
  }
}
