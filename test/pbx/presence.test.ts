import { beforeEach, describe, expect, it } from 'vitest';
import { AmiActionError } from '../../src/ami/index.ts';
import type { Change, Happening } from '../../src/pbx/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import type { PbxOptions } from '../../src/pbx/model.ts';
import { event, FakeAmi } from './fake-ami.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const KITCHEN = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: '6001' };
const SILENT = { state: 'not_set', subtype: '', message: '' };

let ami: FakeAmi;
let pbx: Pbx;
let happenings: Happening[];
let changes: Change[];
let lines: string[];

async function settle(): Promise<void> {
  for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
}

async function start(options: Partial<PbxOptions> = {}): Promise<void> {
  pbx = new Pbx(
    { id: 'home', phones: [], doorbells: [], ...options },
    ami.client,
    { debug() {}, info: (_, message) => void lines.push(message), warn() {}, error() {} },
    null,
    () => NOW,
  );
  pbx.onHappening((happening) => happening.subject === 'presence' && happenings.push(happening));
  pbx.start();
  ami.link({ state: 'up' });
  await settle();
  expect(pbx.status.up).toBe(true);
  pbx.onChange((change) => changes.push(change));
}

function hint(extension: string, text: string, status = '0') {
  return event('ExtensionStatus', { Exten: extension, Context: 'default', Hint: text, Status: status });
}

function says(presentity: string, status: string, subtype = '', message = '') {
  return { Presentity: presentity, Status: status, Subtype: subtype, Message: message };
}

const presentities = () => pbx.presence.all().map(({ id, presentity }) => [id, presentity]);

beforeEach(() => {
  ami = new FakeAmi();
  happenings = [];
  changes = [];
  lines = [];
  for (const list of ['BridgeList', 'CoreShowChannels', 'DeviceStateList', 'PJSIPShowEndpoint'])
    ami.lists[list] = [];
  ami.lists.PJSIPShowEndpoints = ['6001', '6002', '6003'].map((name) =>
    event('EndpointList', { ObjectName: name, DeviceState: 'Not in use' }),
  );
  ami.lists.PresenceStateList = [];
  ami.lists.ExtensionStateList = [];
});

describe('whose it is', () => {
  it('is called as the phone, unless a hint or the owner says otherwise', async () => {
    ami.lists.ExtensionStateList = [
      hint('6002', 'PJSIP/6002&Custom:dnd6002,CustomPresence:bob'),
      hint('6003', 'PJSIP/6003,CustomPresence:carol'),
    ];
    await start({ phones: [{ endpoint: 'PJSIP/6003', presence: 'CustomPresence:dave' }] });
    expect(presentities()).toEqual([
      ['pjsip_6001', 'CustomPresence:6001'],
      ['pjsip_6002', 'CustomPresence:bob'],
      ['pjsip_6003', 'CustomPresence:dave'],
    ]);
  });

  it('is not a group’s, whose hint has it among others', async () => {
    ami.lists.ExtensionStateList = [
      hint('600', 'PJSIP/6001&PJSIP/6002,CustomPresence:family'),
      hint('6001', 'PJSIP/6001,CustomPresence:alice'),
    ];
    await start();
    expect(pbx.presence.get('pjsip_6001')?.presentity).toBe('CustomPresence:alice');
    expect(pbx.presence.get('pjsip_6002')?.presentity).toBe('CustomPresence:family');
  });

  it('follows a hint that comes, changes and goes while we look', async () => {
    await start();
    ami.tell('ExtensionStatus', hint('6001', 'PJSIP/6001,CustomPresence:alice'));
    expect(pbx.presence.get('pjsip_6001')?.presentity).toBe('CustomPresence:alice');
    expect(changes).toEqual([{ subject: 'presence', id: '*' }]);
    ami.tell('ExtensionStatus', hint('6001', 'PJSIP/6001,CustomPresence:alice', '1'));
    ami.tell('ExtensionStatus', hint('6002', 'PJSIP/6002'));
    expect(changes).toHaveLength(1);
    ami.tell('ExtensionStatus', hint('6001', 'PJSIP/6001,CustomPresence:alice', '-2'));
    expect(pbx.presence.get('pjsip_6001')?.presentity).toBe('CustomPresence:6001');
    expect(changes).toHaveLength(2);
  });

  it('is nobody’s where the owner wants none', async () => {
    await start({ phones: [{ endpoint: 'PJSIP/6002', presence: true }], presence: false });
    expect(presentities()).toEqual([['pjsip_6002', 'CustomPresence:6002']]);
    expect(pbx.presence.get('pjsip_6001')).toBeUndefined();
  });
});

