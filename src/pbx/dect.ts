/** DECT bases that are dialled by digits, their handsets, and handsets with a line of their own. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import type { LineTalk } from './company.ts';
import { digitOf, type Heading, Headings } from './dect-heading.ts';
import { Leaving } from './dect-leaving.ts';
import { DectLines } from './dect-lines.ts';
import { type DectOutcome, outcomeOf } from './dect-outcome.ts';
import { type BaseRow, type HandsetRow, isDdi, type LineCall, lineCall, type NewCall } from './dect-rows.ts';
import { baseView, handsetView, happeningOf, talkOf } from './dect-view.ts';
import type { DectHappening } from './happenings.ts';
import { endpointOf, findBy } from './ids.ts';
import { listIfAny } from './lists.ts';
import type { PbxMemory } from './memory.ts';
import type { Channel, DectBase, DectBaseOptions, DectHandset, Dect as DectView } from './model.ts';
import { known } from './party.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';

/** What a busy or dead line says at once where Asterisk has not even a channel to dial (DAHDI). */
const REFUSED = new Set(['BUSY', 'CHANUNAVAIL', 'CONGESTION']);

export class Dect implements Subject, DectView {
  readonly modules = [];
  readonly on: EventHandlers;
  readonly #context: SubjectContext;
  readonly #calls: Calls;
  readonly #lines: DectLines;
  readonly #headings: Headings;
  /** By Uniqueid of the line's channel. */
  readonly #onLine = new Map<string, LineCall>();
  readonly #leaving = new Leaving(this.#onLine);
  /** Uniqueids of those whose present Dial reached a line. */
  readonly #dialling = new Set<string>();
  readonly #answerListeners: ((talk: LineTalk) => void)[] = [];

  constructor(context: SubjectContext, calls: Calls, options: readonly DectBaseOptions[]) {
    this.#context = context;
    this.#calls = calls;
    this.#lines = new DectLines(options, context.log);
    this.#headings = new Headings(new Set(this.#lines.extensions));
    this.on = this.#table();
    if (options.length > 0)
      calls.onDevice((endpoint) => {
        const of = this.#lines.at(endpoint);
        if (of !== undefined) this.#changed('base' in of ? of.base : of, 'base' in of ? [of] : []);
      });
  }

  readonly bases = {
    all: (): readonly DectBase[] => this.#lines.bases.map((row) => this.#base(row)),
    get: (id: string): DectBase | undefined => {
      const row = this.#lines.bases.find((base) => base.id === id);
      return row === undefined ? undefined : this.#base(row);
    },
  };

