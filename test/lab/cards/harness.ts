import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { REPO } from '../stack/place.ts';

/** Serves test/cards/harness.html with a built module beside it, and an `/api/` whose `Date` is the truth. */
export class Harness implements AsyncDisposable {
  /** Paths that a page has asked for. */
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor(html: string, module: string) {
    const files: Readonly<Record<string, readonly [string, string]>> = {
      '/': ['text/html', html],
      '/asterisk-companion-cards.js': ['text/javascript', module],
      '/api/': ['application/json', '{"message":"API running."}'],
    };
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      const [type, body] = files[request.url ?? ''] ?? ['text/plain', 'not here'];
      response.writeHead(files[request.url ?? ''] ? 200 : 404, { 'content-type': `${type}; charset=utf-8` });
      response.end(body);
    });
  }

  /** @param module the source of the built module */
  static async start(module: string): Promise<Harness> {
    const html = await readFile(join(REPO, 'test/cards/harness.html'), 'utf8');
    const harness = new Harness(html, module);
    await new Promise<void>((done) => harness.#server.listen(0, '127.0.0.1', done));
    return harness;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
