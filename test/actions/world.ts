/** A house whose calls a test arranges by hand, and a wire that records what was sent and does what it is told. */
import {
  type ActionPorts,
  type Asker,
  createRegistry,
  type OpenWay,
  type Registry,
} from '../../src/actions/index.ts';
import type { ActionName, AmiAction, ListName } from '../../src/ami/index.ts';
import { AmiActionError } from '../../src/ami/index.ts';
import type { Channel, ParkedCall, PbxView } from '../../src/pbx/model.ts';
import { FakePbx } from '../home/fake-pbx.ts';
import { actionPorts } from './ports.ts';

export const ME: Asker = { via: 'api', name: 'tester' };

type Reaction = (action: Record<string, unknown>) => unknown;

export class World extends FakePbx {
  /** What went over the wire, in order. */
  readonly sent: AmiAction[] = [];
  /** What Asterisk does when it is sent an action; what it throws is its refusal. */
  readonly reactions: Partial<Record<ActionName, Reaction>> = {};
  readonly dismissals: string[][] = [];
  readonly movedOn: string[][] = [];
  readonly openings: string[][] = [];
  /** Keys that are not to be told. */
  readonly pressing: string[] = [];
  readonly #channels = new Map<string, Channel>();
  /** A ringing channel's Uniqueid → that of the one who rings. */
  readonly #rungBy = new Map<string, string>();

