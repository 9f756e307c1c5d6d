/** A caller and the members whom the queue calls for them: rung in vain, connected, completed. */
import type { AmiEvent } from '../ami/index.ts';
import type { QueueHappening, QueueMemberRef } from './happenings.ts';
import type { QueueCallers } from './queue-callers.ts';
import type { QueueMembers } from './queue-members.ts';
import type { QueueRow } from './queue-row.ts';
import type { QueueRows, Told } from './queue-rows.ts';
import type { SubjectContext } from './subject.ts';
import type { Timers } from './timers.ts';

type AgentEvent = AmiEvent<'AgentConnect' | 'AgentComplete' | 'AgentRingNoAnswer' | 'AgentDump'>;

/** ms in which members who rang in vain at once are gathered: all of a queue that rings all. */
const GATHER = 50;
/** Members that a happening names. */
const NAMED = 20;

const ENDED_BY: Readonly<Record<string, QueueHappening['ended_by']>> = {
  caller: 'caller',
  agent: 'member',
  transfer: 'transfer',
};

export class QueueCalls {
  readonly #context: SubjectContext;
  readonly #queues: QueueRows;
  readonly #callers: QueueCallers;
  readonly #members: QueueMembers;
  readonly #timers: Timers;
  /** Members who rang in vain for a caller, by Uniqueid. */
  readonly #unanswered = new Map<string, { event: AgentEvent; members: QueueMemberRef[] }>();

  constructor(
    context: SubjectContext,
    queues: QueueRows,
    callers: QueueCallers,
    members: QueueMembers,
    timers: Timers,
  ) {
    this.#context = context;
    this.#queues = queues;
    this.#callers = callers;
    this.#members = members;
    this.#timers = timers;
  }

  inVain(event: AmiEvent<'AgentRingNoAnswer' | 'AgentDump'>): void {
    this.#callers.ringsNoMore(event.Uniqueid, event.DestUniqueid);
    if (this.#queues.toldOf(event.Queue) === undefined) return;
    const gathered = this.#unanswered.get(event.Uniqueid) ?? { event, members: [] };
    gathered.members.push(this.#members.refOfCall(event));
    this.#unanswered.set(event.Uniqueid, gathered);
    this.#timers.later(`in vain ${event.Uniqueid}`, GATHER, () => this.tellInVain(event.Uniqueid));
  }

  /** Tells who rang in vain so far: what comes next of the caller is told after it. */
  tellInVain(call: string): void {
    const gathered = this.#unanswered.get(call);
    if (gathered === undefined) return;
    this.#unanswered.delete(call);
    const { event, members } = gathered;
    this.#tell('no_answer', event, this.#queues.byName.get(event.Queue), {
      members: members.slice(0, NAMED),
      count: members.length,
    });
  }

  /** The link is down: what was gathered is not told with what comes after. */
  rest(): void {
    this.#unanswered.clear();
  }

  /** Gives the queue, if it is shown. */
  connects(event: AmiEvent<'AgentConnect'>): QueueRow | undefined {
    const row = this.#queues.toldOf(event.Queue);
    this.#callers.connected(event.Uniqueid);
    if (row === undefined) return undefined;
    const caller = this.#context.partyOf(event.CallerIDNum, event.CallerIDName);
    this.#members.setCaller(row, event.Interface, caller);
    this.#tell('connected', event, row, {
      member: this.#members.refOfCall(event),
      waited: Number(event.HoldTime) || 0,
    });
    return row;
  }

  completes(event: AmiEvent<'AgentComplete'>): void {
    const row = this.#queues.toldOf(event.Queue);
    if (row === undefined) return;
    this.#members.setCaller(row, event.Interface, null);
    const by = ENDED_BY[event.Reason];
    this.#tell('completed', event, row, {
      member: this.#members.refOfCall(event),
      waited: Number(event.HoldTime) || 0,
      talked: Number(event.TalkTime) || 0,
      ...(by === undefined ? {} : { ended_by: by }),
    });
  }

  #tell(type: QueueHappening['type'], event: AgentEvent, row: QueueRow | undefined, more: Told): void {
    this.#queues.happened(type, event.Queue, {
      call: event.Uniqueid,
      caller: this.#context.partyOf(event.CallerIDNum, event.CallerIDName),
      waiting: row?.order.length ?? 0,
      ...more,
    });
  }
}
