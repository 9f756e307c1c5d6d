import type { AmiClient, AmiEvent, EventHandlers, EventName } from '../ami/index.ts';
import type { Happening } from './happenings.ts';
import type { PbxLog } from './listeners.ts';
import type { Change } from './model.ts';
import type { Naming } from './party.ts';

/** What a subject needs to ask the PBX for its lists. */
export type AmiLists = Pick<AmiClient, 'send' | 'list'>;

/** What a subject may say and use. `now` is ms since the epoch. */
export interface SubjectContext {
  readonly pbx: string;
  readonly log: PbxLog;
  now(): number;
  readonly partyOf: Naming;
  changed(subject: Change['subject'], id: string): void;
  happened(happening: Happening): void;
}

/**
 * One thing that a PBX has: its state, the events that change it, and the lists that rebuild it. The union of the
 * tables `on` is what the PBX subscribes to.
 */
export interface Subject {
  readonly on: EventHandlers;
  /** Modules whose reload may have changed what the lists say, such as `res_parking`. */
  readonly modules: readonly string[];
  /**
   * Asks for the lists and takes them over. Emits no happening for what it finds: that it is so is state, when it
   * became so is not known. A module that is not loaded leaves the subject empty.
   */
  snapshot(ami: AmiLists): Promise<void>;
  /** The link is down, or the PBX is stopped: no timer goes on until the next snapshot. */
  rest?(): void;
}

/** One table from several: an event goes to each that wants it, in their order. */
export function together(tables: readonly EventHandlers[]): EventHandlers {
  const all = new Map<EventName, ((event: AmiEvent) => void)[]>();
  for (const table of tables)
    for (const [name, handler] of Object.entries(table) as [EventName, (event: AmiEvent) => void][])
      all.set(name, [...(all.get(name) ?? []), handler]);
  return Object.fromEntries(
    [...all].map(([name, handlers]) => [
      name,
      (event: AmiEvent) => {
        for (const handler of handlers) handler(event);
      },
    ]),
  ) as EventHandlers;
}
