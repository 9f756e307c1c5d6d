/** Plays an announcement on several phones at once, each in a call of its own. */
import type { Variables } from '../../ami/index.ts';
import { AmiActionError } from '../../ami/index.ts';
import type { PbxView, Phone } from '../../pbx/model.ts';
import { ActionError } from '../action.ts';
import { ANSWERED_ELSEWHERE, freshUniqueid, hangUp, ring } from '../ring.ts';
import { until } from '../wait.ts';
import type { Clip } from './sounds.ts';

export interface Announcement {
  /** What Playback is given, in its order. */
  readonly sounds: readonly string[];
  /** Those of {@link sounds} that Asterisk fetches. */
  readonly clips: readonly Clip[];
  /** Keys that are an answer; '' when none is asked for. */
  readonly reply: string;
  /** The first answer ends it on all phones. */
  readonly untilReply: boolean;
  /** Calls phones that are in a call, too. */
  readonly busyPhones: boolean;
  /** Name that the phones show. */
  readonly shows: string;
  /** s that a phone may ring. */
  readonly timeout: number;
  /** Whether this phone is asked to answer by itself. */
  autoAnswers(phone: Phone): boolean;
}

/**
 * `confirmed`: pressed a key that was asked for. `answered`: somebody was there, or the phone answered by itself.
 * `stopped`: somebody else had confirmed before. `failed`: {@link Outcome.reason} says why.
 */
export const STATES = [
  'confirmed',
  'answered',
  'not_answered',
  'busy',
  'refused',
  'unreachable',
  'stopped',
  'failed',
] as const;

export interface Outcome {
  readonly phone: Phone;
  readonly state: (typeof STATES)[number];
  readonly digit: string | null;
  /** s that it was listened to. */
  readonly seconds: number;
  /** Why it was not heard, or ''. */
  readonly reason: string;
}

/** ms that an announcement may take; what is longer is ended. Above what clips may last, and their fetching. */
const MOST_MS = 150_000;
/** ms for the event that says why a call ended. */
const CAUSE_MS = 500;
/** Q.850 causes of a call that nobody took: `Reason` of OriginateResponse is 0 for most of them (tried on 22.10). */
const CAUSES: Readonly<Record<number, Outcome['state']>> = {
  17: 'busy',
  18: 'not_answered',
  19: 'not_answered',
  20: 'unreachable',
  21: 'refused',
};
/** `Reason` itself (frame.h, `AST_CONTROL_*`), where there is no such cause. */
const REASONS: Readonly<Record<string, Outcome['state']>> = {
  '0': 'unreachable',
  '1': 'not_answered',
  '3': 'not_answered',
  '5': 'busy',
  '8': 'unreachable',
};
const WORDS: Readonly<Partial<Record<Outcome['state'], string>>> = {
  busy: 'is busy',
  not_answered: 'was not answered in time',
  refused: 'refused the call',
};
/** States of a phone that takes a call without disturbing another. */
const FREE: ReadonlySet<Phone['state']> = new Set(['idle', 'unavailable']);

/**
 * What intercom needs, as phones of most makers have it: Asterisk sets variables on the outgoing channel before it
 * calls, and so the headers are in the INVITE (tried on Asterisk 22.10, without any dialplan).
 */
const INTERCOM: Variables = {
  'PJSIP_HEADER(add,Alert-Info)': '<http://127.0.0.1>;info=alert-autoanswer;delay=0',
  'PJSIP_HEADER(add,Call-Info)': '<sip:127.0.0.1>;answer-after=0',
};

export interface Played {
  readonly outcomes: readonly Outcome[];
  /** Who was the first to press a key that was asked for, or null. */
  readonly first: Phone | null;
}

/** Rings all, and gives what became of each when all are done. */
export async function playOn(
  pbx: PbxView,
  phones: readonly Phone[],
  announcement: Announcement,
): Promise<Played> {
  const round = new Round(pbx, announcement);
  const outcomes = await Promise.all(phones.map((phone) => round.on(phone)));
  return { outcomes, first: round.first };
}

class Round {
  readonly #pbx: PbxView;
  readonly #what: Announcement;
  /** Uniqueids of what rings and plays. */
  readonly #live = new Set<string>();
  /** Who was the first to press a key that was asked for, or null. */
  first: Phone | null = null;

  constructor(pbx: PbxView, what: Announcement) {
    this.#pbx = pbx;
    this.#what = what;
  }

