/** What the call log makes of what a real Asterisk said: the scenes that test/lab/record.ts recorded. */
import { expect, it } from 'vitest';
import { EVENTS, type EventName } from '../../src/ami/index.ts';
import { headersOf, readTraces, type Trace } from '../../src/demo/traces.ts';
import type { CallRow, NoteRow } from '../../src/history/database.ts';
import { Journal } from '../../src/history/journal.ts';
import { Pbx, type Recording } from '../../src/pbx/index.ts';
import { FakePbx, NOW } from '../home/fake-pbx.ts';
import { event, FakeAmi } from '../pbx/fake-ami.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const PHONES = { 6001: 'Kitchen', 6002: 'Living room', 6003: 'Office', 6004: 'Attic' };

async function logged(trace: Trace): Promise<{ calls: CallRow[]; notes: NoteRow[] }> {
  const ami = new FakeAmi();
  ami.lists.PJSIPShowEndpoints = Object.keys(PHONES).map((name) =>
    event('EndpointList', { ObjectName: name, DeviceState: 'Not in use' }),
  );
  ami.lists.PJSIPShowEndpoint = [];
  const phones = Object.entries(PHONES).map(([number, name]) => ({ endpoint: `PJSIP/${number}`, name }));
  const doorbells = [{ name: 'Front door', endpoint: 'PJSIP/8000', extensions: [], answer_on: [] }];
  const pbx = new Pbx({ id: 'home', phones, doorbells }, ami.client, quiet);
  pbx.start();
  ami.link({ state: 'up' });
  await expect.poll(() => pbx.status.up).toBe(true);
  const journal = new Journal(pbx, () => {});
  journal.start();
  for (const [, from, lines] of trace.entries) {
    if (from !== '<') continue;
    const headers = Object.fromEntries(
      headersOf(lines).map(([name, value]) => [name, value === '<unknown>' ? '' : value]),
    );
    const name = headers.Event;
    if (name !== undefined && name in EVENTS && headers.ActionID === undefined)
      ami.tell(name as EventName, headers);
  }
  const taken = journal.take();
  journal.stop();
  return { calls: [...taken.calls], notes: [...taken.notes] };
}

/** `Doorbell → 600: answered by Kitchen`, and the notes behind it. */
function inWords({ calls, notes }: Awaited<ReturnType<typeof logged>>): string[] {
  return calls.map((row) => {
    const side = ({ name, number }: CallRow['from']) => name || number;
    const noted = notes.filter(({ call }) => call === row.call).map(({ kind, who }) => `${kind} ${who}`);
    const by = row.by === '' ? '' : ` by ${row.by}`;
    const more = noted.length === 0 ? '' : ` (${noted.sort().join(', ')})`;
    return `${side(row.from)} → ${side(row.to)}: ${row.outcome}${by}${more}`;
  });
}

/** The log listens to no result of a Dial: those scenes that tell of it are the same once more. */
const scenes = readTraces().filter(
  ({ scene, entries }) => !scene.endsWith('-with-status') && entries.some(([, from]) => from === '#'),
);

it.each(scenes)('$scene: $about', async (trace) => {
  const taken = await logged(trace);
  expect(inWords(taken)).toMatchSnapshot();
  for (const row of taken.calls) expect(row.outcome).not.toBe('running');
});

const call = { subject: 'call', time: NOW, pbx: 'home', call: '1.1' } as const;
const from = { number: '8', name: 'Anna' };
const to = { number: '600', name: '' };

function journalOf(pbx: FakePbx): Journal {
  const journal = new Journal(pbx, () => {});
  journal.start();
  return journal;
}

it('has a line of its own for a door that was opened without a call', () => {
  const pbx = new FakePbx();
  const journal = journalOf(pbx);
  pbx.doorbellEvent({ type: 'opened', call: '', way: 'action', who: 'Anna' });
  const { calls, notes } = journal.take();
  expect(calls).toMatchObject([
    { outcome: 'opened', from: { name: 'Anna' }, to: { name: 'Front door' }, doorbell: 'Front door' },
  ]);
  expect(notes).toMatchObject([{ call: calls[0]?.call, kind: 'opened', who: 'Anna', what: 'action' }]);
});

