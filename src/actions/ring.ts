/** Rings a phone and gives its call to an application or to the dialplan. */
import { randomUUID } from 'node:crypto';
import type { AmiAction, Variables } from '../ami/index.ts';
import type { Party } from '../pbx/happenings.ts';
import type { PbxView } from '../pbx/model.ts';
import { ActionError } from './action.ts';
import { amiError } from './errors.ts';
import { quote } from './find.ts';

export interface Ring {
  /** Device that is called, such as `PJSIP/6001` or `Local/600@default`. */
  readonly device: string;
  /** What its owner calls it, for errors. */
  readonly name: string;
  /** What becomes of the call when it answers. */
  readonly becomes:
    | { readonly application: string; readonly arguments: readonly string[] }
    /** Sounds, one after the other. */
    | { readonly playback: readonly string[] }
    | { readonly context: string; readonly extension: string };
  /** Whom the phone shows while it rings. */
  readonly shows: Party;
  /** s */
  readonly timeout: number;
  /** Shown to the other side instead of the phone's own name. */
  readonly callerName?: string;
  /** Looked at with every change: a reason to stop ringing, such as that the visitor has left. */
  readonly abandon?: () => ActionError | undefined;
  /** Sent with the call, such as headers. */
  readonly variables?: Variables;
  /** Uniqueid for the phone's channel, when the caller wants to know it beforehand. */
  readonly uniqueid?: string;
}

/** A Uniqueid that nothing else has. */
export function freshUniqueid(): string {
  return `companion-${randomUUID()}`;
}

/**
 * Rings, and gives the Uniqueid of the phone's channel when it has answered.
 * @throws ActionError: who did not answer, and why; or the reason to abandon
 */
export async function ring(pbx: PbxView, what: Ring): Promise<string> {
  const uniqueid = what.uniqueid ?? freshUniqueid();
  let reason: ActionError | undefined;
  let ended = false;
  const look = () => {
    reason ??= what.abandon?.();
    if (!reason || ended || !pbx.calls.channel(uniqueid)) return;
    ended = true;
    void hangUp(pbx, uniqueid);
  };
  const stop = pbx.onChange(look);
  try {
    await pbx.ami.originate(originate(what, uniqueid));
  } catch (error) {
    throw reason ?? Object.assign(amiError(error, what.name), { cause: error });
  } finally {
    stop();
  }
  if (reason === undefined) return uniqueid;
  await hangUp(pbx, uniqueid);
  throw reason;
}

/** Q.850: another phone took the call. No phone counts it as missed. */
export const ANSWERED_ELSEWHERE = 26;

/** Ends a channel, by name or Uniqueid, that may have ended by itself. */
export async function hangUp(pbx: PbxView, channel: string, cause = 16): Promise<void> {
  await pbx.ami.send({ Action: 'Hangup', Channel: channel, Cause: cause }).catch(() => {});
}

function originate(what: Ring, uniqueid: string): AmiAction<'Originate'> {
  const { becomes } = what;
  return {
    Action: 'Originate',
    Channel: what.device,
    ...destination(becomes),
    Timeout: what.timeout * 1000,
    Async: 'true',
    ChannelId: uniqueid,
    Variable: { ...shown(what), ...what.variables },
  };
}

function destination(becomes: Ring['becomes']) {
  if ('playback' in becomes)
    return { Application: 'Playback', Data: becomes.playback.map(argument).join('&') };
  if ('application' in becomes)
    return { Application: becomes.application, Data: becomes.arguments.map(argument).join(',') };
  return { Context: becomes.context, Exten: becomes.extension, Priority: 1 };
}

/**
 * Asterisk splits an application's data at commas, options have theirs in brackets, and Dial calls everything that
 * stands between ampersands: a name of a channel, an endpoint or a lot that holds such a character could ask for
 * anything.
 */
function argument(text: string): string {
  if (!/[,&|()"\\]/.test(text)) return text;
  throw new ActionError(
    'conflict',
    `${quote(text)} cannot be given to an application of Asterisk: its name holds one of , & | ( ) " \\.`,
  );
}

/**
 * The phone shows the connected line; CallerID would change what the other side is told, too. Without either it
 * shows "Anonymous" (tried on Asterisk 22.10).
 */
function shown({ shows, callerName }: Ring): Variables {
  return {
    ...(shows.name ? { 'CONNECTEDLINE(name,i)': plain(shows.name) } : {}),
    'CONNECTEDLINE(num)': plain(shows.number || shows.name),
    ...(callerName ? { 'CALLERID(name)': plain(callerName) } : {}),
  };
}

/** A display name that no phone, header or dialplan function reads as anything else. */
function plain(name: string): string {
  return name
    .replace(/[\p{Cc}"\\<>]/gu, ' ')
    .trim()
    .slice(0, 60);
}
