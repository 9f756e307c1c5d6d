import { type Channel, snapshot } from './channel.ts';
import type { Switchboard } from './switchboard.ts';

/** What the dialplan says of voicemail: this number leaves a message in the first phone's mailbox. */
export const VOICEMAIL = { exten: '690', mailbox: '6001' };

export interface Message {
  /** `1795657989-00000000`: the second in which it was begun, and a number. */
  readonly id: string;
  /** `INBOX`, `Old`, … */
  folder: string;
  /** `"Name" <number>` */
  readonly caller: string;
  /** ms since the epoch */
  readonly time: number;
  /** s */
  readonly duration: number;
}

export interface Mailbox {
  readonly number: string;
  readonly name: string;
  /** How many messages a folder takes. */
  readonly most: number;
  messages: Message[];
}

/** app_voicemail: who left a message where. */
export class Mailboxes {
  readonly #switchboard: Switchboard;
  readonly #boxes: ReadonlyMap<string, Mailbox>;
  #left = 0;

  constructor(switchboard: Switchboard, boxes: readonly Mailbox[]) {
    this.#switchboard = switchboard;
    this.#boxes = new Map(boxes.map((box) => [box.number, { ...box, messages: [...box.messages] }]));
  }

  all(): Mailbox[] {
    return [...this.#boxes.values()];
  }

  find(number: string): Mailbox | undefined {
    return this.#boxes.get(number);
  }

  /** A caller has spoken since `time` (ms since the epoch), and is gone. */
  leave(channel: Channel, number: string, time: number): void {
    const box = this.#boxes.get(number);
    if (box === undefined) return;
    const { name, number: from } = channel.caller;
    const duration = Math.floor((this.#switchboard.timers.now() - time) / 1000);
    this.put(box, { time, duration, caller: `"${name}" <${from}>` });
    this.tell(box, channel);
  }

  put(box: Mailbox, message: Omit<Message, 'id' | 'folder'>, folder = 'INBOX'): void {
    const serial = String(this.#left++).padStart(8, '0');
    box.messages.push({ ...message, id: `${Math.floor(message.time / 1000)}-${serial}`, folder });
  }

  /** Tells how many messages wait, new and old. */
  tell(box: Mailbox, by?: Channel): void {
    const [fresh, old] = counts(box);
    const mailbox = `${box.number}@default`;
    this.#switchboard.say('MessageWaiting', {
      ...(by === undefined ? {} : snapshot(by)),
      ...{ Mailbox: mailbox, Waiting: Number(fresh > 0), New: fresh, Old: old },
    });
    this.#switchboard.devices.set(`MWI:${mailbox}`, fresh > 0 ? 'INUSE' : 'NOT_INUSE');
  }
}

/** How many are new, and how many are in `Old`. */
export function counts({ messages }: Mailbox): [fresh: number, old: number] {
  const within = (name: string) => messages.filter(({ folder }) => folder === name).length;
  return [within('INBOX'), within('Old')];
}
