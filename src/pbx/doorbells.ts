/** Doorbells: one press is one ring, whatever the dialplan does with it. */
import type { EventHandlers } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import type { DoorbellHappening, Party, PhoneRef } from './happenings.ts';
import { endpointOf, findBy, idOf } from './ids.ts';
import type { LastPress, PbxMemory } from './memory.ts';
import type {
  Channel,
  Doorbell,
  DoorbellOptions,
  DoorbellState,
  Doorbells as DoorbellsView,
  Press,
} from './model.ts';
import type { Parking } from './parking.ts';
import type { Phones } from './phones.ts';
import type { Subject, SubjectContext } from './subject.ts';

interface PressRow {
  readonly call: string;
  readonly caller: Party;
  readonly extension: string;
  readonly since: number;
  answeredBy: PhoneRef | null;
  answeredAt: number | null;
  parked: Press['parked'];
  /** Somebody in the house sent the visitor away. */
  dismissed: boolean;
  outcome: Press['outcome'];
}

interface DoorbellRow {
  readonly id: string;
  readonly options: DoorbellOptions;
  /** Those alive, by Uniqueid of the doorbell's channel; the newest is the last. */
  readonly presses: Map<string, PressRow>;
  last: PressRow | null;
}

/** Q.850: another device of the same call took it. */
const ANSWERED_ELSEWHERE = '26';

export class Doorbells implements Subject, DoorbellsView {
  readonly modules = [];
  readonly #context: SubjectContext;
  readonly #calls: Calls;
  readonly #phones: Phones;
  readonly #parking: Parking;
  readonly #rows: readonly DoorbellRow[];

