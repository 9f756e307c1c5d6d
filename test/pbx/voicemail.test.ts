import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AmiActionError, AmiDisconnected, type AmiEvent, EVENTS } from '../../src/ami/index.ts';
import type { Happening } from '../../src/pbx/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import { event, FakeAmi } from './fake-ami.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');

let ami: FakeAmi;
let slow: FakeAmi;
let pbx: Pbx;
let happenings: Happening[];
let lines: [level: string, message: string][];
let changes: string[];

function user(number: string, name: string, fresh = 0, old = 0) {
  return event('VoicemailUserEntry', {
    VMContext: 'default',
    VoiceMailbox: number,
    Fullname: name,
    NewMessageCount: String(fresh),
    OldMessageCount: String(old),
  });
}

function message(second: number, folder = 'INBOX', more: Record<string, string> = {}) {
  return event('VoicemailBoxDetail', {
    Folder: folder,
    CallerID: `"Anna" <${second}>`,
    Date: 'Tue Nov 24 08:00:00 AM CET 2026',
    Duration: '7',
    ID: `${1_764_000_000 + second}-0000000a`,
    ...more,
  });
}

/** What the slow link answers, by mailbox. */
let boxes: Record<string, AmiEvent[] | Error>;
/** What it waits for before it answers. */
let held: Promise<void> | null;

