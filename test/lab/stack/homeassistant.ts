import { readFileSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HassClient } from './hass-client.ts';
import { needFreePort } from './machine.ts';
import { addMqtt, type HassUsers, onboard } from './onboarding.ts';
import { LAB_SOURCE, type Place, portOf } from './place.ts';
import { Service } from './service.ts';
import { RUN_IN_TREE, type Tree } from './tree.ts';
import { homeAssistantVenv } from './venv.ts';

/** Seconds that a start may take on a machine that does other things, too. */
const START = 90;

/** A real Home Assistant with its frontend, onboarded, with an administrator and a user who is none. */
export class HomeAssistant {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly url: string;
  /** Its configuration folder, with `www/`. */
  readonly config: string;
  readonly #place: Place;
  readonly #tree: Tree;
  readonly #service: Service;
  readonly #usersFile: string;
  readonly #clients = new Map<keyof HassUsers, HassClient>();

  constructor(place: Place, tree: Tree) {
    this.port = portOf(place, 'homeAssistant');
    this.url = `http://127.0.0.1:${this.port}`;
    this.config = join(place.run, 'homeassistant');
    this.#usersFile = join(place.run, 'homeassistant-users.json');
    this.#place = place;
    this.#tree = tree;
    this.#service = new Service(place, 'homeassistant');
  }

  get running(): boolean {
    return this.#service.pid !== undefined;
  }

  /** The users, with passwords for the login page and tokens. */
  get users(): HassUsers {
    return JSON.parse(readFileSync(this.#usersFile, 'utf8')) as HassUsers;
  }

  /** Home Assistant as this user sees it. */
  as(user: keyof HassUsers): HassClient {
    const known = this.#clients.get(user);
    if (known) return known;
    const client = new HassClient(this.url, this.users[user].token);
    this.#clients.set(user, client);
    return client;
  }

  /** Makes a fresh one: configuration, users, and the MQTT integration when there is a broker. */
  async create(broker?: { host: string; port: number }): Promise<void> {
    await mkdir(join(this.config, 'www'), { recursive: true });
    await cp(join(LAB_SOURCE, 'homeassistant'), this.config, { recursive: true });
    await writeFile(join(this.config, 'automations.yaml'), '[]\n');
    await writeFile(join(this.config, 'scripts.yaml'), '{}\n');
    await this.#writeHttpSettings();
    await this.#launch(async () => (await fetch(`${this.url}/api/onboarding`)).ok);
    await writeFile(this.#usersFile, JSON.stringify(await onboard(this.url)));
    await this.#service.ready(() => this.#isUp(), START);
    if (broker) await addMqtt(this.as('admin'), broker.host, broker.port);
  }

  /** Starts it again with all that it had, and waits until its start has finished. */
  async start(): Promise<void> {
    await this.#launch(() => this.#isUp());
  }

  /** Stops it as an init system would. */
  async stop(): Promise<void> {
    await this.#service.stop(30);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#service.kill();
  }

  /** Stops and starts it. Clients reconnect by themselves. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** What it has logged. */
  async log(): Promise<string> {
    return readFile(this.#service.log, 'utf8');
  }

  /** Ends the websockets of this process. */
  async close(): Promise<void> {
    for (const client of this.#clients.values()) await client.close();
    this.#clients.clear();
  }

  async #launch(probe: () => Promise<boolean>): Promise<void> {
    const venv = await homeAssistantVenv(this.#place, this.#tree);
    await needFreePort(this.port, 'Home Assistant');
    const program = [
      `${venv}/bin/hass`,
      '-c',
      `${RUN_IN_TREE}/homeassistant`,
      '--skip-pip',
      '--log-no-color',
    ];
    await this.#service.launch(this.#tree.argv(program));
    await this.#service.ready(probe, START);
  }

  async #isUp(): Promise<boolean> {
    const { token } = this.users.admin;
    const answer = await fetch(`${this.url}/api/config`, { headers: { authorization: `Bearer ${token}` } });
    return answer.ok && ((await answer.json()) as { state: string }).state === 'RUNNING';
  }

  /**
   * Puts the port where a person's confirmed choice is stored: from configuration.yaml it would be a trial
   * that ends after five minutes with a restart (homeassistant/components/http/config.py, 2026.11).
   */
  async #writeHttpSettings(): Promise<void> {
    const stable = {
      server_host: [this.host],
      server_port: this.port,
      cors_allowed_origins: [],
      login_attempts_threshold: -1,
      ip_ban_enabled: false,
      ssl_profile: 'intermediate_v6',
      use_x_frame_options: true,
      created_at: new Date().toISOString(),
      error: null,
      error_message: null,
    };
    await mkdir(join(this.config, '.storage'), { recursive: true });
    await writeFile(
      join(this.config, '.storage', 'http'),
      JSON.stringify({
        version: 3,
        minor_version: 1,
        key: 'http',
        data: { stable, pending: null, yaml_migration_done: true },
      }),
    );
  }
}
