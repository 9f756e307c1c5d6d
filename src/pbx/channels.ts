/** The channels that there are, and how they are found: by Uniqueid, name, device and bridge. */
import type { ChannelRow } from './channel.ts';
import { Table } from './table.ts';

export class Channels {
  /** By Uniqueid. Tells what events and a running list each know. */
  readonly table = new Table<ChannelRow>();
  readonly #names = new Map<string, ChannelRow>();
  readonly #endpoints = new Map<string, Set<ChannelRow>>();
  readonly #bridges = new Map<string, Set<ChannelRow>>();

  get(uniqueid: string): ChannelRow | undefined {
    return this.table.get(uniqueid);
  }

  /** By Uniqueid or by present name. */
  find(idOrName: string): ChannelRow | undefined {
    return this.table.get(idOrName) ?? this.#names.get(idOrName);
  }

  /** Those of a device, oldest first. */
  of(endpoint: string): readonly ChannelRow[] {
    return [...(this.#endpoints.get(endpoint) ?? [])];
  }

  in(bridge: string): readonly ChannelRow[] {
    return [...(this.#bridges.get(bridge) ?? [])];
  }

  add(row: ChannelRow): void {
    this.table.set(row.uniqueid, row);
    this.#names.set(row.name, row);
    if (row.endpoint !== '') put(this.#endpoints, row.endpoint, row);
  }

  /** To be called before the row's name changes. */
  rename(row: ChannelRow, name: string): void {
    if (row.name === name) return;
    this.#names.delete(row.name);
    this.#names.set(name, row);
  }

  enter(row: ChannelRow, bridge: string): void {
    if (row.bridge !== bridge) this.leave(row);
    row.bridge = bridge;
    put(this.#bridges, bridge, row);
  }

  leave(row: ChannelRow): void {
    if (row.bridge !== null) take(this.#bridges, row.bridge, row);
    row.bridge = null;
  }

  /** Takes a row that is no longer in the table out of everything that names it. */
  forget(row: ChannelRow): void {
    this.leave(row);
    this.#names.delete(row.name);
    take(this.#endpoints, row.endpoint, row);
  }

  /** Who is in a bridge with this channel, through Local halves where there are any. */
  talkingTo(uniqueid: string, from = new Set<string>()): ChannelRow | undefined {
    from.add(uniqueid);
    const bridge = this.get(uniqueid)?.bridge;
    if (bridge === null || bridge === undefined) return undefined;
    for (const member of this.#bridges.get(bridge) ?? []) {
      if (from.has(member.uniqueid)) continue;
      if (!member.local) return member;
      const half = this.#otherHalf(member);
      if (half === undefined || from.has(half.uniqueid)) continue;
      const beyond = this.talkingTo(half.uniqueid, from.add(member.uniqueid));
      if (beyond !== undefined) return beyond;
    }
    return undefined;
  }

  /** The others in this channel's bridge, Local halves as they are. */
  beside(uniqueid: string): readonly ChannelRow[] {
    const bridge = this.get(uniqueid)?.bridge ?? null;
    const members = bridge === null ? [] : [...(this.#bridges.get(bridge) ?? [])];
    return members.filter((member) => member.uniqueid !== uniqueid);
  }

  #otherHalf(local: ChannelRow): ChannelRow | undefined {
    const end = local.name.endsWith(';1') ? ';2' : ';1';
    return this.#names.get(local.name.slice(0, -2) + end);
  }
}

function put(sets: Map<string, Set<ChannelRow>>, key: string, row: ChannelRow): void {
  sets.set(key, (sets.get(key) ?? new Set()).add(row));
}

function take(sets: Map<string, Set<ChannelRow>>, key: string, row: ChannelRow): void {
  const rows = sets.get(key);
  rows?.delete(row);
  if (rows?.size === 0) sets.delete(key);
}
