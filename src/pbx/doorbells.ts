/** Doorbells: one press is one ring, whatever the dialplan does with it. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import { Company, type LineTalk, type Places, sameCompany, talkerOf } from './company.ts';
import type { DoorbellHappening } from './happenings.ts';
import { endpointOf, findBy, idOf } from './ids.ts';
import type { LastPress, PbxMemory } from './memory.ts';
import type { Channel, Doorbell, DoorbellOptions, Doorbells as DoorbellsView, Press } from './model.ts';
import type { Parking } from './parking.ts';
import type { Phones } from './phones.ts';
import { answer, answerers, lastOf, type PressRow, pressRow, stateOf } from './press.ts';
import type { Subject, SubjectContext } from './subject.ts';

interface DoorbellRow {
  readonly id: string;
  readonly options: DoorbellOptions;
  /** Those alive, by Uniqueid of the doorbell's channel; the newest is the last. */
  readonly presses: Map<string, PressRow>;
  last: PressRow | null;
}

/** Q.850: another device of the same call took it. */
const ANSWERED_ELSEWHERE = '26';
/** SIP's word for a person who presses Decline (RFC 3261, 21.6.2); a phone that is busy has another. */
const DECLINE = '603';

export class Doorbells implements Subject, DoorbellsView {
  readonly modules = [];
  readonly #context: SubjectContext;
  readonly #calls: Calls;
  readonly #parking: Parking;
  readonly #company: Company;
  readonly #rows: readonly DoorbellRow[];
  readonly on: EventHandlers;
  /** The dialplan was seen at work since the link came up. */
  #seesDialplan = false;
  #blindnessSaid = false;

