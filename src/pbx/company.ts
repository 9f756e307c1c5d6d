/** Who is with the visitors at the doorbells: in a call, or in a conference. */
import type { AmiEvent } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import type { Party, PhoneRef } from './happenings.ts';
import type { Press } from './model.ts';
import type { Phones } from './phones.ts';

/** Somebody who is with a visitor now. */
export interface Present {
  readonly uniqueid: string;
  readonly phone: PhoneRef | null;
  readonly name: string;
}

/** Somebody in a conference. */
interface Member {
  readonly call: string;
  readonly phone: PhoneRef | null;
  readonly caller: Party;
  readonly waiting: boolean;
}

/** What a doorbell needs to know of conferences. */
export interface Rooms {
  of(uniqueid: string):
    | {
        readonly room: { readonly id: string; readonly room: string; readonly name: string };
        readonly member: Member;
      }
    | undefined;
  get(id: string): { readonly members: readonly Member[] } | undefined;
  /** Hears of channels that came, left, or turned out to wait. */
  onMember(listener: (uniqueid: string) => void): void;
}

/** A call on the line of a DECT base, which answers by itself. */
export interface LineTalk {
  /** Uniqueid of the line's channel. */
  readonly uniqueid: string;
  /** The handset that it is for, or the base where it is for several or nobody knows. */
  readonly phone: PhoneRef;
  /** When the base answered, ms since the epoch. */
  readonly answeredAt: number;
  /** A handset talks, as far as that can be known by now. */
  readonly talking: boolean;
}

/** What a doorbell needs to know of DECT bases. */
export interface Bases {
  /** Undefined: the channel is on no base's line. */
  talk(uniqueid: string): LineTalk | undefined;
  /** Hears of calls of which it shows that a handset has answered: during the call, or at the line's end. */
  onAnswer(listener: (talk: LineTalk) => void): void;
}

/** Where else than in a plain call somebody may be with a visitor. */
export interface Places {
  readonly rooms: Rooms;
  readonly bases: Bases;
}

/** `BridgeCreator` of a conference's bridge, in which one may be with others and yet wait alone. */
const CONFERENCE = 'ConfBridge';

export class Company {
  readonly #calls: Calls;
  readonly #phones: Phones;
  readonly #rooms: Rooms;
  readonly #bases: Bases;
  readonly #doorbells: ReadonlySet<string>;
  /** Bridges of conferences. */
  readonly #conferences = new Set<string>();

  /** @param doorbells their endpoints: one visitor is no company for another */
  constructor(calls: Calls, phones: Phones, { rooms, bases }: Places, doorbells: ReadonlySet<string>) {
    this.#calls = calls;
    this.#phones = phones;
    this.#rooms = rooms;
    this.#bases = bases;
    this.#doorbells = doorbells;
  }

  /** Gives whether the event tells who is with whom. A conference's comes before the one that says who joined. */
  entered({ BridgeCreator, BridgeUniqueid }: AmiEvent<'BridgeEnter'>): boolean {
    if (BridgeCreator !== CONFERENCE) return true;
    this.#conferences.add(BridgeUniqueid);
    return false;
  }

  destroyed({ BridgeUniqueid }: AmiEvent<'BridgeDestroy'>): void {
    this.#conferences.delete(BridgeUniqueid);
  }

  /** Sees which bridges are conferences' now, from the calls and rooms as they are. */
  rebuild(): void {
    const before = new Set(this.#conferences);
    this.#conferences.clear();
    for (const { channels } of this.#calls.all())
      for (const { uniqueid, bridge } of channels)
        if (bridge !== null && (before.has(bridge) || this.#rooms.of(uniqueid) !== undefined))
          this.#conferences.add(bridge);
  }

  /** In a conference others come by themselves; a call has one other end. */
  several(call: string): boolean {
    return this.#rooms.of(call) !== undefined;
  }

  /** The conference in which a visitor with this company, if any, waits for somebody; or null. */
  waiting(call: string, company: readonly Present[]): Press['waiting'] {
    const place = this.#rooms.of(call);
    if (place === undefined || company.length > 0) return null;
    return { room: place.room.room, name: place.room.name };
  }

  /** Uniqueid of the base's line that the visitor is joined with, whoever is at its end; or null. */
  line(visitor: string): string | null {
    const uniqueid = this.#calls.talkingTo(visitor)?.uniqueid ?? '';
    return this.#bases.talk(uniqueid) === undefined ? null : uniqueid;
  }

  /** Who is with the visitor: no application, no other visitor, and nobody who waits as well. */
  of(visitor: string): readonly Present[] {
    const place = this.#rooms.of(visitor);
    if (place !== undefined) {
      if (place.member.waiting) return [];
      const members = this.#rooms.get(place.room.id)?.members ?? [];
      return members
        .filter(({ call, waiting }) => call !== visitor && !waiting && !this.#isVisitor(call))
        .map(({ call, phone, caller }) => ({ uniqueid: call, phone, name: phone?.name ?? called(caller) }));
    }
    if (this.#conferences.has(this.#calls.channel(visitor)?.bridge ?? '')) return [];
    const peer = this.#calls.talkingTo(visitor);
    if (peer === undefined || this.#isVisitor(peer.uniqueid)) return [];
    const talk = this.#bases.talk(peer.uniqueid);
    if (talk !== undefined) return talk.talking ? [talkerOf(talk)] : [];
    const phone = this.#phones.ref(peer.endpoint);
    return [{ uniqueid: peer.uniqueid, phone, name: phone?.name ?? called(peer.caller) }];
  }

  #isVisitor(uniqueid: string): boolean {
    const channel = this.#calls.channel(uniqueid);
    return channel?.direction === 'in' && this.#doorbells.has(channel.endpoint);
  }
}

/** Whether it is the same people. */
export function sameCompany(one: readonly Present[], other: readonly Present[]): boolean {
  return one.length === other.length && one.every(({ uniqueid }, at) => uniqueid === other[at]?.uniqueid);
}

export function talkerOf({ uniqueid, phone }: LineTalk): Present {
  return { uniqueid, phone, name: phone.name };
}

function called({ name, number }: Party): string {
  return name || number;
}
