/** What of a PBX's life belongs into the call log: one row a call, and notes of what else happened in it. */
import type { Happening, PbxView, Recording } from '../pbx/index.ts';
import type { CallRow, NoteRow } from './database.ts';

/** A call while something of it may still change. */
type OpenRow = { -readonly [K in keyof CallRow]: CallRow[K] } & {
  /** What the doorbell, or a phone that rang, says of a call that nobody answered. */
  unanswered: 'missed' | 'cancelled' | null;
  /** Nobody was at the handset: what answered was its base. */
  baseAlone: boolean;
  /** It is on disk as running. */
  written: boolean;
};

type Tellers = {
  readonly [S in Happening['subject']]?: (happening: Extract<Happening, { subject: S }>) => void;
};

/** Calls that the companion places itself: when they become a part of another, they were no call of their own. */
const OURS = 'companion-';

/** ms after a call in which a message of its caller belongs to it. */
const VOICEMAIL_MS = 60_000;
/** Callers that are remembered for it. */
const MOST_CALLERS = 1_000;

/** Q.850 causes of a call that nobody answered (causes.h). */
const CAUSES: Readonly<Record<number, CallRow['outcome']>> = {
  1: 'unreachable',
  2: 'unreachable',
  3: 'unreachable',
  17: 'busy',
  20: 'unreachable',
  21: 'rejected',
  22: 'unreachable',
  27: 'unreachable',
  28: 'unreachable',
  34: 'unreachable',
  38: 'unreachable',
};

export class Journal {
  readonly #view: PbxView;
  readonly #changed: () => void;
  /** By Linkedid: those that run, and those that ended since they were last taken. */
  readonly #rows = new Map<string, OpenRow>();
  readonly #dirty = new Set<OpenRow>();
  /** The last call of a number that has ended. */
  readonly #callers = new Map<string, { readonly call: string; readonly at: number }>();
  #notes: NoteRow[] = [];
  readonly #stops: (() => void)[] = [];
  #openings = 0;

  /** @param changed hears that there is something to {@link take} */
  constructor(view: PbxView, changed: () => void) {
    this.#view = view;
    this.#changed = changed;
  }

