import { beforeEach, expect, it } from 'vitest';
import type { Happening } from '../../src/pbx/index.ts';
import { Messages } from '../../src/pbx/messages.ts';
import type { SubjectContext } from '../../src/pbx/subject.ts';
import { event, snapshot } from './fake-ami.ts';

const KITCHEN = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };
const EVIL = 'a, "b" 🍜\r\nFrom: x\r\n\r\nAction: Originate';

let happenings: Happening[];
let lines: string[];
let actions: Set<string>;

beforeEach(() => {
  happenings = [];
  lines = [];
  actions = new Set(['MessageSend']);
});

function make(options?: { entities?: boolean }) {
  const context: SubjectContext = {
    pbx: 'home',
    log: {
      debug() {},
      info: (_, text) => void lines.push(text),
      warn: (_, text) => void lines.push(text),
      error() {},
    },
    now: () => Date.parse('2026-11-24T08:00:00Z'),
    partyOf: (number, name) => ({ number, name }),
    changed: () => {},
    happened: (happening) => void happenings.push(happening),
  };
  const ports = {
    rights: () => ({ actions, missingActions: [], reads: null }),
    phone: (endpoint: string) => (endpoint === 'PJSIP/6001' ? KITCHEN : null),
  };
  return new Messages(context, ports, options);
}

function comes(messages: Messages, from: string, body: string, name = 'MessageReceived'): void {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const headers = [
    ['From', base64(from)],
    ['Body', base64(body)],
  ];
  const channel = snapshot({ name: 'Message/ast_msg_queue', id: '1.1', exten: 'home' });
  messages.on.UserEvent?.(event('UserEvent', { ...channel, UserEvent: name, headers: headers as never }));
}

it('tells who wrote what, however it is written', () => {
  const messages = make();
  comes(messages, '<sip:6001@127.0.0.1>', EVIL);
  expect(happenings).toEqual([
    {
      time: '2026-11-24T08:00:00.000Z',
      pbx: 'home',
      subject: 'message',
      type: 'received',
      phone: KITCHEN,
      from: { number: '6001', name: 'Kitchen' },
      to: 'home',
      text: EVIL,
    },
  ]);
});

it.each([
  ['"Bob \\"B\\"" <sip:+491@example.org;user=phone>', { number: '+491', name: 'Bob \\"B\\"' }],
  ['Bob <sips:bob@example.org>', { number: 'bob', name: 'Bob' }],
  ['sip:7@host', { number: '7', name: '' }],
  ['<sip:%23%20@h>', { number: '# ', name: '' }],
  ['<sip:%zz@h>', { number: '%zz', name: '' }],
  ['', { number: '', name: '' }],
])('reads the sender %s', (from, party) => {
  comes(make(), from, 'x');
  expect(happenings).toMatchObject([{ from: party, phone: null }]);
});

it('hears no other events', () => {
  comes(make(), '<sip:6001@h>', 'x', 'Alarm');
  expect(happenings).toEqual([]);
});

it('passes on no more than anybody writes', () => {
  const messages = make();
  for (let n = 0; n < 1_000; n += 1) comes(messages, '<sip:6001@h>', `${n}`);
  expect(happenings.length).toBeLessThan(150);
  messages.rest();
  expect(lines).toEqual([
    'Phones send more text messages than is good; leaving some out',
    'Text messages were left out',
  ]);
});

it('shows where the AMI user may send, and says once that it may not', async () => {
  const messages = make();
  expect(messages.shown).toBe(true);
  expect(make({ entities: false }).shown).toBe(false);
  actions.clear();
  await messages.snapshot();
  await messages.snapshot();
  expect(messages.shown).toBe(false);
  expect(lines).toEqual(['The AMI user has no write class message, so phones can be sent no text messages']);
});
