/** AMI users who each lack one class: what is missing is said once and in words, and all else works. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AmiClient, CLASSES } from '../../src/ami/index.ts';
import { blockOf } from '../docs/pages.ts';
import { House } from './house.ts';
import { Lab } from './stack/lab.ts';
import type { Phone } from './stack/phone.ts';

const ALL = 'system,call,agent,user,config,command,reporting,dialplan,originate,message,dtmf,cdr'.split(',');
const ROOM = 'rights';
const ID = '1764000000-0000abcd';

interface Row {
  readonly lacks: string;
  /** What the log says of it, once. */
  readonly says?: RegExp;
  /** Shown as the PBX's problem, too. */
  readonly problem?: true;
  /** An action that needs the class, and what its answer says. */
  readonly refused?: readonly [action: string, fields: object, message: RegExp];
}

/** Actions, and the classes that each needs; who is in a conference only `reporting` may list. */
const WORKS = [
  [['agent'], 'queue_pause', { queue: 'support', member: 'Attic' }],
  [['agent'], 'queue_unpause', { queue: 'support', member: 'Attic' }],
  [[], 'list_messages', { mailbox: '6001' }],
  [['user'], 'move_message', { mailbox: '6001', message: ID, to: 'Work' }],
  [['user'], 'move_message', { mailbox: '6001', message: ID, to: 'INBOX' }],
  [['call', 'reporting'], 'conference_lock', { conference: ROOM }],
  [['call', 'reporting'], 'conference_unlock', { conference: ROOM }],
  [['system', 'reporting'], 'conference_record', { conference: ROOM }],
  [['system', 'reporting'], 'conference_stop_recording', { conference: ROOM }],
  [['call'], 'set_presence', { phone: 'Kitchen', state: 'available' }],
  [['message'], 'send_message', { phone: 'Kitchen', text: 'Hello' }],
] as const;

const ROWS: readonly Row[] = [
  {
    lacks: 'originate',
    says: /lacks the write class originate, so no phone can be rung: .*in manager\.conf, add originate/,
    problem: true,
    refused: ['dial', { phone: 'Kitchen', number: '600' }, /Originate: .*add originate to the write classes/],
  },
  {
    lacks: 'call',
    says: /lacks the write class call, so .*in manager\.conf, add call/,
    problem: true,
    refused: ['set_presence', { phone: 'Kitchen', state: 'away' }, /Setvar: .*add call to the write classes/],
  },
  {
    lacks: 'system',
    says: /lacks the write class system, so .*in manager\.conf, add system/,
    refused: ['conference_record', { conference: ROOM }, /ConfbridgeStartRecord: .*add system to the write/],
  },
  {
    lacks: 'reporting',
    says: /may not list conferences: .*add reporting to its write classes in manager\.conf/,
  },
  {
    lacks: 'agent',
    says: /lacks the write class agent, so .*in manager\.conf, add agent/,
    refused: ['queue_pause', { queue: 'support', member: 'Attic' }, /QueuePause: .*add agent to the write/],
  },
  {
    lacks: 'user',
    says: /lacks the write class user, so voicemail .*in manager\.conf, add user/,
    refused: [
      'move_message',
      { mailbox: '6001', message: ID, to: 'Old' },
      /VoicemailMove: .*add user to the/,
    ],
  },
  {
    lacks: 'message',
    says: /no write class message, so phones can be sent no text messages/,
    refused: ['send_message', { phone: 'Kitchen', text: 'Hello' }, /write class message|add message/],
  },
  // Others stand in for these: nothing is missing, and nothing is said.
  { lacks: 'config' },
  { lacks: 'command' },
  { lacks: 'dialplan' },
];

/** Classes of events, and what the log says once to a user who does not get them. */
const HEARS = [
  {
    lacks: 'call',
    says: /lacks the read class call, so nothing is seen of calls.*add call to its read/,
    problem: true,
  },
  { lacks: 'system', says: /lacks the read class system, so .*add system to its read classes/ },
  { lacks: 'user', says: /lacks the read class user, so .*add user to its read classes/ },
  { lacks: 'dialplan', says: /lacks the read class dialplan, so .*add dialplan to its read classes/ },
  { lacks: 'dtmf', says: /lacks the read class dtmf, so the keys .*add dtmf to its read classes/ },
] as const satisfies readonly Row[];

let lab: Lab;
let kitchen: Phone;
let dialplan: AsyncDisposable;
let users: string;
let box: string;

