/** Text messages (SIP MESSAGE, outside of calls) that phones send to us: the dialplan tells of them. */
import type { AmiEvent, AmiRights, EventHandlers } from '../ami/index.ts';
import { Flood } from './flood.ts';
import type { Party, PhoneRef } from './happenings.ts';
import type { Messages as MessagesView, PbxOptions } from './model.ts';
import type { Subject, SubjectContext } from './subject.ts';
import { fieldOf } from './user-events.ts';

/** The UserEvent of docs/messages.md's dialplan. */
const RECEIVED = 'MessageReceived';

/** Of all phones together: they write by hand. */
const LIMIT = { perSecond: 20, burst: 100 };

export interface MessagesPorts {
  /** What the AMI user may do, null while that is not known. */
  rights(): AmiRights | null;
  phone(endpoint: string): PhoneRef | null;
}

export class Messages implements Subject, MessagesView {
  readonly modules = [];
  readonly from: string;
  readonly #context: SubjectContext;
  readonly #ports: MessagesPorts;
  readonly #wanted: boolean;
  readonly #flood: Flood;
  #lackSaid = false;

  constructor(
    context: SubjectContext,
    ports: MessagesPorts,
    { entities = true, from = 'home' }: NonNullable<PbxOptions['messages']> = {},
  ) {
    this.#context = context;
    this.#ports = ports;
    this.#wanted = entities;
    this.from = from;
    this.#flood = new Flood(LIMIT, {
      began: () => context.log.warn(LIMIT, 'Phones send more text messages than is good; leaving some out'),
      over: (leftOut) => context.log.warn({ leftOut }, 'Text messages were left out'),
    });
  }

  get shown(): boolean {
    return this.#wanted && this.#ports.rights()?.actions.has('MessageSend') === true;
  }

  readonly on: EventHandlers = {
    UserEvent: (event) => {
      if (event.UserEvent !== RECEIVED || !this.#flood.pass()) return;
      const { number, name } = partyOf(decoded(event, 'From'));
      const phone = this.#ports.phone(`PJSIP/${number}`);
      this.#context.happened({
        time: new Date(this.#context.now()).toISOString(),
        pbx: this.#context.pbx,
        subject: 'message',
        type: 'received',
        phone,
        // Phones seldom send a name.
        from: this.#context.partyOf(number, name || (phone?.name ?? '')),
        to: event.Exten,
        text: decoded(event, 'Body'),
      });
    },
  };

  async snapshot(): Promise<void> {
    const rights = this.#ports.rights();
    const lacks = rights !== null && !rights.actions.has('MessageSend');
    if (lacks && this.#wanted && !this.#lackSaid)
      this.#context.log.info(
        {},
        'The AMI user has no write class message, so phones can be sent no text messages',
      );
    this.#lackSaid = lacks;
  }

  rest(): void {
    this.#flood.stop();
  }
}

/** In base64, so that nothing in a message can be read as another field. */
function decoded(event: AmiEvent<'UserEvent'>, name: string): string {
  return Buffer.from(fieldOf(event, name) ?? '', 'base64').toString();
}

/** Of a SIP address such as `"Kitchen" <sip:6001@127.0.0.1>`. */
function partyOf(from: string): Party {
  const [, quoted, bare = ''] = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*))\s*</.exec(from) ?? [];
  const user = /(?:sips?:)?([^@;>\s]*)/.exec(from.slice(from.indexOf('<') + 1))?.[1] ?? '';
  return { number: unescaped(user), name: quoted ?? bare.trim() };
}

/** `%23` in a SIP address is `#`; what is no such escape stays. */
function unescaped(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}
