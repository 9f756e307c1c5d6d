/** Starts a recording: on which channel, under which name, and where it goes. */
import { randomBytes } from 'node:crypto';
import type { PhoneRef } from '../pbx/happenings.ts';
import type { Channel, PbxView, Recording } from '../pbx/model.ts';
import { ActionError } from './action.ts';
import { channelsOf, findChannel, findDoorbell, findPhone, refOf, type Whose } from './find.ts';
import { sleep, until } from './wait.ts';

/** ms for Asterisk to tell that it records */
const STARTED_MS = 4_000;
/** ms in which the old one lets go of the file and the channel of the old one's state */
const RENEW_MS = 100;
/** Bytes that have to be free: an hour of a call has 58 MB. */
const ROOM = 100_000_000;
/** What Asterisk notes the id of a MixMonitor in, on the channel. */
const VARIABLE = 'COMPANION_RECORDING';
/** Asterisk's folder that phones show as "Recordings". */
export const FOLDER = 'Cust5';
/** A mailbox that is safe among MixMonitor's options. */
const MAILBOX = /^[\w.-]{1,40}@[\w.-]{1,40}$/;

export interface Which {
  readonly channel: Channel;
  /** Whose recording it is. */
  readonly phone: PhoneRef | null;
}

/**
 * The channel to record. MixMonitor hangs on one channel and goes wherever it goes: through transfers, parking and
 * masquerades, and ends with it (tried on Asterisk 22.10). A phone hands the other party over, so it is the other
 * party's that lasts.
 */
export function whichChannel(pbx: PbxView, { phone: text, doorbell, call }: Whose): Which {
  if (text !== undefined) {
    const phone = findPhone(pbx, text);
    const up = channelsOf(pbx, phone).filter(({ state }) => state === 'Up');
    const ours = up.find(({ held }) => !held) ?? up[0];
    if (ours === undefined) throw new ActionError('conflict', `${phone.name} is in no call.`, 'phone');
    return { channel: lasting(pbx, ours), phone };
  }
  if (doorbell !== undefined) {
    const door = findDoorbell(pbx, doorbell);
    const channel = pbx.calls.channelsOf(door.endpoint).find(({ state }) => state === 'Up');
    if (channel) return { channel, phone: phoneOf(pbx, channel) };
    throw new ActionError('conflict', `${door.name} is in no call that was answered.`, 'doorbell');
  }
  if (call === undefined)
    throw new ActionError('invalid', 'Whose call? Name one of phone, doorbell and call.', 'phone');
  const channel = findChannel(pbx, call);
  if (channel.state !== 'Up') throw new ActionError('conflict', 'The call was not answered yet.', 'call');
  return { channel, phone: phoneOf(pbx, channel) };
}

/** The phone behind a channel, or the one that it talks to, or null. */
export function phoneOf(pbx: PbxView, channel: Channel): PhoneRef | null {
  const peer = pbx.calls.peer(channel.uniqueid);
  return pbx.phones.byEndpoint(peer?.endpoint ?? '') ?? pbx.phones.byEndpoint(channel.endpoint) ?? null;
}

/** Who is in a conference or with an application has no one other party. */
function lasting(pbx: PbxView, ours: Channel): Channel {
  if (ours.bridge === null || pbx.conferences.of(ours.uniqueid) !== undefined) return ours;
  return pbx.calls.peer(ours.uniqueid) ?? ours;
}

export interface Start extends Which {
  readonly startedBy: string;
}

/** Calls whose recording is being started: two who ask at once get one. */
const starting = new Set<string>();

/** Starts it, and gives it when Asterisk has begun. */
export async function startRecording(pbx: PbxView, start: Start): Promise<Recording> {
  const call = `${pbx.id} ${start.channel.linkedid}`;
  if (starting.has(call))
    throw new ActionError('conflict', 'The recording of this call is being started already.', 'phone');
  starting.add(call);
  try {
    return await begin(pbx, start);
  } finally {
    starting.delete(call);
  }
}

/**
 * Puts a fresh MixMonitor in the place of one whose channel was joined with somebody else. After a transfer the old
 * one often hears the recorded party alone, also when the other came into the same bridge, and so does one beside
 * it; one that begins when there is none hears both (tried on Asterisk 22.10).
 */
export async function renewRecording(pbx: PbxView, { id, file }: Recording): Promise<void> {
  const { recordings } = pbx;
  const handle = recordings.handle(id, false);
  const name = handle && pbx.calls.channel(handle.channel)?.name;
  if (!handle?.monitor || name === undefined) return;
  recordings.renew(id, '');
  try {
    await pbx.ami.send({ Action: 'StopMixMonitor', Channel: name, MixMonitorID: handle.monitor });
    await sleep(RENEW_MS);
    const answer = await pbx.ami.send({
      Action: 'MixMonitor',
      Channel: name,
      File: file,
      Options: `a${optionsOf(recordings.options.beep)}`,
    });
    recordings.renew(id, answer?.get('MixMonitorID') || handle.monitor);
  } catch {
    recordings.renew(id, null);
  }
}