  constructor(
    context: SubjectContext,
    calls: Calls,
    phones: Phones,
    parking: Parking,
    options: readonly DoorbellOptions[],
  ) {
    this.#context = context;
    this.#calls = calls;
    this.#phones = phones;
    this.#parking = parking;
    this.#rows = options.map((doorbell) => ({
      id: [idOf(doorbell.endpoint), ...doorbell.extensions.map(idOf)].join('_'),
      options: doorbell,
      presses: new Map(),
      last: null,
    }));
  }

  all(): readonly Doorbell[] {
    return this.#rows.map((row) => this.#view(row));
  }

  get(id: string): Doorbell | undefined {
    const row = this.#row(id);
    return row === undefined ? undefined : this.#view(row);
  }

  find(text: string): Doorbell | undefined {
    const row = findBy(this.#rows, text, ({ id, options }) => [id, options.name, options.endpoint]);
    return row === undefined ? undefined : this.#view(row);
  }

  dismiss(id: string): void {
    for (const press of this.#row(id)?.presses.values() ?? []) press.dismissed = true;
  }

  opened(id: string, way: string, who: string): void {
    const row = this.#row(id);
    if (row !== undefined)
      this.#happened('opened', row, [...row.presses.values()].at(-1) ?? null, { way, who });
  }

  remember(): PbxMemory['doorbells'] {
    const kept: Record<string, LastPress> = {};
    for (const { id, last } of this.#rows)
      if (last !== null) kept[id] = { ...lastOf(last), call: last.call, extension: last.extension };
    return kept;
  }

  /** To be called before the first snapshot. A press that was alive then is lost, unless the snapshot finds it. */
  recall(memory: PbxMemory['doorbells']): void {
    for (const row of this.#rows) {
      const kept = memory[row.id];
      if (kept === undefined) continue;
      const { number, name, time, outcome, call, extension } = kept;
      row.last = {
        call,
        caller: { number, name },
        extension,
        since: Date.parse(time),
        answeredBy: null,
        answeredAt: null,
        parked: null,
        dismissed: false,
        outcome: outcome === 'ringing' ? 'lost' : outcome,
      };
    }
  }

  readonly on: EventHandlers = {
    Newchannel: (event) => {
      const channel = this.#calls.channel(event.Uniqueid);
      if (channel?.direction !== 'in') return;
      for (const row of this.#pressedBy(channel)) this.#happened('ring', row, this.#press(row, channel));
    },
    ParkedCall: (event) =>
      this.#update(event.ParkeeUniqueid, (press, row) => {
        press.parked = { lot: event.Parkinglot, space: event.ParkingSpace };
        this.#happened('parked', row, press, { lot: event.Parkinglot, space: event.ParkingSpace });
      }),
    UnParkedCall: (event) => this.#update(event.ParkeeUniqueid, unpark),
    ParkedCallTimeOut: (event) => this.#update(event.ParkeeUniqueid, unpark),
    ParkedCallGiveUp: (event) => this.#update(event.ParkeeUniqueid, unpark),
    // Either party may enter the bridge last, so every press that waits is looked at: there are few.
    BridgeEnter: () => {
      for (const row of this.#rows) for (const press of row.presses.values()) this.#answeredYet(row, press);
    },
    Hangup: (event) =>
      this.#update(event.Uniqueid, (press, row) => {
        if (press.answeredAt === null)
          this.#happened(
            press.dismissed || event.Cause === ANSWERED_ELSEWHERE ? 'cancelled' : 'missed',
            row,
            press,
          );
        this.#end(row, press);
      }),
  };

  /** Compares with the calls and lots, which were rebuilt just before: no lists of its own. */
  async snapshot(): Promise<void> {
    for (const row of this.#rows) {
      for (const press of row.presses.values()) {
        if (this.#calls.channel(press.call) !== undefined) continue;
        press.outcome = 'lost';
        this.#end(row, press);
      }
      for (const channel of this.#calls.channelsOf(row.options.endpoint)) {
        if (channel.direction !== 'in' || row.presses.has(channel.uniqueid) || !matches(row, channel))
          continue;
        this.#found(row, this.#press(row, channel));
      }
      this.#context.changed('doorbell', row.id);
    }
  }

  #row(id: string): DoorbellRow | undefined {
    return this.#rows.find((row) => row.id === id);
  }

  #pressedBy(channel: Channel): DoorbellRow[] {
    return this.#rows.filter(
      (row) => row.options.endpoint === endpointOf(channel.name) && matches(row, channel),
    );
  }

  #press(row: DoorbellRow, channel: Channel): PressRow {
    const press: PressRow = {
      call: channel.uniqueid,
      caller: channel.caller,
      extension: channel.extension,
      since: channel.since,
      answeredBy: null,
      answeredAt: null,
      parked: null,
      dismissed: false,
      outcome: 'ringing',
    };
    row.presses.set(press.call, press);
    row.last = press;
    return press;
  }

  /** A press that was under way before we looked: its state is taken over, its past makes no news. */
  #found(row: DoorbellRow, press: PressRow): void {
    const space = this.#parking.of(press.call);
    press.parked = space === undefined ? null : { lot: space.lot, space: space.space };
    const peer = this.#calls.talkingTo(press.call);
    if (peer === undefined) return;
    press.answeredAt = this.#context.now();
    press.answeredBy = this.#phones.ref(peer.endpoint);
    press.outcome = 'answered';
    this.#context.changed('doorbell', row.id);
  }

  #answeredYet(row: DoorbellRow, press: PressRow): void {
    if (press.answeredAt !== null) return;
    const peer = this.#calls.talkingTo(press.call);
    if (peer === undefined) return;
    press.answeredAt = this.#context.now();
    press.answeredBy = this.#phones.ref(peer.endpoint);
    press.outcome = 'answered';
    this.#happened('answered', row, press, { by: press.answeredBy });
  }

  #end(row: DoorbellRow, press: PressRow): void {
    row.presses.delete(press.call);
    const talked = press.answeredAt === null ? 0 : (this.#context.now() - press.answeredAt) / 1000;
    const { outcome } = press;
    if (outcome !== 'ringing') this.#happened('ended', row, press, { outcome, seconds: Math.round(talked) });
  }

  #update(uniqueid: string, change: (press: PressRow, row: DoorbellRow) => void): void {
    for (const row of this.#rows) {
      const press = row.presses.get(uniqueid);
      if (press === undefined) continue;
      change(press, row);
      this.#context.changed('doorbell', row.id);
    }
  }

  #view(row: DoorbellRow): Doorbell {
    const press = [...row.presses.values()].at(-1) ?? null;
    const { last } = row;
    return {
      id: row.id,
      name: row.options.name,
      endpoint: row.options.endpoint,
      answer_on: row.options.answer_on,
      state: stateOf(press),
      press: press === null ? null : this.#pressOf(press),
      last: last === null ? null : lastOf(last),
    };
  }

  #pressOf({ dismissed: _, ...press }: PressRow): Press {
    return { ...press, channel: this.#calls.channel(press.call)?.name ?? '' };
  }

  #happened(
    type: DoorbellHappening['type'],
    row: DoorbellRow,
    press: PressRow | null,
    more: Pick<DoorbellHappening, 'by' | 'lot' | 'space' | 'outcome' | 'seconds' | 'way' | 'who'> = {},
  ): void {
    if (press !== null && (type === 'missed' || type === 'cancelled')) press.outcome = type;
    this.#context.changed('doorbell', row.id);
    this.#context.happened({
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'doorbell',
      type,
      doorbell: row.id,
      name: row.options.name,
      call: press?.call ?? '',
      caller: press?.caller ?? { number: '', name: '' },
      extension: press?.extension ?? '',
      ...more,
    });
  }
}

function lastOf({ caller, since, outcome }: PressRow): NonNullable<Doorbell['last']> {
  return { ...caller, time: new Date(since).toISOString(), outcome };
}

function matches(row: DoorbellRow, channel: Channel): boolean {
  const { extensions } = row.options;
  return extensions.length === 0 || extensions.includes(channel.extension);
}

function unpark(press: PressRow): void {
  press.parked = null;
}

function stateOf(press: PressRow | null): DoorbellState {
  if (press === null) return 'idle';
  if (press.parked !== null) return 'parked';
  return press.answeredAt === null ? 'ringing' : 'answered';
}