beforeAll(async () => {
  lab = Lab.attach();
  const asterisk = lab.asterisk();
  users = join(asterisk.dir, 'etc', 'manager.d');
  await mkdir(users, { recursive: true });
  const without = (missing: string) => ALL.filter((each) => each !== missing).join();
  const section = (name: string, read: string, write: string) =>
    [`[${name}]`, `secret = ${asterisk.ami.secret}`, `read = ${read}`, `write = ${write}`, ''].join('\n');
  const page = await blockOf('DOCS.md', 'ini', '[homeassistant]');
  const sections = [
    page
      .slice(page.indexOf('[homeassistant]'))
      .replace('choose-a-long-one', asterisk.ami.secret)
      .replace('192.168.1.10', '127.0.0.1'),
    ...ROWS.map(({ lacks }) => section(`no-${lacks}`, ALL.join(), without(lacks))),
    ...HEARS.map(({ lacks }) => section(`deaf-${lacks}`, without(lacks), ALL.join())),
  ];
  await writeFile(join(users, 'rights.conf'), sections.join('\n'));
  await asterisk.rx('manager reload');
  dialplan = await asterisk.dialplan(
    'rights',
    `[default](+)\nexten => 760,1,ConfBridge(${ROOM})\n[rights]\nexten => s,1,Answer()\n same => n,Wait(300)\n`,
  );
  box = join(asterisk.dir, 'spool', 'voicemail', 'default', '6001');
  await mkdir(join(box, 'INBOX'), { recursive: true });
  const text = [
    '[message]',
    'callerid="Anna" <555>',
    'origtime=1764000000',
    `msg_id=${ID}`,
    'duration=3',
    '',
  ];
  await writeFile(join(box, 'INBOX', 'msg0000.txt'), text.join('\n'));
  await writeFile(join(box, 'INBOX', 'msg0000.wav'), Buffer.alloc(44));
  kitchen = await lab.phone('6001', { textsTo: 'home' });
  await asterisk.rx('channel originate Local/s@rights/n extension 760@default');
}, 60_000);
afterAll(async () => {
  await lab.asterisk().hangUpAll();
  await rm(join(users, 'rights.conf'), { force: true });
  await rm(box, { recursive: true, force: true });
  await lab.asterisk().rx('manager reload');
  await dialplan?.[Symbol.asyncDispose]();
  await kitchen?.stop();
  await lab.stop();
}, 30_000);

it('the table of classes is Asterisk’s own', async () => {
  const { host, port, username, secret } = lab.asterisk().ami;
  const ami = new AmiClient({ host, port, username, secret, tls: false });
  ami.start();
  await expect.poll(() => ami.status.state).toBe('up');
  const answer = await ami.send({ Action: 'ListCommands' });
  await ami.stop();
  const theirs = new Map(
    answer.headers.flatMap(([name, words]) => {
      const [, classes] = /\(Priv: (.*)\)$/.exec(words) ?? [];
      return classes === undefined
        ? []
        : [[name, classes.split(',').filter((each) => each !== 'all')] as const];
    }),
  );
  expect(Object.keys(CLASSES).filter((name) => !theirs.has(name))).toEqual([]);
  for (const [name, classes] of Object.entries(CLASSES))
    expect([name, theirs.get(name)]).toEqual([name, classes]);
});

const phones = [{ endpoint: 'PJSIP/6001', name: 'Kitchen' }];
const conferences = [{ room: ROOM, name: 'Rights' }];

/** What was said of classes is what the row has, once. */
function expectSaid({ lines, pbx }: House, { says, problem }: Row): void {
  expect(lines.filter((line) => /class|may not/.test(line))).toEqual(
    says === undefined ? [] : [expect.stringMatching(says)],
  );
  expect(pbx.status.problem).toEqual(problem && says ? expect.stringMatching(says) : null);
}

it.each(ROWS)(
  'a user without the write class $lacks is told so once, and may do all the rest',
  async (row) => {
    await using house = await new House(lab, `no-${row.lacks}`, { phones, conferences }).start();
    await expect.poll(() => house.pbx.voicemail.find('6001')?.folders.INBOX).toBe(1);
    if (row.refused !== undefined) {
      const [action, fields, message] = row.refused;
      expect(await house.run(action, fields)).toMatchObject({
        ok: false,
        error: { code: 'forbidden', message: expect.stringMatching(message) },
      });
    }
    for (const [needs, action, fields] of WORKS)
      if (!(needs as readonly string[]).includes(row.lacks))
        expect([action, await house.run(action, fields)]).toMatchObject([action, { ok: true }]);
    expectSaid(house, row);
  },
);

it('the user that DOCS.md has people write lacks nothing', async () => {
  await using house = await new House(lab, 'homeassistant', { phones, conferences }).start();
  await expect.poll(() => house.pbx.voicemail.find('6001')?.folders.INBOX).toBe(1);
  for (const [, action, fields] of WORKS)
    expect([action, await house.run(action, fields)]).toMatchObject([action, { ok: true }]);
  const dialled = house.run('dial', { phone: 'Kitchen', number: '760' });
  await kitchen.answer();
  expect(await dialled).toMatchObject({ ok: true });
  await kitchen.hangUp();
  expectSaid(house, { lacks: 'nothing' });
});

it.each(HEARS)('a user without the read class $lacks is told so once, and at once', async (row) => {
  const began = Date.now();
  await using house = await new House(lab, `deaf-${row.lacks}`, { phones, conferences }).start();
  expect(Date.now() - began).toBeLessThan(10_000);
  expect(await house.run('queue_status', { queue: 'support' })).toMatchObject({ ok: true });
  expectSaid(house, row);
});
