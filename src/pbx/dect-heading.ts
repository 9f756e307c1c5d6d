/** Which handset a caller is on the way to: from what was dialled, from Dial's own words, or from a UserEvent. */
import type { EventHandlers } from '../ami/index.ts';
import type { DectWay } from './model.ts';
import { fieldOf } from './user-events.ts';

/** What was last heard of where a channel is going. */
export interface Heading {
  readonly way: DectWay;
  /** What the base is sent; `0` is all. */
  readonly digit?: string;
  readonly extension?: string;
  /** The lines that are dialled, where that was heard as well. */
  readonly lines?: readonly string[];
  /** The lines of its last Dial, whomever that is for; none where a phone that is not registered has no contact. */
  readonly dials?: readonly string[];
}

/** The UserEvent of docs/dect.md's dialplan. */
const BEGIN = 'DectDial';

export class Headings {
  readonly #extensions: ReadonlySet<string>;
  /** By Uniqueid of the channel that dials. */
  readonly #rows = new Map<string, Heading>();

  /** @param extensions all that ring handsets: only these are worth a note */
  constructor(extensions: ReadonlySet<string>) {
    this.#extensions = extensions;
  }

  /** Where a channel is going, as far as it was heard. */
  of(uniqueid: string): Heading | undefined {
    return this.#rows.get(uniqueid);
  }

  /** Forgets the channels that ended while nobody listened. */
  keepOnly(alive: (uniqueid: string) => boolean): void {
    for (const uniqueid of this.#rows.keys()) if (!alive(uniqueid)) this.#rows.delete(uniqueid);
  }

  forget(uniqueid: string): void {
    this.#rows.delete(uniqueid);
  }

  readonly on: EventHandlers = {
    Newchannel: (event) => this.#at(event.Uniqueid, event.Exten),
    // A phone that an action rang goes to the extension when it has answered.
    OriginateResponse: (event) => this.#at(event.Uniqueid, event.Exten),
    BlindTransfer: (event) => this.#at(event.TransfereeUniqueid, event.Extension),
    UserEvent: (event) => {
      if (event.UserEvent !== BEGIN || event.Uniqueid === '') return;
      const [line, sent, extension] = ['Line', 'Digit', 'Extension'].map((name) =>
        fieldOf(event, name)?.trim(),
      );
      const digit = /^[0-9*#A-D]/.exec(sent ?? '')?.[0];
      const what = digit === undefined ? { extension: extension ?? '' } : { digit };
      this.#rows.set(event.Uniqueid, {
        way: 'user_event',
        ...what,
        ...(line ? { lines: linesOf(line) } : {}),
      });
    },
  };

  /** For those who have a base to dial digits to, since it asks for the class `dialplan`. */
  readonly onDialplan: EventHandlers = {
    Newexten: ({ Uniqueid: uniqueid, Extension, Application, AppData }) => {
      if (Application !== 'Dial') return this.#at(uniqueid, Extension);
      const dials = linesOf(AppData);
      const digit = dials.length > 0 ? digitOf(AppData) : null;
      if (digit === null) this.#at(uniqueid, Extension);
      const row = digit === null ? this.#rows.get(uniqueid) : ({ way: 'dial', digit, lines: dials } as const);
      if (row !== undefined) this.#rows.set(uniqueid, { ...row, dials });
    },
  };

  #at(uniqueid: string, extension: string): void {
    if (this.#extensions.has(extension)) this.#rows.set(uniqueid, { way: 'extension', extension });
  }
}

/**
 * The digit that a base is sent first, from Dial's arguments `PJSIP/2001,20,goD(3333)L(…)`: the option
 * `D(called:…)`, where `w` is a pause. Null: it is sent none.
 */
export function digitOf(data: string): string | null {
  const options = data.split(',').slice(2).join(',');
  // What other options hold in brackets is none of ours.
  for (const [, letter, argument = ''] of options.matchAll(/([A-Za-z])(?:\(([^)]*)\))?/g))
    if (letter === 'D') return /[0-9*#A-D]/.exec(argument.split(':')[0] ?? '')?.[0] ?? null;
  return null;
}

/**
 * The lines that Dial's arguments name, as their channels are called: `IAX2/pbx:secret@base/s&DAHDI/2r1,20,…` dials
 * IAX2/base and DAHDI/2. Who logs in, the number behind the line and DAHDI's letters for how to ring it are left out.
 * `${PJSIP_DIAL_CONTACTS(…)}` of a phone that is not registered is no line.
 */
export function linesOf(data: string): string[] {
  const [targets = ''] = data.split(',');
  return targets.split('&').flatMap((target) => {
    if (target === '') return [];
    const [technology = '', address = ''] = target.split('/');
    const device = address.slice(address.lastIndexOf('@') + 1).split(':')[0] ?? '';
    const port = technology === 'DAHDI' ? /^\d+/.exec(device)?.[0] : undefined;
    return `${technology}/${port ?? device}`;
  });
}
