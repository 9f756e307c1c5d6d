/** Presence: what a person says of being there, by presentity; not what the phone does. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import type { PhoneRef } from './happenings.ts';
import { idOf } from './ids.ts';
import { listIfAny, listOrWhy } from './lists.ts';
import type { PbxOptions, Presence, PresenceState, Presences as PresencesView } from './model.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';
import { Table } from './table.ts';

/** Asterisk's words for a state (presencestate.c). */
export const PRESENCE_STATES = [
  'available',
  'away',
  'xa',
  'chat',
  'dnd',
  'unavailable',
  'not_set',
] as const satisfies readonly PresenceState[];

type Said = Pick<Presence, 'state' | 'subtype' | 'message'>;

const NOTHING: Said = { state: 'not_set', subtype: '', message: '' };

/** What a hint ties together: devices, and the presentity behind its comma. */
interface Hint {
  readonly text: string;
  readonly devices: readonly string[];
  readonly presentity: string;
}

/** The phones, as far as presence needs them. */
export interface Owners {
  refs(): Iterable<PhoneRef>;
  ref(endpoint: string): PhoneRef | null;
}

export class Presences implements Subject, PresencesView {
  /** A dialplan that was loaded anew may have other hints. */
  readonly modules = ['res_manager_presencestate', 'func_presencestate', 'pbx_config'];
  readonly #context: SubjectContext;
  readonly #phones: Owners;
  /** By endpoint: the presentity that the owner named, or whether presence is wanted. */
  readonly #wanted: ReadonlyMap<string, string | boolean>;
  readonly #otherwise: boolean;
  /** By presentity. */
  readonly #said = new Table<Said>();
  /** By extension and context. */
  readonly #hints = new Table<Hint>();
  /** Who has which presentity; null: to be made anew. */
  #index: Index | null = null;
  #ami: AmiLists | null = null;
  /** Counts events; by presentity, the one that came last: what is read for an earlier one is old. */
  #serial = 0;
  readonly #latest = new Map<string, number>();
  #loaded = false;
  #absenceSaid = false;

