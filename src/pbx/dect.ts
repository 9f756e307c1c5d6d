/** DECT bases that are dialled by digits, their handsets, and handsets with a line of their own. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import { digitOf, type Heading, Headings } from './dect-heading.ts';
import { type DectOutcome, outcomeOf } from './dect-outcome.ts';
import type { DectHappening, Party } from './happenings.ts';
import { endpointOf, findBy, idOf } from './ids.ts';
import { listIfAny } from './lists.ts';
import type { PbxMemory } from './memory.ts';
import type {
  Channel,
  DectBase,
  DectBaseOptions,
  DectHandset,
  DectHandsetOptions,
  Dect as DectView,
} from './model.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';

interface HandsetRow {
  readonly id: string;
  readonly options: DectHandsetOptions;
  readonly base: BaseRow;
  /** Endpoint that is called for it; `''` where neither it nor its base has one. */
  readonly line: string;
  missed: number;
  last: DectHandset['lastCaller'];
}

interface BaseRow {
  readonly id: string;
  readonly options: DectBaseOptions;
  handsets: readonly HandsetRow[];
  knownBy: DectBase['knownBy'];
}

/** Whom a call is for. */
interface Target {
  readonly base: BaseRow;
  /** What the base is sent, or null: the line is one handset's, or nobody knows. */
  readonly digit: string | null;
  readonly handsets: readonly HandsetRow[];
}

/** A call on a line, of a base or of one handset. */
interface LineCall extends Target {
  /** Uniqueid of the line's channel. */
  readonly channel: string;
  /** Uniqueid of the channel that dialled it. */
  readonly from: string;
  readonly call: string;
  readonly caller: Party;
  /** ms since the epoch. */
  readonly since: number;
  /** When the line answered, which a base does by itself. */
  answeredAt: number | null;
  dialStatus: string;
  /** The bridge that the line's channel is in, to see who leaves it first. */
  bridge: string | null;
  first: 'base' | 'caller' | null;
  /** A handset talks, as far as that can be known by now. */
  talking: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** A call of which nothing was heard yet. */
const NEW = {
  answeredAt: null,
  dialStatus: '',
  bridge: null,
  first: null,
  talking: false,
  timer: undefined,
};

/** What a busy or dead line says at once where Asterisk has not even a channel to dial (DAHDI). */
const REFUSED = new Set(['BUSY', 'CHANUNAVAIL', 'CONGESTION']);

/** The digit that rings all handsets of a base. */
const ALL = '0';

export class Dect implements Subject, DectView {
  readonly modules = [];
  readonly on: EventHandlers;
  readonly #context: SubjectContext;
  readonly #calls: Calls;
  readonly #bases: readonly BaseRow[];
  readonly #handsets: readonly HandsetRow[];
  /** By the line's endpoint: its base, or the one handset that has it for itself. */
  readonly #lines = new Map<string, BaseRow | HandsetRow>();
  readonly #extensions = new Map<string, Target>();
  readonly #headings: Headings;
  /** By Uniqueid of the line's channel. */
  readonly #onLine = new Map<string, LineCall>();
  /** Uniqueids of those whose present Dial reached a line. */
  readonly #dialling = new Set<string>();
  readonly #unknownSaid = new Set<BaseRow>();

  constructor(context: SubjectContext, calls: Calls, options: readonly DectBaseOptions[]) {
    this.#context = context;
    this.#calls = calls;
    this.#bases = options.map(baseRow);
    this.#handsets = this.#bases.flatMap((base) => base.handsets);
    for (const base of this.#bases) {
      if (base.options.line !== undefined) this.#lines.set(base.options.line, base);
      for (const extension of base.options.all) this.#extensions.set(extension, byDigit(base, ALL));
    }
    for (const handset of this.#handsets) {
      if (handset.options.line !== undefined) this.#lines.set(handset.options.line, handset);
      for (const extension of handset.options.extensions) this.#extensions.set(extension, only(handset));
    }
    this.#headings = new Headings(new Set(this.#extensions.keys()));
    this.on = this.#table();
    if (this.#bases.length > 0)
      calls.onDevice((endpoint) => {
        const of = this.#lines.get(endpoint);
        if (of !== undefined) this.#changed('base' in of ? of.base : of, 'base' in of ? [of] : []);
      });
  }

  readonly bases = {
    all: (): readonly DectBase[] => this.#bases.map((row) => this.#base(row)),
    get: (id: string): DectBase | undefined => {
      const row = this.#bases.find((base) => base.id === id);
      return row === undefined ? undefined : this.#base(row);
    },
  };

  readonly handsets = {
    all: (): readonly DectHandset[] => this.#handsets.map((row) => this.#handset(row)),
    get: (id: string): DectHandset | undefined => {
      const row = this.#handsets.find((handset) => handset.id === id);
      return row === undefined ? undefined : this.#handset(row);
    },
    find: (text: string): DectHandset | undefined => {
      const row = findBy(this.#handsets, text, ({ id, options }) => [
        id,
        options.name,
        ...options.extensions,
      ]);
      return row === undefined ? undefined : this.#handset(row);
    },
  };

