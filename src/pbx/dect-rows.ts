/** The bases and handsets of the settings, and a call on a line of theirs. */
import type { Party } from './happenings.ts';
import { idOf } from './ids.ts';
import type { DectBase, DectBaseOptions, DectHandset, DectHandsetOptions } from './model.ts';

export interface HandsetRow {
  readonly id: string;
  readonly options: DectHandsetOptions;
  readonly base: BaseRow;
  /** Endpoint that is called for it; `''` where neither it nor its base has one. */
  readonly line: string;
  missed: number;
  last: DectHandset['lastCaller'];
}

export interface BaseRow {
  readonly id: string;
  readonly options: DectBaseOptions;
  handsets: readonly HandsetRow[];
  knownBy: DectBase['knownBy'];
}

/** Whom a call is for. */
export interface Target {
  readonly base: BaseRow;
  /** What the base is sent, or null: the line is one handset's, or nobody knows. */
  readonly digit: string | null;
  readonly handsets: readonly HandsetRow[];
}

/** A call on a line, of a base or of one handset. */
export interface LineCall extends Target {
  /** Uniqueid of the line's channel. */
  readonly channel: string;
  /** Uniqueid of the channel that dialled it. */
  readonly from: string;
  readonly call: string;
  readonly caller: Party;
  /** ms since the epoch. */
  readonly since: number;
  /** When the line answered, which a base does by itself. */
  answeredAt: number | null;
  dialStatus: string;
  /** The bridge that the line's channel is in, to see who leaves it first. */
  bridge: string | null;
  first: 'base' | 'caller' | null;
  /** A handset talks, as far as that can be known by now. */
  talking: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** What is known of a call when it comes to a line. */
export type NewCall = Pick<LineCall, 'channel' | 'from' | 'call' | 'caller' | 'since'>;

/** A call of which nothing was heard yet. */
export function lineCall(target: Target, what: NewCall): LineCall {
  return {
    ...target,
    ...what,
    answeredAt: null,
    dialStatus: '',
    bridge: null,
    first: null,
    talking: false,
    timer: undefined,
  };
}

/** The digit that rings all handsets of a base. */
export const ALL = '0';

export function baseRow(options: DectBaseOptions): BaseRow {
  const id = idOf(options.line ?? options.name);
  const base: BaseRow = { id, options, handsets: [], knownBy: null };
  base.handsets = options.handsets.map((handset) => ({
    id: handset.line === undefined ? `${id}_${digitId(handset.digit ?? '')}` : idOf(handset.line),
    options: handset,
    base,
    line: handset.line ?? options.line ?? '',
    missed: 0,
    last: null,
  }));
  return base;
}

function digitId(digit: string): string {
  return { '*': 'star', '#': 'hash' }[digit] ?? digit;
}

export function byDigit(base: BaseRow, digit: string): Target {
  const all = base.handsets.filter(({ options }) => options.digit !== undefined);
  return {
    base,
    digit,
    handsets: digit === ALL ? all : all.filter(({ options }) => options.digit === digit),
  };
}

export function only(handset: HandsetRow): Target {
  return { base: handset.base, digit: handset.options.digit ?? null, handsets: [handset] };
}

/** The line is a base's, which answers by itself. */
export function isDdi({ base, handsets }: LineCall): boolean {
  return base.options.line !== undefined && handsets[0]?.options.line === undefined;
}
