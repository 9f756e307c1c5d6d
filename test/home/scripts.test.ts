import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { scriptOf } from '../../src/home/install/script-config.ts';
import { FakeHomeAssistant } from './fake-home-assistant.ts';
import { makeHome } from './setup.ts';

let ha: FakeHomeAssistant;
let made: ReturnType<typeof makeHome>;

beforeEach(async () => {
  ha = new FakeHomeAssistant();
  await ha.start();
  make();
});

afterEach(async () => {
  await made.home.stop();
  await ha.stop();
});

function make(options: Parameters<typeof makeHome>[0] = {}) {
  made = makeHome({ homeAssistant: { url: ha.url, token: 'good' }, scripts: true, ...options });
}

/** Starts, and waits until everything was brought. */
async function synced(): Promise<void> {
  ha.received.length = 0;
  made.home.start();
  // What is asked at the end of each bringing of scripts.
  await vi.waitFor(() => expect(ha.received.some(({ type }) => type === 'get_services')).toBe(true), 5_000);
  await vi.waitFor(() => expect(ha.subscribed('asterisk_action')).toBe(true));
}

describe('scripts', () => {
  it('are written for each action, with named fields', async () => {
    await synced();
    expect([...ha.scripts.keys()]).toEqual(['asterisk_dial', 'asterisk_open_door']);
    expect(ha.scripts.get('asterisk_dial')).toMatchObject({
      alias: 'Asterisk: Dial',
      mode: 'parallel',
      fields: {
        phone: {
          name: 'Phone',
          description: 'Phone, by id or name.',
          required: true,
          example: 'x',
          selector: { text: {} },
        },
        pbx: { name: 'PBX', required: false },
      },
    });
  });

  it('wait until Home Assistant has started', async () => {
    ha.state = 'NOT_RUNNING';
    made.home.start();
    await vi.waitFor(() => expect(ha.received.some(({ type }) => type === 'get_config')).toBe(true));
    await made.home.callHomeAssistant('test.fence');
    expect(ha.scripts.size).toBe(0);
    ha.emit('homeassistant_started', {});
    await vi.waitFor(() => expect(ha.scripts.size).toBe(2));
  });

  it('are written once', async () => {
    await synced();
    await made.home.stop();
    ha.writes.length = 0;
    make();
    await synced();
    await made.home.callHomeAssistant('test.fence');
    expect(ha.writes.filter((write) => write.includes('script'))).toEqual([]);
  });

  it('of somebody else, of another companion, and edited ones are left alone', async () => {
    const [dial, open] = made.registry.actions;
    if (dial === undefined || open === undefined) throw new Error('there are two actions');
    const edited = { ...scriptOf(dial, 'c1'), alias: 'Mine' };
    ha.scripts.set('asterisk_dial', edited);
    ha.scripts.set('asterisk_open_door', scriptOf(open, 'c2'));
    ha.scripts.set('asterisk_mine', { alias: 'Mine', sequence: [] });
    await synced();
    await made.home.callHomeAssistant('test.fence');
    expect(ha.writes.filter((write) => write.includes('script'))).toEqual([]);
    expect(ha.scripts.get('asterisk_dial')).toEqual(edited);
    expect(made.log.lines.filter(({ message }) => message.includes('left alone'))).toHaveLength(2);
  });

  it('of actions that are no more are taken away, and all when they are not wanted', async () => {
    await synced();
    await made.home.stop();
    make();
    made.registry.actions = made.registry.actions.slice(0, 1);
    await synced();
    await vi.waitFor(() => expect([...ha.scripts.keys()]).toEqual(['asterisk_dial']));
    await made.home.stop();
    ha.called.length = 0;
    make({ scripts: false });
    await synced();
    await vi.waitFor(() => expect(ha.scripts.size).toBe(0));
    // A reload that was on its way may have brought one back.
    await vi.waitFor(() =>
      expect(ha.called).toContainEqual(expect.objectContaining({ domain: 'script', service: 'reload' })),
    );
  });

  it('that Home Assistant does not read are told to a person', async () => {
    ha.readsScripts = false;
    await synced();
    await vi.waitFor(() => expect(JSON.stringify(ha.called)).toContain('script: !include scripts.yaml'));
    expect(made.log.of('warn').join()).toContain('script: !include scripts.yaml');
  });
});

