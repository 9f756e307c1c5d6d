import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SECRET } from './stack/asterisk.ts';
import type { Lab } from './stack/lab.ts';
import { freePort, until } from './stack/machine.ts';
import { REPO } from './stack/place.ts';
import { Service } from './stack/service.ts';

/** Settings of the product, as in docs/settings.md. */
export type CompanionSettings = Readonly<Record<string, unknown>>;

/** What the lab's Front door is, unless a test says otherwise. */
export const FRONT_DOOR = {
  name: 'Front door',
  endpoint: 'PJSIP/8000',
  answer_on: ['PJSIP/6001', 'PJSIP/6002'],
  open: { dtmf: '#9' },
};

export const TOKEN = 'a-token-for-the-lab';

/** How the product reaches one of the lab's Asterisks. */
export function asteriskSettings(lab: Lab, name: string): CompanionSettings {
  const { port } = lab.asterisk(name).ami;
  return { name, host: '127.0.0.1', port, username: 'admin', secret: SECRET };
}

let count = 0;

/** The product, run as its owner would: `npm start -- --settings FILE`, in a process of its own. */
export class Companion implements AsyncDisposable {
  readonly #service: Service;
  readonly #settings: string;
  readonly #url: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(
    service: Service,
    settings: string,
    url: string,
    env: Readonly<Record<string, string>>,
  ) {
    this.#service = service;
    this.#settings = settings;
    this.#url = url;
    this.#env = env;
  }

  /**
   * Starts one on the lab's Asterisk, broker and Home Assistant. `settings` are laid over that; a value that is
   * undefined takes a key away. `env` comes on top of this process's.
   */
  static async start(
    lab: Lab,
    settings: CompanionSettings = {},
    env: Readonly<Record<string, string>> = {},
  ): Promise<Companion> {
    const name = `companion-${process.pid}-${++count}`;
    const folder = join(lab.place.run, name);
    await mkdir(folder, { recursive: true });
    const port = await freePort();
    const all = {
      asterisk: [asteriskSettings(lab, 'home')],
      ...(lab.parts.broker ? { mqtt: { url: lab.broker.url } } : {}),
      ...(lab.parts.homeAssistant
        ? { home_assistant: { url: lab.homeAssistant.url, token: lab.homeAssistant.users.admin.token } }
        : {}),
      http: { host: '127.0.0.1', port, token: TOKEN },
      data_dir: folder,
      log_level: 'debug',
      doorbells: [FRONT_DOOR],
      ...settings,
    };
    const file = join(folder, 'settings.yaml');
    await writeFile(file, JSON.stringify(all));
    const companion = new Companion(new Service(lab.place, name), file, `http://127.0.0.1:${port}`, env);
    await companion.launch();
    return companion;
  }

  /** Starts it again with the same settings and folder. Ready when its own page answers. */
  async launch(): Promise<void> {
    const main = [process.execPath, join(REPO, 'src/main.ts'), '--settings', this.#settings];
    await this.#service.launch(main, { env: { ...this.#env } });
    await this.#service.ready(async () => (await fetch(`${this.#url}/healthz`)).ok, 20);
  }

  get url(): string {
    return this.#url;
  }

  get running(): boolean {
    return this.#service.pid !== undefined;
  }

  /** Its log, one object a line. */
  async log(): Promise<{ msg: string; [key: string]: unknown }[]> {
    const lines = (await readFile(this.#service.log, 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line) as { msg: string });
  }

  /** Waits until every script is in Home Assistant as this companion wants it, whatever another has left there. */
  async scripts(): Promise<void> {
    const brought = async () =>
      (await this.log()).some(
        ({ part, msg }) => part === 'scripts' && msg === 'Home Assistant has it as it is now',
      );
    await until('the scripts', brought, { seconds: 90, everyMs: 250 });
  }

  /** A request with the token. */
  async http<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; body: T }> {
    const answer = await fetch(this.#url + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as T };
  }

  /** SIGTERM; gives the ms that it took to leave. */
  async stop(): Promise<number> {
    const began = Date.now();
    await this.#service.stop(10);
    return Date.now() - began;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#service.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
