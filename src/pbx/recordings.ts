/** Calls that are recorded, and the recordings that there are. Asterisk's MixMonitor records; actions start it. */
import type { AmiEvent, AmiStatus, EventHandlers } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import type { RecordingHappening } from './happenings.ts';
import type {
  Channel,
  PhoneOptions,
  Recording,
  RecordingLeft,
  RecordingOptions,
  RecordingPlan,
  RecordingRule,
  Recordings as RecordingsView,
} from './model.ts';
import type { Phones } from './phones.ts';
import { type FoundFile, type KeptRecording, MOST_KEPT, type RecordingStore } from './recording-store.ts';
import { hasClass } from './rights.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';

/** A recording while it changes. Others see it as {@link Recording}. */
interface Row extends KeptRecording {
  state: Recording['state'];
  people: string[];
  call: string;
  seconds: number | null;
  file: string;
  folder: string;
  bytes: number | null;
  problem: string | null;
  /** Uniqueid of the channel that it hangs on. */
  channel: string;
  monitor: string;
}

/** What is known of one only while it runs. */
interface Running {
  readonly row: Row;
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

interface Settling {
  /** Its end was seen, so this is news. */
  readonly told: boolean;
  /** The file can be seen from here. */
  readonly looked?: boolean;
}

export const NO_RECORDINGS: RecordingOptions = {
  to: ['media', 'mailbox'],
  dir: null,
  mediaDir: null,
  beep: 0,
  mailbox: null,
};

/** The one device and change that all recordings of a PBX are. */
export const RECORDINGS = 'recordings';

/** What a phone's feature in features.conf raises: `UserEvent(CompanionRecord)`. */
const KEY = 'CompanionRecord';

/** ms between looks for a file that Asterisk is still writing, and how many. */
const LOOK = 400;
const LOOKS = 12;
/** Bytes of a WAV file's head. */
const HEAD = 44;
/** Bytes a second of 16 bit mono at 8 kHz, which is what Asterisk mixes `wav` as. */
const RATE = 16_000;

export class Recordings implements Subject, RecordingsView {
  readonly modules = ['app_mixmonitor'];
  readonly options: RecordingOptions;
  readonly always: ReadonlySet<string>;
  readonly #context: SubjectContext;
  readonly #calls: Calls;
  readonly #phones: Phones;
  readonly #ami: Pick<AmiLists, 'send'> & { readonly status: AmiStatus };
  readonly #store: RecordingStore;
  readonly #owners: ReadonlyMap<string, PhoneOptions>;
  /** Plans by the Uniqueid of their channel. */
  readonly #planned = new Map<string, RecordingPlan>();
  /** By id. */
  readonly #running = new Map<string, Running>();
  /** By id, oldest first. */
  readonly #ended = new Map<string, Row>();
  readonly #leftListeners = new Set<(left: RecordingLeft) => void>();
  readonly #wholeListeners = new Set<(recording: Recording) => void>();
  readonly #joinedListeners = new Set<(recording: Recording) => void>();
  readonly #keyListeners = new Set<(uniqueid: string) => void>();
  readonly #looking = new Map<string, NodeJS.Timeout>();
  #read = false;
  #visible = false;
  #absenceSaid = false;

  constructor(
    context: SubjectContext,
    { calls, phones }: { readonly calls: Calls; readonly phones: Phones },
    ami: Pick<AmiLists, 'send'> & { readonly status: AmiStatus },
    store: RecordingStore,
    options: RecordingOptions,
    owners: readonly PhoneOptions[],
  ) {
    this.#context = context;
    this.#calls = calls;
    this.#phones = phones;
    this.#ami = ami;
    this.#store = store;
    this.options = options;
    this.always = new Set(owners.filter(({ record }) => record === 'always').map(({ endpoint }) => endpoint));
    this.#owners = new Map(owners.map((phone) => [phone.endpoint, phone]));
  }

  get possible(): boolean {
    const rights = this.#ami.status.rights;
    return rights === null || ['MixMonitor', 'StopMixMonitor'].every((name) => rights.actions.has(name));
  }

  get visible(): boolean {
    return this.#visible;
  }

  all(): readonly Recording[] {
    return [...this.running(), ...this.ended()];
  }