it.each([
  [17, 'busy'],
  [21, 'rejected'],
  [3, 'unreachable'],
  [16, 'missed'],
])('tells by cause %i that a call was %s', (cause, outcome) => {
  const pbx = new FakePbx();
  const journal = journalOf(pbx);
  pbx.happen({ ...call, type: 'started', from, to });
  pbx.happen({ ...call, type: 'ended', from, to, cause, seconds: 0, up: false });
  expect(journal.take().calls).toMatchObject([{ call: '1.1', outcome, from, to }]);
});

it('says of a call that reached an application alone that it was in the dialplan', () => {
  const pbx = new FakePbx();
  const journal = journalOf(pbx);
  pbx.happen({ ...call, type: 'started', from, to });
  pbx.happen({ ...call, type: 'ended', from, to, cause: 16, seconds: 0, up: true });
  expect(journal.take().calls).toMatchObject([{ outcome: 'in_dialplan' }]);
});

it('has no line for a call of its own that became a part of another, unless it was written already', () => {
  const pbx = new FakePbx();
  const journal = journalOf(pbx);
  const joined = (id: string, written: boolean) => {
    const ours = { ...call, call: id };
    pbx.callRows = [{ id, channels: [], since: 0, answeredAt: null }];
    pbx.happen({ ...ours, type: 'started', from, to });
    pbx.happen({ ...ours, type: 'answered', from, to });
    if (written) expect(journal.take().calls).toMatchObject([{ call: id, outcome: 'running' }]);
    pbx.callRows = [];
    pbx.change({ subject: 'call', id: '*' });
    return journal.take().calls;
  };
  expect(joined('companion-1', false)).toEqual([]);
  expect(joined('companion-2', true)).toMatchObject([{ call: 'companion-2', outcome: 'joined' }]);
});

it('calls lost what ended while nobody looked, and takes up what began meanwhile', () => {
  const pbx = new FakePbx();
  const journal = journalOf(pbx);
  pbx.callRows = [{ id: '1.1', channels: [], since: 0, answeredAt: null }];
  pbx.happen({ ...call, type: 'started', from, to });
  journal.take();
  pbx.setStatus({ up: false });
  const channel = { local: false, direction: 'in', caller: from, extension: '600' } as never;
  pbx.callRows = [{ id: '2.1', channels: [channel], since: 5, answeredAt: 7 }];
  pbx.setStatus({ up: true });
  pbx.happen({ subject: 'pbx', type: 'connected', time: NOW, pbx: 'home' });
  expect(journal.take().calls).toMatchObject([
    { call: '1.1', outcome: 'lost', ended: null },
    { call: '2.1', outcome: 'running', began: 5, answered: 7, from, to },
  ]);
});

it('goes on with the calls of an earlier run that are still there, and loses the others', () => {
  const pbx = new FakePbx();
  pbx.callRows = [{ id: '1.1', channels: [], since: 0, answeredAt: null }];
  const journal = new Journal(pbx, () => {});
  const row = { pbx: 'home', answered: null, ended: null, seconds: 0, by: '', doorbell: null } as const;
  const unended = ['1.1', '1.2'].map((id) => ({
    ...row,
    call: id,
    began: 3,
    from,
    to,
    outcome: 'running' as const,
  }));
  journal.recall(unended);
  journal.start();
  pbx.happen({ ...call, type: 'ended', from, to, cause: 16, seconds: 0 });
  expect(journal.take().calls).toMatchObject([
    { call: '1.2', outcome: 'lost' },
    { call: '1.1', outcome: 'missed', began: 3, ended: Date.parse(NOW) },
  ]);
});

