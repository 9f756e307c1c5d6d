import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/ami/index.ts';
import { BOOTED, FakeAsterisk, GREETING } from './fake-asterisk.ts';
import { fakeTimers, Harness, SECRET } from './harness.ts';
import { channelLines, wire } from './samples.ts';

const QUICK = { backoff: { minMs: 1, maxMs: 1 } };

const tlsFile = (name: string) => readFileSync(new URL(`tls/${name}`, import.meta.url), 'utf8');
const CERT = tlsFile('server-cert.pem');
const TLS_SERVER = { cert: CERT, key: tlsFile('server-key.pem') };

describe('login', () => {
  it('answers the challenge, so that the secret stays here', async () => {
    await using harness = await Harness.up();
    const [login] = harness.asterisk.actions('Login');
    // md5 of the challenge 123456 and the secret
    expect(login?.get('Key')).toBe('5b32e183f6830783a7869fe430052b53');
    expect(JSON.stringify(harness.asterisk.received)).not.toContain(SECRET);
  });

  it('gives the secret when there is no challenge', async () => {
    await using harness = await Harness.make();
    harness.asterisk.answers.set('Challenge', () => [
      ['Response: Error', 'Message: Invalid/unknown command'],
    ]);
    harness.client.start();
    await harness.until(({ state }) => state === 'up');
    expect(harness.asterisk.actions('Login')[0]?.get('Secret')).toBe(SECRET);
  });

  it('announces up only once booted, with version, rights and time of the start', async () => {
    await using harness = await Harness.up();
    expect(harness.statuses.map(({ state }) => state)).toEqual(['connecting', 'up']);
    expect(harness.client.status).toMatchObject({
      state: 'up',
      problem: null,
      version: '22.10.1',
      bootedAt: harness.time - 60_000,
    });
    const { rights } = harness.client.status;
    expect([...(rights?.actions ?? [])]).toEqual(['Ping', 'Park']);
    expect(rights?.missingActions).toContain('Originate');
    expect(rights?.missingActions).not.toContain('Park');
    expect(harness.log).toContainEqual(
      expect.objectContaining({ level: 'debug', fields: { missingActions: rights?.missingActions } }),
    );
  });

  it('says so while Asterisk is still starting', async () => {
    using _timers = fakeTimers();
    await using harness = await Harness.make();
    harness.asterisk.answers.set('Login', () => [['Response: Success']]);
    const login = harness.asterisk.next('Login');
    harness.client.start();
    await login;
    await harness.asterisk.received.length;
    const booting = harness.until(({ problem }) => problem?.code === 'booting');
    await vi.waitFor(() =>
      harness.pass(500).then(() => expect(harness.client.status.problem).not.toBeNull()),
    );
    await booting;
    expect(harness.client.status.state).toBe('connecting');
    harness.asterisk.say(...BOOTED);
    await harness.until(({ state }) => state === 'up');
    expect(harness.client.status.problem).toBeNull();
  });

  it('refused: says what to do, waits a minute, and never shows the secret', async () => {
    using _timers = fakeTimers();
    await using harness = await Harness.make();
    harness.asterisk.answers.set('Login', ({ id }, socket) => {
      socket.end(`Response: Error\r\nActionID: ${id}\r\nMessage: Authentication failed\r\n\r\n`);
      return null;
    });
    harness.client.start();
    const { problem } = await harness.until(({ state }) => state === 'down');
    expect(problem).toEqual({
      code: 'refused_login',
      at: harness.time,
      message:
        `Asterisk at 127.0.0.1:${harness.asterisk.port} refused the login of 'admin' (Authentication failed). ` +
        'Check username and secret against manager.conf, and that the permit and deny lines of this user let 127.0.0.1 in',
    });
    await harness.pass(DEFAULT_LIMITS.refusedLoginRetryMs - 1);
    expect(harness.asterisk.connections).toBe(1);
    const again = harness.next('down');
    await harness.pass(1);
    await again;
    expect(harness.asterisk.connections).toBe(2);
    expect(JSON.stringify([harness.log, harness.statuses])).not.toContain(SECRET);
    expect(harness.log.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('whose secret cannot be written says so without it', async () => {
    await using harness = await Harness.make({ secret: 'hunter2\r\nAction: Logoff' });
    harness.asterisk.answers.set('Challenge', () => [['Response: Error', 'Message: no']]);
    harness.client.start();
    const { problem } = await harness.until(({ state }) => state === 'down');
    expect(problem).toMatchObject({
      code: 'refused_login',
      message: expect.stringContaining('Secret: it contains'),
    });
    expect(problem?.message).not.toContain('hunter2');
    expect(harness.asterisk.actions('Login')).toEqual([]);
  });
});

describe('a link that is not there', () => {
  it('is tried again ever more slowly, up to 5 s', async () => {
    using _timers = fakeTimers();
    await using harness = await Harness.make();
    await harness.asterisk.stop();
    harness.client.start();
    const { problem } = await harness.until(({ state }) => state === 'down');
    expect(problem).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('nothing listens there'),
    });
    for (const delay of [250, 500, 1000, 2000, 4000, 5000, 5000]) {
      await harness.pass(delay - 1);
      expect(harness.client.status.state).toBe('down');
      const failed = harness.next('down');
      await harness.pass(1);
      await failed;
    }
    expect(harness.client.status.problem?.at).toBe(problem?.at);
    expect(harness.log.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('is waited for less when chance says so', async () => {
    using _timers = fakeTimers();
    await using harness = await Harness.make({ random: () => 0.5 });
    await harness.asterisk.stop();
    harness.client.start();
    await harness.until(({ state }) => state === 'down');
    const failed = harness.next('down');
    await harness.pass(188);
    await failed;
  });

  it.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'protocol'],
    ['an endless line', `${GREETING}Event: Newchannel\r\nChannel: ${'x'.repeat(10_000)}`, 'protocol'],
  ])('is told apart: %s', async (_, greeting, code) => {
    await using harness = await Harness.make({ limits: { frameBytes: 4096 } });
    harness.asterisk.greeting = greeting;
    harness.client.start();
    expect((await harness.until(({ state }) => state === 'down')).problem?.code).toBe(code);
  });

  it('that takes the connection and says nothing is given up', async () => {
    using _timers = fakeTimers();
    await using harness = await Harness.make();
    harness.asterisk.greeting = '';
    harness.client.start();
    await vi.waitFor(() => expect(harness.asterisk.connections).toBe(1));
    const down = harness.until(({ state }) => state === 'down');
    await vi.waitFor(async () => {
      await harness.pass(DEFAULT_LIMITS.loginMs);
      expect(harness.client.status.state).toBe('down');
    });
    expect((await down).problem).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('TLS port?'),
    });
  });

  it('that closes before it greets is told as that', async () => {
    await using harness = await Harness.make({ limits: QUICK });
    harness.asterisk.greeting = 'Asterisk';
    harness.client.start();
    await vi.waitFor(() => expect(harness.asterisk.connections).toBe(1));
    harness.asterisk.drop();
    const { problem } = await harness.until(({ state }) => state === 'down');
    expect(problem?.message).toMatch(/before it greeted|ECONNRESET/);
  });
});

