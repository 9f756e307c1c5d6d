/** The call log as others see it: what `history/` keeps, and what the actions, pages and entities ask of it. */

/** How a call ended, or that it has not. */
export const OUTCOMES = [
  'running',
  /** Two talked. */
  'answered',
  /** Nobody was there. */
  'missed',
  /** Somebody in the house sent the visitor away. */
  'cancelled',
  'busy',
  'rejected',
  /** The number could not be reached. */
  'unreachable',
  /** It reached the dialplan alone: voicemail, a conference, an announcement. */
  'in_dialplan',
  /** No call: a door was opened without one. */
  'opened',
  /** It went on as a part of another call. */
  'joined',
  /** The link to the PBX or the companion was down when it ended. */
  'lost',
] as const;
export type CallOutcome = (typeof OUTCOMES)[number];

export interface LoggedCall {
  readonly pbx: string;
  /** Linkedid. */
  readonly call: string;
  /** ISO 8601 in UTC, as all times here. */
  readonly began: string;
  readonly answered: string | null;
  readonly ended: string | null;
  /** s of talk. */
  readonly seconds: number;
  readonly from: { readonly number: string; readonly name: string };
  readonly to: { readonly number: string; readonly name: string };
  /** Name of the phone that answered, `''` where none did. */
  readonly by: string;
  /** Name of the doorbell that it came from, or null. */
  readonly doorbell: string | null;
  readonly outcome: CallOutcome;
  /** What else happened, in order. */
  readonly notes: readonly CallNote[];
}

export interface CallNote {
  readonly time: string;
  /** `opened` a door, `missed` on a phone, `transferred`, `recorded`, `voicemail`. */
  readonly kind: string;
  /** Who: the asker of an opening or a recording, the phone that missed it, the one who was called in, the mailbox. */
  readonly who: string;
  /** What more there is to it: the way that a door was opened, the id of a recording or of a message. */
  readonly what: string;
}

export interface CallQuery {
  /** How many at the most, newest first. */
  readonly limit: number;
  /** Only of this PBX. */
  readonly pbx?: string | undefined;
  /** Part of a name or number, of either side, of who answered or of a note. */
  readonly search?: string | undefined;
  readonly outcome?: CallOutcome | undefined;
  /** {@link CallPage.next} of the page before. */
  readonly before?: string | undefined;
}

export interface CallPage {
  readonly calls: readonly LoggedCall[];
  /** For the next page's `before`; null: there are no older ones. */
  readonly next: string | null;
}

export interface CallLog {
  /** What is wrong with it and what to do, or null. */
  readonly problem: string | null;
  /** The newest calls of a PBX, at most ten. */
  newest(pbx: string): readonly LoggedCall[];
  /** @throws Error in words when it cannot be read */
  page(query: CallQuery): Promise<CallPage>;
  /** Hears that {@link problem} or a PBX's {@link newest} changed. Returns the way to stop. */
  onChange(listener: (pbx: string | null) => void): () => void;
}

/** Why it could not be read, with the remedy where one is known. */
export function unread({ problem }: CallLog, error: unknown): string {
  return problem ?? `The call log cannot be read: ${(error as Error).message}.`;
}

/** A place in the log, as {@link CallPage.next} writes it. */
export const CURSOR = /^\d{1,16}-\d{1,16}$/;