  resetMissed(id: string): void {
    const row = this.#handsets.find((handset) => handset.id === id);
    if (row === undefined || row.missed === 0) return;
    row.missed = 0;
    this.#context.changed('handset', id);
  }

  remember(): NonNullable<PbxMemory['handsets']> {
    return Object.fromEntries(
      this.#handsets.map(({ id, missed, last }) => [id, { missed, lastCaller: last }]),
    );
  }

  /** To be called before the first snapshot. */
  recall(memory: PbxMemory['handsets']): void {
    for (const row of this.#handsets) {
      const kept = memory?.[row.id];
      if (kept === undefined) continue;
      row.missed = kept.missed;
      row.last = kept.lastCaller;
    }
  }

  /** What is on the lines now; the calls were rebuilt just before. */
  async snapshot(ami: AmiLists): Promise<void> {
    if (this.#bases.length === 0) return;
    this.#headings.keepOnly((uniqueid) => this.#calls.channel(uniqueid) !== undefined);
    this.#dialling.clear();
    for (const call of this.#onLine.values()) {
      const channel = this.#calls.channel(call.channel);
      if (channel === undefined) this.#lost(call);
      else this.#resume(call, channel);
    }
    const found = [...this.#lines.keys()]
      .flatMap((line) => this.#calls.channelsOf(line))
      .filter((channel) => channel.direction === 'out' && !this.#onLine.has(channel.uniqueid));
    if (found.length > 0) await this.#takeOver(ami, found);
    for (const base of this.#bases) this.#changed(base, base.handsets);
  }

  rest(): void {
    for (const call of this.#onLine.values()) clearTimeout(call.timer);
  }

  #table(): EventHandlers {
    if (this.#bases.length === 0) return {};
    const ddi = this.#bases.some((base) => base.options.line !== undefined);
    const { on, onDialplan } = this.#headings;
    return {
      ...on,
      ...(ddi ? { ...onDialplan, VarSet: (event) => this.#refused(event) } : {}),
      DialBegin: (event) => this.#begin(event),
      Newstate: (event) => {
        const call = this.#onLine.get(event.Uniqueid);
        if (call === undefined || event.ChannelStateDesc !== 'Up' || call.answeredAt !== null) return;
        call.answeredAt = this.#context.now();
        if (isDdi(call)) this.#watch(call);
        else this.#answered(call);
      },
      DialEnd: (event) => {
        const call = this.#onLine.get(event.DestUniqueid);
        if (call !== undefined) call.dialStatus = event.DialStatus;
      },
      // A device that ends its call asks for it; who is only hung up by Asterisk does not.
      HangupRequest: (event) => {
        const call = this.#onLine.get(event.Uniqueid);
        if (call !== undefined) call.first ??= 'base';
      },
      // An analogue line asks for nothing: then it is the first to leave.
      BridgeEnter: (event) => {
        const own = this.#onLine.get(event.Uniqueid);
        if (own !== undefined) own.bridge = event.BridgeUniqueid;
        // Whoever left was transferred, and somebody is in their place.
        for (const call of this.#onLine.values()) if (call.bridge === event.BridgeUniqueid) call.first = null;
      },
      BridgeLeave: (event) => {
        for (const call of this.#onLine.values()) {
          if (call.bridge !== event.BridgeUniqueid) continue;
          call.first ??= event.Uniqueid === call.channel ? 'base' : 'caller';
        }
      },
      Hangup: (event) => {
        const call = this.#onLine.get(event.Uniqueid);
        if (call !== undefined) this.#end(call, event.Cause);
        this.#headings.forget(event.Uniqueid);
        this.#dialling.delete(event.Uniqueid);
      },
    };
  }

  #begin(event: AmiEvent<'DialBegin'>): void {
    const line = this.#lines.get(endpointOf(event.DestChannel));
    if (line === undefined || this.#onLine.has(event.DestUniqueid)) return;
    this.#dialling.add(event.Uniqueid);
    const channel = this.#calls.channel(event.DestUniqueid);
    const call = this.#call(line, {
      heading: this.#headings.of(event.Uniqueid),
      channel: event.DestUniqueid,
      from: event.Uniqueid,
      call: event.DestLinkedid,
      caller: known(channel?.connected) ?? this.#context.partyOf(event.CallerIDNum, event.CallerIDName),
      since: this.#context.now(),
    });
    if (call.digit !== null) this.#happened('ddi_dial', call, null);
    for (const handset of call.handsets) this.#happened('ringing', call, handset);
  }

  /** A call on a line, of which handset it is as far as that is known. */
  #call(
    line: BaseRow | HandsetRow,
    what: Pick<LineCall, 'channel' | 'from' | 'call' | 'caller' | 'since'> & {
      readonly heading: Heading | undefined;
    },
  ): LineCall {
    const { heading, ...rest } = what;
    const target = 'base' in line ? only(line) : this.#target(line, heading);
    const call: LineCall = { ...NEW, ...rest, ...target };
    this.#onLine.set(call.channel, call);
    this.#note(call, 'ringing');
    this.#changed(call.base, call.handsets);
    return call;
  }

  #target(base: BaseRow, heading: Heading | undefined): Target {
    const target = heading === undefined ? undefined : this.#meant(base, heading);
    if (heading === undefined || target === undefined) {
      this.#sayUnknown(base);
      return { base, digit: null, handsets: [] };
    }
    if (base.knownBy !== heading.way) {
      base.knownBy = heading.way;
      const facts = { base: base.options.name, way: heading.way };
      this.#context.log.info(facts, `The handset is known by ${WAYS[heading.way]}`);
    }
    return target;
  }

  /** Whom a heading means at this base, or undefined: nobody there. */
  #meant(base: BaseRow, { digit, extension = '', line = base.options.line }: Heading): Target | undefined {
    if (digit !== undefined) return line === base.options.line ? byDigit(base, digit) : undefined;
    const target = this.#extensions.get(extension);
    return target?.base === base ? target : undefined;
  }

  #sayUnknown(base: BaseRow): void {
    if (this.#unknownSaid.has(base)) return;
    this.#unknownSaid.add(base);
    this.#context.log.warn(
      { base: base.options.name, line: base.options.line },
      'Nothing says which handset a call on this line is for: name the extensions of its handsets in the settings, or let the AMI user read the class dialplan',
    );
  }

  /** The time after which the base cannot but have been answered by a handset. */
  #watch(call: LineCall): void {
    clearTimeout(call.timer);
    if (call.answeredAt === null || call.talking || !isDdi(call)) return;
    const [, to] = call.base.options.no_answer;
    const left = call.answeredAt + to * 1000 - this.#context.now();
    call.timer = setTimeout(() => this.#answered(call), Math.max(0, left));
  }

  #answered(call: LineCall): void {
    if (call.talking) return;
    call.talking = true;
    this.#note(call, 'answered');
    this.#changed(call.base, call.handsets);
    for (const handset of call.handsets) this.#happened('answered', call, handset);
  }

  #end(call: LineCall, cause: string): void {
    clearTimeout(call.timer);
    this.#onLine.delete(call.channel);
    const now = this.#context.now();
    const outcome = outcomeOf(
      {
        ddi: isDdi(call),
        dialStatus: call.dialStatus,
        cause,
        held: call.answeredAt === null ? null : now - call.answeredAt,
        first: call.first ?? 'caller',
      },
      call.base.options.no_answer,
    );
    if (outcome === 'answered') {
      this.#answered(call);
      const seconds = Math.round((now - (call.answeredAt ?? now)) / 1000);
      for (const handset of call.handsets) this.#happened('ended', call, handset, { seconds });
    } else this.#settle(call, outcome);
    this.#changed(call.base, call.handsets);
  }

  /** Of a call that nobody answered, or of which nobody knows. */
  #settle(call: LineCall, outcome: Exclude<DectOutcome, 'answered'>): void {
    this.#note(call, outcome);
    if (outcome === 'elsewhere') return;
    for (const handset of call.handsets) {
      if (outcome === 'missed') handset.missed += 1;
      this.#happened(outcome, call, handset);
    }
  }