describe('what it says', () => {
  it('is what the list says, of others than phones, too', async () => {
    ami.lists.PresenceStateList = [
      event('PresenceStateChange', says('CustomPresence:6001', 'xa', 'holiday', 'Back\nin June')),
      event('PresenceStateChange', says('CustomPresence:Batman', 'dnd')),
    ];
    await start({ phones: ['PJSIP/6002', 'PJSIP/6003'].map((endpoint) => ({ endpoint, presence: false })) });
    expect(pbx.presence.all()).toEqual([
      {
        id: 'pjsip_6001',
        presentity: 'CustomPresence:6001',
        phone: KITCHEN,
        state: 'xa',
        subtype: 'holiday',
        message: 'Back\nin June',
      },
      {
        id: expect.stringMatching(/^custompresence_batman_/),
        presentity: 'CustomPresence:Batman',
        phone: null,
        state: 'dnd',
        subtype: '',
        message: '',
      },
    ]);
    const batman = pbx.presence.all()[1];
    expect(pbx.presence.get(batman?.id ?? '')).toEqual(batman);
    expect(pbx.presence.at('CustomPresence:nobody')).toMatchObject(SILENT);
    expect(happenings).toEqual([]);
  });

  it('changes once, however often it is told', async () => {
    await start();
    ami.tell('PresenceStateChange', says('CustomPresence:6001', 'away', '', 'Lunch'));
    ami.tell('PresenceStateChange', says('CustomPresence:6001', 'away', '', 'Lunch'));
    expect(changes).toEqual([{ subject: 'presence', id: 'pjsip_6001' }]);
    expect(happenings).toEqual([
      {
        time: '2026-11-24T08:00:00.000Z',
        pbx: 'home',
        subject: 'presence',
        type: 'changed',
        presentity: 'CustomPresence:6001',
        phone: KITCHEN,
        state: 'away',
        subtype: '',
        message: 'Lunch',
        before: 'not_set',
      },
    ]);
  });

  it('is of each phone that has the same presentity', async () => {
    const phones = ['PJSIP/6001', 'PJSIP/6003'].map((endpoint) => ({
      endpoint,
      presence: 'CustomPresence:eve',
    }));
    await start({ phones });
    ami.tell('PresenceStateChange', says('CustomPresence:eve', 'chat'));
    expect(changes.map(({ id }) => id)).toEqual(['pjsip_6001', 'pjsip_6003']);
    expect(happenings).toHaveLength(1);
    expect(pbx.presence.get('pjsip_6003')?.state).toBe('chat');
  });

  it('is newer than the list when it was told while the list was on its way, and after a new link', async () => {
    await start();
    ami.lists.PresenceStateList = () => {
      ami.tell('PresenceStateChange', says('CustomPresence:6001', 'dnd'));
      return [event('PresenceStateChange', says('CustomPresence:6001', 'available'))];
    };
    ami.link({ state: 'down' });
    ami.link({ state: 'up' });
    await settle();
    expect(pbx.presence.get('pjsip_6001')?.state).toBe('dnd');
    ami.lists.PresenceStateList = [event('PresenceStateChange', says('CustomPresence:6001', 'away'))];
    const before = happenings.length;
    ami.link({ state: 'down' });
    ami.link({ state: 'up' });
    await settle();
    expect(pbx.presence.get('pjsip_6001')?.state).toBe('away');
    expect(happenings).toHaveLength(before);
  });

  it('takes a word that Asterisk does not have for none', async () => {
    await start();
    ami.tell('PresenceStateChange', says('CustomPresence:6001', 'INVALID'));
    expect(pbx.presence.get('pjsip_6001')).toMatchObject(SILENT);
  });
});

describe('a text that events and lists cut', () => {
  const LONG = `${'"ü"'.repeat(120)} end`;
  const cut = says('CustomPresence:6001', 'away', 'x', LONG.slice(0, 128));

  beforeEach(() => {
    ami.send = async ({ Variable = '' }) => ({
      all: () => [Buffer.from(Variable.includes('message') ? LONG : 'x').toString('base64')],
    });
  });

  it('is read whole, and told once', async () => {
    await start();
    ami.tell('PresenceStateChange', cut);
    await settle();
    expect(pbx.presence.get('pjsip_6001')).toMatchObject({ state: 'away', subtype: 'x', message: LONG });
    expect(happenings).toMatchObject([{ message: LONG, before: 'not_set' }]);
    ami.lists.PresenceStateList = [event('PresenceStateChange', cut)];
    ami.link({ state: 'down' });
    ami.link({ state: 'up' });
    await settle();
    expect(pbx.presence.get('pjsip_6001')?.message).toBe(LONG);
    expect(happenings).toHaveLength(1);
  });

  it('is forgotten for what was said meanwhile', async () => {
    await start();
    ami.tell('PresenceStateChange', cut);
    ami.tell('PresenceStateChange', says('CustomPresence:6001', 'dnd'));
    await settle();
    expect(pbx.presence.get('pjsip_6001')).toMatchObject({ state: 'dnd', message: '' });
  });

  it('is told as it came where it may not be read', async () => {
    ami.send = () => Promise.reject(new AmiActionError('Getvar', 'Permission denied', 'permission'));
    await start();
    ami.tell('PresenceStateChange', cut);
    await settle();
    expect(pbx.presence.get('pjsip_6001')).toMatchObject({ state: 'away', message: cut.Message });
  });
});

it('is not there, and is said once, when the module is not loaded', async () => {
  delete ami.lists.PresenceStateList;
  await start();
  ami.link({ state: 'down' });
  ami.link({ state: 'up' });
  await settle();
  expect(pbx.presence.loaded).toBe(false);
  expect(pbx.presence.all()).toEqual([]);
  expect(pbx.presence.get('pjsip_6001')).toBeUndefined();
  expect(lines.filter((line) => line.includes('presence'))).toEqual([
    'This Asterisk has no res_manager_presencestate loaded: no presence',
  ]);
});
