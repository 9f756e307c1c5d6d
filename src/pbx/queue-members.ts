/** Who answers queues. Each member is a row of its own, so that one that changes costs no look at the others. */
import type { AmiEvent } from '../ami/index.ts';
import type { Party, PhoneRef, QueueMemberRef } from './happenings.ts';
import { idOf } from './ids.ts';
import type { FormerMember, QueueMember, Queues } from './model.ts';
import type { Phones } from './phones.ts';
import {
  type MemberEvent,
  type MemberRow,
  memberId,
  memberKey,
  memberOf,
  numberIn,
  sameMember,
  stateOf,
} from './queue-member.ts';
import { count, type QueueRow } from './queue-row.ts';
import type { SubjectContext } from './subject.ts';
import { Table } from './table.ts';
import type { Timers } from './timers.ts';

/** A member as the events of a call name it. */
export interface MemberInCall {
  readonly Queue: string;
  readonly Interface: string;
  readonly MemberName: string;
}

type Located = Pick<MemberRow, 'interface' | 'stateInterface'>;

export class QueueMembers {
  readonly #context: SubjectContext;
  readonly #phones: Phones;
  /** By Asterisk's name. */
  readonly #queues: ReadonlyMap<string, QueueRow>;
  readonly #timers: Timers;
  /** By queue and interface. */
  readonly #rows = new Table<MemberRow>();
  readonly #ids = new Map<string, MemberRow>();
  /** By queue and interface. */
  readonly #former = new Map<string, FormerMember>();

  constructor(
    context: SubjectContext,
    phones: Phones,
    queues: ReadonlyMap<string, QueueRow>,
    timers: Timers,
  ) {
    this.#context = context;
    this.#phones = phones;
    this.#queues = queues;
    this.#timers = timers;
  }