describe('a call of a script', () => {
  const ask = (data: Record<string, unknown>, context?: Record<string, unknown>) =>
    ha.emit('asterisk_action', { companion: 'c1', action: 'dial', request_id: 'r1', ...data }, context);

  it('is answered with its request id', async () => {
    await synced();
    ask({ fields: 'json:{"phone":"6001","number":"+49","pbx":null}' });
    await vi.waitFor(() => expect(ha.fired).toHaveLength(1));
    expect(ha.fired).toEqual([
      {
        event_type: 'asterisk_action_result',
        event_data: { companion: 'c1', request_id: 'r1', answer: { ok: true, result: { done: true } } },
      },
    ]);
    expect(made.registry.asked).toEqual([
      {
        id: 'dial',
        fields: { phone: '6001', number: '+49' },
        asker: { via: 'script', name: 'an automation' },
      },
    ]);
  });

  it('for another companion is not ours', async () => {
    await synced();
    ask({ companion: 'c2', request_id: 'other' });
    ask({ fields: 'json:{}' });
    await vi.waitFor(() => expect(ha.fired).toHaveLength(1));
    expect(made.registry.asked).toHaveLength(1);
  });

  it('names the person behind it', async () => {
    await synced();
    ask({ via: 'card' }, { user_id: 'u1', parent_id: null });
    await vi.waitFor(() => expect(made.registry.asked).toHaveLength(1));
    expect(made.registry.asked[0]?.asker).toEqual({ via: 'card', name: 'Anna', userId: 'u1' });
  });

  it('is not to be had with the token of somebody who is no administrator, which is said once', async () => {
    ha.commands.subscribe_events = ({ event_type }) => {
      if (event_type !== 'homeassistant_started') throw ['unauthorized', 'Unauthorized'];
    };
    made.home.start();
    await vi.waitFor(() => expect(made.log.of('warn').join()).toContain('not an administrator'), 5_000);
    await made.home.callHomeAssistant('test.fence');
    expect(made.log.of('warn')).toEqual([
      'The access token belongs to a user who is not an administrator; scripts cannot be answered',
    ]);
    expect(made.log.of('error')).toEqual([]);
  });

  it('names the person as Home Assistant does now, after a rename and after a reconnect', async () => {
    await synced();
    await vi.waitFor(() => expect(ha.subscribed('user_updated')).toBe(true));
    const asker = async () => {
      const before = made.registry.asked.length;
      ask({}, { user_id: 'u1', parent_id: null });
      await vi.waitFor(() => expect(made.registry.asked).toHaveLength(before + 1));
      return made.registry.asked.at(-1)?.asker.name;
    };
    const rename = (name: string) => {
      ha.commands['config/auth/list'] = () => [{ id: 'u1', name, username: 'anna' }];
    };
    expect(await asker()).toBe('Anna');
    rename('Anna Bell');
    expect(await asker()).toBe('Anna');
    ha.emit('user_updated', { user_id: 'u1' });
    expect(await asker()).toBe('Anna Bell');
    ha.drop();
    rename('Bella');
    await vi.waitFor(() => expect(ha.subscribed('asterisk_action')).toBe(true), 5_000);
    expect(await asker()).toBe('Bella');
  });

  it('that fails is told to the person who pressed a button, not to a card or an automation', async () => {
    await synced();
    made.registry.answer = { ok: false, error: { code: 'conflict', field: null, message: 'Nobody *rings*' } };
    ask({ via: 'card' }, { user_id: 'u1', parent_id: null });
    ask({}, { user_id: 'u1', parent_id: 'p1' });
    ask({});
    ask({ action: 'open_door' }, { user_id: 'u1', parent_id: null });
    await vi.waitFor(() => expect(ha.fired).toHaveLength(4));
    const notices = ha.called.filter(({ service }) => service === 'create');
    expect(notices.map(({ service_data }) => service_data)).toContainEqual({
      notification_id: 'asterisk_c1_action_open_door',
      title: 'Asterisk: open_door was not done',
      message: 'Nobody &#42;rings&#42;',
    });
    expect(JSON.stringify(notices)).not.toContain('action_dial');
  });

  it.each([['json:{'], [undefined], [{ phone: 1 }]])(
    'with the fields %j is for the registry to judge',
    async (fields) => {
      await synced();
      ask({ fields });
      await vi.waitFor(() => expect(ha.fired).toHaveLength(1));
      expect(made.registry.asked[0]?.fields).toEqual(fields);
    },
  );
});
