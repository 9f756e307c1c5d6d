/** Extensions that ring several phones. */
import type { Party } from '../happenings.ts';
import type { Collection } from './collection.ts';

export interface RingGroupOptions {
  readonly name: string;
  readonly extension: string;
}

/** An extension that rings several phones. */
export interface RingGroup {
  /** From the extension. */
  readonly id: string;
  readonly name: string;
  readonly extension: string;
  readonly state: 'idle' | 'ringing' | 'answered';
  /** Who called it last, while that call lasts. */
  readonly caller: Party | null;
}

export interface RingGroups extends Collection<RingGroup> {
  /** A ring group by extension, id or name. */
  find(text: string): RingGroup | undefined;
}
