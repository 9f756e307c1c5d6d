/** Hints: what the lamps of phones (BLF) show. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import { hundredOf, idOf } from './ids.ts';
import { listIfAny } from './lists.ts';
import type { Hint, HintGroup, HintOptions, Hints as HintsView } from './model.ts';
import type { Parking } from './parking.ts';
import type { Phones } from './phones.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';
import { Table } from './table.ts';

/** Who is to know what hints are made of. */
export interface Hinted {
  hinted(devices: Iterable<string>): void;
}

interface HintRow {
  readonly id: string;
  readonly extension: string;
  readonly context: string;
  readonly hint: string;
  readonly status: string;
  readonly at: Hint['at'];
}

/** By Asterisk's number for it (manager show event ExtensionStatus). */
const STATES: Readonly<Record<string, Hint['state']>> = {
  '0': 'idle',
  '1': 'in_use',
  '2': 'busy',
  '4': 'unreachable',
  '8': 'ringing',
  '9': 'ringing',
  '16': 'on_hold',
  '17': 'on_hold',
};
/** The extension, or its hint, is gone. */
const GONE = new Set(['-1', '-2']);

/** It may be the last one that names a custom device state. */
const CUSTOM = /\bCustom:/;

/** ms after an event about a hint that nobody told of before until the list is read: a dialplan has many. */
const GATHER = 300;
/** ms between two lists at the least. */
const REST = 3000;

/** What is shown when the owner says nothing. */
export const SHOWN: HintOptions = { show: 'others', contexts: [] };

