import { describe, expect, it } from 'vitest';
import { type AmiStatus, SlowLink } from '../../src/ami/index.ts';
import { FakeAsterisk } from './fake-asterisk.ts';
import { SECRET } from './harness.ts';

const UP: AmiStatus = { state: 'up', problem: null, version: '', rights: null, bootedAt: null };

/** A slow link to an Asterisk of its own, beside a first one that is up. */
async function link() {
  const asterisk = await FakeAsterisk.start();
  const lines: unknown[] = [];
  const say = (level: string) => (_fields: object, message: string) => void lines.push([level, message]);
  const first: string[] = [];
  let status = UP;
  const listeners = new Set<(status: AmiStatus) => void>();
  const slow = new SlowLink(
    {
      host: '127.0.0.1',
      port: asterisk.port,
      username: 'admin',
      secret: SECRET,
      tls: false,
      log: { debug: () => {}, info: say('info'), warn: say('warn'), error: say('error') },
    },
    {
      send: async ({ Action }) => {
        first.push(Action);
        return null as never;
      },
      list: async () => [],
      get status() {
        return status;
      },
      onStatus: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  );
  /** The first link becomes so. */
  const become = (state: AmiStatus['state']) => {
    status = { ...UP, state };
    for (const listener of listeners) listener(status);
  };
  const stop = async () => {
    await slow.stop();
    await asterisk.stop();
  };
  return { asterisk, slow, lines, first, become, [Symbol.asyncDispose]: stop };
}

describe('the slow link', () => {
  it('connects when it is first used, and wants no events', async () => {
    await using ours = await link();
    const { asterisk } = ours;
    expect(asterisk.received).toEqual([]);
    const [a, b] = await Promise.all([
      ours.slow.send({ Action: 'Ping' }),
      ours.slow.send({ Action: 'Ping' }),
    ]);
    expect([a.Response, b.Response]).toEqual(['Success', 'Success']);
    expect(asterisk.actions('Login').map((login) => login.get('Events'))).toEqual(['off']);
    expect(asterisk.actions('Events')).toEqual([]);
    expect([ours.lines, ours.first]).toEqual([[], []]);
  });

  it('leaves it to the first link where a user may come in once only, and says so once', async () => {
    await using ours = await link();
    ours.asterisk.answers.set('Login', () => [['Response: Error', 'Message: Authentication failed']]);
    await ours.slow.send({ Action: 'Ping' });
    await ours.slow.send({ Action: 'Ping' });
    expect(ours.first).toEqual(['Ping', 'Ping']);
    expect(ours.lines).toEqual([['warn', expect.stringContaining('allowmultiplelogin')]]);
  });

  it('asks to be let in once for each time that the first link is up, and never without it', async () => {
    await using ours = await link();
    const { asterisk, slow, become } = ours;
    const logins = () => asterisk.actions('Login').length;
    asterisk.answers.set('Login', () => [['Response: Error', 'Message: Login Already In Use']]);
    for (let time = 0; time < 3; time += 1) await slow.send({ Action: 'Ping' });
    expect([logins(), ours.first.length, ours.lines.length]).toEqual([1, 3, 1]);
    become('down');
    await expect(slow.send({ Action: 'Ping' })).rejects.toThrow(/Ping: .*not connected/);
    become('up');
    await slow.send({ Action: 'Ping' });
    expect([logins(), ours.first.length, ours.lines.length]).toEqual([2, 4, 1]);
  });

  it('leaves when the first link is lost, and comes again when it is asked for something', async () => {
    await using ours = await link();
    const { asterisk, slow, become } = ours;
    await slow.send({ Action: 'Ping' });
    const left = asterisk.next('Logoff');
    become('down');
    await left;
    become('connecting');
    become('up');
    expect(asterisk.actions('Login')).toHaveLength(1);
    await expect(slow.send({ Action: 'Ping' })).resolves.toMatchObject({ Response: 'Success' });
    expect(asterisk.actions('Login')).toHaveLength(2);
    expect(ours.first).toEqual([]);
  });

  it('says why it cannot be had', async () => {
    await using ours = await link();
    await ours.asterisk.stop();
    await expect(ours.slow.send({ Action: 'Ping' })).rejects.toThrow(/Ping: .*nothing listens there/);
    expect(ours.first).toEqual([]);
  });

  it('does not come up again once it was stopped, whoever still asks', async () => {
    await using ours = await link();
    await ours.slow.send({ Action: 'Ping' });
    await ours.slow.stop();
    await expect(ours.slow.send({ Action: 'Ping' })).rejects.toThrow(/was stopped/);
    await expect(ours.slow.list({ Action: 'ParkedCalls' })).rejects.toThrow(/was stopped/);
    expect(ours.asterisk.actions('Login')).toHaveLength(1);
    expect(ours.first).toEqual([]);
  });
});
