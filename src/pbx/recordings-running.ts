/** Calls that are recorded now: each follows its channel through bridges, transfers and masquerades. */
import { AmiActionError, type AmiEvent, type EventHandlers } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import type { Channel, RecordingPlan } from './model.ts';
import type { Phones } from './phones.ts';
import { type RecordingRow, rowOf } from './recording-row.ts';
import type { AmiLists } from './subject.ts';

/** What is known of one only while it runs. */
export interface Running {
  readonly row: RecordingRow;
  /** The channel's name: after a masquerade another channel has it, and the recording with it (channel.c). */
  name: string;
  /** Whom the recorded channel handed over to somebody else, by Uniqueid. */
  stayed: string | null;
  /** We asked for its end. */
  stopping: boolean;
  /** Beside whom its MixMonitor began. */
  place: string;
  /** Its MixMonitor is being replaced: neither end nor beginning is news. */
  renewing: boolean;
  /** The new MixMonitor's id is not known yet. */
  asking: boolean;
}

export interface RunningPorts {
  now(): number;
  readonly calls: Calls;
  readonly phones: Phones;
  readonly ami: Pick<AmiLists, 'send'>;
  began(row: RecordingRow): void;
  /** Somebody is on it who was not before, or it is of another call now. */
  changed(row: RecordingRow, news: boolean): void;
  /** Its channel was joined with somebody else: Asterisk may hear one side alone from here on. */
  joined(row: RecordingRow): void;
  ended(running: Running): void;
}

export class RunningRecordings {
  readonly #ports: RunningPorts;
  /** Plans by the Uniqueid of their channel. */
  readonly #planned = new Map<string, RecordingPlan>();
  /** By id. */
  readonly #running = new Map<string, Running>();
  /** Events were missed, as before the start: one of them may have told of an end. */
  #unsure = true;

  constructor(ports: RunningPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#running.size;
  }

  has(id: string): boolean {
    return this.#running.has(id);
  }

  get(id: string): Running | undefined {
    return this.#running.get(id);
  }

