import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { digitOf, linesOf } from '../../src/pbx/dect-heading.ts';
import { type Ended, outcomeOf } from '../../src/pbx/dect-outcome.ts';
import type { DectHappening, DoorbellHappening, Happening, PbxOptions } from '../../src/pbx/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import { event, FakeAmi, snapshot } from './fake-ami.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const QUICKTONE: NonNullable<PbxOptions['dect']>[number] = {
  name: 'Quicktone',
  line: 'PJSIP/2001',
  no_answer: [46, 49],
  all: ['1300'],
  handsets: [
    { name: 'Hall', digit: '3', ring_time: 20, extensions: ['1103'], mailbox: '03@default' },
    { name: 'Cellar', digit: '1', ring_time: 20, extensions: ['1101'] },
    { name: 'Garden', line: 'DAHDI/4', ring_time: 25, extensions: ['1104'] },
  ],
};

const DOOR = { name: 'Front door', endpoint: 'PJSIP/8000', extensions: [], answer_on: [] };

const caller = { name: 'PJSIP/8000-01', id: '1.1', num: '8000', cid: 'Door', state: 'Ring', exten: '1103' };
const line = { name: 'PJSIP/2001-02', id: '1.2', linked: '1.1', conn: '8000', connName: 'Door' };

let ami: FakeAmi;
let pbx: Pbx;
let happenings: Happening[];
let lines: [string, object, string][];
let start: (base: typeof QUICKTONE) => Promise<void>;