  get(id: string): Recording | undefined {
    const row = this.#running.get(id)?.row ?? this.#ended.get(id);
    return row && viewOf(row);
  }

  find(text: string): Recording | undefined {
    return this.get(
      text
        .trim()
        .replace(/^.*\//, '')
        .replace(/\.wav$/, ''),
    );
  }

  running(): readonly Recording[] {
    return [...this.#running.values()].map(({ row }) => viewOf(row));
  }

  ended(): readonly Recording[] {
    return [...this.#ended.values()].reverse().map(viewOf);
  }

  of(uniqueid: string): Recording | undefined {
    if (this.#running.size === 0) return undefined;
    const call = this.#calls.channel(uniqueid)?.linkedid;
    for (const { row } of this.#running.values()) {
      if (row.channel === uniqueid || this.#callOf(row) === call) return viewOf(row);
      // Who was rung by an action of ours and joined keeps a Linkedid of its own.
      if (this.#calls.talkingTo(row.channel)?.uniqueid === uniqueid) return viewOf(row);
    }
    return undefined;
  }

  handle(id: string, toStop = true) {
    const running = this.#running.get(id);
    if (running === undefined) return undefined;
    running.stopping ||= toStop;
    return { channel: running.row.channel, monitor: running.row.monitor };
  }

  rule(phone: string): RecordingRule {
    return this.#owners.get(this.#phones.get(phone)?.endpoint ?? '')?.record ?? 'on_demand';
  }

  mailbox(phone: string): string | null {
    return this.#owners.get(this.#phones.get(phone)?.endpoint ?? '')?.mailbox ?? null;
  }

  plan(plan: RecordingPlan): void {
    this.#planned.set(plan.channel.uniqueid, plan);
  }

  named(id: string, monitor: string, file: string): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.row.monitor = monitor;
    running.row.file = file;
    this.#keep();
    this.#follow(running);
  }

  dropPlan(id: string): void {
    for (const [channel, plan] of this.#planned) if (plan.id === id) this.#planned.delete(channel);
  }

  fileOf(id: string): { root: string; file: string } | null {
    const { root } = this.#store;
    const row = this.#running.get(id)?.row ?? this.#ended.get(id);
    const file = row === undefined ? null : this.#store.pathOf(row.file);
    return root === null || file === null ? null : { root, file };
  }

  space(): Promise<number | null> {
    return this.#store.space();
  }

  async move(id: string, folder: string): Promise<void> {
    const row = this.#ended.get(id);
    const from = row && this.#store.pathOf(row.file);
    const to = [this.options.dir, folder, `${id}.wav`].filter((part) => part !== '').join('/');
    const target = this.#store.pathOf(to);
    if (!row || !from || !target) return;
    await this.#store.move(from, target);
    row.file = to;
    row.folder = folder;
    this.#changed();
  }

  async remove(id: string): Promise<void> {
    const row = this.#ended.get(id);
    const path = row && this.#store.pathOf(row.file);
    if (row === undefined || !path) return;
    await this.#store.remove(path);
    this.#ended.delete(id);
    this.#changed();
  }

  onLeft(listener: (left: RecordingLeft) => void): () => void {
    this.#leftListeners.add(listener);
    return () => this.#leftListeners.delete(listener);
  }

  onWhole(listener: (recording: Recording) => void): () => void {
    this.#wholeListeners.add(listener);
    return () => this.#wholeListeners.delete(listener);
  }

  onJoined(listener: (recording: Recording) => void): () => void {
    this.#joinedListeners.add(listener);
    return () => this.#joinedListeners.delete(listener);
  }

  renew(id: string, monitor: string | null): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.asking = monitor === '';
    if (monitor === '') running.renewing = true;
    if (monitor === null) this.#ends(running);
    else if (monitor !== '') running.row.monitor = monitor;
    this.#keep();
    if (monitor !== null) this.#follow(running);
  }

  onKey(listener: (uniqueid: string) => void): () => void {
    this.#keyListeners.add(listener);
    return () => this.#keyListeners.delete(listener);
  }

  readonly on: EventHandlers = {
    UserEvent: (event) => {
      if (event.UserEvent !== KEY || event.Uniqueid === '') return;
      for (const listener of this.#keyListeners) listener(event.Uniqueid);
    },
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
  };

  async snapshot(): Promise<void> {
    // Of a class that the AMI user lacks, the PBX tells.
    const absent = !this.possible && hasClass(this.#ami.status.rights, 'system');
    if (absent && !this.#absenceSaid)
      this.#context.log.info({}, 'This Asterisk has no app_mixmonitor loaded: calls cannot be recorded');
    this.#absenceSaid = absent;
    if (!this.#read) {
      this.#read = true;
      for (const row of (await this.#store.read()).toReversed()) this.#recall(row);
    }
    for (const running of [...this.#running.values()])
      if (!(await this.#goesOn(running.row))) this.#ends(running, null);
    await this.scan();
    for (const row of this.#ended.values())
      if (row.state === 'saving') this.#settle(row, row.seconds !== null);
    this.#context.changed('recording', '*');
  }

  rest(): void {
    for (const timer of this.#looking.values()) clearTimeout(timer);
    this.#looking.clear();
  }

  /** Done when what is known is on disk. */
  flush(): Promise<void> {
    return this.#store.flush();
  }

  async scan(): Promise<void> {
    const files = await this.#store.files();
    this.#visible = files !== null;
    if (files === null) return;
    const found = new Map(files.map((file) => [file.id, file]));
    let changed = false;
    for (const row of this.#ended.values()) {
      const mine = this.#store.pathOf(row.file) !== null && row.kept && row.state === 'saved';
      if (mine && !found.has(row.id)) changed = this.#ended.delete(row.id);
    }
    for (const file of files) {
      if (this.#running.has(file.id)) continue;
      const row = this.#ended.get(file.id);
      if (row !== undefined && row.folder === file.folder) continue;
      const path = [this.options.dir, file.folder, `${file.id}.wav`].filter((part) => part !== '').join('/');
      if (row === undefined) this.#ended.set(file.id, strange(file, path));
      else Object.assign(row, { folder: file.folder, file: path });
      changed = true;
    }
    if (!changed) return;
    const sorted = [...this.#ended.values()].sort((a, b) => a.since - b.since);
    this.#ended.clear();
    for (const row of sorted.slice(-MOST_KEPT)) this.#ended.set(row.id, row);
    this.#changed();
  }

  /** One that ran when we ended is looked for by {@link snapshot}. */
  #recall(kept: KeptRecording): void {
    const row: Row = { ...kept, people: [...kept.people] };
    if (row.state !== 'recording') this.#ended.set(row.id, row);
    else
      this.#running.set(row.id, {
        row,
        name: this.#calls.channel(row.channel)?.name ?? '',
        stayed: null,
        stopping: false,
        place: this.#placeOf(row.channel),
        renewing: false,
        asking: false,
      });
  }

  /** Whether Asterisk still records it. There is no list of what is recorded. */
  async #goesOn(row: Row): Promise<boolean> {
    const channel = this.#calls.channel(row.channel);
    if (channel === undefined || row.monitor === '') return false;
    const Variable = `MIXMONITOR(${row.monitor},filename)`;
    return this.#get(channel.name, Variable).then((file) => file !== '');
  }

  async #get(channel: string, Variable: string): Promise<string> {
    return this.#ami.send({ Action: 'Getvar', Channel: channel, Variable }).then(
      (answer) => answer.get('Value') ?? '',
      () => '',
    );
  }

  #begins(event: AmiEvent<'MixMonitorStart'>): void {
    const plan = this.#planned.get(event.Uniqueid);
    const channel = this.#calls.channel(event.Uniqueid);
    if (channel === undefined || channel.local) return;
    this.#planned.delete(event.Uniqueid);
    const renewed = plan === undefined ? this.#on(event.Uniqueid) : undefined;
    if (renewed?.renewing) {
      // It may come before the action's answer or after it.
      renewed.renewing = false;
      this.#follow(renewed);
      return;
    }
    if (plan === undefined) void this.#learn(channel);
    else this.#add(plan, channel);
  }

  /** Somebody else began it: the dialplan, or a phone by its feature code (automixmon). */
  async #learn(channel: Channel): Promise<void> {
    const file = await this.#get(channel.name, 'MIXMONITOR_FILENAME');
    const touched = await this.#get(channel.name, 'TOUCH_MIXMONITOR_OUTPUT');
    if (file === '' || this.#calls.channel(channel.uniqueid) === undefined) return;
    const own = this.#phones.ref(channel.endpoint);
    const peer = this.#calls.peer(channel.uniqueid);
    const peerPhone = peer === undefined ? null : this.#phones.ref(peer.endpoint);
    // A feature code records the other one of the two.
    const phone = touched === '' ? (own ?? peerPhone) : (peerPhone ?? own);
    const other = phone === own ? (peer?.caller ?? channel.connected) : channel.caller;
    const name = file.replace(/^.*\//, '').replace(/\.\w+$/, '');
    this.#add(
      {
        id: name,
        phone,
        other,
        startedBy: touched === '' ? 'dialplan' : (phone?.name ?? 'feature code'),
        channel,
        file,
        kept: true,
        mailbox: null,
      },
      channel,
    );
  }

  #add(plan: RecordingPlan, channel: Channel): void {
    const { id, phone, other, startedBy, file, kept, mailbox } = plan;
    const row: Row = {
      id,
      state: 'recording',
      phone,
      other,
      people: [],
      startedBy,
      call: channel.linkedid,
      since: this.#context.now(),
      seconds: null,
      file,
      folder: '',
      kept,
      mailbox,
      bytes: null,
      problem: null,
      channel: channel.uniqueid,
      monitor: '',
    };
    this.#running.set(id, {
      row,
      name: channel.name,
      stayed: null,
      stopping: false,
      place: this.#placeOf(channel.uniqueid),
      renewing: false,
      asking: false,
    });
    this.#note(row, channel);
    this.#happened('started', row);
    this.#changed(row);
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
    const channel = this.#calls.channel(uniqueid);
    for (const running of this.#running.values()) {
      const { row } = running;
      const recorded = this.#calls.channel(row.channel);
      if (recorded === undefined || channel === undefined || recorded.bridge !== channel.bridge) continue;
      row.call = recorded.linkedid;
      if (this.#note(row, recorded)) this.#changed(row);
      else this.#touch(row);
      this.#follow(running);
    }
  }

  /** Has the MixMonitor of one renewed that stands beside somebody else by now. */
  #follow(running: Running): void {
    const { row, renewing, asking } = running;
    // One that is being replaced, or has no id yet, is looked at when it has one.
    if (renewing || asking || row.monitor === '' || this.#running.get(row.id) !== running) return;
    const place = this.#placeOf(row.channel);
    if (place === running.place || this.#calls.talkingTo(row.channel) === undefined) return;
    running.place = place;
    for (const listener of this.#joinedListeners) listener(viewOf(row));
  }

  /** The bridge, and of two in it the other one. Where more are, whoever comes and goes changes nothing. */
  #placeOf(uniqueid: string): string {
    const bridge = this.#calls.channel(uniqueid)?.bridge ?? '';
    const [other, ...more] = this.#calls.beside(uniqueid);
    return more.length > 0 ? bridge : `${bridge} ${other?.uniqueid ?? ''}`;
  }

  /** Notes who is on it. */
  #note(row: Row, channel: Channel): boolean {
    const peer = this.#calls.peer(channel.uniqueid);
    const names = [channel, ...(peer === undefined ? [] : [peer])].map((each) => this.#nameOf(each));
    const news = names.filter((name) => name !== '' && !row.people.includes(name));
    row.people.push(...new Set(news));
    return news.length > 0;
  }

  #nameOf({ endpoint, caller }: Channel): string {
    return this.#phones.ref(endpoint)?.name ?? (caller.name || caller.number);
  }

  #handsOver(transferer: string, stayed: string): void {
    for (const running of this.#running.values())
      if (running.row.channel === transferer && stayed !== transferer) running.stayed = stayed;
  }

  /** @param at when it ended; null: nobody saw it */
  #ends({ row, stayed, stopping }: Running, at: number | null = this.#context.now()): void {
    row.call = this.#callOf(row);
    row.seconds = at === null ? null : Math.round((at - row.since) / 1000);
    row.state = 'saving';
    this.#running.delete(row.id);
    this.#ended.set(row.id, row);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MOST_KEPT && oldest !== undefined) this.#ended.delete(oldest);
    // What the snapshot finds is no news.
    if (at !== null) this.#happened('stopped', row);
    this.#changed(row);
    this.#settle(row, at !== null);
    if (stayed === null || stopping || this.#calls.channel(stayed) === undefined) return;
    for (const listener of this.#leftListeners) listener({ recording: viewOf(row), stayed });
  }

  #callOf(row: Row): string {
    return this.#calls.channel(row.channel)?.linkedid ?? row.call;
  }

  /** Looks for the file until it is whole. Where it cannot be seen, Asterisk is believed. */
  #settle(row: Row, told = true, looks = LOOKS): void {
    const path = row.kept ? this.#store.pathOf(row.file) : null;
    if (path === null) {
      this.#settled(row, null, { told });
      return;
    }
    if (this.#looking.has(row.id)) return;
    const timer = setTimeout(async () => {
      const bytes = await this.#store.size(path);
      if (this.#looking.get(row.id) !== timer) return;
      this.#looking.delete(row.id);
      const whole = bytes !== null && bytes > HEAD && bytes === row.bytes;
      row.bytes = bytes;
      if (whole || looks <= 1) this.#settled(row, whole ? bytes : null, { told, looked: true });
      else this.#settle(row, told, looks - 1);
    }, LOOK);
    this.#looking.set(row.id, timer);
  }

  #settled(row: Row, bytes: number | null, { told, looked = false }: Settling): void {
    const lost = looked && bytes === null;
    row.bytes = bytes;
    row.state = lost ? 'failed' : 'saved';
    row.problem = lost
      ? `Asterisk wrote no sound to ${row.file}: may it write there, and is there room?`
      : null;
    row.seconds ??= bytes === null ? null : Math.round((bytes - HEAD) / RATE);
    if (lost) this.#context.log.warn({ recording: row.id, file: row.file }, 'A recording was lost');
    if (told) this.#happened(row.state === 'failed' ? 'failed' : 'saved', row);
    this.#changed();
    if (!lost) for (const listener of this.#wholeListeners) listener(viewOf(row));
  }

  #changed(row?: Row): void {
    this.#context.changed('recording', RECORDINGS);
    if (row !== undefined) this.#touch(row);
    this.#keep();
  }

  /** The phones that are in the call show whether it is recorded. */
  #touch(row: Row): void {
    const peer = this.#calls.talkingTo(row.channel);
    const channels = this.#calls.get(this.#callOf(row))?.channels ?? [];
    for (const { endpoint } of peer === undefined ? channels : [...channels, peer]) {
      const phone = this.#phones.ref(endpoint);
      if (phone !== null) this.#context.changed('phone', phone.id);
    }
  }

  #keep(): void {
    const rows = [
      ...[...this.#running.values()].map(({ row }) => row),
      ...[...this.#ended.values()].reverse(),
    ];
    void this.#store.write(rows);
  }

  #happened(type: RecordingHappening['type'], row: Row): void {
    this.#context.happened({
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'recording',
      type,
      recording: row.id,
      phone: row.phone,
      other: row.other,
      started_by: row.startedBy,
      people: [...row.people],
      call: this.#callOf(row),
      file: row.file,
      mailbox: row.mailbox,
      ...(row.seconds === null ? {} : { seconds: row.seconds }),
      ...(row.problem === null ? {} : { problem: row.problem }),
    });
  }
}

function viewOf({ channel: _channel, monitor: _monitor, ...recording }: Row): Recording {
  return { ...recording, people: [...recording.people] };
}

/** A file of ours that the index does not know: its name still tells when. */
function strange({ id, folder, bytes }: FoundFile, file: string): Row {
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)-(..)(..)(..)/.exec(id) ?? [];
  const since = new Date(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const number = id.split('_').at(-2) ?? '';
  return {
    id,
    state: 'saved',
    phone: null,
    other: { number, name: '' },
    people: [],
    startedBy: '',
    call: '',
    since: since.getTime(),
    seconds: Math.max(0, Math.round((bytes - HEAD) / RATE)),
    file,
    folder,
    kept: true,
    mailbox: null,
    bytes,
    problem: null,
    channel: '',
    monitor: '',
  };
}
