/** Calls that are recorded, and the recordings that there are. Asterisk's MixMonitor records; actions start it. */
import type { AmiStatus, EventHandlers } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import type { RecordingHappening } from './happenings.ts';
import type {
  PhoneOptions,
  Recording,
  RecordingLeft,
  RecordingOptions,
  RecordingPlan,
  RecordingRule,
  Recordings as RecordingsView,
} from './model.ts';
import type { Phones } from './phones.ts';
import { type RecordingRow, viewOf } from './recording-row.ts';
import type { RecordingStore } from './recording-store.ts';
import { EndedRecordings } from './recordings-ended.ts';
import { type Running, RunningRecordings } from './recordings-running.ts';
import { hasClass } from './rights.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';

export const NO_RECORDINGS: RecordingOptions = {
  to: ['media', 'mailbox'],
  dir: null,
  mediaDir: null,
  mediaSource: null,
  beep: 0,
  mailbox: null,
};

/** The one device and change that all recordings of a PBX are. */
export const RECORDINGS = 'recordings';

/** What a phone's feature in features.conf raises: `UserEvent(CompanionRecord)`. */
const KEY = 'CompanionRecord';

type Listener = (recording: Recording) => void;

export class Recordings implements Subject, RecordingsView {
  readonly modules = ['app_mixmonitor'];
  readonly options: RecordingOptions;
  readonly always: ReadonlySet<string>;
  readonly on: EventHandlers;
  readonly #context: SubjectContext;
  readonly #calls: Calls;
  readonly #phones: Phones;
  readonly #ami: { readonly status: AmiStatus };
  readonly #store: RecordingStore;
  readonly #owners: ReadonlyMap<string, PhoneOptions>;
  readonly #running: RunningRecordings;
  readonly #ended: EndedRecordings;
  readonly #leftListeners = new Set<(left: RecordingLeft) => void>();
  readonly #wholeListeners = new Set<Listener>();
  readonly #savedListeners = new Set<Listener>();
  readonly #joinedListeners = new Set<Listener>();
  readonly #keyListeners = new Set<(uniqueid: string) => void>();
  #read = false;
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
    this.#running = new RunningRecordings({
      now: () => context.now(),
      calls,
      phones,
      ami,
      began: (row) => this.#began(row),
      changed: (row, news) => (news ? this.#changed(row) : this.#touch(row)),
      joined: (row) => this.#tell(this.#joinedListeners, row),
      ended: (running) => this.#ends(running, context.now()),
    });
    this.#ended = new EndedRecordings({
      log: context.log,
      dir: options.dir,
      store,
      runs: (id) => this.#running.has(id),
      changed: () => this.#changed(),
      failed: (row, told) => told && this.#happened('failed', row),
      whole: (row) => this.#tell(this.#wholeListeners, row),
      saved: (row, told) => {
        if (told) this.#happened('saved', row);
        this.#tell(this.#savedListeners, row);
      },
    });
    this.on = {
      ...this.#running.on,
      UserEvent: (event) => {
        if (event.UserEvent !== KEY || event.Uniqueid === '') return;
        for (const listener of this.#keyListeners) listener(event.Uniqueid);
      },
    };
  }

  get possible(): boolean {
    const rights = this.#ami.status.rights;
    return rights === null || ['MixMonitor', 'StopMixMonitor'].every((name) => rights.actions.has(name));
  }

  get visible(): boolean {
    return this.#ended.visible;
  }

  all(): readonly Recording[] {
    return [...this.running(), ...this.ended()];
  }

  get(id: string): Recording | undefined {
    const row = this.#row(id);
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
    return this.#running.rows().map(viewOf);
  }

  ended(): readonly Recording[] {
    return this.#ended.rows().map(viewOf);
  }

  of(uniqueid: string): Recording | undefined {
    if (this.#running.size === 0) return undefined;
    const call = this.#calls.channel(uniqueid)?.linkedid;
    for (const row of this.#running.rows()) {
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
    return this.#owner(phone)?.record ?? 'on_demand';
  }

  mailbox(phone: string): string | null {
    return this.#owner(phone)?.mailbox ?? null;
  }

  plan(plan: RecordingPlan): void {
    this.#running.plan(plan);
  }

  dropPlan(id: string): void {
    this.#running.dropPlan(id);
  }

  named(id: string, monitor: string, file: string): void {
    this.#running.named(id, monitor, file);
    this.#keep();
  }

  renew(id: string, monitor: string | null): void {
    this.#running.renew(id, monitor);
    this.#keep();
  }

  delivered(id: string, message: string | null, problem: string | null): void {
    this.#ended.delivered(id, message, problem);
  }

  fileOf(id: string): { root: string; file: string } | null {
    const { root } = this.#store;
    const row = this.#row(id);
    const file = row === undefined ? null : this.#store.pathOf(row.file);
    return root === null || file === null ? null : { root, file };
  }

  space(): Promise<number | null> {
    return this.#store.space();
  }

  scan(): Promise<void> {
    return this.#ended.scan();
  }

  move(id: string, folder: string): Promise<void> {
    return this.#ended.move(id, folder);
  }

  remove(id: string): Promise<void> {
    return this.#ended.remove(id);
  }

  onLeft(listener: (left: RecordingLeft) => void): () => void {
    return listen(this.#leftListeners, listener);
  }

  onWhole(listener: Listener): () => void {
    return listen(this.#wholeListeners, listener);
  }

  onSaved(listener: Listener): () => void {
    return listen(this.#savedListeners, listener);
  }

  onJoined(listener: Listener): () => void {
    return listen(this.#joinedListeners, listener);
  }

  onKey(listener: (uniqueid: string) => void): () => void {
    return listen(this.#keyListeners, listener);
  }

  async snapshot(): Promise<void> {
    // Of a class that the AMI user lacks, the PBX tells.
    const absent = !this.possible && hasClass(this.#ami.status.rights, 'system');
    if (absent && !this.#absenceSaid)
      this.#context.log.info({}, 'This Asterisk has no app_mixmonitor loaded: calls cannot be recorded');
    this.#absenceSaid = absent;
    if (!this.#read) {
      this.#read = true;
      for (const kept of (await this.#store.read()).toReversed()) {
        const row: RecordingRow = { ...kept, people: [...kept.people] };
        (row.state === 'recording' ? this.#running : this.#ended).recall(row);
      }
    }
    for (const running of await this.#running.look()) this.#ends(running, null);
    await this.scan();
    this.#ended.resume();
    this.#context.changed('recording', '*');
  }

  rest(): void {
    this.#running.rest();
    this.#ended.rest();
  }

  /** Done when what is known is on disk. */
  flush(): Promise<void> {
    return this.#store.flush();
  }

  #row(id: string): RecordingRow | undefined {
    return this.#running.get(id)?.row ?? this.#ended.get(id);
  }

  #owner(phone: string): PhoneOptions | undefined {
    return this.#owners.get(this.#phones.get(phone)?.endpoint ?? '');
  }

  #tell(listeners: ReadonlySet<Listener>, row: RecordingRow): void {
    for (const listener of listeners) listener(viewOf(row));
  }

  #began(row: RecordingRow): void {
    this.#happened('started', row);
    this.#changed(row);
  }

  /** @param at when it ended; null: nobody saw it, and what the snapshot finds is no news */
  #ends({ row, stayed, stopping }: Running, at: number | null): void {
    row.call = this.#callOf(row);
    row.seconds = at === null ? null : Math.round((at - row.since) / 1000);
    row.state = 'saving';
    if (at !== null) this.#happened('stopped', row);
    this.#ended.add(row, at !== null);
    this.#changed(row);
    if (stayed === null || stopping || this.#calls.channel(stayed) === undefined) return;
    for (const listener of this.#leftListeners) listener({ recording: viewOf(row), stayed });
  }

  #callOf(row: RecordingRow): string {
    return this.#calls.channel(row.channel)?.linkedid ?? row.call;
  }

  #changed(row?: RecordingRow): void {
    this.#context.changed('recording', RECORDINGS);
    if (row !== undefined) this.#touch(row);
    this.#keep();
  }

  /** The phones that are in the call show whether it is recorded. */
  #touch(row: RecordingRow): void {
    const peer = this.#calls.talkingTo(row.channel);
    const channels = this.#calls.get(this.#callOf(row))?.channels ?? [];
    for (const { endpoint } of peer === undefined ? channels : [...channels, peer]) {
      const phone = this.#phones.ref(endpoint);
      if (phone !== null) this.#context.changed('phone', phone.id);
    }
  }

  #keep(): void {
    void this.#store.write([...this.#running.rows(), ...this.#ended.rows()]);
  }

  #happened(type: RecordingHappening['type'], row: RecordingRow): void {
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
      ...(row.message === null ? {} : { message: row.message }),
      ...(row.problem === null ? {} : { problem: row.problem }),
    });
  }
}

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
