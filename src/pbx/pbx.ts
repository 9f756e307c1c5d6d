import type { AmiClient, AmiEvent, AmiStatus, EventHandlers } from '../ami/index.ts';
import { Announcements } from './announcements.ts';
import { Calls } from './calls.ts';
import { Conferences } from './conferences.ts';
import { Dect } from './dect.ts';
import { DeviceStates } from './device-states.ts';
import { Doorbells } from './doorbells.ts';
import { Entrances } from './entrances.ts';
import { Groups } from './groups.ts';
import type { Happening, PbxHappening } from './happenings.ts';
import { Hints, SHOWN } from './hints.ts';
import { Listeners, type PbxLog } from './listeners.ts';
import type { MemoryFile, PbxMemory } from './memory.ts';
import { Messages } from './messages.ts';
import type { Change, PbxOptions, PbxStatus, PbxView } from './model.ts';
import { Parking } from './parking.ts';
import { naming } from './party.ts';
import { Phones } from './phones.ts';
import { Presences } from './presence.ts';
import { Queues } from './queues.ts';
import { RecordingStore } from './recording-store.ts';
import { NO_RECORDINGS, Recordings } from './recordings.ts';
import { problemOf, Rights } from './rights.ts';
import { RingGroups } from './ring-groups.ts';
import { type AmiLists, type Subject, type SubjectContext, together } from './subject.ts';
import { UserEvents } from './user-events.ts';
import { Voicemail } from './voicemail.ts';

/** ms before a snapshot that failed is tried again. */
const RETRY = 2000;

/** What `core reload` calls the modules that it has reloaded. */
const ALL = 'All';

/** Subjects that Asterisk cannot tell all of again. */
const REMEMBERED: ReadonlySet<Change['subject']> = new Set(['phone', 'doorbell', 'handset']);

/** One Asterisk as it is now. Its state is true while {@link PbxStatus.up}. */
export class Pbx implements PbxView {
  readonly id: string;
  readonly ami: AmiClient;
  readonly slow: AmiLists;
  readonly calls: Calls;
  readonly phones: Phones;
  readonly parking: Parking;
  readonly dect: Dect;
  readonly deviceStates: DeviceStates;
  readonly hints: Hints;
  readonly conferences: Conferences;
  readonly doorbells: Doorbells;
  readonly ringGroups: RingGroups;
  readonly presence: Presences;
  readonly voicemail: Voicemail;
  readonly groups: Groups;
  readonly announcements: Announcements;
  readonly queues: Queues;
  readonly messages: Messages;
  readonly userEvents: UserEvents;
  readonly recordings: Recordings;
  readonly #log: PbxLog;
  readonly #rights: Rights;
  readonly #memory: MemoryFile | null;
  readonly #now: () => number;
  /** In the order in which they hear an event: later ones read the earlier ones' state. */
  readonly #subjects: readonly Subject[];
  readonly #changes: Listeners<Change>;
  readonly #happenings: Listeners<Happening>;
  readonly #stops: (() => void)[] = [];
  #status: PbxStatus;
  #bootedAt: number | null = null;
  /** Counts links: a snapshot of an earlier one is void. */
  #link = 0;
  #retry: NodeJS.Timeout | undefined;
  /** The snapshot that runs: two at once would take each other's rows for news. */
  #reading: Promise<void> = Promise.resolve();