beforeEach(async () => {
  vi.useFakeTimers({ now: NOW, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  ami = new FakeAmi();
  for (const list of ['BridgeList', 'CoreShowChannels', 'DeviceStateList']) ami.lists[list] = [];
  ami.lists.PJSIPShowEndpoints = [
    event('EndpointList', { ObjectName: '2001', DeviceState: 'Not in use' }),
    event('EndpointList', { ObjectName: '6001', DeviceState: 'Not in use' }),
  ];
  ami.lists.PJSIPShowEndpoint = [];
  happenings = [];
  lines = [];
  const log = {
    debug() {},
    info: (facts: object, message: string) => void lines.push(['info', facts, message]),
    warn: (facts: object, message: string) => void lines.push(['warn', facts, message]),
    error() {},
  };
  start = async (base) => {
    await pbx?.stop();
    pbx = new Pbx({ id: 'home', phones: [], doorbells: [DOOR], dect: [base] }, ami.client, log);
    pbx.onHappening((happening) => happenings.push(happening));
    pbx.start();
    await link();
  };
  await start(QUICKTONE);
});
afterEach(async () => {
  await pbx.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

async function link(): Promise<void> {
  ami.link({ state: 'up' });
  for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
  happenings.length = 0;
}

const dect = () => happenings.filter((one): one is DectHappening => one.subject === 'dect');
const told = () => dect().map(({ type, handset_name }) => `${handset_name ?? 'base'} ${type}`);
const hall = () => pbx.dect.handsets.get('pjsip_2001_3');
const base = () => pbx.dect.bases.get('pjsip_2001');

function dials(exten = '1103'): void {
  ami.tell('Newchannel', snapshot({ ...caller, exten }));
}

function reaches(to = line): void {
  const inMacro = { ...caller, exten: 's' };
  ami.tell('Newchannel', snapshot({ ...to, state: 'Down' }));
  ami.tell('DialBegin', { ...snapshot(inMacro), ...snapshot({ ...to, state: 'Down' }, 'Dest') });
}

function answers(to = line): void {
  ami.tell('Newstate', snapshot(to));
  ami.tell('DialEnd', { ...snapshot(caller), ...snapshot(to, 'Dest'), DialStatus: 'ANSWER' });
  for (const channel of [to, caller]) ami.tell('BridgeEnter', { ...snapshot(channel), BridgeUniqueid: 'b1' });
}

/** As Asterisk tells it: who ends the call asks for it, an analogue line does not. */
function ends(first: 'base' | 'caller', { asks = true, cause = '16', to = line } = {}): void {
  const order = first === 'base' ? [to, caller] : [caller, to];
  if (asks) ami.tell('HangupRequest', snapshot(order[0] ?? to));
  for (const channel of order) ami.tell('BridgeLeave', { ...snapshot(channel), BridgeUniqueid: 'b1' });
  for (const channel of order) ami.tell('Hangup', { ...snapshot(channel), Cause: cause });
}

async function call(seconds: number, first: 'base' | 'caller', options: Parameters<typeof ends>[1] = {}) {
  dials();
  reaches();
  answers();
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  ends(first, options);
}

describe('a handset behind a base', () => {
  it('rings while the base alone has answered, and was missed when the base gives up', async () => {
    dials();
    reaches();
    expect(base()).toMatchObject({ busy: false, digit: '3', caller: { number: '8000', name: 'Door' } });
    answers();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(hall()).toMatchObject({
      state: 'ringing',
      caller: { number: '8000', name: 'Door' },
      since: NOW,
      until: NOW + 46_000,
    });
    expect(base()?.busy).toBe(true);
    expect(pbx.dect.handsets.get('pjsip_2001_1')?.state).toBe('free');
    await vi.advanceTimersByTimeAsync(17_000);
    ends('base');
    expect(told()).toEqual(['base ddi_dial', 'Hall ringing', 'Hall missed']);
    expect(dect().at(-1)).toEqual({
      subject: 'dect',
      type: 'missed',
      time: new Date(NOW + 47_000).toISOString(),
      pbx: 'home',
      base: 'pjsip_2001',
      base_name: 'Quicktone',
      handset: 'pjsip_2001_3',
      handset_name: 'Hall',
      digit: '3',
      all: false,
      handsets: ['Hall'],
      mailbox: '03@default',
      call: '1.1',
      caller: { number: '8000', name: 'Door' },
    });
    expect(hall()).toMatchObject({ state: 'free', missed: 1, lastCaller: { outcome: 'missed' } });
    expect(base()).toMatchObject({ busy: false, digit: null, caller: null });
  });

  it('is in a call once the base can no longer give up', async () => {
    dials();
    reaches();
    answers();
    await vi.advanceTimersByTimeAsync(48_999);
    expect(hall()?.state).toBe('ringing');
    await vi.advanceTimersByTimeAsync(1);
    expect(hall()).toMatchObject({ state: 'in_call', until: null });
    await vi.advanceTimersByTimeAsync(11_000);
    ends('caller');
    expect(told()).toEqual(['base ddi_dial', 'Hall ringing', 'Hall answered', 'Hall ended']);
    expect(dect().at(-1)?.seconds).toBe(60);
    expect(hall()).toMatchObject({ missed: 0, lastCaller: { outcome: 'answered' } });
  });

  it.each([
    ['the base hangs up before it would give up', 20, 'base', true, 'answered'],
    ['an analogue line does', 20, 'base', false, 'answered'],
    ['the caller leaves before anybody can know', 20, 'caller', true, 'unclear'],
    ['the same, and nobody asks for it', 20, 'caller', false, 'unclear'],
    ['at the first moment of the window', 46, 'base', true, 'missed'],
    ['just before the window', 45.999, 'base', true, 'answered'],
    ['at its last', 48.999, 'base', true, 'missed'],
    ['after it', 49, 'base', true, 'answered'],
    ['the caller leaves within it', 47, 'caller', true, 'unclear'],
  ] as const)('%s', async (_what, seconds, first, asks, outcome) => {
    await call(seconds, first, { asks });
    expect(hall()?.lastCaller?.outcome).toBe(outcome);
    expect(hall()?.missed).toBe(outcome === 'missed' ? 1 : 0);
    expect(told().filter((one) => one.endsWith('ended'))).toHaveLength(outcome === 'answered' ? 1 : 0);
  });

  it('was missed by whom its caller was transferred to, too', async () => {
    dials();
    reaches();
    answers();
    const another = { ...caller, name: 'PJSIP/6001-07', id: '1.7' };
    ami.tell('BridgeLeave', { ...snapshot(caller), BridgeUniqueid: 'b1' });
    ami.tell('BridgeEnter', { ...snapshot(another), BridgeUniqueid: 'b1' });
    await vi.advanceTimersByTimeAsync(47_000);
    ends('base');
    expect(hall()?.lastCaller?.outcome).toBe('missed');
  });

  it.each(['HangupRequest', 'SoftHangupRequest'] as const)(
    'is not known to have answered a caller who leaves while the base is sent its digits (%s)',
    (name) => {
      dials();
      reaches();
      ami.tell('Newstate', snapshot(line));
      ami.tell(name, snapshot(caller));
      // As an IAX2 line does when Asterisk hangs it up.
      ami.tell('HangupRequest', snapshot(line));
      ami.tell('Hangup', { ...snapshot(line), Cause: '16' });
      expect(told()).toEqual(['base ddi_dial', 'Hall ringing', 'Hall unclear']);
    },
  );

  it('is busy while its base has a call, which goes on', async () => {
    dials();
    reaches();
    answers();
    const second = { ...caller, name: 'PJSIP/8001-03', id: '2.1', num: '8001' };
    const leg = { ...line, name: 'PJSIP/2001-04', id: '2.2', linked: '2.1', conn: '8001' };
    ami.tell('Newchannel', snapshot({ ...second, exten: '1101' }));
    ami.tell('Newchannel', snapshot({ ...leg, state: 'Down' }));
    ami.tell('DialBegin', { ...snapshot(second), ...snapshot({ ...leg, state: 'Down' }, 'Dest') });
    ami.tell('HangupRequest', { ...snapshot(leg), Cause: '17' });
    ami.tell('DialEnd', { ...snapshot(second), ...snapshot(leg, 'Dest'), DialStatus: 'BUSY' });
    ami.tell('Hangup', { ...snapshot(leg), Cause: '17' });
    expect(told().slice(-2)).toEqual(['Cellar ringing', 'Cellar busy']);
    expect(pbx.dect.handsets.find('1101')).toMatchObject({
      state: 'free',
      missed: 0,
      lastCaller: { number: '8001', outcome: 'busy' },
    });
    expect(hall()?.state).toBe('ringing');
    expect(base()?.digit).toBe('3');
  });

  it('rings with all others at 0, and none of them is known to have answered', async () => {
    dials('1300');
    reaches();
    expect(pbx.dect.handsets.all().map(({ state, all }) => [state, all])).toEqual([
      ['ringing', true],
      ['ringing', true],
      ['free', false],
    ]);
    answers();
    await vi.advanceTimersByTimeAsync(47_000);
    ends('base');
    expect(dect()[0]).toMatchObject({ type: 'ddi_dial', digit: '0', handsets: ['Hall', 'Cellar'] });
    expect(told().slice(-2)).toEqual(['Hall missed', 'Cellar missed']);
  });

  it('counts nothing missed when another phone took the call', () => {
    dials();
    reaches();
    ami.tell('DialEnd', { ...snapshot(caller), ...snapshot(line, 'Dest'), DialStatus: 'CANCEL' });
    ami.tell('Hangup', { ...snapshot(line), Cause: '26' });
    expect(told()).toEqual(['base ddi_dial', 'Hall ringing']);
    expect(hall()).toMatchObject({ missed: 0, lastCaller: { outcome: 'elsewhere' } });
  });

  it('forgets its missed calls when told to, and keeps them over a restart', async () => {
    await call(47, 'base');
    expect(pbx.dect.remember()).toMatchObject({ pjsip_2001_3: { missed: 1, lastCaller: { name: 'Door' } } });
    pbx.dect.resetMissed('pjsip_2001_3');
    expect(hall()?.missed).toBe(0);
    pbx.dect.recall({ pjsip_2001_3: { missed: 7, lastCaller: null } });
    expect(hall()).toMatchObject({ missed: 7, lastCaller: null });
  });
});

/** Channels as the drivers name them (chan_pjsip, chan_iax2, and chan_dahdi for an analogue port). */
describe.each([
  ['PJSIP/2001', 'PJSIP/2001-00000002', true],
  ['IAX2/2009', 'IAX2/2009-4112', true],
  // It asks for no end: its port is on the hook. And while it is off, Asterisk makes no second channel.
  ['DAHDI/2', 'DAHDI/2-1', false],
])('a base on the line %s', (endpoint, name, asks) => {
  const to = { ...line, name };
  const said = () => dect().map(({ type, handset_name }) => [type, handset_name]);

  beforeEach(async () => {
    await start({ ...QUICKTONE, line: endpoint });
    dials('600');
    const AppData = `${endpoint},20,goD(3333)L(3600000:3500000:30000)`;
    ami.tell('Newexten', { ...snapshot(caller), Application: 'Dial', AppData });
    reaches(to);
    answers(to);
  });

  it.each([
    [47, 'missed'],
    [60, 'answered', 'ended'],
  ] as const)('that ends its call after %d s: %s', async (seconds, ...then) => {
    await vi.advanceTimersByTimeAsync(seconds * 1000);
    expect(pbx.dect.bases.all()[0]?.busy).toBe(true);
    ends('base', { to, asks });
    expect(said()).toEqual([['ddi_dial', null], ['ringing', 'Hall'], ...then.map((type) => [type, 'Hall'])]);
    expect(pbx.dect.bases.all()).toMatchObject([{ line: endpoint, busy: false, knownBy: 'dial' }]);
  });

  it('whose second caller is told that it is busy', () => {
    const second = { ...caller, name: 'PJSIP/8001-03', id: '2.1', num: '8001' };
    const leg = { ...to, name: `${name}f`, id: '2.2', linked: '2.1', conn: '8001', state: 'Down' };
    const result = (Value: string) =>
      ami.tell('VarSet', { ...snapshot(second), Variable: 'DIALSTATUS', Value });
    ami.tell('Newchannel', snapshot({ ...second, exten: '1101' }));
    result('');
    if (asks) {
      ami.tell('Newchannel', snapshot(leg));
      ami.tell('DialBegin', { ...snapshot(second), ...snapshot(leg, 'Dest') });
      ami.tell('HangupRequest', { ...snapshot(leg), Cause: '17' });
      ami.tell('DialEnd', { ...snapshot(second), ...snapshot(leg, 'Dest'), DialStatus: 'BUSY' });
      ami.tell('Hangup', { ...snapshot(leg), Cause: '17' });
    }
    result('BUSY');
    expect(said().at(-1)).toEqual(['busy', 'Cellar']);
    expect(pbx.dect.handsets.find('1103')?.state).toBe('ringing');
    expect(pbx.dect.handsets.find('1101')).toMatchObject({ missed: 0, lastCaller: { outcome: 'busy' } });
  });
});

describe('which handset it is', () => {
  it('is told by Dial’s arguments, whatever was dialled', () => {
    dials('600');
    ami.tell('Newexten', {
      ...snapshot(caller),
      Application: 'Dial',
      AppData: 'PJSIP/2001,20,goD(w1111)L(3600000:3500000:30000)',
    });
    reaches();
    expect(dect()[0]).toMatchObject({ type: 'ddi_dial', digit: '1', handsets: ['Cellar'] });
    expect(base()?.knownBy).toBe('dial');
    expect(lines).toContainEqual([
      'info',
      { base: 'Quicktone', way: 'dial' },
      'The handset is known by the arguments of Dial',
    ]);
  });

  it('is told by a UserEvent of the dialplan', () => {
    dials('600');
    ami.tell('UserEvent', {
      ...snapshot(caller),
      UserEvent: 'DectDial',
      headers: [
        ['Line', 'PJSIP/2001'],
        ['Digit', '3'],
      ] as never,
    });
    reaches();
    expect(dect()[0]).toMatchObject({ digit: '3', handsets: ['Hall'] });
    expect(base()?.knownBy).toBe('user_event');
  });

  it.each([
    ['BlindTransfer', { TransfereeUniqueid: '1.1', Extension: '1103' }],
    ['OriginateResponse', { Uniqueid: '1.1', Exten: '1103' }],
    ['Newexten', { ...snapshot(caller), Extension: '1103', Application: 'Gosub', AppData: 'x' }],
  ] as const)('is told by the extension that %s names', (name, headers) => {
    dials('600');
    ami.tell(name, headers);
    reaches();
    expect(dect()[0]).toMatchObject({ digit: '3' });
    expect(base()?.knownBy).toBe('extension');
  });

  it('is said to be unknown, once, and the line is busy all the same', () => {
    for (const exten of ['600', '601']) {
      dials(exten);
      reaches();
      answers();
      expect(base()).toMatchObject({ busy: true, digit: null });
      ends('base');
    }
    expect(told()).toEqual([]);
    expect(lines.filter(([level]) => level === 'warn')).toHaveLength(1);
  });

  it('names a digit that the settings give to nobody', () => {
    dials('600');
    ami.tell('Newexten', { ...snapshot(caller), Application: 'Dial', AppData: 'PJSIP/2001,20,D(7777)' });
    reaches();
    expect(dect()).toMatchObject([{ type: 'ddi_dial', digit: '7', handsets: [] }]);
  });

  it('is read from Dial’s options, of which others hold letters as well', () => {
    expect(digitOf('PJSIP/2001,20,goD(3333)L(3600000:3500000:30000)')).toBe('3');
    expect(digitOf('PJSIP/2001,20,U(sub,D)D(ww0000:1)')).toBe('0');
    expect(digitOf('PJSIP/2001,20,D(:12)')).toBeNull();
    expect(digitOf('PJSIP/D,20,go')).toBeNull();
  });

  it.each([
    ['PJSIP/2001,20,D(3333)', 'PJSIP/2001'],
    ['PJSIP/2001/sip:2001@192.168.1.9:5060,20', 'PJSIP/2001'],
    ['PJSIP/5551@gateway', 'PJSIP/gateway'],
    ['IAX2/base', 'IAX2/base'],
    ['IAX2/pbx:secret@base:4570/s@dect,20', 'IAX2/base'],
    ['DAHDI/2,20,goD(3333)L(3600000,3500000,30000)', 'DAHDI/2'],
    ['DAHDI/2r1/5551,20', 'DAHDI/2'],
    ['DAHDI/2c&PJSIP/2001,20', 'DAHDI/2', 'PJSIP/2001'],
  ])('is of the lines that %s dials', (data, ...lines) => {
    expect(linesOf(data)).toEqual(lines);
  });
});

describe('a handset with a line of its own', () => {
  const garden = { ...line, name: 'DAHDI/4-1', id: '1.4' };

  it('rings and answers as a phone does', () => {
    dials('1104');
    reaches(garden);
    expect(pbx.dect.handsets.find('Garden')).toMatchObject({ state: 'ringing', until: NOW + 25_000 });
    answers(garden);
    expect(pbx.dect.handsets.find('Garden')?.state).toBe('in_call');
    ends('caller', { to: garden });
    expect(told()).toEqual(['Garden ringing', 'Garden answered', 'Garden ended']);
  });

  it('was missed when Dial’s time was over', () => {
    dials('1104');
    reaches(garden);
    ami.tell('DialEnd', { ...snapshot(caller), ...snapshot(garden, 'Dest'), DialStatus: 'NOANSWER' });
    ami.tell('Hangup', { ...snapshot(garden), Cause: '0' });
    expect(told()).toEqual(['Garden ringing', 'Garden missed']);
    expect(pbx.dect.handsets.find('Garden')?.missed).toBe(1);
  });

  it('calls out', () => {
    ami.tell('Newchannel', snapshot({ ...garden, state: 'Ring', exten: '600' }));
    expect(pbx.dect.handsets.find('Garden')?.state).toBe('in_call');
    expect(told()).toEqual([]);
  });
});

describe('what nobody saw', () => {
  it('is no news: a call that is found on the line is state', async () => {
    const listed = (channel: typeof line | typeof caller, more: object) =>
      event('CoreShowChannel', { ...snapshot(channel), ...more });
    ami.lists.CoreShowChannels = [
      listed(
        { ...caller, exten: 's', state: 'Up' },
        {
          Application: 'Dial',
          ApplicationData: 'PJSIP/2001,20,D(3333)',
          BridgeId: 'b1',
          Duration: '00:00:11',
        },
      ),
      listed(line, { Application: 'AppDial', BridgeId: 'b1', Duration: '00:00:10' }),
    ];
    ami.lists.BridgeList = [event('BridgeListItem', { BridgeUniqueid: 'b1' })];
    ami.link({ state: 'down' as never });
    await link();
    expect(hall()).toMatchObject({ state: 'ringing', since: NOW - 10_000, until: NOW + 36_000 });
    expect(told()).toEqual([]);
    await vi.advanceTimersByTimeAsync(37_500);
    ends('base');
    expect(told()).toEqual(['Hall missed']);
  });

  it('is no news: how a call ended while the link was down nobody knows', async () => {
    dials();
    reaches();
    answers();
    ami.link({ state: 'down' as never });
    await vi.advanceTimersByTimeAsync(60_000);
    await link();
    expect(hall()).toMatchObject({ state: 'free', missed: 0, lastCaller: { outcome: 'unclear' } });
    expect(told()).toEqual([]);
  });

  it('is no news: what time has made of a call that outlived the link', async () => {
    dials();
    reaches();
    answers();
    ami.lists.CoreShowChannels = [caller, line].map((channel) =>
      event('CoreShowChannel', { ...snapshot({ ...channel, state: 'Up' }), BridgeId: 'b1' }),
    );
    ami.lists.BridgeList = [event('BridgeListItem', { BridgeUniqueid: 'b1' })];
    ami.link({ state: 'down' as never });
    await vi.advanceTimersByTimeAsync(55_000);
    await link();
    await vi.advanceTimersByTimeAsync(100);
    expect(hall()).toMatchObject({ state: 'in_call', lastCaller: { outcome: 'answered' } });
    expect(told()).toEqual([]);
    ends('base');
    expect(told()).toEqual(['Hall ended']);
  });

  it('is told by Dial’s result where a busy line has no channel at all', () => {
    const result = (Value: string) =>
      ami.tell('VarSet', { ...snapshot(caller), Variable: 'DIALSTATUS', Value });
    dials();
    result('');
    result('BUSY');
    expect(told()).toEqual(['base ddi_dial', 'Hall busy']);
    expect(dect()[0]).toMatchObject({ digit: '3', all: false, handsets: ['Hall'], call: '1.1' });
    expect(base()).toMatchObject({ busy: false, digit: null, knownBy: 'extension' });
    // The result of a call that was on the line is no second one.
    result('');
    reaches();
    ami.tell('DialEnd', { ...snapshot(caller), ...snapshot(line, 'Dest'), DialStatus: 'BUSY' });
    result('BUSY');
    ami.tell('Hangup', { ...snapshot(line), Cause: '17' });
    const second = ['base ddi_dial', 'Hall ringing', 'Hall busy'];
    expect(told()).toEqual(['base ddi_dial', 'Hall busy', ...second]);
  });

  it('is told by Dial’s result of a handset’s own dead line, which is sent no digit', () => {
    dials('1104');
    for (const Value of ['', 'CHANUNAVAIL'])
      ami.tell('VarSet', { ...snapshot(caller), Variable: 'DIALSTATUS', Value });
    expect(told()).toEqual(['Garden unreachable']);
    expect(base()?.knownBy).toBeNull();
  });

  const dial = (AppData: string, Value: string) => {
    ami.tell('Newexten', { ...snapshot(caller), Extension: 's', Application: 'Dial', AppData });
    for (const each of ['', Value])
      ami.tell('VarSet', { ...snapshot(caller), Variable: 'DIALSTATUS', Value: each });
  };

  it('is told of a line that Dial names by its contacts, of which it has none', () => {
    dials('1104');
    dial(',20,g', 'CHANUNAVAIL');
    expect(told()).toEqual(['Garden unreachable']);
    dials();
    dial(',20,gD(3333)', 'CHANUNAVAIL');
    expect(told()).toEqual(['Garden unreachable', 'base ddi_dial', 'Hall unreachable']);
  });

  it('is not told by the result of a later Dial to somebody else', () => {
    dials();
    dial('PJSIP/2001,20,gD(3333)', 'CHANUNAVAIL');
    dial('PJSIP/6001,20', 'BUSY');
    expect(told()).toEqual(['base ddi_dial', 'Hall unreachable']);
  });
});

it('tells once that a line is busy, though a module was reloaded while it was dialled', async () => {
  const result = (Value: string) =>
    ami.tell('VarSet', { ...snapshot(caller), Variable: 'DIALSTATUS', Value });
  dials();
  result('');
  reaches();
  ami.lists.CoreShowChannels = [
    event('CoreShowChannel', { ...snapshot({ ...caller, exten: 's' }), Application: 'Dial' }),
    event('CoreShowChannel', { ...snapshot({ ...line, state: 'Down' }), Application: 'AppDial' }),
  ];
  ami.tell('Reload', { Module: 'All', Status: '0' });
  for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
  ami.tell('DialEnd', { ...snapshot(caller), ...snapshot(line, 'Dest'), DialStatus: 'BUSY' });
  result('BUSY');
  ami.tell('Hangup', { ...snapshot(line), Cause: '17' });
  expect(told()).toEqual(['base ddi_dial', 'Hall ringing', 'Hall busy']);
});

it('shows a base’s line as no phone, and asks nothing of a PBX without bases', () => {
  expect(pbx.phones.all().map(({ endpoint }) => endpoint)).toEqual(['PJSIP/6001']);
  const without = new Pbx({ id: 'home', phones: [], doorbells: [] }, ami.client, {
    debug() {},
    info() {},
    warn() {},
    error() {},
  });
  expect(without.dect.on).toEqual({});
});

it('says of each end what it was', () => {
  const ended: Ended = { ddi: true, dialStatus: 'ANSWER', cause: '16', held: 47_000, first: 'base' };
  const window = [46, 49] as const;
  expect(outcomeOf({ ...ended, held: null, dialStatus: 'CHANUNAVAIL' }, window)).toBe('unreachable');
  expect(outcomeOf({ ...ended, held: null, dialStatus: 'CANCEL' }, window)).toBe('missed');
  expect(outcomeOf({ ...ended, ddi: false }, window)).toBe('answered');
});

describe('a doorbell that rings a base', () => {
  const door = () => happenings.filter((one): one is DoorbellHappening => one.subject === 'doorbell');
  const types = () => door().map(({ type }) => type);
  const state = () => pbx.doorbells.get('pjsip_8000');
  const HALL = { id: 'pjsip_2001_3', endpoint: 'PJSIP/2001', name: 'Hall' };

  it('rings on when the base answers, and was missed when it gives up, whatever takes the call then', async () => {
    dials();
    reaches();
    answers();
    expect(state()).toMatchObject({ state: 'ringing', press: { talkingTo: [], answeredAt: null } });
    await vi.advanceTimersByTimeAsync(47_000);
    ami.tell('HangupRequest', snapshot(line));
    for (const channel of [line, caller])
      ami.tell('BridgeLeave', { ...snapshot(channel), BridgeUniqueid: 'b1' });
    ami.tell('Hangup', { ...snapshot(line), Cause: '16' });
    expect(state()?.state).toBe('ringing');
    ami.tell('Hangup', { ...snapshot(caller), Cause: '16' });
    expect(types()).toEqual(['ring', 'missed', 'ended']);
    expect(door().at(-1)).toMatchObject({ outcome: 'missed', answered_by: [], seconds: 0 });
  });

  it('is answered once the base can no longer give up', async () => {
    dials();
    reaches();
    answers();
    await vi.advanceTimersByTimeAsync(49_000);
    expect(state()).toMatchObject({
      state: 'answered',
      press: { answeredBy: HALL, talkingTo: ['Hall'], answeredAt: NOW },
    });
    await vi.advanceTimersByTimeAsync(11_000);
    ends('caller');
    expect(types()).toEqual(['ring', 'answered', 'ended']);
    expect(door()[1]).toMatchObject({ by: HALL, answered_by: [HALL] });
    expect(door()[2]).toMatchObject({ outcome: 'answered', seconds: 60 });
  });

  it('was answered when the handset ends the call before that', async () => {
    await call(20, 'base');
    expect(types()).toEqual(['ring', 'answered', 'ended']);
    expect(door()[2]).toMatchObject({ outcome: 'answered', answered_by: [HALL], seconds: 20 });
  });

  it('counts as missed when the visitor leaves before anybody can know', async () => {
    await call(20, 'caller');
    expect(types()).toEqual(['ring', 'missed', 'ended']);
    expect(told().at(-1)).toBe('Hall unclear');
  });

  it('names the base when all its handsets ring', async () => {
    dials('1300');
    reaches();
    answers();
    await vi.advanceTimersByTimeAsync(49_000);
    expect(door()[1]).toMatchObject({ type: 'answered', by: { id: 'pjsip_2001', name: 'Quicktone' } });
    ends('base');
  });

  it('is answered at once by a handset that has a line of its own', () => {
    const own = { ...line, name: 'DAHDI/4-1' };
    dials('1104');
    reaches(own);
    answers(own);
    expect(types()).toEqual(['ring', 'answered']);
    ends('base', { to: own });
  });

  it('keeps to that after a link that was down', async () => {
    dials();
    reaches();
    answers();
    await vi.advanceTimersByTimeAsync(10_000);
    ami.link({ state: 'down' });
    const up = { ChannelStateDesc: 'Up', BridgeId: 'b1', Duration: '00:00:10' };
    ami.lists.BridgeList = [
      event('BridgeListItem', { BridgeUniqueid: 'b1', BridgeTechnology: 'simple_bridge' }),
    ];
    ami.lists.CoreShowChannels = [
      event('CoreShowChannel', { ...snapshot(caller), ...up, Application: 'Dial' }),
      event('CoreShowChannel', { ...snapshot(line), ...up, Application: 'AppDial' }),
    ];
    await link();
    expect(state()).toMatchObject({ state: 'ringing', press: { answeredAt: null } });
    await vi.advanceTimersByTimeAsync(39_000);
    expect(types()).toEqual(['answered']);
    ends('caller');
  });
});
