/** Puts a copy of a recording into a mailbox. */
import { randomUUID } from 'node:crypto';
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

/**
 * AMI has no way to put a file into a mailbox; MixMonitor has. One that appends nothing to the file, on a channel
 * that says nothing, delivers it whole (tried on Asterisk 22.10: the file stays as it is).
 */
export async function deliver(pbx: PbxView, recording: Recording, mailbox: string): Promise<void> {
  if (SPLITS.test(recording.file))
    throw new ActionError(
      'conflict',
      `${quote(recording.file)} cannot be given to Asterisk's MixMonitor: its name holds one of , " \\ ( ).`,
      'recording',
    );
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
