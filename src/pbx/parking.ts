/** Parking lots, and who waits in them. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import type { ParkingHappening, PhoneRef } from './happenings.ts';
import { endpointOf, findBy, idOf } from './ids.ts';
import { listIfAny, listOrWhy } from './lists.ts';
import type { LotOptions, ParkedCall, ParkingLot, Parking as ParkingView } from './model.ts';
import { ParkedHows } from './parked-how.ts';
import { type AmiLists, type Subject, type SubjectContext, together } from './subject.ts';
import { Table } from './table.ts';

type LotRow = Pick<ParkingLot, 'id' | 'name' | 'spaces' | 'timeout'>;

/** A call whose time was over and that is sent back to who parked it. */
interface ComingBack {
  readonly call: ParkedCall;
  /** Uniqueid of the phone's channel that rings for it, once it does. */
  ringing: string | null;
}

/** The context of res_parking that dials who parked the call (parking_bridge_features.c). */
const COMEBACK = 'park-dial';

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
  /** By lot name and space: Uniqueid of who waits at the other end of a Local channel that is parked. */
  readonly #behind = new Map<string, string>();
  /** By Uniqueid of the call. */
  readonly #comingBack = new Map<string, ComingBack>();
  readonly #hows: ParkedHows;
  /** By Asterisk's name of the lot. */
  readonly #options: ReadonlyMap<string, LotOptions>;
  #absenceSaid = false;

  constructor(context: SubjectContext, who: Who, options: readonly LotOptions[] = []) {
    this.#context = context;
    this.#who = who;
    this.#options = new Map(options.map((option) => [option.lot, option]));
    this.#hows = new ParkedHows(context.now);
    this.on = together([this.#hows.on, this.#table]);
  }

  all(): readonly ParkingLot[] {
    return [...this.#lots.values()].map((lot) => this.#view(lot));
  }

  get(id: string): ParkingLot | undefined {
    for (const lot of this.#lots.values()) if (lot.id === id) return this.#view(lot);
    return undefined;
  }

  find(text: string): ParkingLot | undefined {
    const lot = findBy(this.#lots.values(), text, (row) => [
      row.id,
      row.name,
      this.#options.get(row.name)?.name ?? row.name,
    ]);
    return lot === undefined ? undefined : this.#view(lot);
  }

  /** Where a channel is parked, or the Local channel at whose other end it waits. */
  of(uniqueid: string): ParkedCall | undefined {
    for (const [at, call] of this.#parked.entries())
      if (call.call === uniqueid || this.#behind.get(at) === uniqueid) return call;
    return undefined;
  }

  asked(uniqueid: string): void {
    this.#hows.asked(uniqueid);
  }

  /**
   * The lot that a space is of. Lots may number their spaces alike, in contexts of their own: `Parkinglots` does not
   * tell these, but they are mostly called after the lot.
   */
  withSpace(space: string, context: string): string | undefined {
    const lots = [...this.#lots.values()].filter(
      ({ spaces }) => number(space) >= number(spaces.first) && number(space) <= number(spaces.last),
    );
    const [only, another] = lots;
    if (another === undefined) return only?.id;
    const called = lots.filter(({ name }) => context.toLowerCase().includes(name.toLowerCase()));
    return (called.length === 1 ? called[0] : lots.find(({ name }) => name === 'default'))?.id;
  }

  readonly on: EventHandlers;

  readonly #table: EventHandlers = {
    ParkedCall: (event) => this.#parkedNow(event),
    // Who parked themselves gave their space to somebody: an attended transfer by the phone.
    ParkedCallSwap: (event) => this.#parkedNow(event, 'attended'),
    // The same by feature code: what is parked is a Local channel, and now somebody waits at its other end.
    AttendedTransfer: (event) => {
      if (event.Result !== 'Success') return;
      for (const [at, call] of this.#parked.entries()) {
        if (this.#hows.linked(call.call) !== event.TransfereeLinkedid) continue;
        const caller = this.#context.partyOf(event.TransfereeCallerIDNum, event.TransfereeCallerIDName);
        this.#parked.set(at, { ...call, caller, how: 'attended' });
        this.#behind.set(at, event.TransfereeUniqueid);
        this.#changed(call.lot);
      }
    },
    UnParkedCall: (event) =>
      this.#happened('retrieved', this.#leave(event), {
        by: this.#who.phone(endpointOf(event.RetrieverChannel)),
      }),
    ParkedCallTimeOut: (event) => {
      const call = this.#leave(event);
      this.#comingBack.set(call.call, { call, ringing: null });
      this.#happened('timed_out', call);
    },
    ParkedCallGiveUp: (event) => this.#happened('given_up', this.#leave(event)),
    DialBegin: (event) => {
      const back = this.#comingBack.get(event.Uniqueid);
      if (back === undefined || event.Context !== COMEBACK) return;
      back.ringing = event.DestUniqueid;
      this.#happened('calls_back', back.call, { by: this.#who.phone(endpointOf(event.DestChannel)) });
    },
    DialEnd: (event) => {
      const back = this.#comingBack.get(event.Uniqueid);
      if (back === undefined || back.ringing !== event.DestUniqueid) return;
      this.#comingBack.delete(event.Uniqueid);
      const by = this.#who.phone(endpointOf(event.DestChannel));
      if (event.DialStatus === 'ANSWER') this.#happened('taken_back', back.call, { by });
      else this.#happened('not_taken_back', back.call);
    },
    Hangup: (event) => {
      const back = this.#comingBack.get(event.Uniqueid);
      if (back === undefined) return;
      this.#comingBack.delete(event.Uniqueid);
      if (back.ringing !== null) this.#happened('not_taken_back', back.call);
      else this.#changed(back.call.lot);
    },
  };

  async snapshot(ami: AmiLists): Promise<void> {
    this.#parked.beginList();
    const [found, calls] = await Promise.all([listOrWhy(ami, 'Parkinglots'), listIfAny(ami, 'ParkedCalls')]);
    // Of a class that the AMI user lacks, the PBX tells.
    const absent = found === 'unknown_action';
    if (absent && !this.#absenceSaid)
      this.#context.log.info({}, 'This Asterisk has no res_parking loaded: no parking lots');
    this.#absenceSaid = absent;
    const lots = Array.isArray(found) ? found : null;
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
    const listed = new Map(
      (calls ?? []).map((item) => [key(item), this.#call(item, this.#parked.get(key(item)))]),
    );
    this.#parked.endList(listed);
    if ([...this.#lots.keys()].join() !== before) this.#context.changed('parking', '*');
    for (const lot of this.#lots.values()) this.#context.changed('parking', lot.id);
  }

  rest(): void {
    this.#hows.rest();
    this.#comingBack.clear();
  }

  #parkedNow(event: ParkeeEvent, how = this.#hows.of(event)): void {
    const call = { ...this.#enter(event), how };
    this.#parked.set(key(event), call);
    this.#happened('parked', call, { how });
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
    this.#behind.delete(key(event));
    return call;
  }

  #leave(event: ParkeeEvent): ParkedCall {
    // Asterisk tells the caller again, and may know more by now: the name of a transfer's end, say.
    const parked = this.#parked.delete(key(event)) ?? this.#call(event);
    this.#behind.delete(key(event));
    this.#hows.forget(parked.call);
    return { ...parked, channel: event.ParkeeChannel };
  }

  /** @param before what was known of the space: a list does not say how the call was parked */
  #call(event: ParkeeEvent, before?: ParkedCall): ParkedCall {
    const now = this.#context.now();
    const left = number(event.ParkingTimeout);
    return {
      lot: event.Parkinglot,
      space: event.ParkingSpace,
      call: event.ParkeeUniqueid,
      channel: event.ParkeeChannel,
      caller: this.#context.partyOf(event.ParkeeCallerIDNum, event.ParkeeCallerIDName),
      parkedBy: event.ParkerDialString === '' ? '' : this.#who.name(event.ParkerDialString),
      how: before?.call === event.ParkeeUniqueid ? before.how : null,
      since: now - number(event.ParkingDuration) * 1000,
      until: left > 0 ? now + left * 1000 : null,
    };
  }

  #view(lot: LotRow): ParkingLot {
    const parked: ParkedCall[] = [];
    for (const call of this.#parked.values()) if (call.lot === lot.name) parked.push(call);
    parked.sort((a, b) => number(a.space) - number(b.space));
    const callingBack = [...this.#comingBack.values()]
      .filter(({ call, ringing }) => ringing !== null && call.lot === lot.name)
      .map(({ call }) => call);
    const { name = null, phones = [] } = this.#options.get(lot.name) ?? {};
    return { ...lot, label: name, phones, parked, callingBack };
  }

  #changed(lot: string): void {
    this.#context.changed('parking', this.#lots.get(lot)?.id ?? idOf(lot));
  }

  #happened(
    type: ParkingHappening['type'],
    call: ParkedCall,
    more: Pick<ParkingHappening, 'by' | 'how'> = {},
  ): void {
    this.#changed(call.lot);
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
