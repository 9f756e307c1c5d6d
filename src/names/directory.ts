/** What numbers are called, from all that the owner has: the first source that knows a number names it. */

/** Names by number, each as somebody wrote it. */
export type Numbers = Iterable<readonly [number: string, name: string]>;

/** In this order; what the PBX itself says comes after all of them. */
const SOURCES = ['settings', 'persons', 'phone_book'] as const;
export type Source = (typeof SOURCES)[number];

/** Names that were looked up and are remembered: one call asks for the same few again and again. */
const REMEMBERED = 5_000;

export class Directory {
  readonly #country: string;
  readonly #sources = new Map<Source, ReadonlyMap<string, string>>();
  /** By number as the PBX writes it. */
  #known = new Map<string, string | undefined>();

  /** @param country code of the country whose numbers begin with a 0 at home, such as `49`; `''`: none */
  constructor(country = '') {
    this.#country = country.replace(/\D/g, '');
  }

  /** Takes the place of what the source said before. */
  set(source: Source, numbers: Numbers): void {
    const names = new Map<string, string>();
    for (const [number, name] of numbers) {
      const key = this.#normal(number);
      if (key !== '' && name.trim() !== '' && !names.has(key)) names.set(key, name.trim());
    }
    this.#sources.set(source, names);
    this.#known = new Map();
  }

  /** The name of a number, or undefined where no source has one. */
  find(number: string): string | undefined {
    if (this.#known.has(number)) return this.#known.get(number);
    if (this.#known.size >= REMEMBERED) this.#known = new Map();
    const key = this.#normal(number);
    const source = SOURCES.find((each) => this.#sources.get(each)?.has(key));
    const name = source === undefined ? undefined : this.#sources.get(source)?.get(key);
    this.#known.set(number, name);
    return name;
  }

  /** `+49 (170) 123-45`, `0049 170 12345` and, with the country, `0170 12345` are the same. */
  #normal(number: string): string {
    const bare = number.replace(/^(tel|sips?):|@.*$/g, '').replace(/[\s()./-]/g, '');
    if (bare.startsWith('00')) return `+${bare.slice(2)}`;
    if (this.#country !== '' && /^0[1-9]/.test(bare)) return `+${this.#country}${bare.slice(1)}`;
    return bare;
  }
}