  constructor(
    context: SubjectContext,
    phones: Owners,
    { phones: options, presence = true }: Pick<PbxOptions, 'phones' | 'presence'>,
  ) {
    this.#context = context;
    this.#phones = phones;
    this.#otherwise = presence;
    this.#wanted = new Map(options.map((phone) => [phone.endpoint, phone.presence ?? presence]));
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  all(): readonly Presence[] {
    if (!this.#loaded) return [];
    const { owned, phonesOf } = this.#indexed();
    const others = [...this.#said.keys()].filter((presentity) => !phonesOf.has(presentity));
    return [
      ...[...owned.values()].map((own) => this.#view(own.presentity, this.#phones.ref(own.endpoint))),
      ...others.map((presentity) => this.#view(presentity, null)),
    ];
  }

  get(id: string): Presence | undefined {
    if (!this.#loaded) return undefined;
    const owned = this.#indexed().owned.get(id);
    if (owned !== undefined) return this.#view(owned.presentity, this.#phones.ref(owned.endpoint));
    for (const presentity of this.#said.keys())
      if (idOf(presentity) === id) return this.#view(presentity, null);
    return undefined;
  }

  at(presentity: string): Presence {
    const [endpoint] = this.#indexed().phonesOf.get(presentity) ?? [];
    return this.#view(presentity, endpoint === undefined ? null : this.#phones.ref(endpoint));
  }

  readonly on: EventHandlers = {
    PresenceStateChange: (event) => {
      const { Presentity: presentity } = event;
      const said = saidBy(event);
      const serial = this.#serial++;
      this.#latest.set(presentity, serial);
      const ami = this.#ami;
      if (ami === null || !mayBeCut(said)) this.#says(presentity, said);
      else
        void whole(ami, presentity, said).then((all) => {
          if (this.#latest.get(presentity) === serial) this.#says(presentity, all);
        });
    },
    ExtensionStatus: (event) => {
      const key = `${event.Exten}@${event.Context}`;
      const before = this.#hints.get(key);
      // Of an extension that has lost its hint, the status is below 0.
      const hint = Number(event.Status) < 0 ? undefined : event.Hint;
      if (before?.text === hint) return;
      const now = hint === undefined ? undefined : hintOf(hint);
      if (now === undefined) this.#hints.delete(key);
      else this.#hints.set(key, now);
      if (!before?.presentity && !now?.presentity) return;
      this.#index = null;
      this.#context.changed('presence', '*');
    },
  };

  async snapshot(ami: AmiLists): Promise<void> {
    this.#ami = ami;
    this.#said.beginList();
    this.#hints.beginList();
    const found = await listOrWhy(ami, 'PresenceStateList');
    const states = Array.isArray(found) ? found : null;
    const hints = states === null ? null : await listIfAny(ami, 'ExtensionStateList');
    // Of a class that the AMI user lacks, the PBX tells.
    const absent = found === 'unknown_action';
    if (absent && !this.#absenceSaid)
      this.#context.log.info({}, 'This Asterisk has no res_manager_presencestate loaded: no presence');
    this.#absenceSaid = absent;
    this.#loaded = states !== null;
    const said = new Map((states ?? []).map((event) => [event.Presentity, saidBy(event)]));
    for (const [presentity, cut] of said)
      if (mayBeCut(cut)) said.set(presentity, await whole(ami, presentity, cut));
    this.#said.endList(said);
    this.#hints.endList(
      new Map((hints ?? []).map((event) => [`${event.Exten}@${event.Context}`, hintOf(event.Hint)])),
    );
    this.#index = null;
    this.#context.changed('presence', '*');
  }

  #says(presentity: string, now: Said): void {
    const before = this.#said.get(presentity) ?? NOTHING;
    this.#said.set(presentity, now);
    // Asterisk tells it whenever it is set, be it to what it was.
    if (now.state === before.state && now.subtype === before.subtype && now.message === before.message)
      return;
    const phones = this.#phonesOf(presentity);
    for (const { id } of phones) this.#context.changed('presence', id);
    if (phones.length === 0) this.#context.changed('presence', idOf(presentity));
    this.#context.happened({
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'presence',
      type: 'changed',
      presentity,
      phone: phones[0] ?? null,
      ...now,
      before: before.state,
    });
  }

  #view(presentity: string, phone: PhoneRef | null): Presence {
    const said = this.#said.get(presentity) ?? NOTHING;
    return { id: phone?.id ?? idOf(presentity), presentity, phone, ...said };
  }

  #phonesOf(presentity: string): PhoneRef[] {
    const endpoints = this.#indexed().phonesOf.get(presentity) ?? [];
    return endpoints.map((endpoint) => this.#phones.ref(endpoint)).filter((phone) => phone !== null);
  }

  #indexed(): Index {
    this.#index ??= indexOf(
      this.#phones.refs(),
      ({ endpoint }) => this.#wanted.get(endpoint) ?? this.#otherwise,
      hinted(this.#hints.values()),
    );
    return this.#index;
  }
}

interface Index {
  /** By the phone's id. */
  readonly owned: ReadonlyMap<string, { readonly endpoint: string; readonly presentity: string }>;
  /** Endpoints, by presentity. */
  readonly phonesOf: ReadonlyMap<string, readonly string[]>;
}

/** A phone's presentity is the one that the owner names, else its hint's, else the one that is called as the phone. */
function indexOf(
  phones: Iterable<PhoneRef>,
  wantedFor: (phone: PhoneRef) => string | boolean,
  byHint: ReadonlyMap<string, Hint>,
): Index {
  const owned = new Map<string, { endpoint: string; presentity: string }>();
  const phonesOf = new Map<string, string[]>();
  for (const phone of phones) {
    const { id, endpoint } = phone;
    const wanted = wantedFor(phone);
    if (wanted === false) continue;
    const own = `CustomPresence:${endpoint.slice(endpoint.indexOf('/') + 1)}`;
    const presentity = typeof wanted === 'string' ? wanted : (byHint.get(endpoint)?.presentity ?? own);
    owned.set(id, { endpoint, presentity });
    phonesOf.set(presentity, [...(phonesOf.get(presentity) ?? []), endpoint]);
  }
  return { owned, phonesOf };
}

/** The hint that gives a device its presentity: the one with the fewest devices, for a group may have one, too. */
function hinted(hints: Iterable<Hint>): ReadonlyMap<string, Hint> {
  const byDevice = new Map<string, Hint>();
  for (const hint of hints) {
    if (hint.presentity === '') continue;
    for (const device of hint.devices) {
      const before = byDevice.get(device);
      if (before === undefined || hint.devices.length < before.devices.length) byDevice.set(device, hint);
    }
  }
  return byDevice;
}

/** `PJSIP/1111&Custom:lamp,CustomPresence:1111`; either side of the comma may be empty. */
function hintOf(text: string): Hint {
  const comma = text.indexOf(',');
  const devices = (comma < 0 ? text : text.slice(0, comma))
    .split('&')
    .filter((device) => device.includes('/'));
  return { text, devices, presentity: comma < 0 ? '' : text.slice(comma + 1).trim() };
}

function saidBy({ Status, Subtype, Message }: AmiEvent<'PresenceStateChange'>): Said {
  const state = PRESENCE_STATES.find((known) => known === Status) ?? 'not_set';
  return { state, subtype: Subtype, message: Message };
}

/** Bytes at which events and the list cut a text, counted as it is escaped there (tried on Asterisk 22.10: 256). */
const CUT = 250;
/** What `ast_escape_c` writes as two characters. */
const ESCAPED = /[\b\f\n\r\t\v\\'"?]/g;

function mayBeCut({ subtype, message }: Said): boolean {
  return [subtype, message].some(
    (text) => Buffer.byteLength(text) + (text.match(ESCAPED)?.length ?? 0) >= CUT,
  );
}

/** With its texts in full, as the dialplan has them; as it is, where the AMI user may not ask. */
async function whole(ami: AmiLists, presentity: string, cut: Said): Promise<Said> {
  const text = async (field: 'subtype' | 'message') => {
    const answer = await ami.send({ Action: 'Getvar', Variable: `PRESENCE_STATE(${presentity},${field},e)` });
    return Buffer.from(answer.all('Value')[0] ?? '', 'base64').toString();
  };
  try {
    return { state: cut.state, subtype: await text('subtype'), message: await text('message') };
  } catch {
    return cut;
  }
}
