import type { EventHandlers } from '../ami/index.ts';
import type { Subject, SubjectContext } from './subject.ts';

/** A dialplan's own events. They have no state: what is missed while the link is down is gone. */
export class UserEvents implements Subject {
  readonly modules = [];
  readonly #context: SubjectContext;

  constructor(context: SubjectContext) {
    this.#context = context;
  }

  readonly on: EventHandlers = {
    UserEvent: (event) =>
      this.#context.happened({
        time: new Date(this.#context.now()).toISOString(),
        pbx: this.#context.pbx,
        subject: 'user_event',
        type: event.UserEvent,
        fields: {
          ...(event.Channel === ''
            ? {}
            : {
                Channel: event.Channel,
                Uniqueid: event.Uniqueid,
                CallerIDNum: event.CallerIDNum,
                CallerIDName: event.CallerIDName,
                Context: event.Context,
                Exten: event.Exten,
              }),
          ...Object.fromEntries(event.headers),
        },
      }),
  };

  async snapshot(): Promise<void> {}
}
