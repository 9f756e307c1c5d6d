/** The AMI client on a real Asterisk. */
import { readFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  AmiClient,
  AmiDisconnected,
  type AmiEvent,
  type AmiOptions,
  type AmiStatus,
  LISTS,
  type ListName,
} from '../../src/ami/index.ts';
import { Lab } from './stack/lab.ts';

const lab = Lab.attach();
const home = lab.asterisk();

/** Text that every layer between here and an event could trip over. */
const HOSTILE = `O'Brien "the <script>" \\ 50%, (x] \${CHANNEL} 🚪 名前`;

const DIALPLAN = `
[ami-test]
exten => wait,1,Answer()
 same => n,Wait(20)
exten => named,1,Set(CALLERID(name)=\${HOSTILE})
 same => n,Goto(wait,1)
exten => broken,1,Set(CALLERID(name)=\${BASE64_DECODE(YQ0KRXZlbnQ6IEhhbmd1cA0KDQo=)}"😀)
 same => n,Goto(wait,1)
exten => tell,1,UserEvent(Door,who: 🚪 名前,Channel: fake)
 same => n,Goto(wait,1)
exten => flood,1,Set(i=0)
 same => n,While($[\${i} < 3000])
 same => n,UserEvent(Flood,n: \${i})
 same => n,Set(i=$[\${i} + 1])
 same => n,EndWhile()
 same => n,UserEvent(FloodEnd)
`;

let dialplan: AsyncDisposable;
const clients = new Set<AmiClient>();

beforeAll(async () => {
  dialplan = await home.dialplan('ami-test', DIALPLAN);
});
afterEach(async () => {
  await Promise.all([...clients].map((client) => client.stop()));
  clients.clear();
  await home.hangUpAll();
});
afterAll(async () => {
  await dialplan[Symbol.asyncDispose]();
  await lab.stop();
});

function make(options: Partial<AmiOptions> = {}): AmiClient {
  const { host, port, username, secret } = home.ami;
  const client = new AmiClient({ host, port, username, secret, tls: false, ...options });
  clients.add(client);
  return client;
}

function until(client: AmiClient, wanted: (status: AmiStatus) => boolean): Promise<AmiStatus> {
  if (wanted(client.status)) return Promise.resolve(client.status);
  return new Promise((resolve) => {
    const off = client.onStatus((status) => {
      if (!wanted(status)) return;
      off();
      resolve(status);
    });
  });
}

const isUp = ({ state }: AmiStatus) => state === 'up';
const isDown = ({ state }: AmiStatus) => state === 'down';

async function up(options: Partial<AmiOptions> = {}): Promise<AmiClient> {
  const client = make(options);
  client.start();
  await until(client, isUp);
  return client;
}

/** A call of Asterisk to itself that runs an extension of the test's dialplan. */
function run(client: AmiClient, exten: string, variables: Record<string, string> = {}) {
  const Variable = { HOSTILE, ...variables };
  return client.originate({
    Action: 'Originate',
    Channel: `Local/${exten}@ami-test/n`,
    Application: 'Wait',
    Data: '20',
    Variable: Object.fromEntries(Object.entries(Variable).map(([name, value]) => [`__${name}`, value])),
  });
}

/** The first event that is so. */
function first<N extends 'UserEvent' | 'NewCallerid'>(
  client: AmiClient,
  name: N,
  wanted: (event: AmiEvent<N>) => boolean,
): Promise<AmiEvent<N>> {
  return new Promise((resolve) => {
    const off = client.listen({
      [name]: (event: AmiEvent<N>) => {
        if (!wanted(event)) return;
        off();
        resolve(event);
      },
    });
  });
}

