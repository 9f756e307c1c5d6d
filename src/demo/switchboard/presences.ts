import type { Switchboard } from './switchboard.ts';

interface Said {
  readonly value: string;
  readonly subtype: string;
  readonly message: string;
}

const NOTHING: Said = { value: 'not_set', subtype: '', message: '' };

/** A dialplan hint: an extension, the device that it shows, and the presence. */
export interface Hint {
  readonly exten: string;
  readonly device: string;
  readonly presentity?: string;
}

/** What an extension's lamp shows for a device state (pbx.c). */
const LAMPS: Readonly<Record<string, readonly [status: number, text: string]>> = {
  NOT_INUSE: [0, 'Idle'],
  INUSE: [1, 'InUse'],
  BUSY: [2, 'Busy'],
  UNAVAILABLE: [4, 'Unavailable'],
  RINGING: [8, 'Ringing'],
  RINGINUSE: [9, 'InUse&Ringing'],
};

/** The function PRESENCE_STATE, and the hints of the dialplan. */
export class Presences {
  readonly hints: readonly Hint[];
  readonly #switchboard: Switchboard;
  readonly #said = new Map<string, Said>();

  constructor(switchboard: Switchboard, hints: readonly Hint[]) {
    this.#switchboard = switchboard;
    this.hints = hints;
    switchboard.devices.onChange((device) => {
      for (const hint of hints)
        if (hint.device === device) switchboard.say('ExtensionStatus', this.lamp(hint));
    });
  }

  /** Headers of a PresenceStateChange for each that was ever set. */
  list(): Readonly<Record<string, string>>[] {
    return [...this.#said].map(([presentity, said]) => ({ Presentity: presentity, ...headers(said) }));
  }

  lamp({ exten, device, presentity }: Hint) {
    const [status, text] = LAMPS[this.#switchboard.devices.of(device)] ?? [-1, 'Unknown'];
    const hint = presentity === undefined ? device : `${device},${presentity}`;
    return { Exten: exten, Context: 'default', Hint: hint, Status: status, StatusText: text };
  }

  /** `value,subtype,message`; with `,e` behind it both texts are in base64. */
  set(presentity: string, text: string): void {
    const [value = '', subtype = '', message = '', option] = text.split(',');
    const read = (coded: string) => (option === 'e' ? Buffer.from(coded, 'base64').toString() : coded);
    const said = { value, subtype: read(subtype), message: read(message) };
    this.#said.set(presentity, said);
    this.#switchboard.say('PresenceStateChange', { Presentity: presentity, ...headers(said) });
    for (const hint of this.hints)
      if (hint.presentity === presentity)
        this.#switchboard.say('PresenceStatus', {
          ...{ Exten: hint.exten, Context: 'default', Hint: `${hint.device},${presentity}` },
          ...headers(said),
        });
  }

  /** `what`: `value`, `subtype` or `message`; with the option `e` texts are in base64. */
  get(presentity: string, what: string, option: string | undefined): string {
    const { value, subtype, message } = this.#said.get(presentity) ?? NOTHING;
    const text = { subtype, message }[what];
    if (text === undefined) return value;
    return option === 'e' ? Buffer.from(text).toString('base64') : text;
  }
}

function headers({ value, subtype, message }: Said) {
  return { Status: value, Subtype: subtype, Message: message };
}
