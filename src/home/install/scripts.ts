/** Keeps one script per action up to date in Home Assistant, and answers what they ask. */
import type { ActionAnswer, Asker, Registry } from '../../actions/action.ts';
import { HomeAssistantError, type Link } from '../link/link.ts';
import { type Notices, quoted } from '../link/notices.ts';
import type { Users } from '../link/users.ts';
import type { HomeLog } from '../log.ts';
import { ACTION_EVENT, ownerOf, RESULT_EVENT, type ScriptConfig, scriptOf } from './script-config.ts';

const PREFIX = 'asterisk_';

interface ActionEvent {
  readonly data: Readonly<Record<string, unknown>>;
  readonly context: { readonly user_id: string | null; readonly parent_id: string | null };
}

export interface ScriptPorts {
  readonly link: Link;
  readonly registry: Registry;
  readonly users: Users;
  readonly notices: Notices;
  readonly log: HomeLog;
  /** This companion's id. */
  readonly companion: string;
  /** False: scripts of ours are taken away instead. */
  readonly wanted: boolean;
}

export class Scripts {
  readonly #ports: ScriptPorts;

  constructor(ports: ScriptPorts) {
    this.#ports = ports;
    ports.link.onConnect(() => this.#listen());
  }

  /** Writes what is missing or outdated, takes away what is no longer an action. To be called once Home Assistant runs. */
  async sync(): Promise<void> {
    const { registry, companion, wanted } = this.#ports;
    const actions = wanted ? registry.actions : [];
    const written: string[] = [];
    for (const action of actions) {
      const slug = `${PREFIX}${action.id}`;
      if (await this.#write(slug, scriptOf(action, companion))) written.push(slug);
    }
    const kept = new Set(actions.map((action) => `${PREFIX}${action.id}`));
    let removed = 0;
    for (const slug of await this.#existing()) {
      if (!kept.has(slug) && (await this.#remove(slug))) removed += 1;
    }
    if (written.length + removed > 0) await this.#reload();
    if (written.length > 0) await this.#checkThere(written);
  }

  /** @returns whether it was written */
  async #write(slug: string, config: ScriptConfig): Promise<boolean> {
    const { link, companion, log } = this.#ports;
    const present = (await link.rest('GET', `config/script/config/${slug}`)) as ScriptConfig | null;
    const owner = present === null ? null : ownerOf(present);
    if (present !== null && owner === null) {
      log.warn(
        { script: slug },
        'A script of this name is not ours and is left alone; the action has no script',
      );
      return false;
    }
    if (owner !== null && owner.companion !== companion) {
      log.warn(
        { script: slug, of: owner.companion },
        'This script belongs to another companion and is left alone',
      );
      return false;
    }
    if (owner?.untouched === false) {
      log.info(
        { script: slug },
        'This script was edited and is left alone; delete it to get it back up to date',
      );
      return false;
    }
    if (JSON.stringify(present?.variables) === JSON.stringify(config.variables)) return false;
    await link.rest('POST', `config/script/config/${slug}`, config);
    log.info({ script: slug }, present === null ? 'Made a script' : 'Updated a script');
    return true;
  }

  /** @returns whether it was removed */
  async #remove(slug: string): Promise<boolean> {
    const { link, companion, log } = this.#ports;
    const present = (await link.rest('GET', `config/script/config/${slug}`)) as ScriptConfig | null;
    const owner = present === null ? null : ownerOf(present);
    if (owner === null || owner.companion !== companion || !owner.untouched) return false;
    await link.rest('DELETE', `config/script/config/${slug}`);
    log.info({ script: slug }, 'Removed a script whose action is no longer there');
    return true;
  }

  /**
   * Waits for the reload that each saving began, and lets go of what such a reload brought back: one that had read
   * scripts.yaml before a script was deleted from it makes the script again.
   */
  async #reload(): Promise<void> {
    const { link, log } = this.#ports;
    await link.call({ type: 'call_service', domain: 'script', service: 'reload' }).catch((error: unknown) => {
      log.debug({ err: error }, 'Scripts could not be reloaded');
    });
  }

  /** Slugs of the scripts that Home Assistant runs under our prefix. */
  async #existing(): Promise<string[]> {
    const services = await this.#ports.link.call<Record<string, object>>({ type: 'get_services' });
    return Object.keys(services.script ?? {}).filter((slug) => slug.startsWith(PREFIX));
  }

  /** Saving succeeds even where configuration.yaml does not read scripts.yaml. */
  async #checkThere(written: readonly string[]): Promise<void> {
    const { notices, log } = this.#ports;
    const there = new Set(await this.#existing());
    const missing = written.filter((slug) => !there.has(slug));
    if (missing.length === 0) return notices.dismiss('scripts');
    const message =
      'Home Assistant saved the scripts of Asterisk Companion but does not read them. ' +
      'Add `script: !include scripts.yaml` to configuration.yaml and restart Home Assistant.';
    log.warn({ missing }, message);
    notices.show('scripts', 'Asterisk Companion: scripts are not read', message);
  }

  async #listen(): Promise<void> {
    const message = { type: 'subscribe_events', event_type: ACTION_EVENT };
    try {
      await this.#ports.link.subscribe<ActionEvent>(message, (event) => void this.#asked(event));
    } catch (error) {
      if (!(error instanceof HomeAssistantError) || error.code !== 'unauthorized') throw error;
      const words =
        'The access token belongs to a user who is not an administrator; scripts cannot be answered';
      this.#ports.log.warn({}, words);
    }
  }

  async #asked({ data, context }: ActionEvent): Promise<void> {
    const { link, registry, companion, log } = this.#ports;
    if (data.companion !== companion) return;
    const id = String(data.action);
    const asker = await this.#asker(data, context);
    const answer = await registry.run(id, fieldsOf(data.fields), asker);
    this.#complain(id, answer, asker, context);
    const result = { companion, request_id: data.request_id, answer };
    await link.call({ type: 'fire_event', event_type: RESULT_EVENT, event_data: result }).catch((error) => {
      log.warn({ err: error, action: id }, 'The answer to a script did not reach Home Assistant');
    });
  }

  async #asker(data: ActionEvent['data'], context: ActionEvent['context']): Promise<Asker> {
    const via = data.via === 'card' ? 'card' : 'script';
    const userId = context.user_id;
    if (userId === null) return { via, name: 'an automation' };
    return { via, name: (await this.#ports.users.nameOf(userId)) ?? userId, userId };
  }

  /**
   * A person who pressed a button of a dashboard sees no response: tells them. A card shows it itself, and an
   * automation gets it in its response_variable.
   */
  #complain(id: string, answer: ActionAnswer, asker: Asker, context: ActionEvent['context']): void {
    const pressed = asker.via === 'script' && context.user_id !== null && context.parent_id === null;
    if (answer.ok || !pressed) return;
    this.#ports.notices.show(`action_${id}`, `Asterisk: ${id} was not done`, quoted(answer.error.message));
  }
}

/** What the script's template made of the fields: JSON behind a prefix; what was not given is null. */
function fieldsOf(text: unknown): unknown {
  if (typeof text !== 'string' || !text.startsWith('json:')) return text;
  try {
    const given: object = JSON.parse(text.slice('json:'.length));
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  } catch {
    return text;
  }
}
