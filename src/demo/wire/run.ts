import type { SessionControl } from '../answers/action.ts';
import { ACTIONS, Refused } from '../answers/index.ts';
import type { House } from '../house.ts';
import { Reply } from './reply.ts';
import type { Request } from './request.ts';
import type { Shapes } from './shapes.ts';

export interface RunOptions {
  readonly house: House;
  readonly shapes: Shapes;
  readonly session: SessionControl;
  /** Takes the answer, as it goes over the wire. */
  readonly write: (text: string) => void;
  /** Before the login only some actions are taken. */
  readonly loggedIn?: boolean;
}

/** Runs an action and answers it. */
export function runAction(request: Request, options: RunOptions): void {
  const { house, shapes, session, write, loggedIn = true } = options;
  const reply = new Reply(shapes, request.get('ActionID'), write);
  const name = request.get('Action');
  const action = ACTIONS.get(name.toLowerCase());
  try {
    if (action === undefined || house.lacks.has(action.name))
      throw new Refused(
        `Invalid/unknown command: ${name}. Use Action: ListCommands to show available commands.`,
      );
    if (!loggedIn && action.open !== true) throw new Refused('Permission denied');
    action.run({ request, reply, house, session });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    reply.error(error.message);
  }
}
