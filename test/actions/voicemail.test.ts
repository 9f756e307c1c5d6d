import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AmiActionError, AmiDisconnected } from '../../src/ami/index.ts';
import type { VoicemailMessage } from '../../src/pbx/model.ts';
import { bench, house, ME, notAnswered, type World } from './world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function message(id: string, folder = 'INBOX', more: Partial<VoicemailMessage> = {}): VoicemailMessage {
  const time = `2026-11-24T10:00:${id.padStart(2, '0')}.000Z`;
  const caller = { number: '0170', name: `Caller ${id}` };
  return { id, folder, caller, time, seconds: 7, flag: '', audio: null, ...more };
}

const FOLDER: Record<string, string> = { Cust5: 'Recordings' };
const shown = (folder: unknown) => FOLDER[String(folder)] ?? String(folder);

/** The kitchen's mailbox has three messages, the office's none; Asterisk does what it is asked. */
function home(): World {
  const world = house();
  world.mailboxRows.clear();
  world.mailbox({ id: '6001_default', name: 'Kitchen box' });
  world.mailbox({ id: '6002_default', name: 'Office box', phone: 'PJSIP/6003' });
  const rows = (number: unknown) => world.messageRows.get(`${number}_default`) ?? [];
  world.messageRows.set('6001_default', [message('3'), message('2', 'Urgent'), message('1', 'Old')]);
  world.messageRows.set('6002_default', []);
  world.reactions.VoicemailMove = ({ Mailbox, Folder, ID, ToFolder }) => {
    const at = rows(Mailbox).findIndex(({ id, folder }) => id === ID && folder === shown(Folder));
    if (at < 0) return { Message: 'Message move failed' };
    rows(Mailbox)[at] = { ...(rows(Mailbox)[at] as VoicemailMessage), folder: shown(ToFolder) };
    return { Message: 'Message move successful' };
  };
  world.reactions.VoicemailRemove = ({ Mailbox, Folder, ID }) => {
    const at = rows(Mailbox).findIndex(({ id, folder }) => id === ID && folder === shown(Folder));
    rows(Mailbox).splice(at, 1);
    return { Message: 'Message remove successful' };
  };
  world.reactions.VoicemailForward = ({ Mailbox, Folder, ID, ToMailbox, ToFolder }) => {
    const from = rows(Mailbox).find(({ id, folder }) => id === ID && folder === shown(Folder));
    rows(ToMailbox).unshift({ ...(from as VoicemailMessage), folder: shown(ToFolder) });
    return { Message: 'Message forward successful' };
  };
  return world;
}

const run = (world: World, action: string, fields: object) => bench([world]).registry.run(action, fields, ME);
const BOX = { mailbox: '6001@default' };
const KITCHEN = { id: '6001_default', mailbox: '6001@default', name: 'Kitchen box' };
const result = (id: string, folder: string, audio: string | null = null) => ({
  id,
  folder,
  name: `Caller ${id}`,
  number: '0170',
  time: `2026-11-24T10:00:0${id}.000Z`,
  seconds: 7,
  flag: '',
  audio,
});
const failed = (code: string, field: string | null, text: string) => ({
  ok: false,
  error: { code, field, message: expect.stringContaining(text) },
});

