/** Whose line it is, and which handsets a call on it is for. */
import type { Heading } from './dect-heading.ts';
import { ALL, type BaseRow, baseRow, byDigit, type HandsetRow, only, type Target } from './dect-rows.ts';
import type { DectBase, DectBaseOptions } from './model.ts';
import type { SubjectContext } from './subject.ts';

const WAYS: Readonly<Record<NonNullable<DectBase['knownBy']>, string>> = {
  extension: 'the extension that was dialled and the settings',
  dial: 'the arguments of Dial',
  user_event: 'a UserEvent of the dialplan',
};

export class DectLines {
  readonly bases: readonly BaseRow[];
  readonly handsets: readonly HandsetRow[];
  /** By the line's endpoint: its base, or the one handset that has it for itself. */
  readonly #lines = new Map<string, BaseRow | HandsetRow>();
  readonly #extensions = new Map<string, Target>();
  readonly #unknownSaid = new Set<BaseRow>();
  readonly #log: SubjectContext['log'];

  constructor(options: readonly DectBaseOptions[], log: SubjectContext['log']) {
    this.#log = log;
    this.bases = options.map(baseRow);
    this.handsets = this.bases.flatMap((base) => base.handsets);
    for (const base of this.bases) {
      if (base.options.line !== undefined) this.#lines.set(base.options.line, base);
      for (const extension of base.options.all) this.#extensions.set(extension, byDigit(base, ALL));
    }
    for (const handset of this.handsets) {
      if (handset.options.line !== undefined) this.#lines.set(handset.options.line, handset);
      for (const extension of handset.options.extensions) this.#extensions.set(extension, only(handset));
    }
  }

  /** All that ring handsets. */
  get extensions(): Iterable<string> {
    return this.#extensions.keys();
  }

  get endpoints(): Iterable<string> {
    return this.#lines.keys();
  }

  /** What is called on an endpoint, if it is a line. */
  at(endpoint: string): BaseRow | HandsetRow | undefined {
    return this.#lines.get(endpoint);
  }

  /** Whom a call on a line is for, as far as that is known. */
  target(line: BaseRow | HandsetRow, heading: Heading | undefined): Target {
    if ('base' in line) return only(line);
    const target = heading === undefined ? undefined : this.#meant(line, heading);
    if (heading === undefined || target === undefined) {
      this.#sayUnknown(line);
      return { base: line, digit: null, handsets: [] };
    }
    this.#knows(line, heading.way);
    return target;
  }

  /** Whom a Dial that came to no line was for; undefined: nobody of ours. */
  meant(heading: Heading): Target | undefined {
    const target = this.bases.map((base) => this.#meant(base, heading)).find((each) => each !== undefined);
    if (target === undefined) return undefined;
    const line = target.handsets[0]?.line ?? target.base.options.line ?? '';
    if (heading.dials?.length && !heading.dials.includes(line)) return undefined;
    // A handset that has its line for itself is known by the line.
    if (target.digit !== null) this.#knows(target.base, heading.way);
    return target;
  }

  #meant(base: BaseRow, { digit, extension = '', lines }: Heading): Target | undefined {
    const named = lines === undefined || lines.includes(base.options.line ?? '');
    if (digit !== undefined) return named ? byDigit(base, digit) : undefined;
    const target = this.#extensions.get(extension);
    return target?.base === base ? target : undefined;
  }

  /** Says so in the log when the way to know it is new. */
  #knows(base: BaseRow, way: Heading['way']): void {
    if (base.knownBy === way) return;
    base.knownBy = way;
    this.#log.info({ base: base.options.name, way }, `The handset is known by ${WAYS[way]}`);
  }

  #sayUnknown(base: BaseRow): void {
    if (this.#unknownSaid.has(base)) return;
    this.#unknownSaid.add(base);
    this.#log.warn(
      { base: base.options.name, line: base.options.line },
      'Nothing says which handset a call on this line is for: name the extensions of its handsets in the settings, or let the AMI user read the class dialplan',
    );
  }
}