  /**
   * Only takes note; {@link start} listens. The links are started and stopped by who made them.
   * @param slow for lists that take long; without one, they use the first link
   */
  constructor(
    options: PbxOptions,
    ami: AmiClient,
    log: PbxLog,
    memory: MemoryFile | null = null,
    now: () => number = Date.now,
    slow: AmiLists = ami,
  ) {
    this.id = options.id;
    this.ami = ami;
    this.slow = slow;
    this.#log = log;
    this.#rights = new Rights(log);
    this.#memory = memory;
    this.#now = now;
    this.#changes = new Listeners('change', log);
    this.#happenings = new Listeners('happening', log);
    this.#status = { up: false, since: new Date(now()).toISOString(), version: '', problem: null };
    const context: SubjectContext = {
      pbx: options.id,
      log,
      now,
      partyOf: naming(options.names ?? (() => undefined)),
      changed: (subject, id) => this.#changes.tell({ subject, id }),
      happened: (happening) => this.#happenings.tell(happening),
    };
    const names = new Map(options.doorbells.map((doorbell) => [doorbell.endpoint, doorbell.name]));
    this.calls = new Calls(context);
    const dect = options.dect ?? [];
    // What a base is rung on rings no phone without a digit. A handset's own line is a phone like any other.
    const lines = dect.flatMap(({ line }) => line ?? []);
    this.phones = new Phones(context, this.calls, options.phones, new Set([...names.keys(), ...lines]));
    this.dect = new Dect(context, this.calls, dect);
    this.parking = new Parking(
      context,
      {
        phone: (endpoint) => this.phones.ref(endpoint),
        name: (endpoint) => this.phones.ref(endpoint)?.name ?? names.get(endpoint) ?? endpoint,
      },
      options.parking,
    );
    const shown = options.blf ?? SHOWN;
    this.deviceStates = new DeviceStates(context, shown);
    this.hints = new Hints(context, this.phones, this.parking, this.deviceStates, shown);
    this.conferences = new Conferences(
      context,
      this.calls,
      this.phones,
      options.conferences ?? [],
      new Entrances(options.context ?? 'default'),
    );
    this.doorbells = new Doorbells(
      context,
      this.calls,
      this.phones,
      this.parking,
      { rooms: this.conferences, bases: this.dect },
      options.doorbells,
    );
    this.ringGroups = new RingGroups(context, this.calls, this.phones, options.ringGroups ?? []);
    this.presence = new Presences(context, this.phones, options);
    this.voicemail = new Voicemail(context, slow, options.mailboxes ?? [], options.voicemailSpool ?? null);
    this.groups = new Groups(options.groups ?? []);
    this.announcements = new Announcements(context);
    this.queues = new Queues(context, this.calls, this.phones, options.queues ?? []);
    this.messages = new Messages(
      context,
      { rights: () => ami.status.rights, phone: (endpoint) => this.phones.ref(endpoint) },
      options.messages,
    );
    this.userEvents = new UserEvents(context, options.userEvents ?? ['*']);
    const recordings = options.recordings ?? NO_RECORDINGS;
    this.recordings = new Recordings(
      context,
      this,
      ami,
      new RecordingStore(recordings, options.recordingIndex ?? null, log),
      recordings,
      options.phones,
    );
    this.#subjects = [
      this.announcements,
      this.calls,
      this.phones,
      this.parking,
      this.conferences,
      this.dect,
      this.doorbells,
      this.ringGroups,
      this.presence,
      this.voicemail,
      this.deviceStates,
      this.hints,
      this.queues,
      this.messages,
      this.userEvents,
      this.recordings,
    ];
  }

  get status(): PbxStatus {
    return this.#status;
  }

  onChange(listener: (change: Change) => void): () => void {
    return this.#changes.add(listener);
  }

  onHappening(listener: (happening: Happening) => void): () => void {
    return this.#happenings.add(listener);
  }

  /** Listens to the link. Everything else follows from what it says. */
  start(): void {
    const kept = this.#memory?.read();
    if (kept) {
      this.phones.recall(kept.phones);
      this.doorbells.recall(kept.doorbells);
      this.dect.recall(kept.handsets);
    }
    this.#stops.push(
      this.ami.listen(together([...this.#subjects.map((subject) => subject.on), this.#reloads])),
      this.ami.onStatus((status) => this.#linkChanged(status)),
      this.onChange(({ subject }) => {
        if (REMEMBERED.has(subject)) this.#memory?.changed(this.#remember);
      }),
    );
    this.#linkChanged(this.ami.status);
  }

  async stop(): Promise<void> {
    this.#link += 1;
    clearTimeout(this.#retry);
    for (const stop of this.#stops.splice(0)) stop();
    this.#rest();
    await Promise.all([this.#memory?.flush(this.#remember), this.recordings.flush()]);
  }

  readonly #remember = (): PbxMemory => ({
    phones: this.phones.remember(),
    doorbells: this.doorbells.remember(),
    handsets: this.dect.remember(),
  });

  /** A module that was loaded anew may have other phones or lots; without it there are none. */
  readonly #reloads: EventHandlers = {
    Reload: (event) => this.#reloaded(event),
    Load: (event) => this.#reloaded(event),
    Unload: (event) => this.#reloaded(event),
  };

  #reloaded(event: AmiEvent<'Reload' | 'Load' | 'Unload'>): void {
    const module = event.Module.replace(/\.so$/, '');
    if (module === ALL || this.#subjects.some((subject) => subject.modules.includes(module)))
      this.#resync(true);
  }

  #linkChanged(link: AmiStatus): void {
    // Debian's adds what it was built with behind a plus sign.
    const version = link.version.split('+')[0] || this.#status.version;
    if (link.state === 'up') {
      this.#set({ version, problem: problemOf(link.rights) });
      if (!this.#status.up) this.#resync();
      return;
    }
    this.#link += 1;
    clearTimeout(this.#retry);
    this.#rest();
    const was = this.#status.up;
    this.#set({ up: false, version, problem: link.problem?.message ?? this.#status.problem });
    if (was) this.#happened('disconnected', link.problem?.message);
  }

  #rest(): void {
    for (const subject of this.#subjects) subject.rest?.();
  }

  /**
   * Reads everything anew. What it finds is state; none of it is news.
   * @param modules one came or went, and its actions with it
   */
  #resync(modules = false): void {
    this.#link += 1;
    const link = this.#link;
    clearTimeout(this.#retry);
    this.#reading = this.#reading
      .then(async () => {
        if (modules && link === this.#link) await this.ami.askRights();
        await this.#snapshot(link);
      })
      .catch((error: unknown) => {
        if (link !== this.#link) return;
        this.#log.warn({ err: error, again: RETRY }, 'Could not read the state of Asterisk; trying again');
        this.#set({ problem: error instanceof Error ? error.message : String(error) });
        this.#retry = setTimeout(() => this.#resync(modules), RETRY);
      });
  }

  async #snapshot(link: number): Promise<void> {
    this.#rights.look(this.ami.status.rights);
    for (const subject of this.#subjects) {
      if (link !== this.#link) return;
      await subject.snapshot(this.ami);
    }
    if (link !== this.#link) return;
    const was = this.#status.up;
    const { bootedAt } = this.ami.status;
    // FullyBooted tells the uptime in whole seconds.
    const restarted =
      this.#bootedAt !== null && bootedAt !== null && Math.abs(bootedAt - this.#bootedAt) > 3000;
    this.#bootedAt = bootedAt;
    this.#set({ up: true, problem: problemOf(this.ami.status.rights) });
    if (restarted) this.#happened('restarted');
    if (!was) this.#happened('connected');
  }

  #set(change: Partial<PbxStatus>): void {
    const status = { ...this.#status, ...change };
    const { up, version, problem } = this.#status;
    if (status.up === up && status.version === version && status.problem === problem) return;
    this.#status = status.up === up ? status : { ...status, since: new Date(this.#now()).toISOString() };
    this.#changes.tell({ subject: 'pbx', id: this.id });
  }

  #happened(type: PbxHappening['type'], message?: string): void {
    this.#happenings.tell({
      time: new Date(this.#now()).toISOString(),
      pbx: this.id,
      subject: 'pbx',
      type,
      ...(message === undefined ? {} : { message }),
    });
  }
}