  readonly view: Queues['members'] = {
    all: () => [...this.#rows.values()].map((row) => this.#view(row)),
    get: (id) => {
      const row = this.#ids.get(id);
      return row === undefined ? undefined : this.#view(row);
    },
    of: (id) => {
      for (const row of this.#queues.values())
        if (row.id === id) return this.#of(row).map((each) => this.#view(each));
      return [];
    },
  };

  former(phone: PhoneRef): readonly FormerMember[] {
    return [...this.#former.values()].filter(
      (former) => this.#phoneOf(former)?.id === phone.id && this.#queues.has(former.queue),
    );
  }

  /** What the last event or list said of it. */
  get(queue: string, location: string): MemberRow | undefined {
    return this.#rows.get(memberKey(queue, location));
  }

  take(event: MemberEvent, queue: QueueRow): MemberRow {
    const member = memberOf(event);
    const key = memberKey(event.Queue, event.Interface);
    this.#inherit(member, this.#rows.get(key), queue);
    this.#rows.set(key, member);
    this.#former.delete(key);
    this.#show(queue, member);
    return member;
  }

  /** Gives how it was called. */
  remove(event: MemberEvent, queue: QueueRow): QueueMemberRef {
    const key = memberKey(event.Queue, event.Interface);
    const member = this.#rows.delete(key) ?? memberOf(event);
    const { interface: location, stateInterface, name, penalty } = member;
    this.#former.set(key, { queue: member.queue, interface: location, stateInterface, name, penalty });
    this.#forget(queue, member);
    return this.refOf(member);
  }

  /** The call's own event is the first to say that it is on, and for a phone the only one. */
  setCaller(queue: QueueRow, location: string, caller: Party | null): void {
    const key = memberKey(queue.queue, location);
    const member = this.#rows.get(key);
    if (member === undefined) return;
    member.caller = caller;
    this.#rows.touch(key);
    this.#show(queue, member);
  }

  /** To be called before the list is asked for. */
  beginList(): void {
    this.#rows.beginList();
  }

  /** @param anew what was to happen by the clock was given up with the last link */
  endList(items: readonly AmiEvent<'QueueMember'>[], anew: boolean): void {
    const listed = new Map<string, MemberRow>();
    for (const item of items) {
      const key = memberKey(item.Queue, item.Location);
      const known = this.#rows.get(key);
      const queue = this.#queues.get(item.Queue);
      if (queue === undefined) continue;
      const member = memberOf(item);
      this.#inherit(member, known, queue);
      if (!member.inCall) member.caller = null;
      listed.set(key, known !== undefined && sameMember(known, member) ? known : member);
    }
    const before = new Map(this.#ids);
    for (const member of this.#rows.endList(listed)) this.#forget(this.#queues.get(member.queue), member);
    for (const member of this.#rows.values()) {
      const queue = this.#queues.get(member.queue);
      if (queue !== undefined && (anew || before.get(member.id) !== member)) this.#show(queue, member);
    }
  }

  /** A member that has no name of its own is called like its phone. */
  refOf(row: MemberRow): QueueMemberRef {
    const phone = this.#phoneOf(row);
    const named = row.name !== '' && row.name !== row.interface;
    return {
      id: row.id,
      name: named ? row.name : (phone?.name ?? row.interface),
      interface: row.interface,
      phone,
    };
  }

  refOfCall({ Queue: queue, Interface: location, MemberName: name }: MemberInCall): QueueMemberRef {
    const member = this.get(queue, location);
    if (member !== undefined) return this.refOf(member);
    const phone = this.#phoneOf({ interface: location, stateInterface: location });
    return { id: memberId(queue, location), name, interface: location, phone };
  }

  #of(queue: QueueRow): MemberRow[] {
    return [...queue.counted.keys()]
      .map((location) => this.get(queue.queue, location))
      .filter((row) => row !== undefined);
  }

  /** What only the moment tells: whom it talks to, and from when on it is to be left alone. */
  #inherit(member: MemberRow, known: MemberRow | undefined, queue: QueueRow): void {
    member.caller = known?.caller ?? null;
    member.wrapUpUntil = known?.wrapUpUntil ?? null;
    const seconds = member.wrapUpTime || queue.wrapUpTime;
    if (member.lastCall === null || member.lastCall === known?.lastCall) return;
    const end = known === undefined ? member.lastCall : this.#context.now();
    member.wrapUpUntil = seconds > 0 ? end + seconds * 1000 : null;
  }

  /** Counts a member, and says so where it shows. */
  #show(queue: QueueRow, member: MemberRow): void {
    const now = this.#context.now();
    this.#ids.set(member.id, member);
    this.#count(queue, member, stateOf(member, now));
    this.#context.changed('queue_member', member.id);
    if (member.wrapUpUntil !== null && member.wrapUpUntil > now)
      this.#timers.later(`wrap-up ${member.id}`, member.wrapUpUntil - now, () => {
        const still = this.#ids.get(member.id);
        if (still !== undefined) this.#show(queue, still);
      });
  }

  #forget(queue: QueueRow | undefined, member: MemberRow): void {
    this.#ids.delete(member.id);
    this.#timers.cancel(`wrap-up ${member.id}`);
    if (queue !== undefined) this.#count(queue, member, null);
    this.#context.changed('queue_member', member.id);
  }

  /** @param state null: it is gone */
  #count(queue: QueueRow, member: MemberRow, state: QueueMember['state'] | null): void {
    const penalties = queue.penalties > 0;
    if (count(queue, member.interface, state, member.penalty > 0)) this.#context.changed('queue', queue.id);
    // Where the queue uses penalties, each of its members shows its own.
    if (penalties !== queue.penalties > 0)
      for (const { id } of this.#of(queue)) this.#context.changed('queue_member', id);
  }

  #phoneOf({ stateInterface, interface: location }: Located): PhoneRef | null {
    const number = numberIn(stateInterface) ?? numberIn(location);
    return (
      this.#phones.ref(stateInterface) ??
      this.#phones.ref(location) ??
      (number === null ? null : refOf(this.#phones.find(number)))
    );
  }

  #view(row: MemberRow): QueueMember {
    const state = stateOf(row, this.#context.now());
    return {
      ...this.refOf(row),
      queue: idOf(row.queue),
      stateInterface: row.stateInterface,
      membership: row.membership,
      state,
      paused: row.paused,
      pausedReason: row.paused ? row.pausedReason : '',
      pausedSince: row.paused ? row.lastPause : null,
      penalty: row.penalty,
      callsTaken: row.callsTaken,
      lastCall: row.lastCall,
      loggedInSince: row.loggedInSince,
      caller: row.caller,
      wrapUpUntil: state === 'wrap_up' ? row.wrapUpUntil : null,
    };
  }
}

function refOf(phone: PhoneRef | undefined): PhoneRef | null {
  return phone === undefined ? null : { id: phone.id, endpoint: phone.endpoint, name: phone.name };
}
