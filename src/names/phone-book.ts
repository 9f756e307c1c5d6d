/** Reads a phone book: vCards, or a table with commas, semicolons or tabs. */
import { readFile, stat } from 'node:fs/promises';
import { parse as parseCsv } from 'csv-parse/sync';
import ical from 'ical.js';
import type { Numbers } from './directory.ts';

/** Bytes; a phone book of 50,000 people is smaller. */
const LONGEST = 32 << 20;

/** Headings of the columns, as the exports of phones and mail programs have them in several languages. */
const NUMBER = /phone|^tel|mobile|cell|number|nummer|telefon|n[uú]mero|numéro|fax/i;
const NO_NUMBER = /type|label|typ$|name/i;
const WHOLE_NAME = /^(display[ _-]?|full[ _-]?|formatted[ _-]?)?(name|nombre|nom|naam)$/i;
const PART_OF_NAME = /^(first|given|last|family|middle)[ _-]?name$|^vorname$|^nachname$/i;

/** @throws Error that says what is wrong with the text */
export function readPhoneBook(text: string): Numbers {
  const plain = text.replace(/^\uFEFF/, '');
  return /^\s*BEGIN:VCARD/i.test(plain) ? vCards(plain) : table(plain);
}

function* vCards(text: string): Generator<readonly [string, string]> {
  // One by one: a card that is broken costs its own entry alone.
  for (const card of text.split(/(?<=^END:VCARD[ \t]*\r?$)/im)) {
    if (card.trim() === '') continue;
    const component = cardOf(card);
    if (component === null) continue;
    const name = String(component.getFirstPropertyValue('fn') ?? '');
    for (const property of component.getAllProperties('tel'))
      yield [String(property.getFirstValue() ?? '').replace(/^tel:|;.*$/g, ''), name];
  }
}

function cardOf(card: string): InstanceType<typeof ical.Component> | null {
  try {
    const parsed: unknown = ical.parse(card.trim());
    const [first] = (Array.isArray(parsed) && Array.isArray(parsed[0]) ? parsed : [parsed]) as never[];
    return first === undefined ? null : new ical.Component(first);
  } catch {
    return null;
  }
}

function* table(text: string): Generator<readonly [string, string]> {
  const [heading = ''] = text.split(/\r?\n/, 1);
  const delimiter = [',', ';', '\t'].toSorted((a, b) => count(heading, b) - count(heading, a))[0] as string;
  const rows = parseCsv(text, {
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    trim: true,
  }) as string[][];
  const [head = []] = rows;
  const numbers = indexes(head, (title) => NUMBER.test(title) && !NO_NUMBER.test(title));
  const whole = indexes(head, (title) => WHOLE_NAME.test(title));
  const parts = indexes(head, (title) => PART_OF_NAME.test(title));
  if (numbers.length > 0 && whole.length + parts.length > 0) {
    for (const row of rows.slice(1)) {
      const full = whole.map((index) => row[index] ?? '').find((name) => name !== '');
      const name = full ?? parts.map((index) => row[index] ?? '').join(' ');
      for (const index of numbers) yield* several(row[index] ?? '', name);
    }
    return;
  }
  if (head.length < 2) throw new Error('it has no column with names and none with numbers');
  // No headings: a name and a number, whichever comes first.
  for (const [one = '', other = ''] of rows) yield* isNumber(one) ? several(one, other) : several(other, one);
}

/** Google puts several numbers into one cell, with ` ::: ` between them. */
function* several(cell: string, name: string): Generator<readonly [string, string]> {
  for (const number of cell.split(':::')) yield [number.trim(), name];
}

function isNumber(text: string): boolean {
  return /^[+*#\d][\d\s()./*#-]*$/.test(text);
}

function indexes(head: readonly string[], fits: (title: string) => boolean): number[] {
  return [...head.keys()].filter((index) => fits(head[index] ?? ''));
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** ms between two looks at the files. */
const LOOK = 20_000;

export interface PhoneBookLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** The phone books of the settings: read at the start, and again when they were changed. */
export class PhoneBooks {
  readonly #files: readonly string[];
  readonly #take: (numbers: Numbers) => void;
  readonly #log: PhoneBookLog;
  readonly #read = new Map<string, { readonly stamp: string; readonly numbers: Numbers }>();
  #timer: NodeJS.Timeout | undefined;

  /** @param take gets all names of all files, whenever one has changed */
  constructor(files: readonly string[], take: (numbers: Numbers) => void, log: PhoneBookLog) {
    this.#files = files;
    this.#take = take;
    this.#log = log;
  }

  async start(): Promise<void> {
    if (this.#files.length === 0) return;
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), LOOK);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const changed = await Promise.all(this.#files.map((file) => this.#lookAt(file)));
    if (changed.includes(true))
      this.#take(this.#files.flatMap((file) => [...(this.#read.get(file)?.numbers ?? [])]));
  }

  /** A file that cannot be read now leaves what it said before. */
  async #lookAt(file: string): Promise<boolean> {
    const before = this.#read.get(file);
    let stamp = '';
    try {
      const { mtimeMs, size } = await stat(file);
      stamp = `${mtimeMs} ${size}`;
      if (stamp === before?.stamp) return false;
      if (size > LONGEST) throw new Error(`it has ${size} bytes, more than ${LONGEST}`);
      const numbers = [...readPhoneBook(await readFile(file, 'utf8'))];
      this.#read.set(file, { stamp, numbers });
      this.#log.info({ file, numbers: numbers.length }, 'The phone book was read');
      return true;
    } catch (error) {
      stamp ||= (error as NodeJS.ErrnoException).code ?? 'unreadable';
      if (stamp === before?.stamp) return false;
      const why = (error as Error).message;
      this.#log.warn({ file, why }, 'The phone book cannot be read: it takes vCards, or a CSV table');
      this.#read.set(file, { stamp, numbers: before?.numbers ?? [] });
      return false;
    }
  }
}