  /** A line that is busy, or dead, and of which Asterisk makes no channel: Dial's result alone tells. */
  #refused(event: AmiEvent<'VarSet'>): void {
    if (event.Variable !== 'DIALSTATUS') return;
    const heading = this.#headings.of(event.Uniqueid);
    if (heading === undefined) return;
    if (!REFUSED.has(event.Value) || this.#dialling.has(event.Uniqueid)) {
      if (event.Value === '') this.#dialling.delete(event.Uniqueid);
      return;
    }
    const target = this.#bases.map((base) => this.#meant(base, heading)).find((meant) => meant !== undefined);
    if (target === undefined) return;
    const caller = this.#context.partyOf(event.CallerIDNum, event.CallerIDName);
    const { Uniqueid: from, Linkedid: call } = event;
    const since = this.#context.now();
    const refused: LineCall = { ...NEW, ...target, channel: '', from, call, caller, since };
    this.#settle(refused, event.Value === 'BUSY' ? 'busy' : 'unreachable');
    this.#changed(target.base, target.handsets);
  }

  /** A call that ended while nobody listened: how, nobody knows. */
  #lost(call: LineCall): void {
    clearTimeout(call.timer);
    this.#onLine.delete(call.channel);
    if (!call.talking) this.#note(call, 'unclear');
  }

  /** Calls that came to the lines while nobody listened. Dial's own words are in the list of channels. */
  async #takeOver(ami: AmiLists, found: readonly Channel[]): Promise<void> {
    const listed = new Map(
      ((await listIfAny(ami, 'CoreShowChannels')) ?? []).map((item) => [item.Uniqueid, item]),
    );
    for (const channel of found) {
      const line = this.#lines.get(channel.endpoint);
      // It may have ended, or an event may have told of it, while we asked.
      if (line === undefined || this.#onLine.has(channel.uniqueid)) continue;
      if (this.#calls.channel(channel.uniqueid) === undefined) continue;
      const peer = this.#calls.peer(channel.uniqueid);
      const item = listed.get(peer?.uniqueid ?? '');
      const digit = item?.Application === 'Dial' ? digitOf(item.ApplicationData) : null;
      const extension = peer?.extension ?? '';
      const call = this.#call(line, {
        heading:
          this.#headings.of(peer?.uniqueid ?? '') ??
          (digit !== null ? { way: 'dial', digit } : { way: 'extension', extension }),
        channel: channel.uniqueid,
        from: peer?.uniqueid ?? '',
        call: channel.linkedid,
        caller: channel.connected,
        since: channel.since,
      });
      this.#resume(call, channel);
    }
  }

  /** What time has made of a call while nobody listened is state, and no news. */
  #resume(call: LineCall, channel: Channel): void {
    if (channel.state !== 'Up') return;
    // A base answers at once, so that the channel's age is near enough.
    call.answeredAt ??= isDdi(call) ? channel.since : (channel.answeredAt ?? channel.since);
    call.bridge = channel.bridge;
    const [, to] = call.base.options.no_answer;
    if (!call.talking && (!isDdi(call) || this.#context.now() - call.answeredAt >= to * 1000)) {
      call.talking = true;
      this.#note(call, 'answered');
    }
    this.#watch(call);
  }

  /** What is known of the last caller. Nobody calls where a phone is rung to be joined to something. */
  #note(call: LineCall, outcome: NonNullable<DectHandset['lastCaller']>['outcome']): void {
    const { caller, since } = call;
    if (known(caller) === undefined) return;
    const last = { ...caller, time: new Date(since).toISOString(), outcome };
    for (const handset of call.handsets) handset.last = last;
  }

  #changed(base: BaseRow, handsets: readonly HandsetRow[]): void {
    this.#context.changed('dect', base.id);
    for (const handset of handsets) this.#context.changed('handset', handset.id);
  }

  #base(row: BaseRow): DectBase {
    const calls = [...this.#onLine.values()].filter((call) => call.base === row && isDdi(call));
    const { line } = row.options;
    const call = calls.at(-1);
    return {
      id: row.id,
      name: row.options.name,
      line: line ?? '',
      busy: line !== undefined && this.#calls.channelsOf(line).some(({ state }) => state !== 'Down'),
      caller: call?.caller ?? null,
      digit: call?.digit ?? null,
      noAnswer: row.options.no_answer,
      knownBy: row.knownBy,
      handsets: row.handsets.map(({ id }) => id),
    };
  }

  #handset(row: HandsetRow): DectHandset {
    const call = [...this.#onLine.values()].findLast(({ handsets }) => handsets.includes(row));
    const own = row.options.line === undefined ? undefined : this.#calls.channelsOf(row.options.line)[0];
    const { options, base } = row;
    return {
      id: row.id,
      name: options.name,
      base: base.id,
      line: row.line,
      digit: options.digit ?? null,
      extensions: options.extensions,
      mailbox: options.mailbox ?? null,
      state: stateOf(call, own),
      caller: call?.caller ?? own?.connected ?? null,
      all: call?.digit === ALL,
      since: call?.since ?? own?.since ?? null,
      until: call === undefined || call.talking ? null : untilOf(call, row),
      lastCaller: row.last,
      missed: row.missed,
    };
  }

  #happened(
    type: DectHappening['type'],
    call: LineCall,
    handset: HandsetRow | null,
    more: Pick<DectHappening, 'seconds'> = {},
  ): void {
    this.#context.happened({
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'dect',
      type,
      base: call.base.id,
      base_name: call.base.options.name,
      handset: handset?.id ?? null,
      handset_name: handset?.options.name ?? null,
      digit: call.digit,
      all: call.digit === ALL,
      handsets: call.handsets.map(({ options }) => options.name),
      mailbox: handset?.options.mailbox ?? null,
      call: call.call,
      caller: call.caller,
      ...more,
    });
  }
}

