import {
  type Connection,
  createConnection,
  createLongLivedTokenAuth,
  type HassEvent,
  type MessageBase,
} from 'home-assistant-js-websocket';
import { openSocket } from './hass-socket.ts';
import { until } from './machine.ts';

/** An entity as `/api/states` gives it. */
export interface EntityState {
  readonly entity_id: string;
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly last_changed: string;
  readonly last_updated: string;
  readonly context: { readonly id: string; readonly user_id: string | null };
}

/** What the event `state_changed` carries. */
export interface StateChanged {
  readonly entity_id: string;
  /** Null: the entity has gone. */
  readonly new_state: EntityState | null;
}

/** Home Assistant answered with an error. */
export class HassError extends Error {
  readonly status: number;
  readonly body: string;

  constructor(what: string, status: number, body: string) {
    super(`${what}: HTTP ${status} ${body}`);
    this.status = status;
    this.body = body;
  }
}

/** Events of one type, in the order in which they came. */
export class EventLog<Data = Record<string, unknown>> implements AsyncDisposable {
  readonly events: HassEvent[] = [];
  #stop: () => Promise<void> = async () => {};

  /** Begins to listen. */
  async start(connection: Connection, type?: string): Promise<this> {
    this.#stop = await connection.subscribeEvents((event: HassEvent) => this.events.push(event), type);
    return this;
  }

  /** What the events carried. */
  get data(): Data[] {
    return this.events.map((event) => event.data as Data);
  }

  /** Waits for an event, one of the past included, and gives what it carried. */
  async waitFor(what: string, accept: (data: Data) => boolean, seconds = 10): Promise<Data> {
    return until(what, () => this.data.find(accept) as NonNullable<Data> | undefined, { seconds });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

/** What an entity has shown since a log began, in order. */
export function statesOf({ data }: EventLog<StateChanged>, entity: string): EntityState[] {
  return data.flatMap(({ entity_id, new_state }) =>
    entity_id === entity && new_state !== null ? [new_state] : [],
  );
}

/** Home Assistant as one of its users sees it, over REST and websocket. */
export class HassClient {
  readonly url: string;
  readonly token: string;
  #connection: Promise<Connection> | undefined;

  /** @param url as in http://127.0.0.1:8123 */
  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  /**
   * A REST request. `path` begins with /api.
   * @throws {HassError} when the answer is not 2xx
   */
  async rest<T = unknown>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new HassError(`${method} ${path}`, response.status, text);
    return (response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text) as T;
  }

  /** A websocket command, as in `{type: 'lovelace/resources'}`. Rejects with `{code, message}`. */
  async ws<T = unknown>(message: MessageBase): Promise<T> {
    return (await this.connection()).sendMessagePromise<T>(message);
  }

  /**
   * The websocket: made on the first call. It reconnects by itself after a restart of Home Assistant, within 5 s;
   * this waits for that, since what is sent meanwhile would never be answered.
   */
  async connection(): Promise<Connection> {
    this.#connection ??= createConnection({
      auth: createLongLivedTokenAuth(this.url, this.token),
      createSocket: openSocket,
    });
    const connection = await this.#connection;
    await until('the websocket to Home Assistant', () => connection.connected, { seconds: 30 });
    return connection;
  }

  /** All entities. */
  async states(): Promise<EntityState[]> {
    return this.rest('GET', '/api/states');
  }

  /** One entity, or undefined when there is none of that id. */
  async getState(entityId: string): Promise<EntityState | undefined> {
    try {
      return await this.rest('GET', `/api/states/${entityId}`);
    } catch (error) {
      if (error instanceof HassError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Waits until what is recorded over the websocket is as new as what REST has just told: answers keep their order. */
  async #catchUp(): Promise<void> {
    const connection = await this.#connection;
    if (connection?.connected) await connection.ping().catch(() => undefined);
  }

  /**
   * Waits until the entity has that state, or one that the function accepts. What led there is in this client's event
   * logs then.
   */
  async waitForState(
    entityId: string,
    wanted: string | ((entity: EntityState) => boolean),
    seconds = 10,
  ): Promise<EntityState> {
    let last: EntityState | undefined;
    const accept = typeof wanted === 'string' ? (entity: EntityState) => entity.state === wanted : wanted;
    try {
      const found = await until(
        `${entityId} to be ${wanted}`,
        async () => {
          last = await this.getState(entityId);
          return last && accept(last) ? last : undefined;
        },
        { seconds },
      );
      await this.#catchUp();
      return found;
    } catch (error) {
      throw new Error(`${(error as Error).message}; it is ${JSON.stringify(last)}`, { cause: error });
    }
  }

  /**
   * Runs an action (service) and gives its response, if it has one and `respond` is set.
   * @throws an object `{code, message}` from Home Assistant
   */
  async callService<T = unknown>(
    action: `${string}.${string}`,
    data: Record<string, unknown> = {},
    { target, respond = false }: { target?: Record<string, unknown>; respond?: boolean } = {},
  ): Promise<T> {
    const [domain, service] = action.split('.');
    const answer = await this.ws<{ response: T }>({
      type: 'call_service',
      domain,
      service,
      service_data: data,
      ...(target ? { target } : {}),
      ...(respond ? { return_response: true } : {}),
    });
    return answer.response;
  }

  /** Records the bus's events of a type (all types without one). Needs an admin for most types. */
  async record<Data = Record<string, unknown>>(type?: string): Promise<EventLog<Data>> {
    return new EventLog<Data>().start(await this.connection(), type);
  }

  /** Puts an event on the bus (admins only). */
  async fireEvent(type: string, data: Record<string, unknown> = {}): Promise<void> {
    await this.rest('POST', `/api/events/${type}`, data);
  }

  /** Writes an automation through the config API, as the editor does, and waits until it is there. */
  async writeAutomation(id: string, config: Record<string, unknown>): Promise<void> {
    await this.rest('POST', `/api/config/automation/config/${id}`, config);
    await until(`automation ${id}`, async () =>
      (await this.states()).some((entity) => entity.attributes.id === id),
    );
  }

  /** Removes an automation that {@link writeAutomation} wrote. */
  async removeAutomation(id: string): Promise<void> {
    await this.rest('DELETE', `/api/config/automation/config/${id}`);
  }

  /** Makes or changes a dashboard (admins only). `urlPath` must have a hyphen; it is the path to open, too. */
  async writeDashboard(urlPath: string, config: Record<string, unknown>): Promise<void> {
    const known = await this.ws<{ url_path: string }[]>({ type: 'lovelace/dashboards/list' });
    if (!known.some((dashboard) => dashboard.url_path === urlPath)) {
      await this.ws({ type: 'lovelace/dashboards/create', url_path: urlPath, title: urlPath });
    }
    await this.ws({ type: 'lovelace/config/save', url_path: urlPath, config });
  }

  /** Ends the websocket. */
  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    connection?.close();
    this.#connection = undefined;
  }
}
