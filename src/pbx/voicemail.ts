/** Mailboxes: how many messages wait, and the newest of them. */
import { AmiActionError, AmiError, type AmiEvent, type EventHandlers } from '../ami/index.ts';
import { asteriskFolder, NEW_FOLDERS } from './folders.ts';
import type { VoicemailHappening } from './happenings.ts';
import { findBy, idOf } from './ids.ts';
import { listIfAny } from './lists.ts';
import type { Mailbox, MailboxOptions, VoicemailMessage, Voicemail as VoicemailView } from './model.ts';
import { Spool } from './spool.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';
import { Table } from './table.ts';
import { messageOf } from './voicemail-message.ts';

/**
 * Messages of each kind, new and heard, that a mailbox shows: Home Assistant's recorder takes attributes of 16 KB. A
 * list has them all.
 */
const SHOWN = 15;
/** ms in which several changes of a mailbox lead to one list. */
const COALESCE = 100;
/** ms before a list that failed is tried again. */
const RETRY = 5_000;
/** ms that a list may take: Asterisk reads a file for each message. */
const PATIENCE = 60_000;

/** Errors that another try meets again. */
const HOPELESS: readonly string[] = ['permission', 'unknown_action', 'input'];

/** A mailbox as Asterisk lists it, with the counts that events keep. */
interface Row {
  readonly id: string;
  readonly number: string;
  readonly context: string;
  readonly name: string;
  readonly new: number;
  readonly old: number;
}

/** What is in a mailbox, as it was last listed. */
interface Contents {
  readonly urgent: number;
  readonly folders: Readonly<Record<string, number>>;
  readonly newest: readonly VoicemailMessage[];
  readonly ids: ReadonlySet<string>;
}

/** What has to be known to tell news from what was there before. */
interface Watch {
  /** It was listed since the link came up: what a list then has more is new. */
  listed: boolean;
  /** Messages that events have told of since, while it was not. */
  arrived: number;
  problem: string | null;
}

const EMPTY: Contents = { urgent: 0, folders: {}, newest: [], ids: new Set() };

