/** The numbers of Home Assistant's persons: those that the settings give, and those in their own attributes. */
import type { HomeLog } from '../log.ts';
import type { Link } from './link.ts';

export interface PersonOptions {
  /** Entity id → numbers. */
  readonly numbers: Readonly<Record<string, readonly string[]>>;
  /** Gets all numbers with the persons' names, whenever they were read. */
  readonly take: (numbers: readonly (readonly [number: string, name: string])[]) => void;
}

interface State {
  readonly entity_id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Attributes that an owner may give a person (`homeassistant: customize:`), as a text or a list. */
const ATTRIBUTES = ['phone', 'phone_number', 'phone_numbers', 'mobile', 'extension'] as const;

/** ms between two looks: people are renamed rarely. */
const LOOK = 300_000;

export class Persons {
  readonly #link: Link;
  readonly #options: PersonOptions;
  readonly #log: HomeLog;
  #timer: NodeJS.Timeout | undefined;
  #unknown = '';

  constructor(link: Link, options: PersonOptions, log: HomeLog) {
    this.#link = link;
    this.#options = options;
    this.#log = log;
    link.onConnect(() => this.#read());
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (this.#link.connected) void this.#read().catch(() => undefined);
    }, LOOK);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #read(): Promise<void> {
    const states = await this.#link.call<State[]>({ type: 'get_states' });
    const persons = states.filter(({ entity_id }) => entity_id.startsWith('person.'));
    const { numbers, take } = this.#options;
    this.#sayUnknown(Object.keys(numbers).filter((id) => !persons.some(({ entity_id }) => entity_id === id)));
    take(
      persons.flatMap(({ entity_id, attributes }) => {
        const name = String(attributes.friendly_name ?? '');
        const own = ATTRIBUTES.flatMap((attribute) => textsOf(attributes[attribute]));
        return [...(numbers[entity_id] ?? []), ...own].map((number) => [number, name] as const);
      }),
    );
  }

  #sayUnknown(ids: readonly string[]): void {
    const unknown = ids.join(', ');
    if (unknown !== '' && unknown !== this.#unknown)
      this.#log.warn({ persons: unknown }, 'names.persons names persons that Home Assistant does not have');
    this.#unknown = unknown;
  }
}

function textsOf(value: unknown): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values
    .filter((one) => typeof one === 'string' || typeof one === 'number')
    .flatMap((one) => String(one).split(','))
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
