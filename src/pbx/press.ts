/** One press of a doorbell, while it lasts and after. */
import { Attempts } from './attempts.ts';
import type { Present } from './company.ts';
import type { Party, PhoneRef } from './happenings.ts';
import type { Doorbell, DoorbellState, Press } from './model.ts';

export interface PressRow {
  readonly call: string;
  readonly caller: Party;
  readonly extension: string;
  readonly since: number;
  readonly attempts: Attempts;
  answeredBy: PhoneRef | null;
  answeredAt: number | null;
  /** Who has answered, by Uniqueid; null for one who is no known phone. */
  readonly answers: Map<string, PhoneRef | null>;
  company: readonly Present[];
  /** Uniqueid of the DECT base's line that the visitor was joined with last: that it was answered may show later. */
  line: string | null;
  parked: Press['parked'];
  waiting: Press['waiting'];
  /** Was in a lot or waited in a conference: nobody needs to be dialled then. */
  held: boolean;
  /** Who in the house sent the visitor away, or null. */
  dismissedBy: string | null;
  /** Somebody pressed Decline in the last round. */
  declined: boolean;
  outcome: Press['outcome'];
}

export function pressRow(of: Pick<PressRow, 'call' | 'caller' | 'extension' | 'since'>): PressRow {
  return {
    ...of,
    attempts: new Attempts(),
    answeredBy: null,
    answeredAt: null,
    answers: new Map(),
    company: [],
    line: null,
    parked: null,
    waiting: null,
    held: false,
    dismissedBy: null,
    declined: false,
    outcome: 'ringing',
  };
}

/** Takes note that somebody answers. False: that one has before, or the visitor was sent away. */
export function answer(press: PressRow, { uniqueid, phone }: Present, now: number): boolean {
  if (press.answers.has(uniqueid) || press.outcome === 'cancelled') return false;
  press.answers.set(uniqueid, phone);
  if (press.answeredAt === null) {
    press.answeredAt = now;
    press.answeredBy = phone;
    press.outcome = 'answered';
  }
  return true;
}

/** All phones that answered, each once though it may have gone and come again. */
export function answerers({ answers }: PressRow): readonly PhoneRef[] {
  return [...new Set(answers.values())].filter((phone) => phone !== null);
}

export function lastOf({ caller, since, outcome }: PressRow): NonNullable<Doorbell['last']> {
  return { ...caller, time: new Date(since).toISOString(), outcome };
}

export function stateOf(press: PressRow | null): DoorbellState {
  if (press === null) return 'idle';
  if (press.parked !== null) return 'parked';
  if (press.waiting !== null) return 'waiting';
  return press.answeredAt === null ? 'ringing' : 'answered';
}
