/**
 * What the Supervisor tells an app about its surroundings: broker, Home Assistant and the port for ingress.
 * Paths and answers: Home Assistant's developer documentation, "App communication" and "Supervisor API".
 */
import { setTimeout } from 'node:timers/promises';

/** A broker that another app provides. */
export interface SupervisorBroker {
  /** `mqtt://core-mosquitto:1883` */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/** What is found out once, at the start. */
export interface Surroundings {
  /** Null when no broker is installed, or it is not up yet: ask `broker()` again now and then. */
  readonly broker: SupervisorBroker | null;
  /** Reaches Home Assistant through the Supervisor: append `/api/…` or `/api/websocket`. */
  readonly homeAssistant: {
    readonly url: string;
    readonly token: string;
    /** Home Assistant itself, for files: the Supervisor hands on nothing but `/api`. Left out when it did not say. */
    readonly files?: string;
  };
  /** Where ingress expects the pages; null when the app runs without ingress. */
  readonly ingress: { readonly host: string; readonly port: number } | null;
  /** The app's slug with the repository in front, as in `/app/<slug>`. */
  readonly slug: string;
}

export interface SupervisorOptions {
  /** `SUPERVISOR_TOKEN` */
  readonly token: string;
  /** Default: `http://supervisor`. */
  readonly url?: string;
  readonly fetch?: typeof fetch;
  readonly log: { info(message: string): void; warn(message: string): void };
  /** Waits; rejects when the signal aborts. Default: a timer. */
  readonly delay?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Ends the waiting: the Supervisor answered, and it will not answer differently. */
export class SupervisorRefused extends Error {
  override readonly name = 'SupervisorRefused';
}

/** First pause of a wait, and the longest one, in ms. */
const PAUSE = { first: 1_000, most: 30_000 } as const;
/** How the Supervisor says that no app provides a broker. While it starts, it answers 400 with other words. */
const NO_BROKER = 'Service not enabled';
/** The Supervisor answers from memory; Core behind it may be starting. ms */
const ANSWER_TIME = 10_000;

/**
 * The Supervisor that started this process, or null when none did.
 * @param env `SUPERVISOR_TOKEN`, and `SUPERVISOR` for another address than `http://supervisor`
 */
export function supervisorOf(
  env: Readonly<Record<string, string | undefined>>,
  log: SupervisorOptions['log'],
): Supervisor | null {
  const { SUPERVISOR_TOKEN: token, SUPERVISOR: url } = env;
  return token ? new Supervisor({ token, log, ...(url && { url }) }) : null;
}

export class Supervisor {
  readonly #options: Required<SupervisorOptions>;

  constructor(options: SupervisorOptions) {
    this.#options = { url: 'http://supervisor', fetch, delay: timer, ...options };
  }

  /**
   * Finds out everything, waiting for a Supervisor that is not up yet.
   * @throws SupervisorRefused, or the signal's reason when it aborts
   */
  async discover(signal: AbortSignal): Promise<Surroundings> {
    const info = await this.#until('the Supervisor', signal, () => this.#get('/addons/self/info', signal));
    const broker = await this.#until('the Supervisor', signal, () => this.broker(signal));
    const files = await this.#files(signal);
    const { ingress, ingress_port: port, ip_address: host, slug } = info;
    return {
      broker,
      homeAssistant: {
        url: `${this.#options.url}/core`,
        token: this.#options.token,
        ...(files === null ? {} : { files }),
      },
      ingress: ingress === true && typeof port === 'number' ? { host: String(host), port } : null,
      slug: String(slug),
    };
  }

  /**
   * Asks once for the broker. Null: none is installed, or its app has not announced itself yet.
   * @throws Error when the Supervisor does not answer
   */
  async broker(signal: AbortSignal): Promise<SupervisorBroker | null> {
    const response = await this.#request('/services/mqtt', signal);
    if (response.status === 400 && (await response.clone().text()).includes(NO_BROKER)) return null;
    const data = await dataOf(response, '/services/mqtt');
    return {
      url: `${data.ssl === true ? 'mqtts' : 'mqtt'}://${String(data.host)}:${String(data.port)}`,
      ...(typeof data.username === 'string' && data.username && { username: data.username }),
      ...(typeof data.password === 'string' && data.password && { password: data.password }),
    };
  }

  /** Where Home Assistant itself listens. Only media files need it, so it is not waited for. */
  async #files(signal: AbortSignal): Promise<string | null> {
    const core = await this.#get('/core/info', signal).catch(() => null);
    signal.throwIfAborted();
    const { ip_address: host, port, ssl } = core ?? {};
    if (typeof host !== 'string' || typeof port !== 'number') return null;
    return `${ssl === true ? 'https' : 'http'}://${host}:${port}`;
  }

  async #get(path: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    return dataOf(await this.#request(path, signal), path);
  }

  async #request(path: string, signal: AbortSignal): Promise<Response> {
    const { url, token, fetch: request } = this.#options;
    const response = await request(url + path, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIME)]),
    });
    if (response.status === 401 || response.status === 403) {
      throw new SupervisorRefused(
        `The Supervisor refused ${path} (HTTP ${response.status}). Check services, homeassistant_api and ingress in config.yaml.`,
      );
    }
    return response;
  }

  async #until<T>(whom: string, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    const { log, delay } = this.#options;
    for (let pause: number = PAUSE.first, waited = false; ; pause = Math.min(pause * 2, PAUSE.most)) {
      signal.throwIfAborted();
      try {
        const answer = await ask();
        if (waited) log.info(`Reached ${whom}.`);
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof SupervisorRefused) throw error;
        const say = `Waiting for ${whom} (${reasonOf(error)}); next try in ${pause / 1000} s.`;
        if (waited) log.info(say);
        else log.warn(say);
        waited = true;
      }
      // An abort ends the pause; the loop then throws the signal's own reason.
      await delay(pause, signal).catch(() => signal.throwIfAborted());
    }
  }
}

async function dataOf(response: Response, path: string): Promise<Readonly<Record<string, unknown>>> {
  if (!response.ok) throw new Error(`HTTP ${response.status} for ${path}`);
  const body = (await response.json()) as { readonly data?: Readonly<Record<string, unknown>> };
  return body.data ?? {};
}

/** fetch hides the reason ("connect ECONNREFUSED") in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}

async function timer(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal });
}
