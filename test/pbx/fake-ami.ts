import type { AmiClient, AmiEvent, AmiStatus, EventHandlers, EventName } from '../../src/ami/index.ts';
import { AmiActionError, EVENTS } from '../../src/ami/index.ts';

type Loose = Readonly<Record<string, string>>;

/** An AMI client without a wire: events are told to it, lists are laid ready. Unknown lists are not loaded. */
export class FakeAmi {
  status: AmiStatus = { state: 'idle', problem: null, version: '22.10.1', rights: null, bootedAt: 1000 };
  readonly sent: Loose[] = [];
  /** List action → its items; a function is asked anew each time. */
  readonly lists: Record<
    string,
    readonly AmiEvent[] | (() => readonly AmiEvent[] | Promise<readonly AmiEvent[]>)
  > = {};
  #handlers: EventHandlers[] = [];
  #listeners: ((status: AmiStatus) => void)[] = [];

  /** As the type that the product knows. */
  get client(): AmiClient {
    return this as unknown as AmiClient;
  }

  listen(handlers: EventHandlers): () => void {
    this.#handlers.push(handlers);
    return () => {
      this.#handlers = this.#handlers.filter((one) => one !== handlers);
    };
  }

  onStatus(listener: (status: AmiStatus) => void): () => void {
    this.#listeners.push(listener);
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== listener);
    };
  }

  get listeners(): number {
    return this.#handlers.length + this.#listeners.length;
  }

  async list(action: Loose): Promise<readonly AmiEvent[]> {
    this.sent.push(action);
    const items = this.lists[action.Action as string];
    if (items === undefined)
      throw new AmiActionError(action.Action as string, 'Invalid/unknown command', 'unknown_action');
    return typeof items === 'function' ? items() : items;
  }

  /** What Asterisk answers to an action that is no list; a test lays it ready. */
  send: (action: Loose) => Promise<{ all(name: string): readonly string[] }> = async ({ Action = '' }) => {
    throw new AmiActionError(Action, 'Invalid/unknown command', 'unknown_action');
  };

  async askRights(): Promise<void> {
    this.sent.push({ Action: 'ListCommands' });
  }

  link(change: Partial<AmiStatus>): void {
    this.status = { ...this.status, ...change };
    for (const listener of this.#listeners) listener(this.status);
  }

  /** Tells an event; headers that are not given are empty. */
  tell<N extends EventName>(name: N, headers: Loose): void {
    const message = event(name, headers);
    for (const handlers of this.#handlers)
      (handlers[name] as ((e: AmiEvent<N>) => void) | undefined)?.(message);
  }
}

/** An event as the AMI room would build it. */
export function event<N extends EventName>(name: N, headers: Loose): AmiEvent<N> {
  const shape = EVENTS[name];
  const blank = Object.fromEntries(shape.headers.map((header) => [header, '']));
  return {
    ...blank,
    ...(shape.open ? { headers: [] } : {}),
    ...headers,
    Event: name,
  } as unknown as AmiEvent<N>;
}

/** The snapshot of a channel, under a prefix such as `Dest`. */
export function snapshot(
  channel: {
    name: string;
    id: string;
    linked?: string;
    state?: string;
    exten?: string;
    num?: string;
    cid?: string;
    conn?: string;
    connName?: string;
  },
  prefix = '',
): Loose {
  return Object.fromEntries(
    Object.entries({
      Channel: channel.name,
      ChannelStateDesc: channel.state ?? 'Up',
      CallerIDNum: channel.num ?? '',
      CallerIDName: channel.cid ?? '',
      ConnectedLineNum: channel.conn ?? '',
      ConnectedLineName: channel.connName ?? '',
      Context: 'default',
      Exten: channel.exten ?? '',
      Uniqueid: channel.id,
      Linkedid: channel.linked ?? channel.id,
    }).map(([key, value]) => [`${prefix}${key}`, value]),
  );
}