describe('a link that is lost', () => {
  it('comes back, and half a message from before is no part of what comes after', async () => {
    await using harness = await Harness.make({ limits: QUICK });
    const { client, asterisk } = harness;
    const heard: object[] = [];
    const last = new Promise<void>((resolve) => {
      client.listen({ Newchannel: (event) => heard.push(event), Hangup: () => resolve() });
    });
    client.start();
    await harness.until(({ state }) => state === 'up');
    asterisk.end('Event: Newchannel\r\nChannel: half\r\nExten: ');
    await harness.next('up');
    asterisk.write(wire('Newchannel', ...channelLines()) + wire('Hangup'));
    await last;
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatchObject({ Channel: 'PJSIP/6001-0000002a', Exten: '444' });
    expect(client.status.version).toBe('22.10.1');
  });

  it('is noticed within 8 s when Asterisk is frozen', async () => {
    using _timers = fakeTimers();
    await using harness = await Harness.up();
    const { asterisk } = harness;
    asterisk.frozen = true;
    const frozenAt = harness.time;
    const ping = asterisk.next('Ping');
    await harness.pass(DEFAULT_LIMITS.pingIntervalMs);
    await ping;
    const down = harness.next('down');
    await harness.pass(DEFAULT_LIMITS.pingIntervalMs);
    expect((await down).problem).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('silent'),
    });
    expect(harness.time - frozenAt).toBeLessThanOrEqual(8000);
  });

  it('is not thought lost while anything comes', async () => {
    using _timers = fakeTimers();
    await using harness = await Harness.make();
    const { client, asterisk } = harness;
    let heard = 0;
    client.listen({ Newchannel: () => heard++ });
    client.start();
    await harness.until(({ state }) => state === 'up');
    for (let i = 1; i <= 10; i++) {
      asterisk.say('Event: Newchannel', 'Channel: a');
      await vi.waitFor(() => expect(heard).toBe(i));
      await harness.pass(DEFAULT_LIMITS.pingIntervalMs - 1);
    }
    expect(asterisk.actions('Ping')).toEqual([]);
    for (let i = 1; i <= 3; i++) {
      const ping = asterisk.next('Ping');
      await harness.pass(DEFAULT_LIMITS.pingIntervalMs + 1);
      await ping;
      await client.send({ Action: 'Park', Channel: 'x' });
    }
    expect(client.status.state).toBe('up');
  });
});