it('calls missed what the base of a handset alone answered, and knows the message that was left then', () => {
  const pbx = new FakePbx();
  const journal = journalOf(pbx);
  const dect = {
    subject: 'dect',
    time: NOW,
    pbx: 'home',
    base: 'b',
    base_name: 'Base',
    handset: 'h',
  } as const;
  const handset = { handset_name: 'Anna’s', digit: '3', all: false, handsets: [], mailbox: null } as const;
  pbx.happen({ ...call, type: 'started', from, to });
  pbx.happen({ ...call, type: 'answered', from, to });
  pbx.happen({ ...dect, ...handset, type: 'missed', call: '1.1', caller: from });
  pbx.happen({ ...call, type: 'ended', from, to, cause: 16, seconds: 50 });
  pbx.happen({
    ...{ subject: 'voicemail', type: 'new_message', time: NOW, pbx: 'home', mailbox: '6001@default' },
    ...{ name: 'Family', message: 'id-1', caller: from, seconds: 4, urgent: false },
  });
  const { calls, notes } = journal.take();
  expect(calls).toMatchObject([{ outcome: 'missed', by: '' }]);
  expect(notes).toMatchObject([
    { call: '1.1', kind: 'missed', who: 'Anna’s' },
    { call: '1.1', kind: 'voicemail', who: 'Family', what: 'id-1' },
  ]);
});

it('calls missed what joined a visitor with no person, as the doorbell says', () => {
  const pbx = new FakePbx();
  const journal = journalOf(pbx);
  pbx.happen({ ...call, type: 'started', from, to });
  pbx.doorbellEvent({ type: 'ring', call: '1.1' });
  pbx.happen({ ...call, type: 'answered', from, to });
  pbx.happen({ ...call, type: 'ended', from, to, cause: 16, seconds: 20 });
  pbx.doorbellEvent({ type: 'missed', call: '1.1' });
  expect(journal.take().calls).toMatchObject([{ outcome: 'missed', by: '', doorbell: 'Front door' }]);
});

it('remembers as many callers as may leave a message, and not all that ever called', () => {
  const pbx = new FakePbx();
  const journal = new Journal(pbx, () => {});
  journal.start();
  const party = (number: number) => ({ number: String(number), name: '' });
  const says = (number: number) =>
    pbx.happen({
      ...{ subject: 'voicemail', type: 'new_message', time: NOW, pbx: 'home', mailbox: '6001@default' },
      ...{ name: 'Family', message: `id-${number}`, caller: party(number), seconds: 4, urgent: false },
    });
  for (let number = 0; number <= 1_000; number += 1) {
    const call = { subject: 'call', time: NOW, pbx: 'home', call: `1.${number}` } as const;
    const parties = { from: party(number), to: party(600) };
    pbx.happen({ ...call, ...parties, type: 'started' });
    pbx.happen({ ...call, ...parties, type: 'ended', cause: 16, seconds: 0 });
  }
  for (const number of [0, 1, 1_000]) says(number);
  expect(journal.take().notes.map(({ call }) => call)).toEqual(['1.1', '1.1000']);
});

it('notes who had a call recorded, and which recording that is', () => {
  const pbx = new FakePbx();
  const journal = journalOf(pbx);
  pbx.happen({ ...call, type: 'started', from, to });
  const id = '20261124-100000_6001';
  const saved = (row: Partial<Recording>) => {
    pbx.recording({ id, call: '1.1', seconds: 3, ...row });
    pbx.recordingSaved(pbx.recordings.get(id) as Recording);
  };
  // One that failed is no recording.
  pbx.happen({
    ...{ subject: 'recording', type: 'failed', time: NOW, pbx: 'home', recording: id, call: '1.1' },
    ...{ phone: null, other: from, started_by: 'Anna', people: [], file: '/media/x.wav', mailbox: null },
  });
  expect(journal.take().notes).toEqual([]);
  saved({});
  saved({ kept: false, message: '1764000000-00000001' });
  saved({ kept: false, message: null });
  const noted = { pbx: 'home', call: '1.1', time: Date.parse(NOW) + 3_000, kind: 'recorded', who: 'Anna' };
  expect(journal.take().notes).toEqual([
    { ...noted, what: id },
    { ...noted, what: '1764000000-00000001' },
    { ...noted, what: '6001@default Recordings' },
  ]);
});
