import type { House } from '../house.ts';
import type { Reply } from '../wire/reply.ts';
import type { Request } from '../wire/request.ts';

/** Which of the events of a name: those in which the value of a header matches. */
export interface Where {
  readonly header: string;
  readonly pattern: RegExp;
}

/** What actions may do with the session that they came over. */
export interface SessionControl {
  login(request: Request, reply: Reply): void;
  logoff(): void;
  challenge(): string;
  listen(words: string): boolean;
  /** Keeps an event away from the client: always, or where a header of it matches. */
  exclude(event: string, where: Where | null): void;
  hold(): () => void;
}

export interface ActionRun {
  readonly request: Request;
  readonly reply: Reply;
  readonly house: House;
  readonly session: SessionControl;
}

/** An AMI action. */
export interface Action {
  /** Asterisk's spelling. */
  readonly name: string;
  /** Before the login, too. */
  readonly open?: true;
  run(run: ActionRun): void;
}

/** Thrown by an action that cannot be done: the message is what Asterisk says. */
export class Refused extends Error {}