  constructor(
    context: SubjectContext,
    calls: Calls,
    phones: Phones,
    parking: Parking,
    places: Places,
    options: readonly DoorbellOptions[],
  ) {
    this.#context = context;
    this.#calls = calls;
    this.#parking = parking;
    this.#company = new Company(calls, phones, places, new Set(options.map(({ endpoint }) => endpoint)));
    this.#rows = options.map((doorbell) => ({
      id: [idOf(doorbell.endpoint), ...doorbell.extensions.map(idOf)].join('_'),
      options: doorbell,
      presses: new Map(),
      last: null,
    }));
    places.rooms.onMember(() => this.#lookAtAll());
    places.bases.onAnswer((talk) => this.#answeredBehindBase(talk));
    // Without a doorbell nobody reads the dialplan, and it stays away.
    this.on = options.length === 0 ? {} : { ...this.#calling, ...this.#dialling };
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

  dismiss(id: string, who: string): void {
    for (const press of this.#row(id)?.presses.values() ?? []) press.dismissedBy = who;
  }

  moveOn(id: string, who: string): void {
    const row = this.#row(id);
    for (const press of row?.presses.values() ?? []) {
      if (row === undefined || press.outcome !== 'ringing') continue;
      press.dismissedBy = who;
      this.#over(row, press, 'cancelled');
    }
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
        ...pressRow({ call, caller: { number, name }, extension, since: Date.parse(time) }),
        outcome: outcome === 'ringing' ? 'lost' : outcome,
      };
    }
  }

  readonly #calling: EventHandlers = {
    Newchannel: (event) => {
      const channel = this.#calls.channel(event.Uniqueid);
      if (channel?.direction !== 'in') return;
      for (const row of this.#pressedBy(channel)) this.#happened('ring', row, this.#press(row, channel));
    },
    ParkedCall: (event) => this.#parked(event.ParkeeUniqueid),
    // A phone that parked itself hands the visitor over: by its own key, or by feature code.
    ParkedCallSwap: (event) => this.#parked(event.ParkeeUniqueid),
    AttendedTransfer: (event) => this.#parked(event.TransfereeUniqueid),
    UnParkedCall: () => this.#unparked(),
    ParkedCallTimeOut: () => this.#unparked(),
    ParkedCallGiveUp: () => this.#unparked(),
    // Either party may enter the bridge last, so every press that is alive is looked at: there are few.
    BridgeEnter: (event) => {
      if (this.#company.entered(event)) this.#lookAtAll();
    },
    BridgeLeave: () => this.#lookAtAll(),
    BridgeDestroy: (event) => this.#company.destroyed(event),
    // The phone's own end may come after the visitor's.
    HangupRequest: (event) => this.#declined(event),
    Hangup: (event) => {
      this.#declined(event);
      this.#update(event.Uniqueid, (press, row) => this.#hangUp(row, press, event));
    },
  };

  readonly #dialling: EventHandlers = {
    VarSet: (event) => {
      if (event.Variable !== 'DIALSTATUS' || event.Value !== '') return;
      this.#seesDialplan = true;
      for (const row of this.#rows) {
        const press = row.presses.get(event.Uniqueid);
        if (press !== undefined) this.#attempt(row, press);
      }
    },
    DialBegin: (event) =>
      this.#update(event.Uniqueid, (press) => {
        if (!this.#seesDialplan) this.#sayBlind();
        if (press.attempts.ring(event.DestUniqueid)) press.declined = false;
      }),
    DialEnd: (event) => this.#update(event.Uniqueid, (press) => press.attempts.rest(event.DestUniqueid)),
  };

  /** Compares with the calls, lots and rooms, which were rebuilt just before: no lists of its own. */
  async snapshot(): Promise<void> {
    this.#seesDialplan = false;
    this.#blindnessSaid = false;
    this.#company.rebuild();
    for (const row of this.#rows) {
      for (const press of row.presses.values()) {
        if (this.#calls.channel(press.call) === undefined) {
          press.outcome = press.outcome === 'cancelled' ? 'cancelled' : 'lost';
          this.#end(row, press);
        } else {
          press.attempts.restAll();
          this.#found(press);
        }
      }
      for (const channel of this.#calls.channelsOf(row.options.endpoint)) {
        if (channel.direction !== 'in' || row.presses.has(channel.uniqueid) || !matches(row, channel))
          continue;
        this.#found(this.#press(row, channel));
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
    const { uniqueid: call, caller, extension, since } = channel;
    const press = pressRow({ call, caller, extension, since });
    row.presses.set(press.call, press);
    row.last = press;
    return press;
  }

  /** A press that was under way while we did not look: its state is taken over, its past makes no news. */
  #found(press: PressRow): void {
    const space = this.#parking.of(press.call);
    press.parked = space === undefined ? null : { lot: space.lot, space: space.space };
    press.company = this.#company.of(press.call);
    press.line = this.#company.line(press.call);
    press.waiting = this.#company.waiting(press.call, press.company);
    press.held ||= press.parked !== null || press.waiting !== null;
    for (const one of press.company) answer(press, one, this.#context.now());
  }

  #parked(uniqueid: string): void {
    const call = this.#parking.of(uniqueid);
    if (call === undefined) return;
    const { lot, space } = call;
    this.#update(uniqueid, (press, row) => {
      // Two events tell of one handing over.
      if (press.parked?.lot === lot && press.parked.space === space) return;
      press.parked = { lot, space };
      press.held = true;
      this.#happened('parked', row, press, { lot, space });
    });
  }

  #unparked(): void {
    for (const row of this.#rows)
      for (const press of row.presses.values()) {
        if (press.parked === null || this.#parking.of(press.call) !== undefined) continue;
        press.parked = null;
        this.#context.changed('doorbell', row.id);
      }
  }

  #lookAtAll(): void {
    for (const row of this.#rows) for (const press of row.presses.values()) this.#look(row, press);
  }

  /** Sees who is with the visitor now, and tells of those who were not before. */
  #look(row: DoorbellRow, press: PressRow): void {
    const before = press.company;
    const waited = press.waiting;
    press.company = this.#company.of(press.call);
    press.line = this.#company.line(press.call) ?? press.line;
    press.waiting = this.#company.waiting(press.call, press.company);
    // A transfer hands the visitor on, which is no new answer.
    const several = this.#company.several(press.call);
    for (const one of press.company)
      if ((press.answeredAt === null || several) && answer(press, one, this.#context.now()))
        this.#happened('answered', row, press, { by: one.phone });
    if (waited === null && press.waiting !== null && press.answeredAt === null) {
      const { room, name } = press.waiting;
      press.held = true;
      this.#happened('waiting', row, press, { room, room_name: name });
    }
    if (waited?.room !== press.waiting?.room || !sameCompany(before, press.company))
      this.#context.changed('doorbell', row.id);
  }

  /** A base answers by itself: that a handset did shows when the base no longer gives up, or at the line's end. */
  #answeredBehindBase(talk: LineTalk): void {
    for (const row of this.#rows)
      for (const press of row.presses.values()) {
        if (press.line !== talk.uniqueid) continue;
        if (press.answeredAt === null && answer(press, talkerOf(talk), talk.answeredAt))
          this.#happened('answered', row, press, { by: talk.phone });
        this.#look(row, press);
      }
  }

  #attempt(row: DoorbellRow, press: PressRow): void {
    const now = this.#context.now();
    if (press.attempts.dial(now)) this.#context.changed('doorbell', row.id);
    if (press.attempts.spins(now))
      this.#context.log.warn(
        { doorbell: row.options.name, extension: press.extension, attempts: press.attempts.count },
        'The dialplan dials for this doorbell in a loop that never rests while no phone is registered: put a Wait(1) into it, since it takes all that Asterisk has',
      );
  }

  /** Once a link: how attempts are known without the dialplan. What else than Dial may have rung is not to be told. */
  #sayBlind(): void {
    if (this.#blindnessSaid) return;
    this.#blindnessSaid = true;
    this.#context.log.info(
      {},
      'A doorbell’s attempts are known by the phones that ring, since its dialplan was not seen at work: if rounds without a phone are to count, give the AMI user the read class `dialplan` in manager.conf',
    );
  }

  #declined({ TechCause, Linkedid: linkedid }: AmiEvent<'Hangup' | 'HangupRequest'>): void {
    if (TechCause !== DECLINE) return;
    for (const { presses } of this.#rows)
      for (const press of presses.values())
        if (this.#calls.channel(press.call)?.linkedid === linkedid) press.declined = true;
  }

  #hangUp(row: DoorbellRow, press: PressRow, { Cause }: AmiEvent<'Hangup'>): void {
    const sentAway = press.dismissedBy !== null || press.declined || Cause === ANSWERED_ELSEWHERE;
    if (press.outcome === 'ringing') this.#over(row, press, sentAway ? 'cancelled' : 'missed');
    if (press.outcome === 'missed' && press.attempts.count === 0 && !press.held && !this.#seesDialplan)
      this.#sayBlind();
    this.#end(row, press);
  }

  #over(row: DoorbellRow, press: PressRow, outcome: 'missed' | 'cancelled'): void {
    press.outcome = outcome;
    const { dismissedBy: who } = press;
    this.#happened(outcome, row, press, who === null ? {} : { who });
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
    // A visitor who was moved on is nobody's at this door any more, though the call lasts.
    const press = [...row.presses.values()].findLast(({ outcome }) => outcome !== 'cancelled') ?? null;
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

  #pressOf(press: PressRow): Press {
    const { call, caller, extension, since, answeredBy, answeredAt, parked, waiting, outcome } = press;
    return {
      ...{ call, caller, extension, since, answeredBy, answeredAt, parked, waiting, outcome },
      channel: this.#calls.channel(call)?.name ?? '',
      by: answerers(press),
      talkingTo: press.company.map(({ name }) => name),
      attempts: press.attempts.count,
      attemptsKnownBy: press.attempts.knownBy,
    };
  }

  #happened(
    type: DoorbellHappening['type'],
    row: DoorbellRow,
    press: PressRow | null,
    more: Partial<DoorbellHappening> = {},
  ): void {
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
      ...(press !== null && ATTEMPTS_TOLD.has(type) ? { attempts: press.attempts.count } : {}),
      ...(press !== null && ANSWERERS_TOLD.has(type) ? { answered_by: answerers(press) } : {}),
      ...more,
    });
  }
}

const ATTEMPTS_TOLD: ReadonlySet<DoorbellHappening['type']> = new Set([
  'answered',
  'missed',
  'cancelled',
  'ended',
]);
const ANSWERERS_TOLD: ReadonlySet<DoorbellHappening['type']> = new Set(['answered', 'ended']);

function matches(row: DoorbellRow, channel: Channel): boolean {
  const { extensions } = row.options;
  return extensions.length === 0 || extensions.includes(channel.extension);
}