beforeEach(() => {
  vi.useFakeTimers();
  [ami, slow] = [new FakeAmi(), new FakeAmi()];
  for (const list of ['BridgeList', 'CoreShowChannels', 'DeviceStateList', 'PJSIPShowEndpoints'])
    ami.lists[list] = [];
  ami.lists.VoicemailUsersList = [user('6001', 'Kitchen', 1, 0), user('6002', 'Office', 0, 2)];
  boxes = { '6001': [message(1)], '6002': [] };
  held = null;
  happenings = [];
  lines = [];
  changes = [];
});
afterEach(async () => {
  await pbx.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function make(options: Partial<ConstructorParameters<typeof Pbx>[0]> = {}): void {
  const say = (level: string) => (_facts: object, words: string) => void lines.push([level, words]);
  const log = { debug() {}, info: say('info'), warn: say('warn'), error: say('error') };
  const list = async ({ Action, Mailbox = '' }: { Action: string; Mailbox?: string }) => {
    slow.sent.push({ Action, Mailbox });
    const items = boxes[Mailbox] ?? [];
    await held;
    if (items instanceof Error) throw items;
    return [...items];
  };
  pbx = new Pbx({ id: 'home', phones: [], doorbells: [], ...options }, ami.client, log, null, () => NOW, {
    list,
    send: async () => null,
  } as never);
  pbx.onHappening((happening) => happenings.push(happening));
  pbx.onChange(({ subject, id }) => subject === 'voicemail' && changes.push(id));
  pbx.start();
}

/** Brings the link up and lets the mailboxes be listed. */
async function up(options: Parameters<typeof make>[0] = {}): Promise<void> {
  make(options);
  ami.link({ state: 'up' });
  await vi.advanceTimersByTimeAsync(500);
  expect(pbx.status.up).toBe(true);
  changes.length = 0;
}

const waiting = (mailbox: string, fresh: number, old = 0) =>
  ami.tell('MessageWaiting', { Mailbox: mailbox, Waiting: '1', New: String(fresh), Old: String(old) });
const told = () => happenings.filter(({ subject }) => subject === 'voicemail');
const kitchen = () => pbx.voicemail.get('6001_default');

describe('mailboxes', () => {
  it('are there with their counts and newest messages, and nothing is news', async () => {
    boxes['6001'] = [
      message(2, 'Old', { Duration: '' }),
      message(3, 'Cust5', { CallerID: '0170 12' }),
      message(1, 'Urgent', { Flag: 'Urgent' }),
    ];
    await up();
    const anna = (second: number) => ({ number: String(second), name: 'Anna' });
    expect(kitchen()).toEqual({
      id: '6001_default',
      mailbox: '6001@default',
      name: 'Kitchen',
      phone: null,
      new: 1,
      old: 1,
      urgent: 1,
      folders: { Urgent: 1, Old: 1, Recordings: 1 },
      newest: [
        {
          id: '1764000002-0000000a',
          folder: 'Old',
          caller: anna(2),
          time: '2025-11-24T16:00:02.000Z',
          seconds: 0,
          flag: '',
          audio: null,
        },
        {
          id: '1764000001-0000000a',
          folder: 'Urgent',
          caller: anna(1),
          time: '2025-11-24T16:00:01.000Z',
          seconds: 7,
          flag: 'Urgent',
          audio: null,
        },
      ],
      problem: null,
    });
    expect(pbx.voicemail.all().map(({ name, new: fresh, old }) => [name, fresh, old])).toEqual([
      ['Kitchen', 1, 1],
      ['Office', 0, 0],
    ]);
    expect(told()).toEqual([]);
    expect(ami.sent.some(({ Action }) => Action === 'VoicemailBoxSummary')).toBe(false);
    for (const text of ['6001_default', '6001@default', '6001', 'kitchen'])
      expect(pbx.voicemail.find(text)?.id).toBe('6001_default');
  });

  it.each([
    [`"O'Brien \\"x\\"" <123>`, { number: '123', name: `O'Brien "x"` }],
    ['Anna <0170>', { number: '0170', name: 'Anna' }],
    ['"" <0170>', { number: '0170', name: '' }],
    ['+49170', { number: '+49170', name: '' }],
    ['Unknown', { number: '', name: '' }],
    ['"Unknown Caller" <unknown>', { number: '', name: '' }],
    ['', { number: '', name: '' }],
  ])('read the caller %s', async (CallerID, caller) => {
    boxes['6001'] = [message(1, 'INBOX', { CallerID })];
    await up();
    expect(kitchen()?.newest[0]?.caller).toEqual(caller);
  });

  it('are called, hidden and given a phone as the owner says', async () => {
    await up({
      mailboxes: [
        { mailbox: '6001', name: 'Family', phone: 'PJSIP/6003' },
        { mailbox: '6002@default', hidden: true },
      ],
    });
    expect(pbx.voicemail.all()).toMatchObject([{ name: 'Family', phone: 'PJSIP/6003' }]);
  });

  it('are none, and that is said once, where the module is not loaded', async () => {
    delete ami.lists.VoicemailUsersList;
    await up();
    ami.tell('Reload', { Module: 'app_voicemail', Status: '0' });
    await vi.advanceTimersByTimeAsync(500);
    expect(pbx.voicemail.all()).toEqual([]);
    expect(lines.filter(([, words]) => words.includes('app_voicemail'))).toEqual([
      ['info', expect.stringContaining('no mailboxes')],
    ]);
    expect(slow.sent).toEqual([]);
  });

  it('come and go with a reload of the module', async () => {
    await up();
    ami.lists.VoicemailUsersList = [user('6002', 'Office')];
    ami.tell('Reload', { Module: 'app_voicemail', Status: '0' });
    await vi.advanceTimersByTimeAsync(500);
    expect(pbx.voicemail.all().map(({ id }) => id)).toEqual(['6002_default']);
    expect(changes).toContain('*');
  });
});

describe('a new message', () => {
  it('counts at once, and is told with the caller as soon as it is listed', async () => {
    await up();
    boxes['6001'] = [message(2, 'Urgent'), message(1)];
    waiting('6001@default', 2);
    expect(kitchen()).toMatchObject({ new: 2, urgent: 0 });
    await vi.advanceTimersByTimeAsync(500);
    expect(kitchen()).toMatchObject({ new: 2, urgent: 1, newest: [{ folder: 'Urgent' }, {}] });
    expect(told()).toEqual([
      {
        time: '2026-11-24T08:00:00.000Z',
        pbx: 'home',
        subject: 'voicemail',
        type: 'new_message',
        mailbox: '6001@default',
        name: 'Kitchen',
        message: '1764000002-0000000a',
        caller: { number: '2', name: 'Anna' },
        seconds: 7,
        urgent: true,
      },
    ]);
  });

  it('is none where a heard one becomes new again, or a call is recorded', async () => {
    boxes['6001'] = [message(1, 'Old')];
    await up();
    boxes['6001'] = [message(1), message(2, 'Cust5')];
    waiting('6001@default', 1);
    await vi.advanceTimersByTimeAsync(500);
    expect([kitchen()?.new, kitchen()?.folders]).toEqual([1, { INBOX: 1, Recordings: 1 }]);
    expect(told()).toEqual([]);
  });

  it('is told even when it comes before the first list', async () => {
    make();
    ami.link({ state: 'up' });
    await vi.advanceTimersByTimeAsync(1);
    boxes['6001'] = [message(2), message(1)];
    waiting('6001@default', 2);
    await vi.advanceTimersByTimeAsync(500);
    expect(told()).toMatchObject([{ message: '1764000002-0000000a' }]);
  });

  it('that came while the link was down is state, and no news', async () => {
    await up();
    ami.link({ state: 'down' });
    boxes['6001'] = [message(2), message(1)];
    ami.lists.VoicemailUsersList = [user('6001', 'Kitchen', 2)];
    ami.link({ state: 'up' });
    await vi.advanceTimersByTimeAsync(500);
    expect(kitchen()?.new).toBe(2);
    expect(told()).toEqual([]);
  });

  it('is not taken from a list that began before the link was lost', async () => {
    await up();
    const { promise, resolve } = Promise.withResolvers<void>();
    boxes['6001'] = [];
    held = promise;
    const asked = pbx.voicemail.messages('6001_default');
    await vi.advanceTimersByTimeAsync(1);
    ami.link({ state: 'down' });
    ami.link({ state: 'up' });
    await vi.advanceTimersByTimeAsync(1);
    held = null;
    resolve();
    expect(await asked).toEqual([]);
    boxes['6001'] = [message(2), message(1)];
    await vi.advanceTimersByTimeAsync(500);
    expect(kitchen()?.new).toBe(2);
    expect(told()).toEqual([]);
  });

  it('of a mailbox that nobody listed changes nothing', async () => {
    await up();
    waiting('9@elsewhere', 1);
    expect(vi.getTimerCount()).toBe(0);
    expect(changes).toEqual([]);
  });
});

it('lists once for many changes, and never two at a time', async () => {
  await up();
  slow.sent.length = 0;
  for (let count = 0; count < 50; count += 1) waiting('6001@default', count);
  await vi.advanceTimersByTimeAsync(500);
  expect(slow.sent).toHaveLength(1);
});

it('gives whoever asks a list that began after they asked', async () => {
  await up();
  const first = pbx.voicemail.messages('6001_default');
  const second = pbx.voicemail.messages('6001_default');
  boxes['6001'] = [];
  expect([await first, await second]).toEqual([[], []]);
  expect(await pbx.voicemail.messages('nobody')).toEqual([]);
});

it('says once why a mailbox cannot be listed, and tries again where that may help', async () => {
  boxes['6001'] = new AmiDisconnected('VoicemailBoxSummary', 'gone');
  await up();
  expect(kitchen()).toMatchObject({ new: 1, problem: 'VoicemailBoxSummary: gone' });
  await vi.advanceTimersByTimeAsync(12_000);
  expect(lines.filter(([, words]) => words.includes('cannot be listed'))).toHaveLength(1);
  boxes['6001'] = [message(1)];
  await vi.advanceTimersByTimeAsync(6_000);
  expect(kitchen()).toMatchObject({ new: 1, problem: null, newest: [{}] });
  expect(told()).toEqual([]);
});

it('keeps to the counts where Asterisk is too old to list messages', async () => {
  boxes['6001'] = new AmiActionError('VoicemailBoxSummary', 'Invalid/unknown command', 'unknown_action');
  await up();
  expect(kitchen()).toMatchObject({ new: 1, problem: expect.stringContaining('18.20') });
  expect(vi.getTimerCount()).toBe(0);
});

it('never reads the new password of a mailbox', () => {
  expect(Object.keys(EVENTS)).not.toContain('VoicemailPasswordChange');
});
