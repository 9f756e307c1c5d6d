/** The session: what the demo says to a client, held against what a real Asterisk said. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DemoAsterisk } from '../../src/demo/index.ts';
import { headersOf, readTraces } from '../../src/demo/traces.ts';
import { HandClock } from './hand-clock.ts';
import { RawClient } from './raw-client.ts';
import { type Headers, recorded } from './replay.ts';

let clock: HandClock;
let demo: DemoAsterisk;
let client: RawClient;

beforeEach(async () => {
  clock = new HandClock();
  demo = await new DemoAsterisk({ people: false, clock }).start();
  client = await RawClient.open(demo.ami.port);
});

afterEach(async () => {
  client.end();
  await demo.stop();
});

/** What each Asterisk says of itself, and not of the protocol. */
const ITS_OWN = new Set([
  ...['Challenge', 'Timestamp', 'SystemName', 'Uptime', 'LastReload'],
  ...['CoreStartupDate', 'CoreStartupTime', 'CoreReloadDate', 'CoreReloadTime'],
]);

function comparable(message: Headers): Headers {
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => [name, ITS_OWN.has(name) ? '…' : value]),
  );
}

function scene(name: string) {
  const trace = readTraces().find((one) => one.scene === name);
  if (trace === undefined) throw new Error(`no scene ${name}`);
  return trace;
}

it('answers a session as recorded, from the greeting to the goodbye', async () => {
  const trace = scene('session');
  let challenge = '';
  for (const [, from, what] of trace.entries) {
    if (from !== '>') continue;
    const answer = await client.act(
      what.map((line) => (line.startsWith('Key: ') ? `Key: ${RawClient.key(challenge)}` : line)),
    );
    challenge = answer.Challenge ?? challenge;
  }
  const isList = (message: Headers) => message.Atxfer !== undefined;
  const heard = client.messages.filter((message) => !isList(message)).map(comparable);
  const said = trace.entries.flatMap(([, from, what]) =>
    from === '<'
      ? [what[0]?.startsWith('Asterisk') ? { Greeting: what[0] } : Object.fromEntries(headersOf(what))]
      : [],
  );
  expect(heard).toEqual(said.filter((message) => !isList(message)).map(comparable));
  await client.waitClosed();
});

it('lists the actions that it has, in the words recorded', async () => {
  await client.login();
  const answer = await client.act(['Action: ListCommands', 'ActionID: 1']);
  const [real] = recorded(scene('session')).flatMap(({ answers }) => answers.filter((one) => one.Atxfer));
  const names = Object.keys(answer).filter((name) => name !== 'Response' && name !== 'ActionID');
  expect(names).toContain('Originate');
  expect(names).not.toContain('QueueReload');
  expect(Object.fromEntries(names.map((name) => [name, answer[name]]))).toEqual(
    Object.fromEntries(names.map((name) => [name, real?.[name]])),
  );
});

it('refuses a wrong secret after a second, and closes', async () => {
  const answer = client.login('wrong');
  await expect.poll(() => clock.pending).toBe(1);
  clock.advance(1000);
  expect(await answer).toEqual({
    Response: 'Error',
    ActionID: 'login',
    Message: 'Authentication failed',
  });
  await client.waitClosed();
});

it('refuses an old key, and an empty one', async () => {
  client.send(
    'Action: Login',
    'ActionID: 1',
    'Username: admin',
    'AuthType: MD5',
    `Key: ${RawClient.key('')}`,
  );
  await expect.poll(() => clock.pending).toBe(1);
  clock.advance(1000);
  await client.waitClosed();
  expect(client.messages.at(-1)?.Message).toBe('Authentication failed');
});

