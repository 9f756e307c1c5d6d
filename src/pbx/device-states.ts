/** Custom device states: those that were ever set, and those that a hint names. */
import { AmiActionError, type EventHandlers } from '../ami/index.ts';
import { hundredOf, idOf } from './ids.ts';
import { listIfAny } from './lists.ts';
import { matcher } from './matcher.ts';
import type {
  DeviceStateGroup,
  DeviceStates as DeviceStatesView,
  DeviceStateWord,
  HintOptions,
} from './model.ts';
import type { AmiLists, Subject, SubjectContext } from './subject.ts';
import { Table } from './table.ts';

export const DEVICE_STATES = [
  'not_inuse',
  'inuse',
  'busy',
  'ringing',
  'ringinuse',
  'onhold',
  'unavailable',
  'invalid',
  'unknown',
] as const satisfies readonly DeviceStateWord[];

/** Those that can be set: nothing that a dialplan function's argument is made of. */
export const CUSTOM_DEVICE = /^Custom:[\p{L}\p{N}_.@+*#-]{1,64}$/u;

const PREFIX = 'Custom:';
/** Where Asterisk keeps those that were set (func_devstate.c). */
const FAMILY = 'CustomDevstate';

interface Group {
  readonly name: string;
  readonly devices: readonly string[];
}

export class DeviceStates implements Subject, DeviceStatesView {
  readonly modules = ['func_devstate'];
  readonly #context: SubjectContext;
  readonly #wanted: (name: string) => boolean;
  readonly #off: boolean;
  /** By device; of those that were never set there is none. */
  readonly #rows = new Table<DeviceStateWord>();
  #hinted: ReadonlySet<string> = new Set();
  #loaded = true;
  /** By id; null: to be made anew. */
  #groups: ReadonlyMap<string, Group> | null = null;

  constructor(context: SubjectContext, { show, custom = ['*'] }: HintOptions) {
    this.#context = context;
    this.#off = show === 'none' || custom.length === 0;
    this.#wanted = this.#off ? () => false : matcher(custom);
  }

  all(): readonly DeviceStateGroup[] {
    return [...this.#grouped()].map(([id, group]) => this.#view(id, group));
  }

  get(id: string): DeviceStateGroup | undefined {
    const group = this.#grouped().get(id);
    return group === undefined ? undefined : this.#view(id, group);
  }

  readonly on: EventHandlers = {
    DeviceStateChange: ({ Device: device, State }) => {
      if (!this.#shows(device)) return;
      const before = this.#rows.get(device);
      const now = wordOf(State);
      if (now === 'unknown') this.#rows.delete(device);
      else this.#rows.set(device, now);
      const there = before !== undefined || this.#hinted.has(device);
      const stays = now !== 'unknown' || this.#hinted.has(device);
      if (there && stays) {
        if (before !== now) this.#context.changed('device_state', idOfGroup(device));
      } else if (there || stays) this.#setChanged();
    },
  };

  async snapshot(ami: AmiLists): Promise<void> {
    if (this.#off) return;
    const loaded = await isLoaded(ami);
    if (!loaded && this.#loaded)
      this.#context.log.info({}, 'This Asterisk has no func_devstate loaded: no custom device states');
    this.#loaded = loaded;
    this.#rows.beginList();
    // DeviceStateList still has those that were taken out of the database (tried on Asterisk 22.10).
    const items = (await listIfAny(ami, 'DBGetTree', { Family: FAMILY })) ?? [];
    const listed = items
      .map(({ Key, Val }) => [PREFIX + Key.slice(`/${FAMILY}/`.length), wordOf(Val)] as const)
      .filter(([device, state]) => this.#shows(device) && state !== 'unknown');
    this.#rows.endList(new Map(listed));
    this.#setChanged();
  }

  /** Takes over which devices the dialplan's hints are made of. */
  hinted(devices: Iterable<string>): void {
    const shown = new Set([...devices].filter((device) => this.#shows(device)));
    if (shown.size === this.#hinted.size && [...shown].every((device) => this.#hinted.has(device))) return;
    this.#hinted = shown;
    this.#setChanged();
  }

  #shows(device: string): boolean {
    return CUSTOM_DEVICE.test(device) && this.#wanted(device.slice(PREFIX.length));
  }

  #setChanged(): void {
    this.#groups = null;
    this.#context.changed('device_state', '*');
  }

  #view(id: string, { name, devices }: Group): DeviceStateGroup {
    return {
      id,
      name,
      states: devices.map((device) => ({ device, state: this.#rows.get(device) ?? 'unknown' })),
    };
  }

  #grouped(): ReadonlyMap<string, Group> {
    this.#groups ??= groupsOf(this.#loaded ? new Set([...this.#rows.keys(), ...this.#hinted]) : new Set());
    return this.#groups;
  }
}

/** Whether the module that keeps them is: without it they have no value at all (tried on Asterisk 22.10). */
async function isLoaded(ami: AmiLists): Promise<boolean> {
  try {
    const answer = await ami.send({ Action: 'Getvar', Variable: `DEVICE_STATE(${PREFIX}companion)` });
    return answer.all('Value')[0] !== '';
  } catch (error) {
    // A login that may not ask may be told all the same.
    if (error instanceof AmiActionError) return true;
    throw error;
  }
}

function groupsOf(devices: ReadonlySet<string>): ReadonlyMap<string, Group> {
  const groups = new Map<string, { name: string; devices: string[] }>();
  for (const device of [...devices].toSorted()) {
    const id = idOfGroup(device);
    const group = groups.get(id) ?? { name: nameOfGroup(device), devices: [] };
    group.devices.push(device);
    groups.set(id, group);
  }
  return groups;
}

function nameOfGroup(device: string): string {
  return hundredOf(device.slice(PREFIX.length));
}

function idOfGroup(device: string): string {
  return idOf(nameOfGroup(device) || 'custom');
}

/** @param text as the event (`INUSE`) or the database has it, which keeps what was typed */
function wordOf(text: string): DeviceStateWord {
  const word = text.toLowerCase();
  return DEVICE_STATES.find((known) => known === word) ?? 'unknown';
}