describe('list_messages', () => {
  it('gives a page of a folder', async () => {
    const world = home();
    world.mailbox({ id: '6001_default', folders: { INBOX: 1 } });
    expect(await run(world, 'list_messages', { ...BOX, folder: 'new' })).toEqual({
      ok: true,
      result: {
        mailbox: KITCHEN,
        folders: { INBOX: 1 },
        total: 1,
        messages: [result('3', 'INBOX')],
        note: null,
      },
    });
    expect(await run(world, 'list_messages', { ...BOX, offset: 1, limit: 1 })).toMatchObject({
      ok: true,
      result: { total: 3, messages: [{ id: '2' }] },
    });
  });

  it('logs that it was asked, and nothing of what callers said', async () => {
    const { registry, lines } = bench([home()]);
    await registry.run('list_messages', BOX, ME);
    expect(lines).toMatchObject([['info', 'List messages done', { who: 'tester', fields: BOX }]]);
    expect(JSON.stringify(lines)).not.toContain('Caller 3');
  });

  it('says that they can be heard on a phone only', async () => {
    const world = home();
    world.audible = false;
    expect(await run(world, 'list_messages', BOX)).toMatchObject({
      ok: true,
      result: { note: expect.stringContaining('play_message') },
    });
  });

  it('names the choices', async () => {
    const world = home();
    expect(await run(world, 'list_messages', {})).toEqual(
      failed('invalid', 'mailbox', 'Kitchen box, Office box'),
    );
    expect(await run(world, 'list_messages', { mailbox: '7' })).toEqual(
      failed('not_found', 'mailbox', 'There is no mailbox "7"; there is Kitchen box, Office box.'),
    );
    expect(await run(world, 'list_messages', { ...BOX, folder: 'Attic' })).toEqual(
      failed('invalid', 'folder', 'takes one of INBOX, Urgent, Old'),
    );
    world.mailbox({ id: '6001_office', name: 'Kitchen box' });
    expect(await run(world, 'list_messages', { mailbox: 'Kitchen box' })).toEqual(
      failed('invalid', 'mailbox', 'Which mailbox? "Kitchen box" is 6001@default and 6001@office.'),
    );
    expect(await run(world, 'list_messages', BOX)).toMatchObject({ ok: true });
    world.mailboxRows.delete('6001_office');
    world.mailboxRows.delete('6002_default');
    expect(await run(world, 'list_messages', {})).toMatchObject({ ok: true, result: { mailbox: KITCHEN } });
  });

  it('says what keeps Asterisk from it', async () => {
    const world = home();
    world.voicemail.messages = async () => {
      throw new AmiActionError('VoicemailBoxSummary', 'Permission denied', 'permission');
    };
    expect(await run(world, 'list_messages', BOX)).toEqual(failed('forbidden', null, 'VoicemailBoxSummary'));
    world.voicemail.messages = async () => {
      throw new AmiDisconnected('VoicemailBoxSummary', 'the second link is down');
    };
    expect(await run(world, 'list_messages', BOX)).toEqual(failed('unavailable', null, 'second link'));
  });
});

describe('move_message', () => {
  it('moves, and says where it is now', async () => {
    const world = home();
    expect(await run(world, 'move_message', { ...BOX, message: '3', to: 'recordings' })).toEqual({
      ok: true,
      result: { mailbox: KITCHEN, message: result('3', 'Recordings') },
    });
    expect(world.sent).toEqual([
      {
        Action: 'VoicemailMove',
        Context: 'default',
        Mailbox: '6001',
        Folder: 'INBOX',
        ID: '3',
        ToFolder: 'Cust5',
      },
    ]);
  });

  it('believes neither a success nor its words alone', async () => {
    const world = home();
    const move = () => run(world, 'move_message', { ...BOX, message: '3', to: 'Old' });
    world.reactions.VoicemailMove = () => ({ Message: 'Message move failed' });
    expect(await move()).toEqual(failed('failed', null, 'Message move failed'));
    world.reactions.VoicemailMove = () => ({ Message: 'Message move successful' });
    expect(await move()).toEqual(failed('failed', null, 'it is not in Old'));
  });

  it('asks for the folder where a message is in several', async () => {
    const world = home();
    world.messageRows.get('6001_default')?.push(message('3', 'Work'));
    const fields = { ...BOX, message: '3', to: 'Family' };
    expect(await run(world, 'move_message', fields)).toEqual(failed('invalid', 'folder', 'INBOX and Work'));
    expect(await run(world, 'move_message', { ...fields, folder: 'Work' })).toMatchObject({ ok: true });
    expect(world.sentOf('VoicemailMove')).toMatchObject([{ Folder: 'Work' }]);
  });

  it.each([
    [{ message: '9', to: 'Old' }, 'not_found', 'message'],
    [{ message: '3', folder: 'Old', to: 'Work' }, 'not_found', 'message'],
    [{ message: '3', to: 'INBOX' }, 'conflict', 'to'],
    [{ message: '3', to: 'Deleted' }, 'invalid', 'to'],
    [{ message: '../3', to: 'Old' }, 'invalid', 'message'],
    [{ message: '3' }, 'invalid', 'to'],
  ])('refuses %j', async (fields, code, field) => {
    const world = home();
    expect(await run(world, 'move_message', { ...BOX, ...fields })).toEqual(failed(code, field, ''));
    expect(world.sent).toEqual([]);
  });
});

