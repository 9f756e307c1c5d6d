/** As much of Home Assistant's websocket and REST API as the companion uses, on a real socket. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

type Message = Record<string, unknown> & { id: number; type: string };
type Json = Record<string, unknown>;
/** Gives the result; throws `[code, message]`. */
type Command = (message: Message, socket: WebSocket) => unknown;

export class FakeHomeAssistant {
  token = 'good';
  state = 'RUNNING';
  language = 'en';
  components = ['mqtt'];
  /** The proxy in front answers 502. */
  down = false;
  /** Whether configuration.yaml has `script: !include scripts.yaml`. */
  readsScripts = true;
  readonly scripts = new Map<string, Json>();
  readonly states = new Map<string, { state: string; attributes: Json }>();
  /** REST requests that changed something, such as `POST states/sensor.x`. */
  readonly writes: string[] = [];
  /** Before a REST request that changes something is done. */
  onWrite: (write: string) => void | Promise<void> = () => {};
  /** REST requests of now that change something, and the most that there were at a time. */
  writing = { now: 0, most: 0 };
  readonly fired: { event_type: string; event_data: Json }[] = [];
  readonly called: Json[] = [];
  /** What it was asked to speak. */
  readonly spoken: Json[] = [];
  readonly received: Message[] = [];
  resources: { id: string; type: string; url: string }[] | 'yaml' = [];
  readonly blueprints = new Map<string, { metadata: Json; body: Json; yaml: string }>();
  readonly commands: Record<string, Command>;
  readonly #subscriptions: { socket: WebSocket; id: number; type: string }[] = [];
  readonly #server: Server = createServer((request, response) => void this.#rest(request, response));
  readonly #websockets = new WebSocketServer({ noServer: true });

  constructor() {
    this.commands = {
      ping: () => 'pong',
      get_config: () => ({ state: this.state, language: this.language, components: this.components }),
      get_services: () => ({ script: this.readsScripts ? Object.fromEntries(this.scripts) : {} }),
      get_states: () => [...this.states].map(([entity_id, shown]) => ({ entity_id, ...shown })),
      subscribe_events: (message, socket) => {
        this.#subscriptions.push({ socket, id: message.id, type: String(message.event_type) });
        return null;
      },
      fire_event: ({ event_type, event_data }) => {
        this.fired.push({ event_type: String(event_type), event_data: event_data as Json });
        this.emit(String(event_type), event_data as Json);
        return null;
      },
      call_service: ({ id: _, type: __, ...call }) => {
        this.called.push(call);
        return null;
      },
      'config/auth/list': () => [{ id: 'u1', name: 'Anna', username: 'anna' }],
    };
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(port = 0): Promise<void> {
    this.#server.on('upgrade', (request, socket, head) => {
      if (this.down) {
        socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
        return;
      }
      this.#websockets.handleUpgrade(request, socket, head, (websocket) => this.#serve(websocket));
    });
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.drop();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Ends all websockets, as a restart does. */
  drop(): void {
    for (const socket of this.#websockets.clients) socket.terminate();
    this.#subscriptions.length = 0;
  }

  get connections(): number {
    return this.#websockets.clients.size;
  }

  /** An event of the bus. */
  emit(type: string, data: Json, context: Json = { user_id: null, parent_id: null }): void {
    for (const { socket, id, type: wanted } of this.#subscriptions) {
      if (wanted === type) socket.send(JSON.stringify({ id, type: 'event', event: { data, context } }));
    }
  }

  subscribed(type: string): boolean {
    return this.#subscriptions.some((each) => each.type === type);
  }

  #serve(socket: WebSocket): void {
    socket.send(JSON.stringify({ type: 'auth_required', ha_version: '2026.11.0' }));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      if (message.type !== 'auth') return this.#answer(socket, message);
      const good = message.access_token === this.token;
      socket.send(JSON.stringify({ type: good ? 'auth_ok' : 'auth_invalid', ha_version: '2026.11.0' }));
      if (!good) socket.close();
    });
  }

  #answer(socket: WebSocket, message: Message): void {
    this.received.push(message);
    const { id, type } = message;
    const command = this.commands[type];
    try {
      if (command === undefined) throw ['unknown_command', 'Unknown command.'];
      const result = command(message, socket);
      socket.send(
        JSON.stringify(
          result === 'pong' ? { id, type: 'pong' } : { id, type: 'result', success: true, result },
        ),
      );
    } catch (error) {
      const [code, text] = error as [string, string];
      socket.send(JSON.stringify({ id, type: 'result', success: false, error: { code, message: text } }));
    }
  }

  async #write(write: string): Promise<void> {
    this.writes.push(write);
    this.writing.now += 1;
    this.writing.most = Math.max(this.writing.most, this.writing.now);
    await this.onWrite(write);
    this.writing.now -= 1;
  }

  async #rest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    if (request.url === '/api/tts_get_url') {
      this.spoken.push(JSON.parse(text));
      response.end(JSON.stringify({ url: 'http://elsewhere/x', path: '/api/tts_proxy/speech.mp3' }));
      return;
    }
    const [, kind = '', slug = ''] =
      /^\/api\/(config\/script\/config|states)\/(.+)$/.exec(request.url ?? '') ?? [];
    const rows: Map<string, Json> = kind === 'states' ? (this.states as Map<string, Json>) : this.scripts;
    const method = request.method ?? '';
    if (method !== 'GET') await this.#write(`${method} ${kind}/${slug}`);
    const found = rows.get(slug);
    if (method === 'POST') rows.set(slug, JSON.parse(text));
    if (method === 'DELETE') rows.delete(slug);
    response.statusCode = method === 'GET' && found === undefined ? 404 : 200;
    response.end(JSON.stringify(method === 'GET' ? (found ?? { message: 'not found' }) : { result: 'ok' }));
  }
}
