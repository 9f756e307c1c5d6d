/**
 * The Supervisor as one app sees it, in front of the lab's real broker and Home Assistant: it has the answers of
 * test/settings/fake-supervisor.ts, and its /core hands on to Home Assistant, with the app's token for its own.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { Lab } from './stack/lab.ts';

export class LabSupervisor implements AsyncDisposable {
  readonly token = 'the-token-of-the-app';
  /** Whether an app provides a broker. */
  hasBroker = true;
  readonly #lab: Lab;
  readonly #ingressPort: number;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });

  private constructor(lab: Lab, ingressPort: number) {
    this.#lab = lab;
    this.#ingressPort = ingressPort;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#join(client));
    });
  }

  /** @param ingressPort what it has chosen for ingress */
  static async start(lab: Lab, ingressPort: number): Promise<LabSupervisor> {
    const supervisor = new LabSupervisor(lab, ingressPort);
    supervisor.#server.listen(0, '127.0.0.1');
    await once(supervisor.#server, 'listening');
    return supervisor;
  }

  /** What the Supervisor gives an app on its way, and where it is. */
  get env(): Readonly<Record<string, string>> {
    const { port } = this.#server.address() as AddressInfo;
    return { SUPERVISOR_TOKEN: this.token, SUPERVISOR: `http://127.0.0.1:${port}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const say = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${this.token}`) return void say(401, {});
    if (path.startsWith('/core/api/')) return this.#handOn(request, response);
    if (path === '/services/mqtt' && !this.hasBroker)
      return void say(400, { result: 'error', message: 'Service not enabled' });
    const data = this.#facts()[path];
    if (data) say(200, { result: 'ok', data });
    else say(404, { result: 'error', message: 'Not found' });
  }

  #facts(): Readonly<Record<string, object>> {
    const { host, port } = this.#lab.broker;
    const home = this.#lab.homeAssistant;
    return {
      '/addons/self/info': {
        slug: 'local_asterisk_companion',
        ingress: true,
        ingress_port: this.#ingressPort,
        ip_address: '127.0.0.1',
      },
      '/core/info': { ip_address: home.host, port: home.port, ssl: false },
      '/services/mqtt': { host, port, ssl: false, protocol: '3.1.1', addon: 'core_mosquitto' },
    };
  }

  async #handOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = 'GET', url = '' } = request;
    const answer = await fetch(this.#lab.homeAssistant.url + url.slice('/core'.length), {
      method,
      headers: { authorization: `Bearer ${this.#homeToken}`, 'content-type': 'application/json' },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const type = answer.headers.get('content-type') ?? 'application/json';
    response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()));
  }

  /** The Supervisor itself asks for the token, and from then on hands on everything. */
  #join(client: WebSocket): void {
    client.send(JSON.stringify({ type: 'auth_required', ha_version: 'lab' }));
    client.once('message', (first) => {
      const { access_token } = JSON.parse(String(first)) as { access_token?: string };
      if (access_token !== this.token) {
        client.send(JSON.stringify({ type: 'auth_invalid', message: 'Invalid access' }));
        return client.close();
      }
      this.#bridge(client);
    });
  }

  #bridge(client: WebSocket): void {
    const home = new WebSocket(`${this.#lab.homeAssistant.url.replace('http', 'ws')}/api/websocket`);
    // The app speaks once it has seen auth_ok, and that comes through here.
    client.on('message', (message) => home.send(String(message)));
    // Home Assistant's auth_required is answered here, with a token that the app does not have.
    home.once('message', () => {
      home.send(JSON.stringify({ type: 'auth', access_token: this.#homeToken }));
      home.on('message', (message) => client.send(String(message)));
    });
    home.on('error', () => client.close());
    home.on('close', () => client.close());
    client.on('close', () => home.close());
  }

  get #homeToken(): string {
    return this.#lab.homeAssistant.users.admin.token;
  }
}
