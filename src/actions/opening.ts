/** The ways to open a door, one function each. Only the one that the owner configured is ever used. */
import type { Channel, Doorbell, PbxView } from '../pbx/model.ts';
import { type ActionContext, ActionError, type OpenWay } from './action.ts';
import { parkedAt } from './find.ts';
import { hangUp, ring } from './ring.ts';
import { playDigits, sendDtmfArguments, sendDtmfMs } from './tones.ts';
import { sleep, until } from './wait.ts';

/** ms that a door station may take to answer an HTTP request. */
const HTTP_MS = 10_000;
/** s that a door station may take to answer a call. */
const CALL_SECONDS = 20;
/** ms until a call that is parked only for the digits is up, and that it stays up after them. */
const PARK_MS = 5_000;
const AFTER_MS = 1_000;

type Kind = Exclude<OpenWay['kind'], 'none'>;
type Way<K extends OpenWay['kind']> = Extract<OpenWay, { kind: K }>;

/**
 * Opens a door and gives the way.
 * @throws ActionError; never holds a URL, a header or the digits
 */
export async function open(context: ActionContext, door: Doorbell): Promise<Kind> {
  const way = context.openWay(context.pbx.id, door.id);
  switch (way.kind) {
    case 'none':
      throw new ActionError(
        'forbidden',
        `No way to open ${door.name} is configured (doorbells: open).`,
        'doorbell',
      );
    case 'action':
      await byAction(context, way);
      break;
    case 'http':
      await byHttp(context, door, way);
      break;
    case 'dtmf':
      await byDtmf(context, door, way);
      break;
    case 'call':
      await byCall(context, door, way.dial, way.digits);
      break;
  }
  return way.kind;
}

async function byAction({ callHomeAssistant }: ActionContext, way: Way<'action'>): Promise<void> {
  if (callHomeAssistant === null)
    throw new ActionError(
      'unavailable',
      `${way.action} is Home Assistant’s to do, and there is no link to it.`,
    );
  try {
    await callHomeAssistant(way.action, way.target, way.data);
  } catch (error) {
    throw new ActionError('failed', `Home Assistant’s ${way.action} failed: ${(error as Error).message}`);
  }
}

async function byHttp({ fetch }: ActionContext, door: Doorbell, way: Way<'http'>): Promise<void> {
  const url = new URL(way.url);
  const headers = new Headers(way.headers);
  if (url.username || url.password) {
    // fetch refuses a URL with a password, and says it in its error
    const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.set('authorization', `Basic ${Buffer.from(login).toString('base64')}`);
    url.username = '';
    url.password = '';
  }
  const init: RequestInit = {
    method: way.method,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(HTTP_MS),
  };
  if (way.body !== undefined) init.body = way.body;
  const response = await fetch(url, init).catch((error: unknown) => {
    throw new ActionError('failed', `${door.name} could not be asked to open: ${why(error)}`);
  });
  // The door station has answered; what it says besides is nobody's business, even if it breaks off.
  await response.body?.cancel().catch(() => {});
  if (!response.ok)
    throw new ActionError(
      'failed',
      `${door.name} refused to open: its door station answered ${response.status}.`,
    );
}

/** What went wrong, without the URL that fetch's own messages hold. */
function why(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: string } };
  if (name === 'TimeoutError') return `no answer within ${HTTP_MS / 1000} s.`;
  return `${cause?.code ?? 'the request failed'}.`;
}

async function byDtmf(context: ActionContext, door: Doorbell, way: Way<'dtmf'>): Promise<void> {
  const { pbx } = context;
  needPbx(pbx);
  const channel = door.press === null ? undefined : pbx.calls.channel(door.press.call);
  if (channel?.state === 'Up') {
    await playDigits(pbx, channel.uniqueid, way.digits);
  } else if (channel) {
    await onUnanswered(context, door, channel, way.digits);
  } else if (way.withoutCall === 'refuse') {
    throw new ActionError(
      'conflict',
      `${door.name} is in no call, and its door opens by keys on a call. Wait for a visitor, or configure ` +
        '`open: call`, which places one.',
      'doorbell',
    );
  } else {
    await byCall(context, door, way.withoutCall.dial, way.digits);
  }
}

/**
 * A door station listens for keys on an answered call, and AMI answers none by itself. Parking does: then the keys,
 * and the visitor's call ends, because the visitor goes in.
 */
async function onUnanswered(
  { pbx, asker }: ActionContext,
  door: Doorbell,
  channel: Channel,
  digits: string,
): Promise<void> {
  if (pbx.parking.all().length === 0)
    throw new ActionError(
      'conflict',
      `Answer ${door.name} first: its door opens by keys on an answered call.`,
      'doorbell',
    );
  await pbx.ami.send({ Action: 'Park', Channel: channel.name });
  const parked = await until(pbx, () => parkedAt(pbx, channel.uniqueid), PARK_MS);
  if (!parked)
    throw new ActionError('failed', `Asterisk could not answer ${door.name} to send the keys.`, 'doorbell');
  await playDigits(pbx, channel.uniqueid, digits);
  await sleep(AFTER_MS);
  pbx.doorbells.dismiss(door.id, asker.name);
  // Not waited for: that the door is open belongs to the visit, and is told before its end.
  void hangUp(pbx, channel.uniqueid);
}

/** Calls the door station; Asterisk sends the digits when it answers, and hangs up. */
async function byCall({ pbx, context }: ActionContext, door: Doorbell, dial: string, digits: string) {
  needPbx(pbx);
  const uniqueid = await ring(pbx, {
    device: dial.includes('/') ? dial : `Local/${dial}@${context(pbx.id)}`,
    name: door.name,
    becomes: { application: 'SendDTMF', arguments: sendDtmfArguments(digits) },
    shows: { number: '', name: 'Asterisk' },
    timeout: CALL_SECONDS,
  });
  const ended = await until(
    pbx,
    () => (pbx.calls.channel(uniqueid) ? undefined : true),
    sendDtmfMs(digits) + AFTER_MS,
  );
  if (!ended) await hangUp(pbx, uniqueid);
}

function needPbx(pbx: PbxView): void {
  if (!pbx.status.up)
    throw new ActionError('unavailable', pbx.status.problem ?? `PBX ${pbx.id} is not connected.`);
}