const WAYS: Readonly<Record<NonNullable<DectBase['knownBy']>, string>> = {
  extension: 'the extension that was dialled and the settings',
  dial: 'the arguments of Dial',
  user_event: 'a UserEvent of the dialplan',
};

function baseRow(options: DectBaseOptions): BaseRow {
  const id = idOf(options.line ?? options.name);
  const base: BaseRow = { id, options, handsets: [], knownBy: null };
  base.handsets = options.handsets.map((handset) => ({
    id: handset.line === undefined ? `${id}_${digitId(handset.digit ?? '')}` : idOf(handset.line),
    options: handset,
    base,
    line: handset.line ?? options.line ?? '',
    missed: 0,
    last: null,
  }));
  return base;
}

function digitId(digit: string): string {
  return { '*': 'star', '#': 'hash' }[digit] ?? digit;
}

function byDigit(base: BaseRow, digit: string): Target {
  const all = base.handsets.filter(({ options }) => options.digit !== undefined);
  return {
    base,
    digit,
    handsets: digit === ALL ? all : all.filter(({ options }) => options.digit === digit),
  };
}

function only(handset: HandsetRow): Target {
  return { base: handset.base, digit: handset.options.digit ?? null, handsets: [handset] };
}

/** The line is a base's, which answers by itself. */
function isDdi({ base, handsets }: LineCall): boolean {
  return base.options.line !== undefined && handsets[0]?.options.line === undefined;
}

function stateOf(call: LineCall | undefined, own: Channel | undefined): DectHandset['state'] {
  if (call !== undefined) return call.talking ? 'in_call' : 'ringing';
  return own === undefined ? 'free' : 'in_call';
}

/** When it stops ringing by itself: the base gives up, or the dialplan does. */
function untilOf(call: LineCall, handset: HandsetRow): number | null {
  if (!isDdi(call)) return call.since + handset.options.ring_time * 1000;
  return call.answeredAt === null ? null : call.answeredAt + call.base.options.no_answer[0] * 1000;
}

/** A party of which anything is known. */
function known(party: Party | undefined): Party | undefined {
  return party === undefined || (party.number === '' && party.name === '') ? undefined : party;
}