export class Hints implements Subject, HintsView {
  readonly modules = [];
  readonly #context: SubjectContext;
  readonly #phones: Phones;
  readonly #parking: Parking;
  readonly #hinted: Hinted;
  readonly #options: HintOptions;
  /** By extension and context. */
  readonly #rows = new Table<HintRow>();
  readonly #ids = new Map<string, string>();
  /** By the id of a lot or group: the keys of its hints. */
  readonly #lots = new Map<string, Set<string>>();
  readonly #groups = new Map<string, Set<string>>();
  #ami: AmiLists | null = null;
  #readAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    context: SubjectContext,
    phones: Phones,
    parking: Parking,
    hinted: Hinted,
    options: HintOptions,
  ) {
    this.#context = context;
    this.#phones = phones;
    this.#parking = parking;
    this.#hinted = hinted;
    this.#options = options;
  }

  all(): readonly Hint[] {
    return [...this.#rows.values()].map(viewOf);
  }

  get(id: string): Hint | undefined {
    const row = this.#rows.get(this.#ids.get(id) ?? '');
    return row === undefined ? undefined : viewOf(row);
  }

  ofLot(id: string): readonly Hint[] {
    return this.#of(this.#lots.get(id));
  }

  readonly groups = {
    all: (): readonly HintGroup[] =>
      [...this.#groups.keys()].map((id) => this.groups.get(id)).filter((group) => group !== undefined),
    get: (id: string): HintGroup | undefined => {
      const hints = this.#of(this.#groups.get(id));
      const [first] = hints;
      return first === undefined ? undefined : { id, name: groupOf(first).name, hints };
    },
  };

  readonly on: EventHandlers = {
    ExtensionStatus: (event) => {
      if (!this.#shows(event)) return;
      const key = keyOf(event);
      const before = this.#rows.get(key);
      if (GONE.has(event.Status)) {
        if (before === undefined) return;
        this.#rows.delete(key);
        this.#unplace(key, before);
        if (CUSTOM.test(before.hint)) this.#tellDevices();
        this.#setChanged(before);
      } else if (before === undefined || before.status === event.Status) this.#refresh();
      else {
        const row = { ...before, status: event.Status };
        this.#rows.set(key, row);
        this.#changed(row);
      }
    },
  };

  async snapshot(ami: AmiLists): Promise<void> {
    this.#ami = ami;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#options.show === 'none') return;
    await this.#read(ami);
  }

  rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#ami = null;
  }

  /**
   * A dialplan was loaded anew: Asterisk tells of all its hints, of new ones without what they are made of, of old ones
   * what is known, and nothing of those that went (tried on Asterisk 22.10).
   */
  #refresh(): void {
    if (this.#options.show === 'none') return;
    const rested = this.#context.now() - this.#readAt;
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#ami !== null)
          this.#read(this.#ami).catch((error: unknown) =>
            this.#context.log.warn({ err: error }, 'Could not read the hints of the dialplan'),
          );
      },
      Math.max(GATHER, Math.min(REST, REST - rested)),
    );
  }

  /** A pattern is no lamp: those that phones watch of it are listed by themselves. */
  #shows({ Exten, Context }: Readonly<Record<'Exten' | 'Context', string>>): boolean {
    const { contexts } = this.#options;
    return !Exten.startsWith('_') && (contexts.length === 0 || contexts.includes(Context));
  }

  async #read(ami: AmiLists): Promise<void> {
    this.#readAt = this.#context.now();
    this.#rows.beginList();
    const items = (await listIfAny(ami, 'ExtensionStateList')) ?? [];
    const listed = new Map<string, HintRow>();
    for (const item of items) if (this.#shows(item)) listed.set(keyOf(item), this.#row(item));
    this.#rows.endList(listed);
    this.#ids.clear();
    this.#lots.clear();
    this.#groups.clear();
    for (const [key, row] of this.#rows.entries()) this.#place(key, row);
    this.#tellDevices();
    this.#context.changed('hint', '*');
    this.#context.changed('blf', '*');
    for (const lot of this.#parking.all()) this.#context.changed('parking', lot.id);
  }

  #row(item: AmiEvent<'ExtensionStatus'>): HintRow {
    const { Exten: extension, Context: context, Hint: hint, Status: status } = item;
    return { id: idOf(`${extension}@${context}`), extension, context, hint, status, at: this.#at(hint) };
  }

  /** What else of the PBX the hint is about. */
  #at(hint: string): Hint['at'] {
    const [device, another] = devicesOf(hint);
    if (device === undefined || another !== undefined) return null;
    const phone = this.#phones.ref(device);
    if (phone !== null) return { phone: phone.id };
    const [, space, context] = /^park:(\d+)@(.+)$/i.exec(device) ?? [];
    const lot = space === undefined ? undefined : this.#parking.withSpace(space, context ?? '');
    return lot === undefined || space === undefined ? null : { lot, space };
  }

  #place(key: string, row: HintRow): void {
    this.#ids.set(row.id, key);
    const place = this.#placeOf(row);
    if (place === null) return;
    const [table, id] = place;
    table.set(id, (table.get(id) ?? new Set()).add(key));
  }

  #unplace(key: string, row: HintRow): void {
    this.#ids.delete(row.id);
    const place = this.#placeOf(row);
    if (place === null) return;
    const [table, id] = place;
    table.get(id)?.delete(key);
    if (table.get(id)?.size === 0) table.delete(id);
  }

  /** Where it is shown; null: with its phone, which shows more than a lamp. */
  #placeOf(row: HintRow): [Map<string, Set<string>>, string] | null {
    if (row.at !== null && 'lot' in row.at) return [this.#lots, row.at.lot];
    if (row.at !== null && this.#options.show !== 'all') return null;
    return [this.#groups, groupOf(row).id];
  }

  #of(keys: ReadonlySet<string> = new Set()): readonly Hint[] {
    return [...keys]
      .map((key) => this.#rows.get(key))
      .filter((row) => row !== undefined)
      .map(viewOf);
  }

  #tellDevices(): void {
    this.#hinted.hinted([...this.#rows.values()].flatMap(({ hint }) => devicesOf(hint)));
  }

  #changed(row: HintRow): void {
    this.#context.changed('hint', row.id);
    const place = this.#placeOf(row);
    if (place !== null) this.#context.changed(place[0] === this.#lots ? 'parking' : 'blf', place[1]);
  }

  #setChanged(row: HintRow): void {
    this.#context.changed('hint', '*');
    if (row.at !== null && 'lot' in row.at) this.#context.changed('parking', row.at.lot);
    else this.#context.changed('blf', '*');
  }
}

function keyOf(event: { readonly Exten: string; readonly Context: string }): string {
  return `${event.Exten}@${event.Context}`;
}

/** The devices of a hint such as `PJSIP/1111&PJSIP/1112,CustomPresence:1111`. */
function devicesOf(hint: string): readonly string[] {
  return (hint.split(',')[0] ?? '').split('&').filter((device) => device !== '');
}

function viewOf({ id, extension, context, hint, status, at }: HintRow): Hint {
  return {
    id,
    extension,
    context,
    devices: devicesOf(hint),
    presentity: hint.split(',')[1] ?? null,
    state: STATES[status] ?? null,
    at,
  };
}

/**
 * At most a hundred hints of a context change how one device looks: those whose numbers begin alike. Made of the hint
 * alone, so that an entity stays where it is whatever else there is.
 */
function groupOf({ extension, context }: Pick<Hint, 'extension' | 'context'>): { id: string; name: string } {
  const hundred = hundredOf(extension);
  if (hundred === '') return { id: idOf(context), name: context };
  return { id: `${idOf(context)}_${idOf(hundred)}`, name: `${context} ${hundred}` };
}
