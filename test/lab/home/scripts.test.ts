import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ActionAnswer, DECLARATIONS } from '../../../src/actions/index.ts';
import { Lab } from '../stack/lab.ts';
import { until } from '../stack/machine.ts';
import { brought, cleanUp, pretend } from './setup.ts';

const lab = Lab.attach();
const admin = lab.homeAssistant.as('admin');
const wall = lab.homeAssistant.as('wall');
const CONFIG = '/api/config/script/config/asterisk_dial';
let made: ReturnType<typeof pretend>;

async function start(): Promise<void> {
  made = pretend(lab);
  made.home.start();
  await brought(made.log, 'scripts');
}

function dial(data: Record<string, unknown>): Promise<ActionAnswer> {
  return wall.callService<ActionAnswer>('script.asterisk_dial', data, { respond: true });
}

beforeAll(async () => {
  await cleanUp(lab);
});
afterEach(() => made.home.stop());
afterAll(async () => {
  await cleanUp(lab);
  await lab.stop();
});

describe('a script', () => {
  it('answers a user who is no administrator, and tells who asked', async () => {
    await start();
    expect(await dial({ phone: '6001', number: '+4930123' })).toEqual({ ok: true, result: { done: true } });
    expect(made.registry.asked).toEqual([
      {
        id: 'dial',
        fields: { phone: '6001', number: '+4930123' },
        asker: { via: 'script', name: 'Wall', userId: expect.any(String) },
      },
    ]);
  });

  it.each(['+4930123', '0049', '1e5', '[1, 2]', '{{ 7*7 }}', `'"\\`, 'None', '🔔', '*21#'])(
    'passes the text %j on as it is',
    async (number) => {
      await start();
      await dial({ phone: '6001', number });
      expect(made.registry.asked.at(-1)?.fields).toEqual({ phone: '6001', number });
    },
  );

  it('answers with what was wrong, and a person who pressed a button is told', async () => {
    await start();
    const error = { code: 'not_found', field: 'phone', message: 'There is no phone 9.' } as const;
    made.registry.answer = { ok: false, error };
    expect(await dial({ phone: '9', number: '1' })).toEqual({ ok: false, error });
    const notices = await admin.ws<{ message: string }[]>({ type: 'persistent_notification/get' });
    expect(notices.map(({ message }) => message)).toContain('There is no phone 9&#46;');
  });

  it('answers 30 at the same time, each its own', async () => {
    await start();
    const asked = Array.from({ length: 30 }, (_, n) => dial({ phone: '6001', number: `${n}` }));
    expect(await Promise.all(asked)).toHaveLength(30);
    expect(new Set(made.registry.asked.map(({ fields }) => JSON.stringify(fields))).size).toBe(30);
  });

  it('answers an automation in its response variable', async () => {
    await start();
    await using seen = await admin.record<{ answer: ActionAnswer }>('lab_answer');
    await admin.writeAutomation('lab_ask', {
      alias: 'Lab ask',
      triggers: [{ trigger: 'event', event_type: 'lab_ask' }],
      actions: [
        {
          action: 'script.asterisk_dial',
          data: { phone: 6001, number: '{{ 600 }}' },
          response_variable: 'answer',
        },
        { event: 'lab_answer', event_data: { answer: '{{ answer }}' } },
      ],
    });
    await admin.fireEvent('lab_ask');
    expect(await seen.waitFor('the answer', () => true)).toEqual({
      answer: { ok: true, result: { done: true } },
    });
    await admin.removeAutomation('lab_ask');
  });
});

it('takes the script of every action that there is', async () => {
  const before = pretend(lab);
  before.registry.actions = DECLARATIONS;
  before.home.start();
  for (const { id } of DECLARATIONS) {
    await until(`script.asterisk_${id}`, () => admin.getState(`script.asterisk_${id}`));
  }
  expect(before.log.of('warn')).toEqual([]);
  await before.home.stop();
  // An action less is a script less.
  made = pretend(lab);
  made.home.start();
  const kept = new Set(made.registry.actions.map(({ id }) => id));
  for (const { id } of DECLARATIONS.filter((action) => !kept.has(action.id))) {
    await until(`no script.asterisk_${id}`, async () => !(await admin.getState(`script.asterisk_${id}`)));
  }
});

describe('a script that someone edited', () => {
  it('is left alone and said so', async () => {
    await start();
    await made.home.stop();
    const config = await admin.rest<Record<string, unknown>>('GET', CONFIG);
    await admin.rest('POST', CONFIG, { ...config, alias: 'Mine now' });
    await start();
    await until('the word', () =>
      made.log.lines.some(({ message }) => message.includes('was edited and is left alone')),
    );
    expect(await admin.rest('GET', CONFIG)).toMatchObject({ alias: 'Mine now' });
    await admin.rest('DELETE', CONFIG);
  });
});

describe('a script of ours', () => {
  it('is updated when its action changes, kept when not, and removed with it', async () => {
    await start();
    await made.home.stop();
    made = pretend(lab);
    const [action] = made.registry.actions;
    if (action === undefined) throw new Error('there is an action');
    made.registry.actions = [{ ...action, title: 'Call' }];
    made.home.start();
    await until('the removal', async () => (await admin.getState('script.asterisk_open_door')) === undefined);
    expect(await admin.rest('GET', CONFIG)).toMatchObject({ alias: 'Asterisk: Call' });
    const words = made.log.lines.filter(({ facts }) => 'script' in facts).map(({ message }) => message);
    expect(words).toEqual(['Updated a script', 'Removed a script whose action is no longer there']);
    await made.home.stop();
    made = pretend(lab);
    made.registry.actions = [{ ...action, title: 'Call' }];
    made.home.start();
    await brought(made.log, 'scripts');
    expect(await dial({ phone: '6001', number: '1' })).toMatchObject({ ok: true });
    expect(made.log.lines.filter(({ facts }) => 'script' in facts)).toEqual([]);
  });
});