  async on(phone: Phone): Promise<Outcome> {
    const none = { phone, digit: null, seconds: 0 };
    if (!phone.registered)
      return { ...none, state: 'unreachable', reason: `${phone.name} is not registered.` };
    if (!this.#what.busyPhones && !FREE.has(phone.state))
      return { ...none, state: 'busy', reason: `${phone.name} is in a call.` };
    const uniqueid = freshUniqueid();
    this.#live.add(uniqueid);
    const forget = this.#pbx.announcements.expect(uniqueid);
    try {
      return await this.#call(phone, uniqueid);
    } catch (error) {
      if (!(error instanceof ActionError) || error.code === 'unavailable') throw error;
      if (this.#over) return { ...none, state: 'stopped', reason: '' };
      const state = await this.#unanswered(uniqueid, error);
      const words = WORDS[state];
      return { ...none, state, reason: words === undefined ? error.message : `${phone.name} ${words}.` };
    } finally {
      forget();
      this.#live.delete(uniqueid);
    }
  }

  async #call(phone: Phone, uniqueid: string): Promise<Outcome> {
    const pbx = this.#pbx;
    const { sounds, shows, timeout, reply } = this.#what;
    let digit: string | null = null;
    const stop = pbx.onHappening((happening) => {
      if (happening.subject !== 'phone' || happening.type !== 'dtmf') return;
      if (digit !== null || this.#over) return;
      const { phone: by, call, digit: pressed = '' } = happening;
      if (by.id !== phone.id || call !== pbx.calls.channel(uniqueid)?.linkedid) return;
      if (pressed === '' || !reply.includes(pressed)) return;
      digit = pressed;
      this.first ??= phone;
      this.#heard(uniqueid);
    });
    try {
      await ring(pbx, {
        uniqueid,
        device: phone.endpoint,
        name: phone.name,
        becomes: { playback: sounds },
        shows: { number: '', name: shows },
        timeout,
        ...(this.#what.autoAnswers(phone) ? { variables: INTERCOM } : {}),
      });
      const began = performance.now();
      if (this.#over && digit === null) await hangUp(pbx, uniqueid);
      const ended = await until(pbx, () => (pbx.calls.channel(uniqueid) ? undefined : true), MOST_MS);
      if (!ended) await hangUp(pbx, uniqueid);
      const seconds = Math.round((performance.now() - began) / 100) / 10;
      return { phone, digit, seconds, ...this.#became(uniqueid, digit) };
    } finally {
      stop();
    }
  }

  /** Why nobody took the call. */
  async #unanswered(uniqueid: string, { cause }: ActionError): Promise<Outcome['state']> {
    if (!(cause instanceof AmiActionError) || cause.outcome === '') return 'failed';
    const q850 = await until(this.#pbx, () => this.#pbx.announcements.cause(uniqueid), CAUSE_MS);
    return CAUSES[q850 ?? 0] ?? REASONS[cause.outcome] ?? 'failed';
  }

  #became(uniqueid: string, digit: string | null): Pick<Outcome, 'state' | 'reason'> {
    if (digit !== null) return { state: 'confirmed', reason: '' };
    if (this.#over) return { state: 'stopped', reason: '' };
    const unfetched = this.#what.clips.find((clip) => !clip.fetched);
    const played = this.#pbx.announcements.played(uniqueid);
    if (played === false) return { state: 'failed', reason: this.#unplayed(unfetched) };
    // A login that may not see variables still sees that nobody came for the sound.
    if (played === undefined && unfetched?.playback === this.#what.sounds[0])
      return { state: 'failed', reason: this.#unplayed(unfetched) };
    return { state: 'answered', reason: '' };
  }

  #unplayed(unfetched: Clip | undefined): string {
    const { id } = this.#pbx;
    if (unfetched !== undefined)
      return (
        `Asterisk ${id} did not fetch the sound from ${new URL(unfetched.playback).origin}: it needs the module ` +
        'res_http_media_cache, and has to reach this machine there (announce.url).'
      );
    return `Asterisk ${id} could not play ${this.#what.sounds.join(', ')}: see its log.`;
  }

  /** Somebody has answered, and that was all that was wanted. */
  get #over(): boolean {
    return this.#what.untilReply && this.first !== null;
  }

  /** Somebody has answered: their call is over, and with `until_reply` the others' are. */
  #heard(uniqueid: string): void {
    void hangUp(this.#pbx, uniqueid);
    if (!this.#over) return;
    for (const other of this.#live) if (other !== uniqueid) void hangUp(this.#pbx, other, ANSWERED_ELSEWHERE);
  }
}
