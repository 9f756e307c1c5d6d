/**
 * Brings the cards' file to where browsers can load it from, and has dashboards load it: `www/` of Home Assistant's
 * configuration is `/local/`, and a Lovelace resource names the file with its hash, since browsers keep it a month.
 */
import { copyFile, mkdir, readFile, rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HomeAssistantError, type Link } from '../link/link.ts';
import type { Notices } from '../link/notices.ts';
import type { HomeLog } from '../log.ts';
import { hashOf } from './hash.ts';

export interface CardOptions {
  /** The built module. */
  readonly file: string;
  /** `www` in Home Assistant's configuration folder, as we see it; null where that is not mapped. */
  readonly wwwDir: string | null;
}

interface Resource {
  readonly id: string;
  readonly type: string;
  readonly url: string;
}

const FOLDER = 'asterisk-companion';

export class Card {
  readonly #options: CardOptions;
  readonly #link: Link;
  readonly #notices: Notices;
  readonly #log: HomeLog;

  constructor(options: CardOptions, link: Link, notices: Notices, log: HomeLog) {
    this.#options = options;
    this.#link = link;
    this.#notices = notices;
    this.#log = log;
  }

  /** To be called once Home Assistant runs. */
  async sync(): Promise<void> {
    const { file, wwwDir } = this.#options;
    if (wwwDir === null) {
      this.#log.info({}, "The cards are not installed: Home Assistant's configuration folder is not mapped");
      return;
    }
    const content = await readFile(file);
    const path = `/local/${FOLDER}/${basename(file)}`;
    const url = `${path}?v=${hashOf(content.toString())}`;
    if (await this.#copy(wwwDir)) await this.#askForRestart();
    await this.#register(path, url);
  }

  /** @returns whether `www` had to be made: Home Assistant serves it only if it was there at its start */
  async #copy(wwwDir: string): Promise<boolean> {
    const { file } = this.#options;
    const fresh = await stat(wwwDir).then(
      () => false,
      () => true,
    );
    const target = join(wwwDir, FOLDER, basename(file));
    await mkdir(join(wwwDir, FOLDER), { recursive: true });
    const [ours, theirs] = await Promise.all([readFile(file), readFile(target).catch(() => null)]);
    if (theirs?.equals(ours)) return fresh;
    await copyFile(file, `${target}.new`);
    await rename(`${target}.new`, target);
    this.#log.info({ target }, 'Copied the cards');
    return fresh;
  }

  async #askForRestart(): Promise<void> {
    const message =
      "The folder `www` was made in Home Assistant's configuration. Restart Home Assistant once, so that it serves " +
      'the cards of Asterisk Companion.';
    this.#log.warn({}, message);
    this.#notices.show('www', 'Asterisk Companion: please restart Home Assistant', message);
  }

  async #register(path: string, url: string): Promise<void> {
    // Listing also loads the stored list: creating without that once replaced it (Home Assistant up to 2026.3).
    const resources = await this.#link.call<Resource[]>({ type: 'lovelace/resources' });
    const [first, ...more] = resources.filter((resource) => resource.url.split('?')[0] === path);
    try {
      // A second copy of a card's module throws in the browser.
      for (const { id } of more)
        await this.#link.call({ type: 'lovelace/resources/delete', resource_id: id });
      if (first === undefined) {
        await this.#link.call({ type: 'lovelace/resources/create', res_type: 'module', url });
      } else if (first.url !== url) {
        const update = { type: 'lovelace/resources/update', resource_id: first.id, res_type: 'module', url };
        await this.#link.call(update);
      } else {
        return;
      }
      this.#log.info({ url }, 'Dashboards load the cards; pages that are open need a refresh');
      this.#notices.dismiss('resources');
    } catch (error) {
      if (!(error instanceof HomeAssistantError) || error.code !== 'unknown_command') throw error;
      if (first?.url !== url) this.#askForLines(url);
    }
  }

  /** Resources that are kept in YAML can only be edited by their owner. */
  #askForLines(url: string): void {
    const lines = `lovelace:\n  resources:\n    - url: ${url}\n      type: module`;
    this.#log.warn({ lines }, 'Dashboards are kept in YAML here: add the resource to configuration.yaml');
    this.#notices.show(
      'resources',
      'Asterisk Companion: add its cards',
      `Your dashboard resources are kept in YAML. Add to configuration.yaml:\n\n\`\`\`yaml\n${lines}\n\`\`\`\n\nThen run the action \`lovelace.reload_resources\`.`,
    );
  }
}