  rows(): readonly RecordingRow[] {
    return [...this.#running.values()].map(({ row }) => row);
  }

  plan(plan: RecordingPlan): void {
    this.#planned.set(plan.channel.uniqueid, plan);
  }

  dropPlan(id: string): void {
    for (const [channel, plan] of this.#planned) if (plan.id === id) this.#planned.delete(channel);
  }

  /** Takes up one that ran when we ended; {@link look} tells whether it still does. */
  recall(row: RecordingRow): void {
    this.#follows(row, this.#ports.calls.channel(row.channel)?.name ?? '');
  }

  /** The link is down: from here on, events are missed. */
  rest(): void {
    this.#unsure = true;
  }

  /**
   * Asks Asterisk what of them still runs where events were missed, and gives what does not. There is no list of what
   * is recorded.
   */
  async look(): Promise<readonly Running[]> {
    if (!this.#unsure) return [];
    const over: Running[] = [];
    for (const running of [...this.#running.values()]) if (!(await this.#goesOn(running))) over.push(running);
    this.#unsure = false;
    // An event may have ended one meanwhile.
    return over.filter(({ row }) => this.#running.delete(row.id));
  }

  named(id: string, monitor: string, file: string): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.row.monitor = monitor;
    running.row.file = file;
    this.#join(running);
  }

  renew(id: string, monitor: string | null): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.asking = monitor === '';
    if (monitor === '') running.renewing = true;
    else if (monitor === null) this.#ends(running);
    else {
      running.row.monitor = monitor;
      this.#join(running);
    }
  }

  readonly on = {
    MixMonitorStart: (event) => this.#begins(event),
    MixMonitorStop: (event) => {
      const running = this.#on(event.Uniqueid);
      if (running !== undefined && !running.renewing) this.#ends(running);
    },
    Rename: (event) => {
      for (const running of this.#running.values())
        if (running.name === event.Newname) running.row.channel = event.Uniqueid;
    },
    BridgeEnter: (event) => this.#meets(event.Uniqueid),
    BlindTransfer: (event) => {
      if (event.Result === 'Success') this.#handsOver(event.TransfererUniqueid, event.TransfereeUniqueid);
    },
    AttendedTransfer: (event) => {
      if (event.Result !== 'Success') return;
      this.#handsOver(event.OrigTransfererUniqueid, event.TransfereeUniqueid);
      this.#handsOver(event.SecondTransfererUniqueid, event.TransfereeUniqueid);
    },
    Hangup: (event) => {
      this.#planned.delete(event.Uniqueid);
      for (let next = this.#on(event.Uniqueid); next !== undefined; next = this.#on(event.Uniqueid))
        this.#ends(next);
    },
  } satisfies EventHandlers;

  async #goesOn({ row, asking }: Running): Promise<boolean> {
    const channel = this.#ports.calls.channel(row.channel);
    if (channel === undefined) return false;
    // What somebody else began has no id to ask for: it mostly lasts as long as its channel.
    if (asking || row.monitor === '') return true;
    try {
      return (await this.#get(channel.name, `MIXMONITOR(${row.monitor},filename)`)) !== '';
    } catch (error) {
      if (error instanceof AmiActionError) return false;
      // No answer says nothing: the snapshot is tried again.
      throw error;
    }
  }

  async #get(channel: string, Variable: string): Promise<string> {
    return (await this.#ports.ami.send({ Action: 'Getvar', Channel: channel, Variable })).get('Value');
  }

  #begins(event: AmiEvent<'MixMonitorStart'>): void {
    const plan = this.#planned.get(event.Uniqueid);
    const channel = this.#ports.calls.channel(event.Uniqueid);
    if (channel === undefined || channel.local) return;
    this.#planned.delete(event.Uniqueid);
    const renewed = plan === undefined ? this.#on(event.Uniqueid) : undefined;
    if (renewed?.renewing) {
      // It may come before the action's answer or after it.
      renewed.renewing = false;
      this.#join(renewed);
      return;
    }
    if (plan === undefined) void this.#learn(channel);
    else this.#add(plan, channel);
  }

  /** Somebody else began it: the dialplan, or a phone by its feature code (automixmon). */
  async #learn(channel: Channel): Promise<void> {
    const { calls, phones } = this.#ports;
    const read = (variable: string) => this.#get(channel.name, variable).catch(() => '');
    const file = await read('MIXMONITOR_FILENAME');
    const touched = await read('TOUCH_MIXMONITOR_OUTPUT');
    if (file === '' || calls.channel(channel.uniqueid) === undefined) return;
    const own = phones.ref(channel.endpoint);
    const peer = calls.peer(channel.uniqueid);
    const peerPhone = peer === undefined ? null : phones.ref(peer.endpoint);
    // A feature code records the other one of the two.
    const phone = touched === '' ? (own ?? peerPhone) : (peerPhone ?? own);
    const other = phone === own ? (peer?.caller ?? channel.connected) : channel.caller;
    const id = file.replace(/^.*\//, '').replace(/\.\w+$/, '');
    const startedBy = touched === '' ? 'dialplan' : (phone?.name ?? 'feature code');
    this.#add({ id, phone, other, startedBy, channel, file, kept: true, mailbox: null }, channel);
  }

  #add(plan: RecordingPlan, channel: Channel): void {
    const row = rowOf(plan, channel, this.#ports.now());
    this.#follows(row, channel.name);
    this.#note(row, channel);
    this.#ports.began(row);
  }

  #follows(row: RecordingRow, name: string): void {
    const place = this.#placeOf(row.channel);
    const blank = { stayed: null, stopping: false, renewing: false, asking: false };
    this.#running.set(row.id, { row, name, place, ...blank });
  }

  /** The one that hangs on a channel; of several, the one whose end we asked for. */
  #on(uniqueid: string): Running | undefined {
    let found: Running | undefined;
    for (const running of this.#running.values())
      if (running.row.channel === uniqueid && (found === undefined || running.stopping)) found = running;
    return found;
  }

  /** Somebody came to a call that is recorded. */
  #meets(uniqueid: string): void {
    if (this.#running.size === 0) return;
    const { calls } = this.#ports;
    const channel = calls.channel(uniqueid);
    for (const running of this.#running.values()) {
      const { row } = running;
      const recorded = calls.channel(row.channel);
      if (recorded === undefined || channel === undefined || recorded.bridge !== channel.bridge) continue;
      row.call = recorded.linkedid;
      this.#ports.changed(row, this.#note(row, recorded));
      this.#join(running);
    }
  }

  /** Tells of one that stands beside somebody else by now. */
  #join(running: Running): void {
    const { row, renewing, asking } = running;
    // One that is being replaced, or has no id yet, is looked at when it has one.
    if (renewing || asking || row.monitor === '') return;
    const place = this.#placeOf(row.channel);
    if (place === running.place || this.#ports.calls.talkingTo(row.channel) === undefined) return;
    running.place = place;
    this.#ports.joined(row);
  }

  /** The bridge, and of two in it the other one. Where more are, whoever comes and goes changes nothing. */
  #placeOf(uniqueid: string): string {
    const bridge = this.#ports.calls.channel(uniqueid)?.bridge ?? '';
    const [other, ...more] = this.#ports.calls.beside(uniqueid);
    return more.length > 0 ? bridge : `${bridge} ${other?.uniqueid ?? ''}`;
  }

  /** Notes who is on it; true: somebody new is. */
  #note(row: RecordingRow, channel: Channel): boolean {
    const peer = this.#ports.calls.peer(channel.uniqueid);
    const names = [channel, ...(peer === undefined ? [] : [peer])].map((each) => this.#nameOf(each));
    const news = names.filter((name) => name !== '' && !row.people.includes(name));
    row.people.push(...new Set(news));
    return news.length > 0;
  }

  #nameOf({ endpoint, caller }: Channel): string {
    return this.#ports.phones.ref(endpoint)?.name ?? (caller.name || caller.number);
  }

  #handsOver(transferer: string, stayed: string): void {
    for (const running of this.#running.values())
      if (running.row.channel === transferer && stayed !== transferer) running.stayed = stayed;
  }

  #ends(running: Running): void {
    this.#running.delete(running.row.id);
    this.#ports.ended(running);
  }
}
