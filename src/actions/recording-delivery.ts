/** Puts a copy of a recording into a mailbox. */
import { randomUUID } from 'node:crypto';
import { AmiActionError } from '../ami/index.ts';
import { asteriskFolder } from '../pbx/folders.ts';
import type { PbxView, Recording } from '../pbx/model.ts';
import { ActionError } from './action.ts';
import { amiError } from './errors.ts';
import { quote } from './find.ts';
import { FOLDER } from './recording-start.ts';
import { hangUp } from './ring.ts';
import { sleep } from './wait.ts';

/** A channel that goes nowhere: RTP to the discard port of Asterisk's own machine (chan_rtp). */
const NOWHERE = 'UnicastRTP/127.0.0.1:9/c(ulaw)';

/** s that the channel may live */
const LIFE = 10;
/** ms of nothing that MixMonitor is given: less than it takes to write a first piece of sound */
const MOMENT = 50;

/**
 * MixMonitor splits what it is given at commas, and its last argument is a command that Asterisk runs. A dialplan or
 * a feature code may have named the file after a caller.
 */
const SPLITS = /[,"\\()]/;

/** ms between looks for the message, and how many: a second after MixMonitor's end it is there. */
const LOOK_MS = 250;
const LOOKS = 40;
/** ms that a list may take: Asterisk reads a file for each message. */
const LIST_MS = 60_000;

/** What each mailbox was given last: which message is the new one shows only where one is brought after the other. */
const lasts = new WeakMap<PbxView, Map<string, Promise<unknown>>>();

/**
 * AMI has no way to put a file into a mailbox; MixMonitor has. One that appends nothing to the file, on a channel
 * that says nothing, delivers it whole (tried on Asterisk 22.10: the file stays as it is). Asterisk tells nobody
 * whether it came to that, so the mailbox is listed before and after.
 * @returns the message's id; null where this AMI user cannot list mailboxes
 */
export async function deliver(pbx: PbxView, recording: Recording, mailbox: string): Promise<string | null> {
  if (SPLITS.test(recording.file))
    throw new ActionError(
      'conflict',
      `${quote(recording.file)} cannot be given to Asterisk's MixMonitor: its name holds one of , " \\ ( ).`,
      'recording',
    );
  const boxes = lasts.get(pbx) ?? new Map<string, Promise<unknown>>();
  lasts.set(pbx, boxes);
  const bringIt = () => bring(pbx, recording, mailbox);
  const mine = (boxes.get(mailbox) ?? Promise.resolve()).then(bringIt, bringIt);
  boxes.set(mailbox, mine);
  try {
    return await mine;
  } finally {
    if (boxes.get(mailbox) === mine) boxes.delete(mailbox);
  }
}

async function bring(pbx: PbxView, recording: Recording, mailbox: string): Promise<string | null> {
  const before = await messagesIn(pbx, mailbox);
  await put(pbx, recording, mailbox);
  if (before === null) return null;
  for (let look = 0; look < LOOKS; look += 1) {
    await sleep(LOOK_MS);
    for (const id of (await messagesIn(pbx, mailbox)) ?? []) if (!before.has(id)) return id;
  }
  throw new ActionError(
    'failed',
    `Asterisk put no message into the folder Recordings of mailbox ${mailbox}: is it full, or the disk?`,
    'mailbox',
  );
}

/** Ids of what is in its folder Recordings; null where this Asterisk, or this AMI user, lists none. */
async function messagesIn(pbx: PbxView, mailbox: string): Promise<ReadonlySet<string> | null> {
  const at = mailbox.indexOf('@');
  const [Mailbox, Context] = [mailbox.slice(0, at), mailbox.slice(at + 1)];
  const list = { Action: 'VoicemailBoxSummary', Context, Mailbox } as const;
  try {
    const items = await pbx.slow.list(list, { timeoutMs: LIST_MS });
    return new Set(items.filter(({ Folder }) => asteriskFolder(Folder) === FOLDER).map(({ ID }) => ID));
  } catch (error) {
    if (!(error instanceof AmiActionError)) throw amiError(error, `Mailbox ${mailbox}`);
    if (error.code !== 'failed') return null;
    throw new ActionError('not_found', `Asterisk has no mailbox ${quote(mailbox)}.`, 'mailbox');
  }
}

async function put(pbx: PbxView, recording: Recording, mailbox: string): Promise<void> {
  const uniqueid = `companion-plumbing-${randomUUID()}`;
  const { number, name } = recording.other;
  const caller = number.replace(/[^\w+*#.-]/g, '');
  try {
    await pbx.ami.originate({
      Action: 'Originate',
      Channel: NOWHERE,
      Application: 'Wait',
      Data: String(LIFE),
      Timeout: 5_000,
      ChannelId: uniqueid,
      CallerID: `"${name.replace(/[\p{Cc}"\\<>]/gu, ' ').slice(0, 60)}" <${caller}>`,
    });
    await pbx.ami.send({
      Action: 'MixMonitor',
      Channel: uniqueid,
      File: recording.file,
      Options: `ac${recording.kept ? '' : 'd'}m(${mailbox}/${FOLDER})`,
    });
    await sleep(MOMENT);
    await pbx.ami.send({ Action: 'StopMixMonitor', Channel: uniqueid });
  } catch (error) {
    const known = amiError(error);
    if (known instanceof ActionError && known.code !== 'failed') throw known;
    throw new ActionError(
      'failed',
      'Asterisk did not put the recording into a mailbox: the modules chan_rtp and app_mixmonitor have to be loaded.',
    );
  } finally {
    await hangUp(pbx, uniqueid);
  }
}
