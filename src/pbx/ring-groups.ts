/** Ring groups: extensions that ring several phones, by the names that their owner gave them, and the calls to them. */
import type { EventHandlers } from '../ami/index.ts';
import type { Calls } from './calls.ts';
import type { Party, RingGroupHappening } from './happenings.ts';
import { findBy, idOf } from './ids.ts';
import type { Channel, RingGroup, RingGroupOptions, RingGroups as RingGroupsView } from './model.ts';
import type { Phones } from './phones.ts';
import type { Subject, SubjectContext } from './subject.ts';

interface CallRow {
  readonly uniqueid: string;
  readonly caller: Party;
  answered: boolean;
}

interface GroupRow {
  readonly id: string;
  readonly options: RingGroupOptions;
  /** Those to the group, by Uniqueid of the calling channel. */
  readonly calls: Map<string, CallRow>;
}

export class RingGroups implements Subject, RingGroupsView {
  readonly modules = [];
  readonly on: EventHandlers;
  readonly #context: SubjectContext;
  readonly #calls: Calls;
  readonly #phones: Phones;
  readonly #rows: readonly GroupRow[];
  /** By extension. */
  readonly #dialled: ReadonlyMap<string, GroupRow>;

  constructor(context: SubjectContext, calls: Calls, phones: Phones, options: readonly RingGroupOptions[]) {
    this.#context = context;
    this.#calls = calls;
    this.#phones = phones;
    this.#rows = options.map((group) => ({ id: idOf(group.extension), options: group, calls: new Map() }));
    this.#dialled = new Map(this.#rows.map((row) => [row.options.extension, row]));
    this.on = options.length === 0 ? {} : this.#handlers;
  }

  all(): readonly RingGroup[] {
    return this.#rows.map((row) => this.#view(row));
  }

  get(id: string): RingGroup | undefined {
    const row = this.#rows.find((one) => one.id === id);
    return row === undefined ? undefined : this.#view(row);
  }

  find(text: string): RingGroup | undefined {
    const row = findBy(this.#rows, text, ({ id, options }) => [options.extension, id, options.name]);
    return row === undefined ? undefined : this.#view(row);
  }

  readonly #handlers: EventHandlers = {
    Newchannel: (event) => {
      const row = this.#dialled.get(event.Exten);
      const channel = row && this.#calls.channel(event.Uniqueid);
      if (row === undefined || channel?.direction !== 'in') return;
      this.#happened('called', row, this.#add(row, channel));
    },
    // Either party may enter the bridge last.
    BridgeEnter: () => {
      for (const row of this.#rows)
        for (const call of row.calls.values()) {
          const peer = call.answered ? undefined : this.#calls.talkingTo(call.uniqueid);
          if (peer === undefined) continue;
          call.answered = true;
          this.#happened('answered', row, call, { by: this.#phones.ref(peer.endpoint) });
        }
    },
    Hangup: (event) => {
      for (const row of this.#rows) {
        const call = row.calls.get(event.Uniqueid);
        if (call === undefined) continue;
        row.calls.delete(event.Uniqueid);
        if (call.answered) this.#context.changed('ring_group', row.id);
        else this.#happened('missed', row, call);
      }
    },
  };

  /** Compares with the calls, which were rebuilt just before: no lists of its own. */
  async snapshot(): Promise<void> {
    for (const row of this.#rows) {
      for (const { uniqueid } of row.calls.values())
        if (this.#calls.channel(uniqueid) === undefined) row.calls.delete(uniqueid);
      for (const { channels } of this.#calls.all())
        for (const channel of channels) {
          if (channel.direction !== 'in' || channel.extension !== row.options.extension) continue;
          const call = row.calls.get(channel.uniqueid) ?? this.#add(row, channel);
          call.answered ||= this.#calls.talkingTo(channel.uniqueid) !== undefined;
        }
      this.#context.changed('ring_group', row.id);
    }
  }

  #add(row: GroupRow, channel: Channel): CallRow {
    // Whoever dials through a Local half is at the start of the call.
    const first = this.#calls.get(channel.linkedid)?.channels.find(({ local }) => !local);
    const caller = (channel.local ? first?.caller : undefined) ?? channel.caller;
    const call = { uniqueid: channel.uniqueid, caller, answered: false };
    row.calls.set(channel.uniqueid, call);
    return call;
  }

  #view({ id, options, calls }: GroupRow): RingGroup {
    const { name, extension } = options;
    const last = [...calls.values()].at(-1);
    const ringing = [...calls.values()].some(({ answered }) => !answered);
    const state = ringing ? 'ringing' : last === undefined ? 'idle' : 'answered';
    return { id, name, extension, state, caller: last?.caller ?? null };
  }

  #happened(
    type: RingGroupHappening['type'],
    row: GroupRow,
    { uniqueid, caller }: CallRow,
    more: Pick<RingGroupHappening, 'by'> = {},
  ): void {
    this.#context.changed('ring_group', row.id);
    this.#context.happened({
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'ring_group',
      type,
      group: row.id,
      name: row.options.name,
      extension: row.options.extension,
      call: uniqueid,
      caller,
      ...more,
    });
  }
}
