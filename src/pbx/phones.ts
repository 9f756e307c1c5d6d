/** Phones: found on the PBX by themselves, named or hidden by the settings. */
import type { AmiEvent, EventHandlers } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import type { Party, PhoneHappening, PhoneRef } from './happenings.ts';
import { endpointOf, findBy, idOf } from './ids.ts';
import { listIfAny } from './lists.ts';
import type { PbxMemory } from './memory.ts';
import type { Channel, Phone, PhoneOptions, PhoneState, Phones as PhonesView } from './model.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';
import { type FoundDevice, findDevices } from './technologies.ts';

interface PhoneRow {
  ref: PhoneRef;
  /** Asterisk's device state, letters only: `notinuse`, `ringinuse`, … */
  device: string;
  missed: number;
  lastCaller: Phone['lastCaller'];
  lastDialled: string;
  /** Rang in a call that is not over: whether it was missed shows at the call's end. */
  rang: { readonly call: string; readonly caller: Party; readonly at: number } | null;
}

/** Device states of Asterisk (devicestate.c) that need no look at the channels. */
const STATES: Readonly<Record<string, PhoneState>> = {
  unavailable: 'unavailable',
  invalid: 'unavailable',
  notinuse: 'idle',
  unknown: 'idle',
  ringing: 'ringing',
  ringinuse: 'ringing',
  onhold: 'on_hold',
};
const UNREGISTERED = new Set(['unavailable', 'invalid']);

/** Q.850 causes of a leg that ended without an answer and yet was not missed: busy, rejected, answered elsewhere. */
const NOT_MISSED = new Set(['17', '21', '26']);

export class Phones implements Subject, PhonesView {
  readonly modules = ['res_pjsip', 'chan_pjsip', 'chan_sip', 'chan_iax2', 'chan_dahdi'];
  readonly #context: SubjectContext;
  readonly #calls: Calls;
  readonly #options: ReadonlyMap<string, PhoneOptions>;
  /** Endpoints that are something else, such as doorbells. */
  readonly #others: ReadonlySet<string>;
  /** By endpoint. */
  readonly #rows = new Map<string, PhoneRow>();
  readonly #ids = new Map<string, PhoneRow>();
  /** Those with {@link PhoneRow.rang}. */
  readonly #rung = new Set<PhoneRow>();
  /** Keys that we press ourselves and Asterisk has not told of, by Uniqueid. */
  readonly #pressing = new Map<string, string[]>();
  /** By endpoint: device states that events told since the running list was asked for; null when none runs. */
  #told: Map<string, string> | null = null;
  /** Phones of the settings that are not there, and of which that was said. */
  readonly #absent = new Set<string>();
  /** What is known of phones that were not there when it was last looked. */
  #recalled: PbxMemory['phones'] = {};

