/** How a call to a DECT handset ended. */
export type DectOutcome =
  | 'answered'
  | 'missed'
  | 'busy'
  | 'unreachable'
  /** The caller left while nobody can know whether a handset had answered. */
  | 'unclear'
  /** Another phone took it. */
  | 'elsewhere';

export interface Ended {
  /** The base is dialled by a digit, and answers by itself. */
  readonly ddi: boolean;
  /** How `Dial` ended on the line (DialEnd), `''` where it did not say. */
  readonly dialStatus: string;
  /** Q.850 cause of the line's end. */
  readonly cause: string;
  /** ms between the line's own answer and its end, or null: it never answered. */
  readonly held: number | null;
  /** Who left first. */
  readonly first: 'base' | 'caller';
}

/** By DialEnd's DialStatus (app_dial.c), where the line did not answer. */
const UNANSWERED: Readonly<Record<string, DectOutcome>> = {
  BUSY: 'busy',
  CHANUNAVAIL: 'unreachable',
  CONGESTION: 'unreachable',
};

const ANSWERED_ELSEWHERE = '26';

/**
 * A base that answers at once gives no other sign of a handset's answer than that it does not give up: it does so
 * `window` seconds after its own answer. Whoever ends the call on its side before that time has talked.
 */
export function outcomeOf(call: Ended, [from, to]: readonly [number, number]): DectOutcome {
  if (call.held === null)
    return call.cause === ANSWERED_ELSEWHERE ? 'elsewhere' : (UNANSWERED[call.dialStatus] ?? 'missed');
  if (!call.ddi || call.held >= to * 1000) return 'answered';
  if (call.first === 'caller') return 'unclear';
  return call.held >= from * 1000 ? 'missed' : 'answered';
}