async function begin(pbx: PbxView, { channel, phone, startedBy }: Start): Promise<Recording> {
  const { recordings } = pbx;
  if (!recordings.possible)
    throw new ActionError(
      'forbidden',
      'Asterisk lets us record nothing: app_mixmonitor has to be loaded, and in manager.conf the AMI user needs ' +
        'the write class system.',
    );
  refuseNever(pbx, channel, phone);
  if (recordings.of(channel.uniqueid))
    throw new ActionError('conflict', 'This call is recorded already.', phone ? 'phone' : 'call');
  const space = await recordings.space();
  if (space !== null && space < ROOM)
    throw new ActionError(
      'failed',
      `There is no room for a recording: ${Math.round(space / 1e6)} MB are free and ${ROOM / 1e6} MB are needed.`,
    );
  const { to, dir, beep } = recordings.options;
  const mailbox = to.includes('mailbox') ? await mailboxOf(pbx, phone) : null;
  const kept = to.includes('media') || mailbox === null;
  const own = phone !== null && pbx.phones.byEndpoint(channel.endpoint)?.id === phone.id;
  const other = own ? channel.connected : channel.caller;
  const id = nameOf(phone, other.number);
  const file = dir === null ? `${id}.wav` : `${dir}/${id}.wav`;
  recordings.plan({ id, phone: phone && refOf(phone), other, startedBy, channel, file, kept, mailbox });
  try {
    const answer = await pbx.ami.send({
      Action: 'MixMonitor',
      Channel: channel.name,
      File: file,
      Options: optionsOf(beep),
    });
    const monitor = answer?.get('MixMonitorID') ?? '';
    const begun = await until(pbx, () => recordings.get(id), STARTED_MS);
    if (begun === undefined)
      throw new ActionError('failed', 'Asterisk was asked to record, and did not begin: did the call end?');
    recordings.named(id, monitor, await pathOf(pbx, channel.name, monitor, file));
    return recordings.get(id) ?? begun;
  } catch (error) {
    recordings.dropPlan(id);
    throw error;
  }
}

function optionsOf(beep: number): string {
  return `i(${VARIABLE})${beep > 0 ? `B(${beep})` : ''}`;
}

/** Asterisk knows where its own folder is. */
async function pathOf(pbx: PbxView, channel: string, monitor: string, file: string): Promise<string> {
  if (file.startsWith('/')) return file;
  const Variable = `MIXMONITOR(${monitor},filename)`;
  const answer = await pbx.ami.send({ Action: 'Getvar', Channel: channel, Variable }).catch(() => null);
  return answer?.get('Value') || file;
}

function refuseNever(pbx: PbxView, channel: Channel, phone: PhoneRef | null): void {
  const channels = pbx.calls.get(channel.linkedid)?.channels ?? [channel];
  const phones = [phone, ...channels.map(({ endpoint }) => pbx.phones.byEndpoint(endpoint))];
  const never = phones.find((one) => one && pbx.recordings.rule(one.id) === 'never');
  if (!never) return;
  throw new ActionError(
    'forbidden',
    `Calls of ${never.name} are never recorded: the settings say so (phones, record: never).`,
    'phone',
  );
}

/** The settings' word for the phone, else its endpoint's, else the one for all. */
async function mailboxOf(pbx: PbxView, phone: PhoneRef | null): Promise<string | null> {
  const { recordings } = pbx;
  const own = phone && (recordings.mailbox(phone.id) ?? (await endpointsMailbox(pbx, phone)));
  const found = own ?? recordings.options.mailbox;
  if (found === null) return null;
  const mailbox = found.includes('@') ? found : `${found}@default`;
  return MAILBOX.test(mailbox) ? mailbox : null;
}

async function endpointsMailbox(pbx: PbxView, { endpoint }: PhoneRef): Promise<string | null> {
  const [technology, name] = [
    endpoint.slice(0, endpoint.indexOf('/')),
    endpoint.slice(endpoint.indexOf('/') + 1),
  ];
  if (technology !== 'PJSIP') return null;
  const items = await pbx.ami.list({ Action: 'PJSIPShowEndpoint', Endpoint: name }).catch(() => []);
  for (const item of items) {
    const all =
      item.Event === 'EndpointDetail'
        ? item.headers.find(([header]) => header === 'Mailboxes')?.[1]
        : item.Event === 'AorDetail'
          ? item.Mailboxes
          : undefined;
    const [first] = (all ?? '').split(',').map((one) => one.trim());
    if (first) return first;
  }
  return null;
}

/** Sorts by time, and holds nothing that a caller chose but digits and letters. */
function nameOf(phone: PhoneRef | null, number: string): string {
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const own = phone === null ? 'call' : phone.endpoint.slice(phone.endpoint.indexOf('/') + 1);
  const safe = (text: string, most: number) => text.replace(/[^A-Za-z0-9]/g, '').slice(0, most);
  return `${day}-${time}_${safe(own, 40) || 'call'}_${safe(number, 20)}_${randomBytes(2).toString('hex')}`;
}
