/** The stock npm client on the demo: it logs in, lists, acts and hears what our own client hears. */
import manager from 'asterisk-manager';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AmiClient, type AmiEvent, EVENTS, type EventHandlers, type EventName } from '../../src/ami/index.ts';
import { DemoAsterisk } from '../../src/demo/index.ts';
import { HandClock } from './hand-clock.ts';

type Stock = ReturnType<typeof manager>;
type Message = Readonly<Record<string, string>>;

let clock: HandClock;
let demo: DemoAsterisk;
let stock: Stock;
let heard: Message[];

beforeEach(async () => {
  clock = new HandClock();
  demo = await new DemoAsterisk({ people: false, clock }).start();
  const { host, port, username, secret } = demo.ami;
  stock = manager(port, host, username, secret, true);
  heard = [];
  stock.on('managerevent', (event) => heard.push(event));
  await until(() => heard.some(({ event }) => event === 'FullyBooted'));
});

afterEach(async () => {
  stock.disconnect();
  await demo.stop();
});

async function until(look: () => boolean): Promise<void> {
  await expect.poll(look, { interval: 5 }).toBe(true);
}

function act(action: Record<string, unknown>): Promise<Message> {
  return new Promise((resolve, reject) =>
    stock.action(action, (error, answer) => (error === undefined ? resolve(answer) : reject(error))),
  );
}

/** The items of a list. */
async function list(action: string, item: string, complete: string): Promise<Message[]> {
  const from = heard.length;
  await act({ action });
  await until(() => heard.slice(from).some(({ event }) => event === complete));
  return heard.slice(from).filter(({ event }) => event === item);
}

it('logs in', () => {
  expect(stock.isConnected()).toBe(true);
});

it('lists phones, lots and calls', async () => {
  const endpoints = await list('PJSIPShowEndpoints', 'EndpointList', 'EndpointListComplete');
  expect(endpoints.map(({ objectname }) => objectname)).toEqual([
    '6001',
    '6002',
    '6003',
    '6004',
    '8000',
    '2001',
  ]);
  expect(await list('Parkinglots', 'Parkinglot', 'ParkinglotsComplete')).toMatchObject([
    { name: 'default', startspace: '701', stopspace: '703', timeout: '60' },
  ]);
  demo.ring();
  const channels = await list('CoreShowChannels', 'CoreShowChannel', 'CoreShowChannelsComplete');
  expect(channels.map(({ calleridname, channelstatedesc }) => [calleridname, channelstatedesc])).toEqual([
    ['Front door', 'Ring'],
    ['Kitchen', 'Ringing'],
    ['Office', 'Ringing'],
    ['Bedroom', 'Ringing'],
    ['Garden', 'Ringing'],
  ]);
});

it('rings a phone, which becomes a call, and hangs up', async () => {
  const answer = await act({
    action: 'originate',
    channel: 'PJSIP/6001',
    context: 'default',
    exten: '6002',
    priority: 1,
    async: true,
    variable: { 'CONNECTEDLINE(num)': '6002' },
  });
  expect(answer.message).toBe('Originate successfully queued');
  demo.keys.answer('6001');
  demo.keys.answer('6002');
  await until(() => heard.filter(({ event }) => event === 'BridgeEnter').length === 2);
  expect(heard.find(({ event }) => event === 'OriginateResponse')).toMatchObject({ response: 'Success' });
  const channel = heard.findLast(({ event }) => event === 'BridgeEnter')?.channel;
  expect((await act({ action: 'hangup', channel })).message).toBe('Channel Hungup');
  await until(() => heard.filter(({ event }) => event === 'Hangup').length === 2);
});

it('is told why when something cannot be done', async () => {
  await expect(act({ action: 'hangup', channel: 'PJSIP/6001-00000009' })).rejects.toMatchObject({
    response: 'Error',
    message: 'No such channel',
  });
});

it('hears what our own client hears', async () => {
  const ours: AmiEvent[] = [];
  const client = new AmiClient({ ...demo.ami, tls: false });
  client.listen(
    Object.fromEntries(
      (Object.keys(EVENTS) as EventName[]).map((name) => [name, (event: AmiEvent) => ours.push(event)]),
    ) as EventHandlers,
  );
  client.start();
  await until(() => client.status.state === 'up');
  const from = heard.length;
  ours.length = 0;
  demo.keys.call('8000', '600');
  demo.keys.answer('6002');
  demo.keys.press('6002', '5');
  clock.advance(1000);
  demo.keys.hangUp('8000');
  demo.keys.call('8000', '444');
  clock.advance(61_000);
  const hangups = (events: readonly { readonly event?: string; readonly Event?: string }[]) =>
    events.filter(({ event, Event }) => (event ?? Event) === 'Hangup').length;
  await until(() => hangups(heard.slice(from)) === 6 && hangups(ours) === 6);
  expect(ours.map(inLowerCase)).toEqual(heard.slice(from).map(known));
  await client.stop();
});

/** Our event as the stock client writes them: a variable becomes an object, though its value has a header of its own. */
function inLowerCase(event: AmiEvent): object {
  const all = Object.entries(event)
    .filter(([, value]) => typeof value === 'string' && value !== '')
    .map(([name, value]) => [name.toLowerCase(), value as string]);
  const { variable, ...others } = Object.fromEntries(all);
  return variable === undefined ? others : { ...others, variable: { [variable]: '' } };
}

/** The stock client's event, with what our types name. */
function known(message: Message): Message {
  const event = message.event as EventName;
  const headers = new Set(['event', ...EVENTS[event].headers.map((name) => name.toLowerCase())]);
  return Object.fromEntries(
    Object.entries(message).filter(
      ([name, value]) => headers.has(name) && value !== '' && value !== '<unknown>',
    ),
  );
}