describe('mark_heard', () => {
  it('marks all that are new, or the one that is named', async () => {
    const world = home();
    expect(await run(world, 'mark_heard', { ...BOX, message: '2' })).toEqual({
      ok: true,
      result: { mailbox: KITCHEN, marked: 1, left: 1 },
    });
    expect(await run(world, 'mark_heard', BOX)).toMatchObject({ ok: true, result: { marked: 1, left: 0 } });
    expect(await run(world, 'mark_heard', BOX)).toMatchObject({ ok: true, result: { marked: 0, left: 0 } });
    expect(world.sentOf('VoicemailMove')).toMatchObject([
      { Folder: 'Urgent', ID: '2', ToFolder: 'Old' },
      { Folder: 'INBOX', ID: '3', ToFolder: 'Old' },
    ]);
  });

  it('does a hundred at a time and says how many are left', async () => {
    const world = home();
    const many = Array.from({ length: 130 }, (_, index) => message(String(index)));
    world.messageRows.set('6001_default', many);
    expect(await run(world, 'mark_heard', BOX)).toMatchObject({
      ok: true,
      result: { marked: 100, left: 30 },
    });
  });
});

describe('delete_message', () => {
  it('deletes, and logs who asked', async () => {
    const world = home();
    const { registry, lines } = bench([world]);
    expect(await registry.run('delete_message', { ...BOX, message: '1' }, ME)).toEqual({
      ok: true,
      result: { mailbox: KITCHEN, deleted: result('1', 'Old') },
    });
    expect(world.messageRows.get('6001_default')).toHaveLength(2);
    expect(lines).toMatchObject([
      ['info', 'Delete message done', { who: 'tester', fields: { message: '1' } }],
    ]);
  });

  it('says that it is still there', async () => {
    const world = home();
    world.reactions.VoicemailRemove = () => ({ Message: 'Message remove successful' });
    expect(await run(world, 'delete_message', { ...BOX, message: '1' })).toEqual(
      failed('failed', null, 'still there'),
    );
  });
});

describe('forward_message', () => {
  it('copies it to the other mailbox', async () => {
    const world = home();
    const fields = { ...BOX, message: '3', to_mailbox: 'Office box' };
    expect(await run(world, 'forward_message', fields)).toMatchObject({
      ok: true,
      result: { mailbox: KITCHEN, to_mailbox: { name: 'Office box' }, message: { id: '3', folder: 'INBOX' } },
    });
    expect(world.sent).toEqual([
      {
        Action: 'VoicemailForward',
        Context: 'default',
        Mailbox: '6001',
        Folder: 'INBOX',
        ID: '3',
        ToContext: 'default',
        ToMailbox: '6002',
        ToFolder: 'INBOX',
      },
    ]);
    expect(await run(world, 'forward_message', { ...fields, to_mailbox: 'Nobody' })).toEqual(
      failed('not_found', 'to_mailbox', 'Nobody'),
    );
  });

  it('says that it did not arrive', async () => {
    const world = home();
    world.reactions.VoicemailForward = () => ({ Message: 'Message forward successful' });
    expect(await run(world, 'forward_message', { ...BOX, message: '3', to_mailbox: '6002@default' })).toEqual(
      failed('failed', null, 'Office box has it not'),
    );
  });
});