describe('stop', () => {
  it('says goodbye and leaves no timer, socket or action behind', async () => {
    using _timers = fakeTimers();
    await using harness = await Harness.up();
    const { client, asterisk } = harness;
    asterisk.answers.set('Park', () => null);
    const arrived = asterisk.next('Park');
    const inFlight = expect(client.send({ Action: 'Park', Channel: 'x' })).rejects.toThrow('Park: stopped');
    await arrived;
    await client.stop();
    await inFlight;
    expect(asterisk.actions('Logoff')).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
    expect(client.status).toMatchObject({ state: 'idle', problem: null });
    expect(asterisk.connections).toBe(1);
    await client.stop();
  });

  it.each(['connecting', 'down'] as const)('leaves nothing behind while %s', async (state) => {
    using _timers = fakeTimers();
    await using harness = await Harness.make();
    if (state === 'down') await harness.asterisk.stop();
    harness.client.start();
    await harness.until((status) => status.state === state);
    await harness.client.stop();
    expect(vi.getTimerCount()).toBe(0);
    expect(harness.client.status.state).toBe('idle');
  });

  it('is quick with a frozen Asterisk', async () => {
    using _timers = fakeTimers();
    await using harness = await Harness.up();
    harness.asterisk.frozen = true;
    const stopped = harness.client.stop();
    await harness.pass(500);
    await stopped;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('can be followed by a start', async () => {
    await using harness = await Harness.up();
    await harness.client.stop();
    harness.client.start();
    await harness.until(({ state }) => state === 'up');
    await expect(harness.client.send({ Action: 'Ping' })).resolves.toBeDefined();
  });
});

describe('TLS', () => {
  const trusted = { ca: CERT, servername: 'asterisk.test', verify: true };

  it('comes up with the own CA and the right name, and needs no challenge', async () => {
    await using harness = await Harness.up({ tls: trusted }, await FakeAsterisk.start(TLS_SERVER));
    expect(harness.asterisk.actions('Challenge')).toEqual([]);
    await expect(harness.client.send({ Action: 'Ping' })).resolves.toBeDefined();
  });

  it('comes up without verification when that is wanted', async () => {
    await using harness = await Harness.up({ tls: { verify: false } }, await FakeAsterisk.start(TLS_SERVER));
    expect(harness.client.status.state).toBe('up');
  });

  it.each([
    ['an unknown CA', { servername: 'asterisk.test', verify: true }, /self-signed certificate/],
    ['another name', { ca: CERT, servername: 'other.test', verify: true }, /other\.test/],
  ])('is refused with %s', async (_, tls, message) => {
    await using harness = await Harness.make({ tls }, await FakeAsterisk.start(TLS_SERVER));
    harness.client.start();
    const { problem } = await harness.until(({ state }) => state === 'down');
    expect(problem).toMatchObject({ code: 'tls', message: expect.stringMatching(message) });
    expect(harness.asterisk.received).toEqual([]);
  });

  it('says so when the port speaks none', async () => {
    await using harness = await Harness.make({ tls: trusted });
    harness.client.start();
    const { problem } = await harness.until(({ state }) => state === 'down');
    expect(problem).toMatchObject({
      code: 'tls',
      message: expect.stringContaining('no TLS is spoken there'),
    });
  });
});
