import { mkdir, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { needFreePort } from './machine.ts';
import { type Place, portOf } from './place.ts';
import { Service } from './service.ts';
import { RUN_IN_TREE, type Tree } from './tree.ts';

/** A real mosquitto that lets everybody in, as Home Assistant's broker app does for its own apps. */
export class Broker {
  readonly host = '127.0.0.1';
  readonly port: number;
  /** As the `mqtt` package takes it. */
  readonly url: string;
  readonly #dir: string;
  readonly #tree: Tree;
  readonly #service: Service;

  constructor(place: Place, tree: Tree) {
    this.port = portOf(place, 'broker');
    this.url = `mqtt://127.0.0.1:${this.port}`;
    this.#dir = join(place.run, 'broker');
    this.#tree = tree;
    this.#service = new Service(place, 'broker');
  }

  get running(): boolean {
    return this.#service.pid !== undefined;
  }

  /**
   * Starts it and waits until it listens. Retained messages survive a {@link stop}, and mostly a {@link kill}
   * only if they are older than the last autosave: as in real life.
   */
  async start(): Promise<void> {
    await needFreePort(this.port, 'the MQTT broker');
    const within = `${RUN_IN_TREE}/broker`;
    await mkdir(this.#dir, { recursive: true });
    await writeFile(
      join(this.#dir, 'mosquitto.conf'),
      [
        `listener ${this.port} 127.0.0.1`,
        'allow_anonymous true',
        'user root',
        'persistence true',
        `persistence_location ${within}/`,
        'log_dest stderr',
        'log_type all',
        '',
      ].join('\n'),
    );
    await this.#service.launch(this.#tree.argv(['mosquitto', '-c', `${within}/mosquitto.conf`]));
    await this.#service.ready(() => listens(this.port), 10);
  }

  /** Stops it as an init system would. */
  async stop(): Promise<void> {
    await this.#service.stop();
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#service.kill();
  }

  /** What it has logged: every connection, subscription and message. */
  log(): string {
    return this.#service.lastWords(Number.POSITIVE_INFINITY);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
