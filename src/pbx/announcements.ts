/** Announcements: whether Asterisk could play them, how their calls ended, and what became of each. */
import type { EventHandlers } from '../ami/index.ts';
import type { AnnouncementHappening } from './happenings.ts';
import type { Announcements as AnnouncementsView } from './model.ts';
import type { Subject, SubjectContext } from './subject.ts';

export class Announcements implements Subject, AnnouncementsView {
  readonly modules = [];
  readonly #context: SubjectContext;
  /** By Uniqueid of a channel that is to play an announcement. */
  readonly #calls = new Map<string, { played?: boolean; cause?: number }>();

  constructor(context: SubjectContext) {
    this.#context = context;
  }

  readonly on: EventHandlers = {
    VarSet: ({ Variable, Value, Uniqueid }) => {
      const call = Variable === 'PLAYBACKSTATUS' ? this.#calls.get(Uniqueid) : undefined;
      if (call) call.played = Value === 'SUCCESS';
    },
    Hangup: ({ Cause, Uniqueid }) => {
      const call = this.#calls.get(Uniqueid);
      if (call) call.cause = Number(Cause);
    },
  };

  /** Nothing to ask for: what is being played is its channel's. */
  async snapshot(): Promise<void> {}

  expect(call: string): () => void {
    this.#calls.set(call, {});
    return () => this.#calls.delete(call);
  }

  played(call: string): boolean | undefined {
    return this.#calls.get(call)?.played;
  }

  cause(call: string): number | undefined {
    return this.#calls.get(call)?.cause;
  }

  ended(result: Omit<AnnouncementHappening, 'time' | 'pbx' | 'subject'>): void {
    this.#context.happened({
      time: new Date(this.#context.now()).toISOString(),
      pbx: this.#context.pbx,
      subject: 'announcement',
      ...result,
    });
  }
}
