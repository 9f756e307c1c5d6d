/** Hints: what the lamps of phones show. */
import type { Collection } from './collection.ts';

/** Which hints become entities. */
export interface HintOptions {
  /** `others`: those that no phone's device shows already; `all`; or `none`. */
  readonly show: 'others' | 'all' | 'none';
  /** Only hints of these contexts. Empty: of all. */
  readonly contexts: readonly string[];
  /** Custom device states that become entities, by their names without `Custom:`, with `*` at the end for anything. Default: all. */
  readonly custom?: readonly string[];
}

/** What a lamp of a phone (BLF) shows that watches this extension. */
export interface Hint {
  /** From extension and context. */
  readonly id: string;
  readonly extension: string;
  readonly context: string;
  /** What the hint is made of, such as `PJSIP/1111`, `park:701@parkedcalls` or `Custom:lamp`. */
  readonly devices: readonly string[];
  /** Such as `CustomPresence:1111`, or null. */
  readonly presentity: string | null;
  /** Null: Asterisk does not know. */
  readonly state: 'idle' | 'in_use' | 'busy' | 'ringing' | 'on_hold' | 'unreachable' | null;
  /** Ids of the one phone, or of the lot with the space, that it is about; null: of something else, or of several. */
  readonly at: { readonly phone: string } | { readonly lot: string; readonly space: string } | null;
}

/** Hints of one context whose extensions begin alike. */
export interface HintGroup {
  readonly id: string;
  readonly name: string;
  readonly hints: readonly Hint[];
}

export interface Hints extends Collection<Hint> {
  /** Those of a lot's spaces, by the lot's id. */
  ofLot(id: string): readonly Hint[];
  /** Those that neither a lot nor a phone shows. */
  readonly groups: Collection<HintGroup>;
}