  constructor(
    context: SubjectContext,
    calls: Calls,
    options: readonly PhoneOptions[],
    others: ReadonlySet<string>,
  ) {
    this.#context = context;
    this.#calls = calls;
    this.#options = new Map(options.map((phone) => [phone.endpoint, phone]));
    this.#others = others;
    calls.onEnd((call, last) => {
      this.#spared(last);
      this.#callEnded(call.id, call.answeredAt);
    });
    calls.onMove((channel, from, to) => this.#callMoved(channel, from, to));
    calls.onDevice((endpoint) => {
      const row = this.#rows.get(endpoint);
      if (row !== undefined) context.changed('phone', row.ref.id);
    });
  }

  all(): readonly Phone[] {
    return [...this.#rows.values()].map((row) => this.#view(row));
  }

  get(id: string): Phone | undefined {
    const row = this.#ids.get(id);
    return row === undefined ? undefined : this.#view(row);
  }

  byEndpoint(endpoint: string): Phone | undefined {
    const row = this.#rows.get(endpoint);
    return row === undefined ? undefined : this.#view(row);
  }

  find(text: string): Phone | undefined {
    const row = findBy(this.#rows.values(), text, ({ ref }) => [
      ref.endpoint,
      ref.id,
      ref.endpoint.slice(ref.endpoint.indexOf('/') + 1),
      ref.name,
    ]);
    return row === undefined ? undefined : this.#view(row);
  }

  /** How a happening names the phone behind a device name, or null when it is none. */
  ref(endpoint: string): PhoneRef | null {
    return this.#rows.get(endpoint)?.ref ?? null;
  }

  /** All phones, as happenings name them. */
  *refs(): Iterable<PhoneRef> {
    for (const { ref } of this.#rows.values()) yield ref;
  }

  resetMissed(id: string): void {
    const row = this.#ids.get(id);
    if (row === undefined || row.missed === 0) return;
    row.missed = 0;
    this.#context.changed('phone', id);
  }

  noteDialled(id: string, number: string): void {
    const row = this.#ids.get(id);
    if (row === undefined) return;
    row.lastDialled = number;
    this.#context.changed('phone', id);
  }

  pressing(channel: string, key: string): () => void {
    for (const id of this.#pressing.keys())
      if (this.#calls.channel(id) === undefined) this.#pressing.delete(id);
    this.#pressing.set(channel, [...(this.#pressing.get(channel) ?? []), key]);
    return () => void this.#pressed(channel, key);
  }

  /** Whether the key was one that we pressed, which it then is no more. */
  #pressed(channel: string, key: string): boolean {
    const keys = this.#pressing.get(channel) ?? [];
    const at = keys.indexOf(key);
    if (at >= 0) keys.splice(at, 1);
    return at >= 0;
  }

  remember(): PbxMemory['phones'] {
    return {
      ...this.#recalled,
      ...Object.fromEntries([...this.#rows.values()].map((row) => [row.ref.id, keptOf(row)])),
    };
  }

  /** To be called before the first snapshot: it applies to phones when they are found. */
  recall(memory: PbxMemory['phones']): void {
    this.#recalled = memory;
  }

  readonly on: EventHandlers = {
    DeviceStateChange: (event) => {
      this.#told?.set(event.Device, event.State);
      const row = this.#rows.get(event.Device);
      if (row === undefined) return;
      const was = row.device;
      row.device = letters(event.State);
      if (UNREGISTERED.has(was) !== UNREGISTERED.has(row.device))
        this.#happened(UNREGISTERED.has(row.device) ? 'unregistered' : 'registered', row, {});
      if (was !== row.device) this.#context.changed('phone', row.ref.id);
    },
    Newchannel: (event) => {
      const row = this.#of(event);
      if (row !== undefined && event.ChannelStateDesc !== 'Down' && /^[+*#0-9A-D]/.test(event.Exten))
        row.lastDialled = event.Exten;
    },
    Newstate: (event) => {
      const row = this.#of(event);
      const channel = this.#calls.channel(event.Uniqueid);
      if (row === undefined || channel?.direction !== 'out') return;
      if (event.ChannelStateDesc === 'Ringing') this.#rings(row, channel);
      if (event.ChannelStateDesc === 'Up') {
        this.#forgetRing(row);
        this.#happened('answered', row, { call: channel.linkedid, caller: channel.connected });
      }
    },
    DTMFEnd: (event) => {
      if (event.Direction !== 'Received' || this.#pressed(event.Uniqueid, event.Digit)) return;
      const row = this.#of(event);
      if (row !== undefined) this.#happened('dtmf', row, { call: event.Linkedid, digit: event.Digit });
    },
    Hangup: (event) => this.#spared(event),
  };

  async snapshot(ami: AmiLists): Promise<void> {
    // How a call went that ended while nobody listened, nobody knows.
    for (const row of this.#rung)
      if (this.#calls.get(row.rang?.call ?? '') === undefined) this.#forgetRing(row);
    const told = new Map<string, string>();
    this.#told = told;
    const found = await findDevices(ami);
    const listed = (await listIfAny(ami, 'DeviceStateList')) ?? [];
    const states = new Map(listed.map(({ Device, State }) => [Device, State]));
    const devices = new Map(
      found.map((device) => [
        device.endpoint,
        { ...device, state: states.get(device.endpoint) ?? device.state },
      ]),
    );
    // Where the AMI user may not list endpoints, Asterisk's word on the state of one tells that it is there.
    for (const endpoint of this.#options.keys()) {
      const state = states.get(endpoint) ?? 'INVALID';
      if (!devices.has(endpoint) && state !== 'INVALID') devices.set(endpoint, { endpoint, name: '', state });
    }
    const wanted = new Map<string, FoundDevice>();
    for (const device of devices.values()) {
      const option = this.#options.get(device.endpoint);
      if (option?.hidden === true || (option === undefined && this.#others.has(device.endpoint))) continue;
      wanted.set(device.endpoint, { ...device, name: option?.name ?? device.name });
    }
    // A phone that the settings name and the PBX does not have is shown, and shown as unavailable.
    for (const { endpoint, name, hidden } of this.#options.values()) {
      if (devices.has(endpoint) || hidden === true) {
        this.#absent.delete(endpoint);
        continue;
      }
      if (!this.#absent.has(endpoint))
        this.#context.log.warn(
          { endpoint },
          'The settings name a phone that this Asterisk does not have: see `pjsip show endpoints`',
        );
      this.#absent.add(endpoint);
      wanted.set(endpoint, { endpoint, name: name ?? '', state: 'invalid' });
    }
    this.#told = null;
    this.#take(wanted, told);
  }

  /** @param told states that are newer than the list's */
  #take(wanted: ReadonlyMap<string, FoundDevice>, told: ReadonlyMap<string, string>): void {
    let set = false;
    for (const [endpoint, row] of this.#rows)
      if (!wanted.has(endpoint)) {
        // It may come again.
        this.#recalled = { ...this.#recalled, [row.ref.id]: keptOf(row) };
        this.#rows.delete(endpoint);
        this.#ids.delete(row.ref.id);
        this.#rung.delete(row);
        set = true;
      }
    for (const { endpoint, name, state: listed } of wanted.values()) {
      const state = told.get(endpoint) ?? listed;
      const shown = name === '' ? endpoint.slice(endpoint.indexOf('/') + 1) : name;
      const ref = { id: idOf(endpoint), endpoint, name: shown };
      const row = this.#rows.get(endpoint);
      set ||= row?.ref.name !== shown;
      if (row === undefined) this.#add(ref, letters(state));
      else {
        row.ref = ref;
        row.device = letters(state);
      }
      this.#context.changed('phone', ref.id);
    }
    if (set) this.#context.changed('phone', '*');
  }

  #add(ref: PhoneRef, device: string): void {
    const { missed = 0, lastCaller = null, lastDialled = '' } = this.#recalled[ref.id] ?? {};
    const row = { ref, device, missed, lastCaller, lastDialled, rang: null };
    this.#rows.set(ref.endpoint, row);
    this.#ids.set(ref.id, row);
  }

  #of(event: AmiEvent<'Newchannel' | 'Newstate' | 'DTMFEnd' | 'Hangup'>): PhoneRow | undefined {
    return this.#rows.get(endpointOf(event.Channel));
  }

  #rings(row: PhoneRow, channel: Channel): void {
    const caller = channel.connected;
    const now = this.#context.now();
    // Nobody calls when a phone is rung to be joined to something: no caller, nothing to miss.
    if (caller.number !== '' || caller.name !== '') {
      row.rang = { call: channel.linkedid, caller, at: now };
      this.#rung.add(row);
      row.lastCaller = { ...caller, time: new Date(now).toISOString() };
      this.#context.changed('phone', row.ref.id);
    }
    this.#happened('ringing', row, { call: channel.linkedid, caller });
  }

  #spared(event: AmiEvent<'Hangup'>): void {
    const row = this.#of(event);
    if (row !== undefined && NOT_MISSED.has(event.Cause)) this.#forgetRing(row);
  }

  #forgetRing(row: PhoneRow): void {
    row.rang = null;
    this.#rung.delete(row);
  }

  /** A ring goes with the phone's channel, or else with the last one that is not plumbing. */
  #callMoved({ endpoint }: Channel, from: string, to: string): void {
    if (this.#rung.size === 0) return;
    const left = (this.#calls.get(from)?.channels ?? []).some(({ local }) => !local);
    for (const row of this.#rung)
      if (row.rang?.call === from && (!left || row.ref.endpoint === endpoint))
        row.rang = { ...row.rang, call: to };
  }

  #callEnded(id: string, answeredAt: number | null): void {
    for (const row of this.#rung) {
      if (row.rang?.call !== id) continue;
      const { caller, at } = row.rang;
      this.#forgetRing(row);
      // Answered while it rang: by somebody else. Answered before: this phone was a transfer's end.
      if (answeredAt !== null && answeredAt >= at) continue;
      row.missed += 1;
      this.#context.changed('phone', row.ref.id);
      this.#happened('missed', row, { call: id, caller });
    }
  }

  #view(row: PhoneRow): Phone {
    const channels = this.#calls.channelsOf(row.ref.endpoint);
    const latest = channels.at(-1);
    return {
      ...row.ref,
      state: stateOf(row.device, channels),
      registered: !UNREGISTERED.has(row.device),
      connected: latest === undefined ? null : connectedTo(latest),
      lastCaller: row.lastCaller,
      lastDialled: row.lastDialled,
      missed: row.missed,
      channels: channels.map((channel) => channel.uniqueid),
    };
  }

  #happened(
    type: PhoneHappening['type'],
    row: PhoneRow,
    more: Pick<PhoneHappening, 'call' | 'caller' | 'digit'>,
  ): void {
    this.#context.happened({
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'phone',
      type,
      phone: row.ref,
      ...more,
    });
  }
}

function keptOf({ missed, lastCaller, lastDialled }: PhoneRow): PbxMemory['phones'][string] {
  return { missed, lastCaller, lastDialled };
}

/** In use and busy (`device_state_busy_at=1` says busy of every call, and of a ring) are told apart by the channels. */
function stateOf(device: string, channels: readonly Channel[]): PhoneState {
  const known = STATES[device];
  if (known !== undefined) return known;
  if (channels.length === 0) return device === 'busy' ? 'busy' : 'in_call';
  if (channels.some(({ state, direction }) => state === 'Ringing' && direction === 'out')) return 'ringing';
  return channels.some(({ state }) => state === 'Up') ? 'in_call' : 'dialing';
}

/** Whom a channel's device talks to, as far as the PBX knows by now: the number it dialled before an answer. */
function connectedTo(channel: Channel): Party {
  const { connected, direction, extension } = channel;
  if (connected.number !== '' || connected.name !== '' || direction === 'out') return connected;
  return { number: extension, name: '' };
}

/** `NOT_INUSE`, `Not in use` → `notinuse`: events and lists write device states differently. */
function letters(state: string): string {
  return state.toLowerCase().replace(/[^a-z]/g, '');
}
