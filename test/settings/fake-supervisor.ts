import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The few answers of the Supervisor that an app needs, word for word. */
export class FakeSupervisor implements AsyncDisposable {
  readonly token = 'app-token';
  /** `down` answers as a Supervisor that is still starting. */
  state: 'running' | 'down' = 'running';
  broker: object | null = { ...BROKER };
  /** What config.yaml grants. */
  grants = { services: true };
  info: object = {
    slug: 'a0b1c2d3_asterisk_companion',
    ingress: true,
    ingress_port: 62123,
    ip_address: '172.30.32.1',
  };
  /** What `/core/info` says; null: it fails. */
  core: object | null = null;
  readonly requests: string[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      this.requests.push(path);
      const known = request.headers.authorization === `Bearer ${this.token}`;
      const [status, body] = known ? this.#answer(path) : [401, {}];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  static async start(): Promise<FakeSupervisor> {
    const fake = new FakeSupervisor();
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(path: string): readonly [number, object] {
    if (this.state === 'down') return failed(400, 'System is not ready with state: startup');
    switch (path) {
      case '/addons/self/info':
        return [200, { result: 'ok', data: this.info }];
      case '/core/info':
        return this.core ? [200, { result: 'ok', data: this.core }] : failed(500, 'Unknown error');
      case '/services/mqtt':
        if (!this.grants.services) return failed(403, 'No access to mqtt service!');
        return this.broker ? [200, { result: 'ok', data: this.broker }] : failed(400, 'Service not enabled');
      default:
        return failed(404, 'Not found');
    }
  }
}

const BROKER = {
  host: 'core-mosquitto',
  port: 1883,
  username: 'addons',
  password: 'broker-password',
  ssl: false,
  protocol: '3.1.1',
  addon: 'core_mosquitto',
};

function failed(status: number, message: string): readonly [number, object] {
  return [status, { result: 'error', message }];
}