  override readonly calls: PbxView['calls'] = {
    all: () => [],
    get: (id) => {
      const channels = [...this.#channels.values()].filter((channel) => channel.linkedid === id);
      return channels.length === 0 ? undefined : { id, channels, since: 0, answeredAt: null };
    },
    channel: (id) =>
      this.#channels.get(id) ?? [...this.#channels.values()].find((channel) => channel.name === id),
    channelsOf: (endpoint) => [...this.#channels.values()].filter((channel) => channel.endpoint === endpoint),
    peer: (id) => this.#peer(id),
  };

  override readonly doorbells: PbxView['doorbells'] = {
    all: () => [...this.doorbellRows.values()],
    get: (id) => this.doorbellRows.get(id),
    find: (text) => [...this.doorbellRows.values()].find(({ id, name }) => id === text || name === text),
    dismiss: (id, who) => void this.dismissals.push([id, who]),
    moveOn: (id, who) => void this.movedOn.push([id, who]),
    opened: (id, way, who) => void this.openings.push([id, way, who]),
  };

  override readonly phones: PbxView['phones'] = {
    all: () => [...this.phoneRows.values()],
    get: (id) => this.phoneRows.get(id),
    find: (text) =>
      [...this.phoneRows.values()].find(({ id, name, endpoint }) =>
        [id, name, endpoint, endpoint.slice(6)].includes(text),
      ),
    byEndpoint: (endpoint) => [...this.phoneRows.values()].find((phone) => phone.endpoint === endpoint),
    resetMissed: (id) => this.phone({ id, missed: 0 }),
    noteDialled: (id, lastDialled) => this.phone({ id, lastDialled }),
    pressing: (channel, key) => {
      this.pressing.push(`${key} on ${channel}`);
      return () => void this.pressing.pop();
    },
  };

  override readonly ami: PbxView['ami'] = {
    status: { state: 'up', problem: null, version: '22.10.1', rights: null, bootedAt: null },
    send: async (action) => ((await this.#do(action)) ?? null) as never,
    list: async <A extends ListName>(action: { readonly Action: A }) =>
      ((await this.#do(action as never)) ?? []) as never,
    originate: async (action) => {
      await this.#do(action);
      return null as never;
    },
  };

  override readonly slow: PbxView['slow'] = {
    list: this.ami.list,
    send: async (action) => (await this.#do(action)) as never,
  };

  /** Adds a channel of an endpoint, or changes some of what it is. */
  channel(uniqueid: string, row: Partial<Channel> = {}): void {
    const before = this.#channels.get(uniqueid);
    const channel: Channel = {
      uniqueid,
      name: `${row.endpoint ?? 'PJSIP/1'}-${uniqueid}`,
      linkedid: uniqueid,
      endpoint: '',
      local: false,
      direction: 'out',
      state: 'Up',
      caller: { number: '', name: '' },
      connected: { number: '', name: '' },
      context: 'default',
      extension: 's',
      since: 0,
      answeredAt: null,
      bridge: null,
      held: false,
      ...before,
      ...row,
    };
    this.#channels.set(uniqueid, channel);
    this.#refresh(channel.endpoint);
  }

  /** Hangs a channel up. */
  gone(uniqueid: string): void {
    const channel = this.#channels.get(uniqueid);
    this.#channels.delete(uniqueid);
    for (const lot of this.lotRows.values()) {
      this.lot({ id: lot.id, parked: lot.parked.filter(({ call }) => call !== uniqueid) });
    }
    if (channel) this.#refresh(channel.endpoint);
  }

  /** `uniqueid` rings with the call of `caller`. */
  rings(uniqueid: string, endpoint: string, caller: string): void {
    this.#rungBy.set(uniqueid, caller);
    this.channel(uniqueid, { endpoint, state: 'Ringing', linkedid: caller });
  }

  /** Joins two channels. */
  join(one: string, other: string, bridge = `bridge of ${one}`): void {
    for (const id of [one, other]) this.channel(id, { bridge, state: 'Up' });
  }

  /** A visitor at the front door. */
  press(uniqueid = 'door.1', row: Partial<Channel> = {}): void {
    this.channel(uniqueid, {
      endpoint: 'PJSIP/8000',
      direction: 'in',
      state: 'Ring',
      caller: { number: '8000', name: 'Visitor' },
      ...row,
    });
    this.doorbell({
      id: 'front_door',
      state: 'ringing',
      press: {
        call: uniqueid,
        channel: `PJSIP/8000-${uniqueid}`,
        caller: { number: '8000', name: 'Visitor' },
        extension: '600',
        since: 0,
        answeredBy: null,
        answeredAt: null,
        by: [],
        talkingTo: [],
        waiting: null,
        attempts: 0,
        attemptsKnownBy: null,
        parked: null,
        outcome: 'ringing',
      },
    });
  }

  /** Puts a channel into a lot. */
  park(uniqueid: string, row: Partial<ParkedCall> = {}): void {
    const lot = this.parking.find(row.lot ?? 'default');
    if (!lot) throw new Error('no such lot');
    const channel = this.#channels.get(uniqueid);
    const parked: ParkedCall = {
      lot: lot.name,
      space: '701',
      call: uniqueid,
      channel: channel?.name ?? '',
      caller: channel?.caller ?? { number: '', name: '' },
      parkedBy: 'PJSIP/8000',
      how: 'self',
      since: 0,
      until: null,
      ...row,
    };
    this.channel(uniqueid, { bridge: null, state: 'Up' });
    this.lot({ id: lot.id, parked: [...lot.parked, parked] });
  }

  /** Takes a channel out of its lot. */
  unpark(uniqueid: string): void {
    for (const lot of this.lotRows.values()) {
      this.lot({ id: lot.id, parked: lot.parked.filter(({ call }) => call !== uniqueid) });
    }
  }

  /** What was sent of one kind. */
  sentOf(name: ActionName): Record<string, unknown>[] {
    return this.sent.filter((action) => action.Action === name) as never;
  }

  async #do(action: AmiAction): Promise<unknown> {
    this.sent.push(action);
    await Promise.resolve();
    return this.reactions[action.Action]?.(action as never);
  }

  #peer(id: string): Channel | undefined {
    const channel = this.#channels.get(id);
    const others = [...this.#channels.values()].filter((one) => one.uniqueid !== id);
    if (channel?.bridge) return others.find((one) => one.bridge === channel.bridge);
    const caller = this.#rungBy.get(id);
    if (caller !== undefined) return this.#channels.get(caller);
    return others.find((one) => this.#rungBy.get(one.uniqueid) === id);
  }

  #refresh(endpoint: string): void {
    const phone = this.phones.byEndpoint(endpoint);
    if (phone)
      this.phone({ id: phone.id, channels: this.calls.channelsOf(endpoint).map((one) => one.uniqueid) });
    this.change({ subject: 'call', id: '*' });
  }
}

/** Kitchen and office, a front door that may be answered on both, two lots. */
export function house(id = 'home'): World {
  const world = new World(id);
  world.phone({ id: 'pjsip_6001', name: 'Kitchen' });
  world.phone({ id: 'pjsip_6002', name: 'Office' });
  world.phone({ id: 'pjsip_6003', name: 'Attic', registered: false, state: 'unavailable' });
  world.doorbell({ id: 'front_door', answer_on: ['PJSIP/6003', 'PJSIP/6001', 'PJSIP/6002'] });
  world.lot({ id: 'default', spaces: { first: '701', last: '703' } });
  world.lot({ id: 'lot_office', name: 'office', spaces: { first: '751', last: '753' } });
  world.reactions.ShowDialPlan = ({ Extension }) => [{ Extension: Extension ?? '600', Switch: '' }];
  return world;
}

/** A call that Asterisk placed and nobody took. */
export function notAnswered(device = 'PJSIP/6001'): AmiActionError {
  return new AmiActionError('Originate', `${device} was not answered in time`, 'failed');
}

export interface Bench {
  readonly registry: Registry;
  /** What was logged: level, message, facts. */
  readonly lines: [level: string, message: string, facts: Record<string, unknown>][];
}

export function bench(
  pbxes: readonly PbxView[],
  ports: Partial<Omit<ActionPorts, 'openWay'>> & { readonly way?: OpenWay } = {},
): Bench {
  const lines: Bench['lines'] = [];
  const { way = { kind: 'none' }, ...rest } = ports;
  const registry = createRegistry(
    actionPorts({
      pbxes,
      openWay: () => way,
      log: {
        info: (facts, message) => void lines.push(['info', message, facts as never]),
        warn: (facts, message) => void lines.push(['warn', message, facts as never]),
      },
      ...rest,
    }),
  );
  return { registry, lines };
}