  /** @param unended what an earlier run did not see the end of; what runs no more is lost */
  recall(unended: readonly CallRow[]): void {
    for (const row of unended)
      if (!this.#rows.has(row.call))
        this.#rows.set(row.call, { ...row, unanswered: null, baseAlone: false, written: true });
    if (this.#view.status.up) this.#compare();
  }

  /** Follows the PBX from now on. */
  start(): void {
    this.#stops.push(
      this.#view.onHappening((happening) => {
        const tell = this.#tellers[happening.subject] as ((happening: Happening) => void) | undefined;
        tell?.(happening);
      }),
      this.#view.onChange(({ subject, id }) => {
        if (subject === 'call' && id === '*') this.#lookForJoined();
      }),
      this.#view.recordings.onSaved((recording) => this.#recorded(recording)),
    );
    if (this.#view.status.up) this.#compare();
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** What is to be written since this was last asked. */
  take(): { readonly calls: readonly CallRow[]; readonly notes: readonly NoteRow[] } {
    const calls = [...this.#dirty].map(({ unanswered: _, baseAlone: __, written: ___, ...row }) => row);
    for (const row of this.#dirty) {
      row.written = true;
      if (row.outcome !== 'running') this.#rows.delete(row.call);
    }
    this.#dirty.clear();
    const notes = this.#notes;
    this.#notes = [];
    return { calls, notes };
  }

  readonly #tellers: Tellers = {
    call: (happening) => {
      const { type, call, time } = happening;
      if (type === 'started') this.#begin(call, Date.parse(time), happening.from, happening.to);
      const row = this.#rows.get(call);
      if (row === undefined) return;
      if (type === 'answered') {
        row.answered = Date.parse(time);
        this.#answeredBy(row, this.#phoneInCall(call));
        this.#whoCalls(row);
        this.#touch(row);
      }
      if (type === 'transferred')
        this.#note(call, time, 'transferred', happening.to.name || happening.to.number);
      if (type === 'ended') {
        this.#whoCalls(row);
        row.ended = Date.parse(time);
        row.seconds = row.answered === null ? 0 : Math.round((row.ended - row.answered) / 1000);
        row.outcome = row.answered !== null ? 'answered' : outcomeOf(happening.cause, happening.up === true);
        if ((row.answered === null || row.baseAlone) && row.unanswered !== null) row.outcome = row.unanswered;
        this.#remember(happening.from.number, call, Date.parse(time));
        this.#touch(row);
      }
    },
    phone: ({ type, call, phone, time }) => {
      const row = call === undefined ? undefined : this.#rows.get(call);
      if (row === undefined) return;
      // A phone that is rung to call from it is the one who calls.
      const [first] = this.#view.calls.get(row.call)?.channels ?? [];
      if (type === 'answered' && first?.endpoint !== phone.endpoint) this.#answeredBy(row, phone.name);
      if (type === 'missed') {
        this.#note(row.call, time, 'missed', phone.name);
        this.#unanswered(row, 'missed');
      }
    },
    doorbell: ({ type, call, name, time, who, way, by }) => {
      const linkedid = this.#view.calls.channel(call)?.linkedid ?? call;
      if (type === 'opened') this.#opened(linkedid, time, name, who ?? '', way ?? '');
      const row = this.#rows.get(linkedid);
      if (row === undefined) return;
      if (type === 'ring') {
        row.doorbell = name;
        this.#touch(row);
      }
      if (type === 'answered') {
        // In a conference the visitor is answered by who joins, and Asterisk counts two calls.
        row.answered ??= Date.parse(time);
        this.#answeredBy(row, by?.name ?? '');
        this.#touch(row);
      }
      // The visitor was joined with something, and nobody was there.
      if (type === 'missed' && row.answered !== null) row.baseAlone = true;
      if (type === 'missed' || type === 'cancelled') this.#unanswered(row, type);
    },
    dect: ({ type, call, handset_name, time }) => {
      const row = this.#rows.get(call);
      if (row === undefined || handset_name === null) return;
      if (type === 'answered') this.#answeredBy(row, handset_name);
      if (type !== 'missed') return;
      row.baseAlone = true;
      this.#note(call, time, 'missed', handset_name);
      this.#unanswered(row, 'missed');
    },
    voicemail: ({ caller, name, message, time }) => {
      const call = this.#lastCallOf(caller.number, Date.parse(time));
      if (call !== undefined) this.#note(call, time, 'voicemail', name, message);
    },
    pbx: ({ type }) => {
      if (type === 'connected') this.#compare();
    },
  };

  #begin(call: string, began: number, from: CallRow['from'], to: CallRow['to']): void {
    const { id: pbx } = this.#view;
    const blank = { answered: null, ended: null, seconds: 0, by: '', doorbell: null } as const;
    const row: OpenRow = {
      pbx,
      call,
      began,
      ...blank,
      from,
      to,
      outcome: 'running',
      unanswered: null,
      baseAlone: false,
      written: false,
    };
    this.#rows.set(call, row);
    if (!call.startsWith(OURS)) this.#touch(row);
  }

  /** The first who did: the others had it by a transfer. */
  #answeredBy(row: OpenRow, name: string): void {
    if (row.by !== '' || name === '') return;
    row.by = name;
    this.#touch(row);
  }

  /** The name of the phone that talks in a call without having begun it, or `''`. */
  #phoneInCall(call: string): string {
    const [first, ...others] = this.#view.calls.get(call)?.channels ?? [];
    for (const { bridge, endpoint } of others)
      if (bridge !== null && endpoint !== first?.endpoint) {
        const phone = this.#view.phones.byEndpoint(endpoint);
        if (phone !== undefined) return phone.name;
      }
    return '';
  }

  /** The doorbell, or a phone that missed it, knows better than the dialplan that took the call. */
  #unanswered(row: OpenRow, outcome: 'missed' | 'cancelled'): void {
    row.unanswered = outcome === 'cancelled' ? outcome : (row.unanswered ?? outcome);
    if (row.outcome === 'running' || (row.answered !== null && !row.baseAlone)) return;
    row.outcome = row.unanswered;
    this.#touch(row);
  }

  /** Oldest first, and no longer than a message may take: numbers that call are without end. */
  #remember(number: string, call: string, at: number): void {
    for (const [caller, last] of this.#callers) {
      if (at - last.at <= VOICEMAIL_MS && this.#callers.size < MOST_CALLERS) break;
      this.#callers.delete(caller);
    }
    this.#callers.delete(number);
    this.#callers.set(number, { call, at });
  }

  /** Asterisk tells of a message without its call: it is the caller's, running or just over. */
  #lastCallOf(number: string, now: number): string | undefined {
    for (const [caller, { at }] of this.#callers) if (now - at > VOICEMAIL_MS) this.#callers.delete(caller);
    if (number === '') return undefined;
    const running = [...this.#rows.values()].findLast(
      (row) => row.outcome === 'running' && row.from.number === number,
    );
    return running?.call ?? this.#callers.get(number)?.call;
  }

  /** It is noted where it can be found: as a file, or in the mailbox alone. */
  #recorded({ id, call, since, seconds, startedBy, kept, mailbox, message }: Recording): void {
    const end = new Date(since + (seconds ?? 0) * 1000).toISOString();
    this.#note(call, end, 'recorded', startedBy, kept ? id : (message ?? `${mailbox} Recordings`));
  }

  /** A door that was opened without a call is a line of its own. */
  #opened(call: string, time: string, door: string, who: string, way: string): void {
    if (this.#rows.has(call)) {
      this.#note(call, time, 'opened', who, way);
      return;
    }
    const at = Date.parse(time);
    this.#openings += 1;
    const own = `opened-${at}-${this.#openings}`;
    this.#begin(own, at, { number: '', name: who }, { number: '', name: door });
    const row = this.#rows.get(own) as OpenRow;
    Object.assign(row, { ended: at, outcome: 'opened', doorbell: door } satisfies Partial<OpenRow>);
    this.#note(own, time, 'opened', who, way);
  }

  #note(call: string, time: string, kind: string, who: string, what = ''): void {
    this.#notes.push({ pbx: this.#view.id, call, time: Date.parse(time), kind, who, what });
    this.#changed();
  }

  /** Who was rung first and then dialled somebody is the one who calls: a call from a dashboard. */
  #whoCalls(row: OpenRow): void {
    if (!row.call.startsWith(OURS)) return;
    const channels = (this.#view.calls.get(row.call)?.channels ?? []).filter((channel) => !channel.local);
    const [first, other] = channels;
    if (first?.direction !== 'out' || other?.direction !== 'out') return;
    row.from = first.caller;
    row.to = first.connected;
  }

  /** A call whose channels went over to another's. */
  #lookForJoined(): void {
    const { calls, status } = this.#view;
    for (const row of this.#rows.values()) {
      if (row.outcome !== 'running' || calls.get(row.call) !== undefined) continue;
      if (row.call.startsWith(OURS) && !row.written) {
        this.#rows.delete(row.call);
        this.#dirty.delete(row);
      } else this.#leave(row, status.up ? 'joined' : 'lost');
    }
  }

  /** After a time without a view of the PBX: what ended meanwhile is lost, what began is taken up. */
  #compare(): void {
    const { calls } = this.#view;
    for (const row of this.#rows.values())
      if (row.outcome === 'running' && calls.get(row.call) === undefined) this.#leave(row, 'lost');
    for (const { id, since, channels, answeredAt } of calls.all()) {
      const first = channels.find((channel) => !channel.local);
      if (this.#rows.has(id) || first === undefined) continue;
      const to = { number: first.extension, name: '' };
      const out = first.direction === 'out';
      this.#begin(id, since, out ? first.connected : first.caller, out ? first.caller : to);
      const row = this.#rows.get(id);
      if (row !== undefined) row.answered = answeredAt;
    }
  }

  /** Its end was not seen: no time is made up for it. */
  #leave(row: OpenRow, outcome: 'joined' | 'lost'): void {
    row.outcome = outcome;
    this.#touch(row);
  }

  #touch(row: OpenRow): void {
    this.#dirty.add(row);
    this.#changed();
  }
}

function outcomeOf(cause: number | undefined, up: boolean): CallRow['outcome'] {
  return CAUSES[cause ?? 0] ?? (up ? 'in_dialplan' : 'missed');
}