/** The phone that is called answers. */
function answers(world: World): void {
  world.reactions.Originate = ({ ChannelId, Channel }) =>
    world.channel(String(ChannelId), { endpoint: String(Channel), state: 'Up' });
}

describe('play_message', () => {
  it('plays the newest on the phone with the mailbox’s number, and lists anew when it was heard', async () => {
    const world = home();
    answers(world);
    expect(await run(world, 'play_message', BOX)).toMatchObject({
      ok: true,
      result: { mailbox: KITCHEN, message: { id: '3' }, phone: { name: 'Kitchen' } },
    });
    expect(world.sent).toMatchObject([
      {
        Channel: 'PJSIP/6001',
        Application: 'VoiceMailPlayMsg',
        Data: '6001@default,3',
        Timeout: 30_000,
        Variable: { 'CONNECTEDLINE(name,i)': 'Voicemail: Caller 3', 'CONNECTEDLINE(num)': '0170' },
      },
    ]);
    const listed = vi.spyOn(world.voicemail, 'messages');
    await vi.advanceTimersByTimeAsync(7_000);
    expect(listed).not.toHaveBeenCalled();
    world.gone(String(world.sentOf('Originate')[0]?.ChannelId));
    await vi.advanceTimersByTimeAsync(1);
    expect(listed).toHaveBeenCalledExactlyOnceWith('6001_default');
  });

  it('plays any message on any phone', async () => {
    const world = home();
    answers(world);
    expect(await run(world, 'play_message', { ...BOX, message: '1', phone: 'Office' })).toMatchObject({
      ok: true,
      result: { message: { id: '1', folder: 'Old' }, phone: { name: 'Office' } },
    });
    world.messageRows.set('6002_default', [message('8')]);
    // the owner's phone for it
    expect(await run(world, 'play_message', { mailbox: 'Office box' })).toMatchObject({
      ok: true,
      result: { phone: { name: 'Attic' } },
    });
  });

  it('says what was wrong', async () => {
    const world = home();
    expect(await run(world, 'play_message', { mailbox: 'Office box' })).toEqual(
      failed('not_found', 'mailbox', 'There is no message in mailbox Office box.'),
    );
    world.reactions.Originate = () => {
      throw notAnswered();
    };
    expect(await run(world, 'play_message', BOX)).toEqual(failed('failed', null, 'Kitchen'));
    world.reactions.Originate = () => {
      throw new AmiActionError('Originate', 'Originate Access Forbidden: app or data blacklisted', 'failed');
    };
    expect(await run(world, 'play_message', BOX)).toEqual(failed('forbidden', null, 'write class system'));
    world.phoneRows.delete('pjsip_6001');
    expect(await run(world, 'play_message', BOX)).toEqual(failed('invalid', 'phone', 'has none of its own'));
  });
});

it('record_greeting leads whoever answers to the greeting', async () => {
  const world = home();
  answers(world);
  const running = run(world, 'record_greeting', { ...BOX, greeting: 'busy' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await running).toEqual({
    ok: true,
    result: {
      mailbox: KITCHEN,
      greeting: 'busy',
      phone: { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' },
    },
  });
  expect(world.sent).toMatchObject([
    { Action: 'Originate', Application: 'VoiceMailMain', Data: '6001@default,s' },
    { Action: 'PlayDTMF', Digit: '0', Receive: 'true' },
    { Action: 'PlayDTMF', Digit: '2', Receive: 'true' },
  ]);
  expect(await run(world, 'record_greeting', { ...BOX, greeting: 'birthday' })).toEqual(
    failed('invalid', 'greeting', 'greeting'),
  );
});

it('picks the PBX that has the mailbox', async () => {
  const [near, far] = [home(), house('annex')];
  far.mailboxRows.clear();
  const { registry } = bench([far, near]);
  expect(await registry.run('list_messages', BOX, ME)).toMatchObject({ ok: true });
});