export class Voicemail implements Subject, VoicemailView {
  readonly modules = ['app_voicemail'];
  readonly #context: SubjectContext;
  readonly #slow: Pick<AmiLists, 'list'>;
  readonly #options: ReadonlyMap<string, MailboxOptions>;
  readonly #spool: Spool | null;
  /** By Asterisk's name of it, `6001@default`; so are the others. */
  readonly #rows = new Table<Row>();
  /** By id. */
  readonly #keys = new Map<string, string>();
  readonly #contents = new Map<string, Contents>();
  readonly #watches = new Map<string, Watch>();
  /** Lists that are asked for and have not begun. */
  readonly #waiting = new Map<string, Promise<readonly VoicemailMessage[]>>();
  /** Ends when all lists asked for so far have. One at a time: Asterisk does them one after another anyway. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #due = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  readonly #retries = new Set<NodeJS.Timeout>();
  readonly #said = new Set<string>();
  #absenceSaid = false;
  #audible = false;
  #resting = true;

  /** @param slow for the lists of messages */
  constructor(
    context: SubjectContext,
    slow: Pick<AmiLists, 'list'>,
    options: readonly MailboxOptions[],
    spool: string | null,
  ) {
    this.#context = context;
    this.#slow = slow;
    this.#options = new Map(
      options.map((each) => [each.mailbox.includes('@') ? each.mailbox : `${each.mailbox}@default`, each]),
    );
    this.#spool = spool === null ? null : new Spool(spool);
  }

  get audible(): boolean {
    return this.#audible;
  }

  all(): readonly Mailbox[] {
    return [...this.#shown()].map(([key, row]) => this.#view(key, row));
  }

  get(id: string): Mailbox | undefined {
    const key = this.#keys.get(id) ?? '';
    const row = this.#rows.get(key);
    return row === undefined || this.#hidden(key) ? undefined : this.#view(key, row);
  }

  find(text: string): Mailbox | undefined {
    const found = findBy(this.#shown(), text, ([key, row]) => [
      row.id,
      key,
      this.#name(key, row),
      row.number,
    ]);
    return found === undefined ? undefined : this.#view(...found);
  }

  messages(id: string): Promise<readonly VoicemailMessage[]> {
    const key = this.#keys.get(id);
    return key === undefined ? Promise.resolve([]) : this.#ask(key);
  }

  /** The file of a message's sound, and the folder that it has to lie in; null where it cannot be had. */
  async file(id: string, folder: string, message: string) {
    const row = this.#rows.get(this.#keys.get(id) ?? '');
    if (this.#spool === null || row === undefined) return null;
    const file = await this.#spool.find(row.number, row.context, asteriskFolder(folder), message);
    return file === null
      ? null
      : { root: this.#spool.root, file, name: `voicemail ${row.number} ${message}` };
  }

  rest(): void {
    this.#resting = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due.clear();
    for (const retry of this.#retries) clearTimeout(retry);
    this.#retries.clear();
  }

  readonly on: EventHandlers = {
    MessageWaiting: (event) => this.#waits(event),
  };

  async snapshot(ami: AmiLists): Promise<void> {
    this.#resting = false;
    this.#rows.beginList();
    this.#watches.clear();
    const users = await listIfAny(ami, 'VoicemailUsersList');
    if (users === null && !this.#absenceSaid)
      this.#context.log.info(
        {},
        'This Asterisk has no app_voicemail loaded, or the AMI user may not list its users: no mailboxes',
      );
    this.#absenceSaid = users === null;
    const before = [...this.#rows.keys()].join();
    const listed = new Map((users ?? []).map((user) => [keyOf(user), rowOf(user)]));
    for (const key of this.#contents.keys()) if (!listed.has(key)) this.#contents.delete(key);
    this.#rows.endList(listed);
    this.#keys.clear();
    for (const [key, { id }] of this.#rows.entries()) this.#keys.set(id, key);
    if ([...this.#rows.keys()].join() !== before) this.#context.changed('voicemail', '*');
    for (const [key, row] of this.#rows.entries()) {
      this.#context.changed('voicemail', row.id);
      this.#listSoon(key);
    }
  }

  /** It may be mapped later, or be made with the first message. */
  async #checkSpool(): Promise<void> {
    if (this.#spool === null) return;
    const problem = await this.#spool.check().then(
      () => null,
      (error: Error) => error.message,
    );
    this.#audible = problem === null;
    if (problem !== null)
      this.#say(`voicemail.spool cannot be read, so messages can be played on phones only: ${problem}`);
  }

  #waits(event: AmiEvent<'MessageWaiting'>): void {
    const row = this.#rows.get(event.Mailbox);
    if (row === undefined) return;
    const counts = { new: count(event.New), old: count(event.Old) };
    const watch = this.#watch(event.Mailbox);
    if (!watch.listed) watch.arrived += Math.max(0, counts.new - row.new);
    this.#rows.set(event.Mailbox, { ...row, ...counts });
    this.#context.changed('voicemail', row.id);
    this.#listSoon(event.Mailbox);
  }

  #listSoon(key: string): void {
    if (this.#resting) return;
    this.#due.add(key);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const due = [...this.#due];
      this.#due.clear();
      // What went wrong is in the mailbox's problem.
      for (const each of due) this.#ask(each).catch(() => undefined);
    }, COALESCE);
  }

  /** Everything in a mailbox, newest first, as of now: a list that has begun may be older than what is asked about. */
  #ask(key: string): Promise<readonly VoicemailMessage[]> {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting;
    const asked = this.#last.then(() => {
      this.#waiting.delete(key);
      return this.#list(key);
    });
    this.#waiting.set(key, asked);
    this.#last = asked.catch(() => undefined);
    return asked;
  }

  async #list(key: string): Promise<readonly VoicemailMessage[]> {
    const row = this.#rows.get(key);
    if (row === undefined) return [];
    const watch = this.#watch(key);
    try {
      await this.#checkSpool();
      const { context: Context, number: Mailbox } = row;
      const items = await this.#slow.list(
        { Action: 'VoicemailBoxSummary', Context, Mailbox },
        { timeoutMs: PATIENCE },
      );
      const messages = items.map((item) => this.#message(row, item)).sort(newestFirst);
      watch.problem = null;
      // One that began before the link was lost says nothing of what has come since.
      if (this.#watches.get(key) === watch) this.#take(key, messages);
      return messages;
    } catch (error) {
      this.#failed(key, row, watch, error as Error);
      throw error;
    }
  }

  #message(row: Row, item: AmiEvent<'VoicemailBoxDetail'>): VoicemailMessage {
    const message = messageOf(item, this.#context.partyOf);
    if (!this.#audible) return message;
    const path = [this.#context.pbx, row.id, message.folder, message.id].map(encodeURIComponent).join('/');
    return { ...message, audio: `/api/audio/voicemail/${path}` };
  }

  #take(key: string, messages: readonly VoicemailMessage[]): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    const watch = this.#watch(key);
    const before = this.#contents.get(key)?.ids;
    const folders: Record<string, number> = {};
    for (const { folder } of messages) folders[folder] = (folders[folder] ?? 0) + 1;
    const fresh = messages.filter(({ folder }) => NEW_FOLDERS.includes(folder));
    const old = messages.filter(({ folder }) => folder === 'Old');
    const unknown = fresh.filter(({ id }) => before?.has(id) !== true);
    const news = watch.listed ? unknown : unknown.slice(0, watch.arrived);
    Object.assign(watch, { listed: true, arrived: 0 });
    this.#contents.set(key, {
      urgent: folders.Urgent ?? 0,
      folders,
      newest: [...fresh.slice(0, SHOWN), ...old.slice(0, SHOWN)].sort(newestFirst),
      ids: new Set(messages.map(({ id }) => id)),
    });
    this.#rows.set(key, { ...row, new: fresh.length, old: old.length });
    this.#context.changed('voicemail', row.id);
    for (const message of news.reverse()) this.#happened(key, row, message);
  }

  #failed(key: string, row: Row, watch: Watch, error: Error): void {
    const never = error instanceof AmiError && HOPELESS.includes(error.code);
    watch.problem =
      error instanceof AmiActionError && error.code === 'unknown_action'
        ? 'This Asterisk cannot list messages over AMI: it takes 18.20, 20.5 or a later one'
        : error.message;
    this.#say(`The messages of a mailbox cannot be listed: ${watch.problem}`);
    this.#context.changed('voicemail', row.id);
    if (never || this.#resting) return;
    const retry = setTimeout(() => {
      this.#retries.delete(retry);
      if (this.#watches.get(key) === watch) this.#listSoon(key);
    }, RETRY);
    this.#retries.add(retry);
  }

  /** Once, whatever many mailboxes it is so for. */
  #say(words: string): void {
    if (this.#said.has(words)) return;
    this.#said.add(words);
    this.#context.log.warn({}, words);
  }

  #watch(key: string): Watch {
    const known = this.#watches.get(key);
    if (known !== undefined) return known;
    const watch: Watch = { listed: false, arrived: 0, problem: null };
    this.#watches.set(key, watch);
    return watch;
  }

  #happened(key: string, row: Row, { id, folder, caller, seconds }: VoicemailMessage): void {
    const happening: VoicemailHappening = {
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'voicemail',
      type: 'new_message',
      mailbox: key,
      name: this.#name(key, row),
      message: id,
      caller,
      seconds,
      urgent: folder === 'Urgent',
    };
    this.#context.happened(happening);
  }

  *#shown(): Generator<[string, Row]> {
    for (const entry of this.#rows.entries()) if (!this.#hidden(entry[0])) yield entry;
  }

  #hidden(key: string): boolean {
    return this.#options.get(key)?.hidden === true;
  }

  #view(key: string, row: Row): Mailbox {
    const { urgent, folders, newest } = this.#contents.get(key) ?? EMPTY;
    return {
      id: row.id,
      mailbox: key,
      name: this.#name(key, row),
      phone: this.#options.get(key)?.phone ?? null,
      new: row.new,
      old: row.old,
      urgent,
      folders,
      newest,
      problem: this.#watches.get(key)?.problem ?? null,
    };
  }

  #name(key: string, row: Row): string {
    return this.#options.get(key)?.name ?? row.name;
  }
}

function keyOf({ VoiceMailbox, VMContext }: AmiEvent<'VoicemailUserEntry'>): string {
  return `${VoiceMailbox}@${VMContext}`;
}

function rowOf(user: AmiEvent<'VoicemailUserEntry'>): Row {
  const { VoiceMailbox: number, VMContext: context } = user;
  const plain = `${number}_${context}`;
  return {
    id: /^[a-z0-9]+_[a-z0-9_]+$/.test(plain) ? plain : idOf(keyOf(user)),
    number,
    context,
    name: user.Fullname || number,
    new: count(user.NewMessageCount),
    old: count(user.OldMessageCount),
  };
}

function newestFirst(a: VoicemailMessage, b: VoicemailMessage): number {
  return (b.time ?? '').localeCompare(a.time ?? '') || b.id.localeCompare(a.id);
}

function count(text: string): number {
  return Number.parseInt(text, 10) || 0;
}