  readonly handsets = {
    all: (): readonly DectHandset[] => this.#lines.handsets.map((row) => this.#handset(row)),
    get: (id: string): DectHandset | undefined => {
      const row = this.#lines.handsets.find((handset) => handset.id === id);
      return row === undefined ? undefined : this.#handset(row);
    },
    find: (text: string): DectHandset | undefined => {
      const row = findBy(this.#lines.handsets, text, ({ id, options }) => [
        id,
        options.name,
        ...options.extensions,
      ]);
      return row === undefined ? undefined : this.#handset(row);
    },
  };

  /** A call on a base's line by the Uniqueid of the line's channel. */
  talk(uniqueid: string): LineTalk | undefined {
    const call = this.#onLine.get(uniqueid);
    return call === undefined || !isDdi(call) ? undefined : talkOf(call);
  }

  /** Hears of calls of which it shows that a handset has answered. */
  onAnswer(listener: (talk: LineTalk) => void): void {
    this.#answerListeners.push(listener);
  }

  resetMissed(id: string): void {
    const row = this.#lines.handsets.find((handset) => handset.id === id);
    if (row === undefined || row.missed === 0) return;
    row.missed = 0;
    this.#context.changed('handset', id);
  }

  remember(): NonNullable<PbxMemory['handsets']> {
    return Object.fromEntries(
      this.#lines.handsets.map(({ id, missed, last }) => [id, { missed, lastCaller: last }]),
    );
  }

  /** To be called before the first snapshot. */
  recall(memory: PbxMemory['handsets']): void {
    for (const row of this.#lines.handsets) {
      const kept = memory?.[row.id];
      if (kept === undefined) continue;
      row.missed = kept.missed;
      row.last = kept.lastCaller;
    }
  }

  /** What is on the lines now; the calls were rebuilt just before. */
  async snapshot(ami: AmiLists): Promise<void> {
    if (this.#lines.bases.length === 0) return;
    const alive = (uniqueid: string) => this.#calls.channel(uniqueid) !== undefined;
    this.#headings.keepOnly(alive);
    for (const uniqueid of this.#dialling) if (!alive(uniqueid)) this.#dialling.delete(uniqueid);
    for (const call of this.#onLine.values()) {
      const channel = this.#calls.channel(call.channel);
      if (channel === undefined) this.#lost(call);
      else this.#resume(call, channel);
    }
    const found = [...this.#lines.endpoints]
      .flatMap((line) => this.#calls.channelsOf(line))
      .filter((channel) => channel.direction === 'out' && !this.#onLine.has(channel.uniqueid));
    if (found.length > 0) await this.#takeOver(ami, found);
    for (const base of this.#lines.bases) this.#changed(base, base.handsets);
  }

  rest(): void {
    for (const call of this.#onLine.values()) clearTimeout(call.timer);
  }

  #table(): EventHandlers {
    if (this.#lines.bases.length === 0) return {};
    const ddi = this.#lines.bases.some((base) => base.options.line !== undefined);
    const { on, onDialplan } = this.#headings;
    return {
      ...on,
      ...this.#leaving.on,
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
      Hangup: (event) => {
        const call = this.#onLine.get(event.Uniqueid);
        if (call !== undefined) this.#end(call, event.Cause);
        this.#headings.forget(event.Uniqueid);
        this.#dialling.delete(event.Uniqueid);
      },
    };
  }

  #begin(event: AmiEvent<'DialBegin'>): void {
    const line = this.#lines.at(endpointOf(event.DestChannel));
    if (line === undefined || this.#onLine.has(event.DestUniqueid)) return;
    this.#dialling.add(event.Uniqueid);
    const channel = this.#calls.channel(event.DestUniqueid);
    const call = this.#call(line, this.#headings.of(event.Uniqueid), {
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
  #call(line: BaseRow | HandsetRow, heading: Heading | undefined, what: NewCall): LineCall {
    const call = lineCall(this.#lines.target(line, heading), what);
    this.#onLine.set(call.channel, call);
    this.#note(call, 'ringing');
    this.#changed(call.base, call.handsets);
    return call;
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
    if (isDdi(call)) for (const listener of this.#answerListeners) listener(talkOf(call));
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
    const target = this.#lines.meant(heading);
    if (target === undefined) return;
    const caller = this.#context.partyOf(event.CallerIDNum, event.CallerIDName);
    const { Uniqueid: from, Linkedid: call } = event;
    const since = this.#context.now();
    const refused = lineCall(target, { channel: '', from, call, caller, since });
    if (refused.digit !== null) this.#happened('ddi_dial', refused, null);
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
      const line = this.#lines.at(channel.endpoint);
      // It may have ended, or an event may have told of it, while we asked.
      if (line === undefined || this.#onLine.has(channel.uniqueid)) continue;
      if (this.#calls.channel(channel.uniqueid) === undefined) continue;
      const peer = this.#calls.peer(channel.uniqueid);
      const item = listed.get(peer?.uniqueid ?? '');
      const digit = item?.Application === 'Dial' ? digitOf(item.ApplicationData) : null;
      const extension = peer?.extension ?? '';
      const heading: Heading =
        this.#headings.of(peer?.uniqueid ?? '') ??
        (digit !== null ? { way: 'dial', digit } : { way: 'extension', extension });
      const call = this.#call(line, heading, {
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
    const { line } = row.options;
    const channels = line === undefined ? [] : this.#calls.channelsOf(line);
    return baseView(row, channels, [...this.#onLine.values()]);
  }

  #handset(row: HandsetRow): DectHandset {
    const { line } = row.options;
    const own = line === undefined ? undefined : this.#calls.channelsOf(line)[0];
    return handsetView(row, own, [...this.#onLine.values()]);
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
      type,
      ...happeningOf(call, handset),
      ...more,
    });
  }
}
