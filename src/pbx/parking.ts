/** Parking lots, and who waits in them. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import type { ParkingHappening, PhoneRef } from './happenings.ts';
import { endpointOf, findBy, idOf } from './ids.ts';
import { listIfAny } from './lists.ts';
import type { ParkedCall, ParkingLot, Parking as ParkingView } from './model.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';
import { Table } from './table.ts';

interface LotRow {
  readonly id: string;
  readonly name: string;
  readonly spaces: ParkingLot['spaces'];
  readonly timeout: number;
}

type ParkeeEvent = AmiEvent<
  'ParkedCall' | 'UnParkedCall' | 'ParkedCallTimeOut' | 'ParkedCallGiveUp' | 'ParkedCallSwap'
>;

/** Who is behind a device name. */
export interface Who {
  phone(endpoint: string): PhoneRef | null;
  /** A phone's or doorbell's name, or the device name where it is neither. */
  name(endpoint: string): string;
}

export class Parking implements Subject, ParkingView {
  readonly modules = ['res_parking'];
  readonly #context: SubjectContext;
  readonly #who: Who;
  readonly #lots = new Map<string, LotRow>();
  /** By lot name and space. */
  readonly #parked = new Table<ParkedCall>();
  #absenceSaid = false;

  constructor(context: SubjectContext, who: Who) {
    this.#context = context;
    this.#who = who;
  }

  all(): readonly ParkingLot[] {
    return [...this.#lots.values()].map((lot) => this.#view(lot));
  }

  get(id: string): ParkingLot | undefined {
    for (const lot of this.#lots.values()) if (lot.id === id) return this.#view(lot);
    return undefined;
  }

  find(text: string): ParkingLot | undefined {
    const lot = findBy(this.#lots.values(), text, (row) => [row.id, row.name]);
    return lot === undefined ? undefined : this.#view(lot);
  }

  /** Where a channel is parked. */
  of(uniqueid: string): ParkedCall | undefined {
    for (const call of this.#parked.values()) if (call.call === uniqueid) return call;
    return undefined;
  }

  readonly on: EventHandlers = {
    ParkedCall: (event) => this.#happened('parked', this.#enter(event)),
    ParkedCallSwap: (event) => void this.#enter(event),
    UnParkedCall: (event) =>
      this.#happened('retrieved', this.#leave(event), {
        by: this.#who.phone(endpointOf(event.RetrieverChannel)),
      }),
    ParkedCallTimeOut: (event) => this.#happened('timed_out', this.#leave(event)),
    ParkedCallGiveUp: (event) => this.#happened('given_up', this.#leave(event)),
  };

  async snapshot(ami: AmiLists): Promise<void> {
    this.#parked.beginList();
    const [lots, calls] = await Promise.all([listIfAny(ami, 'Parkinglots'), listIfAny(ami, 'ParkedCalls')]);
    if (lots === null && !this.#absenceSaid)
      this.#context.log.info({}, 'This Asterisk has no res_parking loaded: no parking lots');
    this.#absenceSaid = lots === null;
    const before = [...this.#lots.keys()].join();
    this.#lots.clear();
    for (const item of lots ?? []) {
      const lot = { first: item.StartSpace, last: item.StopSpace };
      this.#lots.set(item.Name, {
        id: idOf(item.Name),
        name: item.Name,
        spaces: lot,
        timeout: number(item.Timeout),
      });
    }
    const listed = new Map((calls ?? []).map((item) => [key(item), this.#call(item)]));
    this.#parked.endList(listed);
    if ([...this.#lots.keys()].join() !== before) this.#context.changed('parking', '*');
    for (const lot of this.#lots.values()) this.#context.changed('parking', lot.id);
  }

  #enter(event: ParkeeEvent): ParkedCall {
    if (!this.#lots.has(event.Parkinglot)) {
      // A lot that the dialplan makes up as it goes (PARKINGDYNAMIC) is in no list before its first call.
      this.#lots.set(event.Parkinglot, {
        id: idOf(event.Parkinglot),
        name: event.Parkinglot,
        spaces: { first: event.ParkingSpace, last: event.ParkingSpace },
        timeout: number(event.ParkingTimeout),
      });
      this.#context.changed('parking', '*');
    }
    const call = this.#call(event);
    this.#parked.set(key(event), call);
    return call;
  }

  #leave(event: ParkeeEvent): ParkedCall {
    // Asterisk tells the caller again, and may know more by now: the name of a transfer's end, say.
    const parked = this.#parked.delete(key(event)) ?? this.#call(event);
    return { ...parked, channel: event.ParkeeChannel };
  }

  #call(event: ParkeeEvent): ParkedCall {
    const now = this.#context.now();
    const left = number(event.ParkingTimeout);
    return {
      lot: event.Parkinglot,
      space: event.ParkingSpace,
      call: event.ParkeeUniqueid,
      channel: event.ParkeeChannel,
      caller: this.#context.partyOf(event.ParkeeCallerIDNum, event.ParkeeCallerIDName),
      parkedBy: event.ParkerDialString === '' ? '' : this.#who.name(event.ParkerDialString),
      since: now - number(event.ParkingDuration) * 1000,
      until: left > 0 ? now + left * 1000 : null,
    };
  }

  #view(lot: LotRow): ParkingLot {
    const parked: ParkedCall[] = [];
    for (const call of this.#parked.values()) if (call.lot === lot.name) parked.push(call);
    parked.sort((a, b) => number(a.space) - number(b.space));
    return { ...lot, parked };
  }

  #happened(type: ParkingHappening['type'], call: ParkedCall, more: Pick<ParkingHappening, 'by'> = {}): void {
    this.#context.changed('parking', this.#lots.get(call.lot)?.id ?? idOf(call.lot));
    this.#context.happened({
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'parking',
      type,
      lot: call.lot,
      space: call.space,
      call: call.call,
      caller: call.caller,
      parked_by: call.parkedBy,
      ...more,
    });
  }
}

function key(event: { readonly Parkinglot: string; readonly ParkingSpace: string }): string {
  return `${event.Parkinglot}/${event.ParkingSpace}`;
}

function number(text: string): number {
  return Number.parseInt(text, 10) || 0;
}
