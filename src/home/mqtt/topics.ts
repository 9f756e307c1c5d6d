/** Where things are on the broker. Ids are `[a-z0-9_]+`; nothing that a caller says is ever part of a topic. */
import { SUBJECTS } from '../entities/index.ts';
import { type DeviceRef, type Entity, keyOf, type Subject } from '../entities/model.ts';

export interface TopicOptions {
  /** This companion's id, `[a-z0-9_]+`. */
  readonly companion: string;
  /** `asterisk` */
  readonly baseTopic: string;
  /** `homeassistant` */
  readonly discoveryPrefix: string;
}

export class Topics {
  readonly #base: string;
  readonly #node: string;

  constructor({ companion, baseTopic, discoveryPrefix }: TopicOptions) {
    this.#base = baseTopic;
    this.#node = `${discoveryPrefix}/device/asterisk_${companion}`;
  }

  /** `online` or `offline`: the companion. */
  get status(): string {
    return `${this.#base}/status`;
  }

  /** `online` or `offline`: what is said of this PBX is true. */
  pbxStatus(pbx: string): string {
    return `${this.#base}/${pbx}/status`;
  }

  state(ref: DeviceRef): string {
    if (ref.subject === 'pbx') return `${this.#base}/${ref.pbx}/pbx`;
    return `${this.#base}/${ref.pbx}/${ref.subject}/${ref.id}`;
  }

  /** Of the event entity with that key. */
  event(ref: DeviceRef, key: string): string {
    return `${this.state(ref)}/${key}/event`;
  }

  command(ref: DeviceRef, entity: Entity): string {
    return `${this.state(ref)}/${entity.key}/set`;
  }

  discovery(ref: DeviceRef): string {
    return `${this.#node}/${keyOf(ref)}/config`;
  }

  action(id: string): string {
    return `${this.#base}/action/${id}`;
  }

  /** All retained topics that may be ours from an earlier run. */
  get retained(): readonly string[] {
    return [`${this.#node}/+/config`, `${this.#base}/+/status`, `${this.#base}/+/pbx`, `${this.#base}/+/+/+`];
  }

  /** All topics that wishes arrive on. */
  get wishes(): readonly string[] {
    return [`${this.#base}/+/pbx/+/set`, `${this.#base}/+/+/+/+/set`, `${this.#base}/action/+`];
  }

  /** The device that a discovery topic of ours is about, or null. */
  deviceOf(topic: string): DeviceRef | null {
    if (!topic.startsWith(`${this.#node}/`) || !topic.endsWith('/config')) return null;
    const [pbx = '', subject = 'pbx', id = pbx] = topic
      .slice(this.#node.length + 1, -'/config'.length)
      .split('-');
    if (!isSubject(subject)) return null;
    const ref: DeviceRef = { pbx, subject, id };
    // What somebody else put beside ours must not read as one of them.
    return this.discovery(ref) === topic ? ref : null;
  }

  /** The device that a state topic of ours is of, or null. */
  shownOn(topic: string): DeviceRef | null {
    if (!topic.startsWith(`${this.#base}/`)) return null;
    const [pbx = '', subject, id = pbx] = topic.slice(this.#base.length + 1).split('/');
    if (!isSubject(subject)) return null;
    const ref: DeviceRef = { pbx, subject, id };
    return this.state(ref) === topic ? ref : null;
  }

  /** The device and the entity's key that a command topic names, or null. */
  commandOf(topic: string): { ref: DeviceRef; key: string } | null {
    const parts = topic.slice(this.#base.length + 1).split('/');
    const [pbx, subject] = parts;
    const [id, key, set, more] = subject === 'pbx' ? [pbx, ...parts.slice(2)] : parts.slice(2);
    if (set !== 'set' || more !== undefined || !pbx || !id || !key) return null;
    if (!isSubject(subject)) return null;
    return { ref: { pbx, subject, id }, key };
  }

  /** The action that a topic asks for, or null. */
  actionOf(topic: string): string | null {
    const start = `${this.#base}/action/`;
    return topic.startsWith(start) ? topic.slice(start.length) : null;
  }
}

function isSubject(text: string | undefined): text is Subject {
  return (SUBJECTS as readonly (string | undefined)[]).includes(text);
}