it('sends only the classes that were asked for, and not what was filtered out', async () => {
  await client.login('demo', 'Events: user');
  const other = await RawClient.open(demo.ami.port);
  await other.login();
  await other.act(['Action: Filter', 'ActionID: 1', 'Operation: Add', 'Filter: !Event: Newstate']);
  demo.ring();
  await other.act(['Action: UserEvent', 'ActionID: 2', 'UserEvent: Done', 'Note: a: b']);
  await client.wait(({ UserEvent }) => UserEvent === 'Done');
  expect(client.messages.flatMap(({ Event = [] }) => Event)).toEqual(['UserEvent']);
  expect(client.messages.at(-1)).toMatchObject({ UserEvent: 'Done', Note: 'a: b' });
  const heard = new Set(other.messages.map(({ Event }) => Event));
  expect(heard).toContain('Newchannel');
  expect(heard).not.toContain('Newstate');
  other.end();
});

it('keeps variables away by their names, as Asterisk’s own filters do', async () => {
  const heardBy = async (one: RawClient, without: string) => {
    await one.login('demo', 'Events: dialplan,user');
    const criteria = 'MatchCriteria: action(exclude),name(VarSet),header(Variable),method(regex)';
    await one.act(['Action: Filter', 'ActionID: 1', 'Operation: Add', criteria, `Filter: ${without}`]);
    return () => one.messages.flatMap(({ Variable = [] }) => Variable);
  };
  const other = await RawClient.open(demo.ami.port);
  const [ours, theirs] = [await heardBy(client, '^([^D]|D[^I])'), await heardBy(other, '^DIAL')];
  demo.ring();
  for (const each of [client, other]) await each.act(['Action: UserEvent', 'ActionID: 2', 'UserEvent: Done']);
  expect([ours(), theirs()]).toEqual([['DIALSTATUS'], []]);
  other.end();
});

it('takes actions in pieces, with bare line feeds, and with names in any case', async () => {
  await client.login();
  for (const piece of ['action: pi', 'ng\nactionid: 7\n', '\n']) client.write(piece);
  expect(await client.wait(({ ActionID }) => ActionID === '7')).toMatchObject({ Ping: 'Pong' });
});

it('closes on an action that never ends', async () => {
  await client.login();
  client.write('x'.repeat(1 << 17));
  await client.waitClosed();
});

it('drops its clients, and takes them again', async () => {
  await client.login();
  demo.dropClients();
  await client.waitClosed();
  client = await RawClient.open(demo.ami.port);
  expect(await client.login()).toMatchObject({ Response: 'Success' });
});

it('says nothing while it is frozen, and all of it afterwards', async () => {
  await client.login();
  demo.freeze();
  const late = await RawClient.open(demo.ami.port);
  const before = client.messages.length;
  client.send('Action: Ping', 'ActionID: 9');
  demo.ring();
  await late.settled();
  expect([client.messages.length, late.messages]).toEqual([before, []]);
  demo.thaw();
  await client.wait(({ ActionID }) => ActionID === '9');
  await client.wait(({ Event }) => Event === 'Newchannel');
  expect(await late.login()).toMatchObject({ Response: 'Success' });
  late.end();
});

it('boots anew on the same port, without the calls of before', async () => {
  await client.login();
  demo.ring();
  const { port } = demo.ami;
  await demo.stop();
  expect(clock.pending).toBe(0);
  await client.waitClosed();
  await demo.start();
  expect(demo.ami.port).toBe(port);
  client = await RawClient.open(port);
  await client.login();
  await client.act(['Action: CoreShowChannels', 'ActionID: 1']);
  expect(await client.wait(({ Event }) => Event === 'CoreShowChannelsComplete')).toMatchObject({
    ListItems: '0',
  });
});

it('goes on when somebody takes the call that it is about to park', async () => {
  await client.login();
  demo.ring();
  const caller = await client.wait(({ Event, Exten }) => Event === 'Newchannel' && Exten === '600');
  const park = client.act(['Action: Park', 'ActionID: park', `Channel: ${caller.Channel}`]);
  await client.settled();
  client.send('Action: Hangup', 'ActionID: end', `Channel: ${caller.Channel}`);
  expect(await park).toMatchObject({ Response: 'Error', Message: 'Park action failed\n' });
  await client.wait(({ Event, Uniqueid }) => Event === 'Hangup' && Uniqueid === caller.Uniqueid);
});
