/** Bases, handsets and what happens to them, as others see it. */
import type { LineTalk } from './company.ts';
import { ALL, type BaseRow, type HandsetRow, isDdi, type LineCall } from './dect-rows.ts';
import type { DectHappening } from './happenings.ts';
import type { Channel, DectBase, DectHandset } from './model.ts';

/** @param channels on the base's line; @param calls all calls on lines */
export function baseView(row: BaseRow, channels: readonly Channel[], calls: readonly LineCall[]): DectBase {
  const call = calls.findLast((each) => each.base === row && isDdi(each));
  return {
    id: row.id,
    name: row.options.name,
    line: row.options.line ?? '',
    busy: channels.some(({ state }) => state !== 'Down'),
    caller: call?.caller ?? null,
    digit: call?.digit ?? null,
    noAnswer: row.options.no_answer,
    knownBy: row.knownBy,
    handsets: row.handsets.map(({ id }) => id),
  };
}

/** @param own a channel on the handset's own line; @param calls all calls on lines */
export function handsetView(
  row: HandsetRow,
  own: Channel | undefined,
  calls: readonly LineCall[],
): DectHandset {
  const call = calls.findLast(({ handsets }) => handsets.includes(row));
  const { options, base } = row;
  return {
    id: row.id,
    name: options.name,
    base: base.id,
    line: row.line,
    digit: options.digit ?? null,
    extensions: options.extensions,
    mailbox: options.mailbox ?? null,
    state: stateOf(call, own),
    caller: call?.caller ?? own?.connected ?? null,
    all: call?.digit === ALL,
    since: call?.since ?? own?.since ?? null,
    until: call === undefined || call.talking ? null : untilOf(call, row),
    lastCaller: row.last,
    missed: row.missed,
  };
}

function stateOf(call: LineCall | undefined, own: Channel | undefined): DectHandset['state'] {
  if (call !== undefined) return call.talking ? 'in_call' : 'ringing';
  return own === undefined ? 'free' : 'in_call';
}

/** When it stops ringing by itself: the base gives up, or the dialplan does. */
function untilOf(call: LineCall, handset: HandsetRow): number | null {
  if (!isDdi(call)) return call.since + handset.options.ring_time * 1000;
  return call.answeredAt === null ? null : call.answeredAt + call.base.options.no_answer[0] * 1000;
}

/** What a happening says of the call, and of the handset where it is of one. */
export function happeningOf(
  call: LineCall,
  handset: HandsetRow | null,
): Omit<DectHappening, 'time' | 'pbx' | 'type'> {
  return {
    subject: 'dect',
    base: call.base.id,
    base_name: call.base.options.name,
    handset: handset?.id ?? null,
    handset_name: handset?.options.name ?? null,
    digit: call.digit,
    all: call.digit === ALL,
    handsets: call.handsets.map(({ options }) => options.name),
    mailbox: handset?.options.mailbox ?? null,
    call: call.call,
    caller: call.caller,
  };
}

/** Who talks on a base's line: its handset, or the base where several ring or nobody knows which. */
export function talkOf({ base, handsets, channel, answeredAt, since, talking }: LineCall): LineTalk {
  const [only, another] = handsets;
  const who = only === undefined || another !== undefined ? base : only;
  const { id, options } = who;
  const phone = { id, endpoint: base.options.line ?? '', name: options.name };
  return { uniqueid: channel, phone, answeredAt: answeredAt ?? since, talking };
}