describe('login', () => {
  it('comes up with version, rights and the time of the start', async () => {
    const client = await up();
    expect(await home.rx('core show version')).toContain(`Asterisk ${client.status.version}`);
    expect(client.status.rights?.missingActions).toEqual([]);
    expect(client.status.bootedAt).toBeGreaterThan(Date.now() - 86_400_000);
  });

  it.each([
    ['a wrong secret', { secret: 'wrong-secret' }],
    ['an unknown user', { username: 'nobody' }],
  ])('is refused with %s, in words and without the secret', async (_, options) => {
    const client = make(options);
    client.start();
    const { problem } = await until(client, isDown);
    expect(problem).toMatchObject({
      code: 'refused_login',
      message: expect.stringMatching(/Authentication failed.*permit and deny lines/),
    });
    expect(problem?.message).not.toContain('wrong-secret');
  });

  it('works over TLS when the CA is given', async () => {
    const ca = readFileSync(home.ami.ca, 'utf8');
    const client = await up({ port: home.ami.tlsPort, tls: { ca, verify: true } });
    expect((await client.list({ Action: 'PJSIPShowEndpoints' })).length).toBeGreaterThan(0);
  });

  it.each([
    ['the CA is not given', () => ({ port: home.ami.tlsPort, tls: { verify: true } }), 'tls', /certificate/],
    [
      'the port speaks none',
      () => ({ port: home.ami.port, tls: { verify: true } }),
      'tls',
      /no TLS is spoken there/,
    ],
    ['nobody listens', () => ({ port: 1 }), 'unreachable', /nothing listens there/],
    [
      'it is the TLS port',
      () => ({ port: home.ami.tlsPort, limits: { loginMs: 500 } }),
      'timeout',
      /TLS port\?/,
    ],
  ] as const)('says what is wrong when %s', async (_, options, code, message) => {
    const client = make(options());
    client.start();
    const { problem } = await until(client, isDown);
    expect(problem).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('rights', () => {
  it('that are missing are known at once, and an action that needs them says so', async () => {
    const client = await up({ username: 'listener' });
    expect(client.status.rights?.missingActions).toEqual(['Originate']);
    const call = client.originate({
      Action: 'Originate',
      Channel: 'Local/wait@ami-test',
      Application: 'Wait',
    });
    await expect(call).rejects.toMatchObject({
      name: 'AmiActionError',
      code: 'permission',
      action: 'Originate',
    });
  });
});

describe('lists', () => {
  it('answer all, or say that their module is not loaded', async () => {
    const client = await up();
    await run(client, 'wait');
    const arguments_: Partial<Record<ListName, object>> = {
      BridgeInfo: { BridgeUniqueid: 'none' },
      PJSIPShowEndpoint: { Endpoint: '6001' },
      DBGet: { Family: 'none', Key: 'none' },
      ConfbridgeList: { Conference: 'none' },
      VoicemailBoxSummary: { Context: 'default', Mailbox: '6001' },
    };
    const found: Record<string, unknown> = {};
    for (const Action of Object.keys(LISTS) as ListName[]) {
      found[Action] = await client.list({ Action, ...arguments_[Action] } as never).then(
        (items) => items.length,
        (error: { code: string; reason: string }) => `${error.code}: ${error.reason}`,
      );
    }
    const count = expect.any(Number);
    const noModule = expect.stringMatching(/^unknown_action/);
    expect(found).toEqual({
      CoreShowChannels: 2,
      Status: 2,
      BridgeList: count,
      BridgeInfo: 'failed: Specified BridgeUniqueid not found',
      ParkedCalls: 0,
      Parkinglots: 4,
      DeviceStateList: count,
      PresenceStateList: count,
      ExtensionStateList: count,
      PJSIPShowEndpoints: count,
      PJSIPShowContacts: count,
      PJSIPShowEndpoint: count,
      SIPpeers: noModule,
      IAXpeerlist: expect.anything(),
      DAHDIShowChannels: noModule,
      DBGet: 'failed: Database entry not found',
      DBGetTree: count,
      ShowDialPlan: count,
      ConfbridgeList: count,
      ConfbridgeListRooms: count,
      QueueStatus: count,
      VoicemailBoxSummary: count,
      VoicemailUsersList: count,
    });
  });
});

describe('text', () => {
  it('goes through variables, names and user events as it was given', async () => {
    const client = await up();
    const values: Record<string, string> = {
      PLAIN: 'a=b',
      EMPTY: '',
      SPACES: '  x ',
      HOSTILE,
      QUOTE: '"',
      TAIL: 'x\\',
    };
    const named = first(client, 'NewCallerid', ({ Exten }) => Exten === 'named');
    await run(client, 'named', values);
    // the name is evaluated once more by Set
    const { CallerIDName, Channel } = await named;
    expect(CallerIDName).toMatch(/^O'Brien "the <script>" \\ 50%, \(x\] .* 🚪 名前$/u);
    const seen: Record<string, string> = {};
    for (const Variable of Object.keys(values))
      seen[Variable] = (await client.send({ Action: 'Getvar', Channel, Variable })).get('Value');
    expect(seen).toEqual(values);
  });

  it('cannot break out of a name', async () => {
    const client = await up();
    const hangups: string[] = [];
    client.listen({ Hangup: ({ Channel }) => hangups.push(Channel) });
    const named = first(client, 'NewCallerid', ({ Exten }) => Exten === 'broken');
    await run(client, 'broken');
    expect((await named).CallerIDName).toBe('a\r\nEvent: Hangup\r\n\r\n"😀');
    await client.send({ Action: 'Ping' });
    expect(hangups).toEqual([]);
  });

  it("of a dialplan's user event stays apart from what Asterisk says", async () => {
    const client = await up();
    const told = first(client, 'UserEvent', ({ UserEvent }) => UserEvent === 'Door');
    await run(client, 'tell');
    const event = await told;
    expect(event.Channel).toMatch(/^Local\/tell@ami-test/);
    expect(event.headers).toEqual([
      ['who', '🚪 名前'],
      ['Channel', 'fake'],
    ]);
  });
});

describe('events', () => {
  it('come all and in order through a flood', async () => {
    const client = await up();
    const numbers: number[] = [];
    client.listen({
      UserEvent: ({ UserEvent, headers }) => {
        if (UserEvent === 'Flood') numbers.push(Number(headers.find(([name]) => name === 'n')?.[1]));
      },
    });
    const end = first(client, 'UserEvent', ({ UserEvent }) => UserEvent === 'FloodEnd');
    await client.send({
      Action: 'Originate',
      Channel: 'Local/flood@ami-test/n',
      Application: 'Wait',
      Data: '20',
    });
    await end;
    expect(numbers).toEqual(Array.from({ length: 3000 }, (_, i) => i));
  });

  it('that nobody hears are not sent: the mask holds from the login on, and VarSet is filtered', async () => {
    await using relay = await Relay.to(home.ami.port);
    const client = await up({ port: relay.port });
    await run(client, 'wait');
    expect(relay.count('Newchannel')).toBeGreaterThan(0);
    expect(relay.count('Newexten')).toBe(0);
    const executed: string[] = [];
    client.listen({ Newexten: ({ Application }) => executed.push(Application) });
    await client.send({ Action: 'Ping' });
    await run(client, 'wait');
    expect(executed).toContain('Answer');
    expect(relay.count('Newexten')).toBeGreaterThan(0);
    expect(relay.count('VarSet')).toBe(0);
  });
});

describe('originate', () => {
  it('says in words why there was no call', async () => {
    const client = await up();
    const call = client.originate({
      Action: 'Originate',
      Channel: 'PJSIP/6004',
      Application: 'Wait',
      Timeout: 3000,
    });
    await expect(call).rejects.toMatchObject({
      code: 'failed',
      reason: expect.stringContaining('not registered'),
    });
  });
});

describe('loss', () => {
  it('of a frozen Asterisk is noticed within 8 s, and its thaw within 10 s', async () => {
    const client = await up();
    const frozenAt = Date.now();
    await home.freeze();
    let down: AmiStatus;
    let noticed: number;
    try {
      down = await until(client, isDown);
      noticed = Date.now() - frozenAt;
    } finally {
      home.thaw();
    }
    const thawedAt = Date.now();
    await until(client, isUp);
    expect(down.problem?.code).toBe('timeout');
    expect(noticed).toBeLessThan(8000);
    expect(Date.now() - thawedAt).toBeLessThan(10_000);
  });

  it('of a killed Asterisk fails what is in flight at once; its return is noticed within 10 s', async () => {
    const client = await up();
    const before = client.status.bootedAt ?? 0;
    // a frozen one answers nothing any more
    await home.freeze();
    const inFlight = [
      client.send({ Action: 'Getvar', Variable: 'X' }),
      client.list({ Action: 'ShowDialPlan' }),
      client.originate({ Action: 'Originate', Channel: 'Local/wait@ami-test', Application: 'Wait' }),
    ];
    const outcomes = Promise.allSettled(inFlight);
    const killedAt = Date.now();
    await home.kill();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(AmiDisconnected) });
    }
    expect(Date.now() - killedAt).toBeLessThan(2000);
    expect(client.status.state).not.toBe('up');
    await expect(client.send({ Action: 'Ping' })).rejects.toBeInstanceOf(AmiDisconnected);
    await home.start();
    const backAt = Date.now();
    await until(client, isUp);
    expect(Date.now() - backAt).toBeLessThan(10_000);
    expect(client.status.bootedAt).toBeGreaterThan(before);
  });
});

/** Passes AMI on, and counts the events that Asterisk sends. */
class Relay implements AsyncDisposable {
  readonly #server;
  #text = '';

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const asterisk = createConnection(port, '127.0.0.1');
      client.pipe(asterisk).pipe(client);
      asterisk.on('data', (chunk) => {
        this.#text += chunk.toString('latin1');
      });
      for (const socket of [client, asterisk]) socket.on('error', () => {});
    });
  }

  static async to(port: number): Promise<Relay> {
    const relay = new Relay(port);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  count(event: string): number {
    return this.#text.split(`Event: ${event}\r\n`).length - 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
  }
}
