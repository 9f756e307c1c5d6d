import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type LoadOptions,
  loadSettings,
  type Problem,
  type Settings,
  SettingsError,
} from '../../src/settings/index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'settings-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

function load(options: Partial<LoadOptions> = {}): Promise<Settings> {
  return loadSettings({
    argv: [],
    env: {},
    cwd: folder,
    optionsFile: join(folder, 'options.json'),
    secretFolders: [],
    ...options,
  });
}

async function loadYaml(content: string, options: Partial<LoadOptions> = {}): Promise<Settings> {
  return load({ argv: ['--settings', await write('app/companion.yaml', content)], ...options });
}

async function refusal(loading: Promise<Settings>): Promise<SettingsError> {
  const error: unknown = await loading.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SettingsError);
  return error as SettingsError;
}

async function problems(loading: Promise<Settings>): Promise<readonly Problem[]> {
  return (await refusal(loading)).problems;
}

const PBX = 'asterisk: [{ name: home, secret: s3cret }]\n';

describe('defaults', () => {
  test('with nothing given there is the demo, on loopback', async () => {
    expect(await load()).toEqual({
      id: 'asterisk',
      log_level: 'info',
      demo: true,
      demo_phones: 4,
      demo_port: 0,
      asterisk: [],
      mqtt: { verify: true, base_topic: 'asterisk', discovery_prefix: 'homeassistant' },
      http: { host: '127.0.0.1', port: 8099 },
      phones: [],
      dect: [],
      parking: [],
      blf: { show: 'others', contexts: [], custom: ['*'] },
      doorbells: [],
      ring_groups: [],
      conferences: [],
      mailboxes: [],
      voicemail: {},
      groups: [],
      announce: {},
      queues: [],
      history: { days: 365 },
      messages: { entities: true, from: 'home' },
      user_events: { bus: ['*'] },
      presence: true,
      recordings: { to: ['media', 'mailbox'], beep: 0 },
      names: { numbers: {}, persons: {}, phone_book: [] },
      scripts: true,
      cards: true,
      blueprints: true,
      notices: [],
    });
  });

  test('another port for the demo leaves it the demo', async () => {
    expect(await load({ argv: ['--http.port', '8100'] })).toMatchObject({ demo: true, http: { port: 8100 } });
  });

  test('a settings file without a PBX is a mistake, not the demo', async () => {
    expect(await problems(loadYaml('log_level: debug\n'))).toMatchObject([{ path: 'asterisk', value: null }]);
  });

  test('a PBX needs a name and a secret, and gets the rest', async () => {
    expect((await loadYaml(PBX)).asterisk).toEqual([
      {
        name: 'home',
        host: '127.0.0.1',
        port: 5038,
        username: 'admin',
        secret: 's3cret',
        tls: false,
        context: 'default',
      },
    ]);
  });
});

describe('sources', () => {
  test('each goes over the ones before it', async () => {
    await write(
      'options.json',
      JSON.stringify({
        asterisk: [{ name: 'home', host: 'options', port: 1, username: 'options', secret: 's' }],
        log_level: 'warn',
      }),
    );
    const settings = await loadYaml(
      'http: { host: yaml, port: 2, token: yaml-yaml-yaml-yaml }\nmqtt: { base_topic: yaml }\n',
      {
        env: {
          COMPANION_HTTP__PORT: '3',
          COMPANION_MQTT__BASE_TOPIC: 'env',
          COMPANION_ASTERISK__0__PORT: '4',
        },
      },
    );
    expect(settings).toMatchObject({
      log_level: 'warn',
      http: { host: 'yaml', port: 3 },
      mqtt: { base_topic: 'env' },
      asterisk: [{ host: 'options', port: 4, username: 'options' }],
    });
    const file = join(folder, 'app/companion.yaml');
    const flagged = await load({
      argv: ['--http.port=5', `--settings=${file}`, '--asterisk.0.host', 'flag'],
      env: { COMPANION_HTTP__PORT: '3' },
    });
    expect(flagged).toMatchObject({ http: { host: 'yaml', port: 5 }, asterisk: [{ host: 'flag' }] });
  });

  test('COMPANION_SETTINGS names the file, --settings goes over it', async () => {
    const one = await write('one.yaml', PBX);
    const two = await write('two.yaml', PBX.replace('home', 'other'));
    const env = { COMPANION_SETTINGS: one };
    expect((await load({ env })).asterisk[0]?.name).toBe('home');
    expect((await load({ env, argv: ['--settings', two] })).asterisk[0]?.name).toBe('other');
  });

  test('a list in a file replaces the one from the options', async () => {
    await write(
      'options.json',
      JSON.stringify({
        asterisk: [
          { name: 'a', secret: 'x' },
          { name: 'b', secret: 'x' },
        ],
      }),
    );
    expect((await loadYaml(PBX)).asterisk.map(({ name }) => name)).toEqual(['home']);
  });

  test('a PBX from the environment alone, in any order', async () => {
    const env = {
      COMPANION_ASTERISK__1__SECRET: 'two',
      COMPANION_ASTERISK__1__NAME: 'annex',
      COMPANION_ASTERISK__0__SECRET: 'one',
      COMPANION_ASTERISK__0__NAME: 'home',
      COMPANION_ASTERISK__0__TLS: 'yes',
      COMPANION_DEMO: '',
      UNRELATED: 'x',
    };
    expect(await load({ env })).toMatchObject({
      demo: false,
      asterisk: [
        { name: 'home', secret: 'one', tls: { verify: true } },
        { name: 'annex', secret: 'two', tls: false },
      ],
    });
  });

  test('lists and mappings as JSON, lists of texts with commas', async () => {
    const argv = [
      '--asterisk=[{"name":"home","secret":"s"}]',
      '--doorbells',
      '[{"name":"Door","endpoint":"PJSIP/8000"}]',
      '--doorbells.0.answer-on',
      'PJSIP/6001, PJSIP/6002',
      '--no-cards',
      '--scripts=off',
      '--log-level',
      'debug',
    ];
    expect(await load({ argv })).toMatchObject({
      doorbells: [{ name: 'Door', answer_on: ['PJSIP/6001', 'PJSIP/6002'] }],
      cards: false,
      scripts: false,
      blueprints: true,
      log_level: 'debug',
    });
  });

  test('plain texts in YAML stay as they are written', async () => {
    const settings = await loadYaml(
      'asterisk: [{ name: home, secret: 0123, username: 1e3 }]\ndoorbells: [{ name: 007, endpoint: PJSIP/8000, open: { dtmf: 0042 } }]\n',
    );
    expect(settings.asterisk[0]).toMatchObject({ secret: '0123', username: '1e3' });
    expect(settings.doorbells[0]).toMatchObject({ name: '007', open: { digits: '0042' } });
  });

  test('an empty key counts as absent', async () => {
    expect(await loadYaml(`${PBX}mqtt:\nphones:\nhttp: { token: }\n`)).toMatchObject({ phones: [] });
  });

  test('YAML anchors work, and endless ones end', async () => {
    const settings = await loadYaml(
      'asterisk:\n  - &a { name: home, secret: s }\nphones: [&p { endpoint: PJSIP/1 }, *p]\n',
    );
    expect(settings.phones).toHaveLength(2);
    expect(await problems(loadYaml('asterisk: &a [*a, *a]\n'))).toMatchObject([{ kind: 'unreadable' }]);
  });
});

describe('the app’s options', () => {
  test('become the same settings as the file', async () => {
    await write(
      'options.json',
      JSON.stringify({
        asterisk: [
          {
            name: 'home',
            host: '127.0.0.1',
            port: 5038,
            username: 'admin',
            secret: 's',
            tls: true,
            tls_verify: false,
            context: '',
          },
        ],
        doorbells: [
          {
            name: 'A',
            endpoint: 'PJSIP/1',
            answer_on: 'PJSIP/6001,PJSIP/6002',
            extensions: '444',
            open_dtmf: '#9',
            open_without_call: 'call',
          },
          { name: 'B', endpoint: 'PJSIP/2', open_entity: 'lock.gate' },
          {
            name: 'C',
            endpoint: 'PJSIP/3',
            open_action: 'lock.unlock',
            open_entity: 'lock.gate',
            answer_on: '',
          },
          {
            name: 'D',
            endpoint: 'PJSIP/4',
            open_url: 'http://door/open',
            open_method: 'POST',
            open_body: 'x',
          },
          { name: 'E', endpoint: 'PJSIP/5', open_call: '8000', open_dtmf: '12' },
          { name: 'F', endpoint: 'PJSIP/6' },
        ],
        phones: [{ endpoint: 'PJSIP/6001', name: 'Kitchen' }],
        mqtt: {},
        http_token: '',
        log_level: 'info',
        demo: null,
      }),
    );
    const settings = await load();
    expect(settings.demo).toBe(false);
    expect(settings.asterisk[0]).toMatchObject({ tls: { verify: false }, context: 'default' });
    expect(settings.doorbells).toEqual([
      {
        name: 'A',
        endpoint: 'PJSIP/1',
        extensions: ['444'],
        answer_on: ['PJSIP/6001', 'PJSIP/6002'],
        open: { kind: 'dtmf', digits: '#9', withoutCall: { dial: 'PJSIP/1' } },
      },
      {
        name: 'B',
        endpoint: 'PJSIP/2',
        extensions: [],
        answer_on: [],
        open: { kind: 'action', action: 'lock.open', target: { entity_id: 'lock.gate' } },
      },
      {
        name: 'C',
        endpoint: 'PJSIP/3',
        extensions: [],
        answer_on: [],
        open: { kind: 'action', action: 'lock.unlock', target: { entity_id: 'lock.gate' } },
      },
      {
        name: 'D',
        endpoint: 'PJSIP/4',
        extensions: [],
        answer_on: [],
        open: { kind: 'http', method: 'POST', url: 'http://door/open', headers: {}, body: 'x' },
      },
      {
        name: 'E',
        endpoint: 'PJSIP/5',
        extensions: [],
        answer_on: [],
        open: { kind: 'call', dial: '8000', digits: '12' },
      },
      { name: 'F', open: null, endpoint: 'PJSIP/6', extensions: [], answer_on: [] },
    ]);
  });

  const form = async (options: object) => {
    const asterisk = [{ name: 'home', secret: 's' }];
    await write('options.json', JSON.stringify({ asterisk, ...options }));
    return load();
  };
  const quicktone = { name: 'Quicktone', line: 'PJSIP/2001' };
  const hall = { name: 'Hall', digit: '3', extensions: '1103, 1203', mailbox: '03@default' };
  const garden = { name: 'Garden', line: 'PJSIP/2002', ring_time: 25 };

  test.each<[string, object, object]>([
    [
      'handsets go to the base that they name, or to the first',
      {
        dect: [
          quicktone,
          { name: 'Attic', line: 'IAX2/attic', all: '1300', no_answer_from: 30, no_answer_to: 33 },
        ],
        dect_handsets: [hall, { name: 'Loft', base: 'Attic', digit: '1' }, garden],
      },
      {
        dect: [
          {
            ...quicktone,
            no_answer: [46, 49],
            handsets: [{ ...hall, extensions: ['1103', '1203'] }, garden],
          },
          {
            line: 'IAX2/attic',
            all: ['1300'],
            no_answer: [30, 33],
            handsets: [{ name: 'Loft', digit: '1' }],
          },
        ],
      },
    ],
    [
      'handsets with lines of their own need no base',
      { dect: [], dect_handsets: [garden] },
      { dect: [{ name: 'DECT', handsets: [garden] }] },
    ],
    [
      'members go to their queue, listed or not',
      {
        queues: [{ queue: 'sales', control: 'own' }],
        queue_members: [
          { queue: 'sales', phone: 'PJSIP/6001', penalty: 2 },
          { queue: 'help', phone: 'PJSIP/6002', user: 'Anna' },
          { queue: 'sales', phone: 'PJSIP/6003' },
        ],
      },
      {
        queues: [
          {
            queue: 'sales',
            control: 'own',
            members: [{ phone: 'PJSIP/6001', penalty: 2 }, { phone: 'PJSIP/6003' }],
          },
          { queue: 'help', members: [{ phone: 'PJSIP/6002', user: 'Anna' }] },
        ],
      },
    ],
    [
      'names have one place for all their sources',
      {
        names: [{ number: '8000', name: 'Door' }],
        persons: [
          { person: 'person.anna', numbers: '6002' },
          { person: 'person.bob', numbers: '6003' },
          { person: 'person.anna', numbers: '+49 170 1, 0171' },
        ],
        phone_book: '/config/a.vcf, /config/b.csv',
        country: '49',
      },
      {
        names: {
          numbers: { 8000: 'Door' },
          persons: { 'person.anna': ['6002', '+49 170 1', '0171'], 'person.bob': ['6003'] },
          phone_book: ['/config/a.vcf', '/config/b.csv'],
          country: '49',
        },
      },
    ],
    [
      'single ones stand where the file has them',
      {
        recordings_to: 'mailbox',
        recordings_mailbox: '6001@default',
        recordings_beep: 15,
        history_days: 0,
        user_events: 'Door*, Alarm',
        blf_show: 'none',
        parking: [{ lot: 'office', name: 'Office', phones: 'PJSIP/6001, PJSIP/6002' }],
      },
      {
        recordings: { to: ['mailbox'], mailbox: '6001@default', beep: 15 },
        history: { days: 0 },
        user_events: { bus: ['Door*', 'Alarm'] },
        blf: { show: 'none' },
        parking: [{ lot: 'office', name: 'Office', phones: ['PJSIP/6001', 'PJSIP/6002'] }],
      },
    ],
    [
      'both, and none',
      { recordings_to: 'both', user_events: 'none' },
      { recordings: { to: ['media', 'mailbox'] }, user_events: { bus: [] } },
    ],
  ])('%s', async (_what, options, settings) => {
    expect(await form(options)).toMatchObject(settings);
  });

  test('a base that is not there is named in the problem', async () => {
    const wrong = form({ dect: [quicktone], dect_handsets: [garden, { ...hall, base: 'Quickton' }] });
    expect(await problems(wrong)).toMatchObject([
      { path: 'dect.1.line', allowed: 'the line of the base "Quickton", that the digits are sent on' },
    ]);
  });

  test('an option that nobody knows is said, whatever it is called', async () => {
    expect(await problems(form({ constructor: [1] }))).toMatchObject([{ path: 'constructor' }]);
  });

  test('a wrong one is said to come from there', async () => {
    await write('options.json', JSON.stringify({ asterisk: [{ name: 'Home!', secret: 's' }] }));
    expect(await problems(load())).toMatchObject([
      { path: 'asterisk.0.name', value: '"Home!"', source: 'app options' },
    ]);
  });
});

describe('ways to open', () => {
  const open = async (way: string) =>
    (await loadYaml(`${PBX}doorbells: [{ name: D, endpoint: PJSIP/8000, open: ${way} }]\n`)).doorbells[0];

  test.each([
    ['{ dtmf: "#9" }', { kind: 'dtmf', digits: '#9', withoutCall: 'refuse' }],
    [
      '{ dtmf: "1", without_call: call, dial: "700" }',
      { kind: 'dtmf', digits: '1', withoutCall: { dial: '700' } },
    ],
    ['{ action: { action: lock.open } }', { kind: 'action', action: 'lock.open' }],
    [
      '{ http: { url: "https://u:p@d/x", headers: { X: y } } }',
      { kind: 'http', method: 'GET', url: 'https://u:p@d/x', headers: { X: 'y' } },
    ],
    ['{ call: { number: PJSIP/8000, dtmf: "12" } }', { kind: 'call', dial: 'PJSIP/8000', digits: '12' }],
  ])('%s', async (way, expected) => {
    expect(await open(way)).toMatchObject({ open: expected });
  });

  test.each([
    ['{ }', 'doorbells.0.open'],
    ['{ dtmf: "1", action: { action: a.b } }', 'doorbells.0.open'],
    ['{ action: { action: a.b }, without_call: call }', 'doorbells.0.open.without_call'],
    ['{ dtmf: "1", dial: "2" }', 'doorbells.0.open.dial'],
    ['{ dtmf: "1\\r\\nAction: Logoff" }', 'doorbells.0.open.dtmf'],
    ['{ call: { number: "1,2", dtmf: "1" } }', 'doorbells.0.open.call.number'],
  ])('%s is refused', async (way, path) => {
    expect(
      (await problems(loadYaml(`${PBX}doorbells: [{ name: D, endpoint: PJSIP/8000, open: ${way} }]\n`))).map(
        (p) => p.path,
      ),
    ).toEqual([path]);
  });
});

describe('queues', () => {
  const queues = (value: string) => loadYaml(`${PBX}queues: ${value}\n`);

  test('let everybody do everything unless they say otherwise', async () => {
    const members = '[{ phone: PJSIP/6001, user: anna, control: own }]';
    expect((await queues(`[{ queue: sales }, { queue: Help desk, members: ${members} }]`)).queues).toEqual([
      { queue: 'sales', hidden: false, members: [], permission: 'details', control: 'all' },
      {
        queue: 'Help desk',
        hidden: false,
        members: [{ phone: 'PJSIP/6001', user: 'anna', penalty: 0, control: 'own' }],
        permission: 'details',
        control: 'all',
      },
    ]);
  });

  test.each([
    ['[{ queue: a }, { queue: a }]', 'queues.1.queue'],
    ['[{ queue: a, pbx: elsewhere }]', 'queues.0.pbx'],
    ['[{ queue: a, control: everybody }]', 'queues.0.control'],
    ['[{ queue: a, members: [{ phone: "6001" }] }]', 'queues.0.members.0.phone'],
    [
      '[{ queue: a, members: [{ phone: PJSIP/1, interface: "Local/1@a,b" }] }]',
      'queues.0.members.0.interface',
    ],
    ['[{ queue: a, members: [{ phone: PJSIP/1, penalty: -1 }] }]', 'queues.0.members.0.penalty'],
  ])('%s is refused', async (value, path) => {
    expect((await problems(queues(value))).map((problem) => problem.path)).toEqual([path]);
  });
});

describe('DECT bases', () => {
  const dect = (value: string) => loadYaml(`${PBX}dect: ${value}\n`);

  test('have a window, and handsets with a digit or a line', async () => {
    const handsets = '[{ name: H, digit: 3, extensions: ["1103"] }, { name: G, line: DAHDI/4 }]';
    expect((await dect(`[{ name: Q, line: IAX2/base, handsets: ${handsets} }]`)).dect).toEqual([
      {
        name: 'Q',
        line: 'IAX2/base',
        no_answer: [46, 49],
        all: [],
        handsets: [
          { name: 'H', digit: '3', ring_time: 20, extensions: ['1103'] },
          { name: 'G', line: 'DAHDI/4', ring_time: 20, extensions: [] },
        ],
      },
    ]);
  });

  test.each([
    ['[{ name: Q, line: PJSIP/1, handsets: [] }]', 'dect.0.handsets'],
    ['[{ name: Q, line: PJSIP/1, handsets: [{ name: H }] }]', 'dect.0.handsets.0'],
    ['[{ name: Q, line: PJSIP/1, handsets: [{ name: H, digit: 1, line: PJSIP/2 }] }]', 'dect.0.handsets.0'],
    ['[{ name: Q, handsets: [{ name: H, digit: 1 }] }]', 'dect.0.line'],
    ['[{ name: Q, line: PJSIP/1, handsets: [{ name: H, digit: 0 }] }]', 'dect.0.handsets.0.digit'],
    [
      '[{ name: Q, line: PJSIP/1, handsets: [{ name: H, digit: 1 }, { name: I, digit: "1" }] }]',
      'dect.0.handsets.1.digit',
    ],
    [
      '[{ name: Q, line: PJSIP/1, no_answer: [49, 46], handsets: [{ name: H, digit: 1 }] }]',
      'dect.0.no_answer',
    ],
    [
      '[{ name: Q, line: PJSIP/1, handsets: [{ name: H, digit: 1 }, { name: G, line: PJSIP/1 }] }]',
      'dect.0.handsets.1.line',
    ],
    [
      '[{ name: Q, line: PJSIP/1, all: ["9"], handsets: [{ name: H, digit: 1, extensions: ["9"] }] }]',
      'dect.0.handsets.0.extensions.0',
    ],
    ['[{ name: Q, pbx: attic, line: PJSIP/1, handsets: [{ name: H, digit: 1 }] }]', 'dect.0.pbx'],
  ])('%s is refused', async (value, path) => {
    expect((await problems(dect(value))).map((problem) => problem.path)).toEqual([path]);
  });
});

describe('secrets', () => {
  test('from secrets.yaml beside the file, else from a folder above, else from Home Assistant', async () => {
    await write('app/secrets.yaml', 'near: beside\n');
    await write('secrets.yaml', 'near: above\nfar: 0815\n');
    await write('ha/secrets.yaml', 'far: never\nlast: "from #ha"\n');
    const settings = await loadYaml(
      'asterisk:\n  - { name: a, secret: !secret near }\n  - { name: b, secret: !secret far }\n  - { name: c, secret: !secret last }\n',
      { secretFolders: [join(folder, 'ha')] },
    );
    expect(settings.asterisk.map(({ secret }) => secret)).toEqual(['beside', '0815', 'from #ha']);
  });

  test('from a file of their own, by tag, mapping, variable and flag', async () => {
    await write('app/ami.txt', 'from file\n');
    const settings = await loadYaml(
      'asterisk:\n  - { name: a, secret: !file ami.txt }\n  - { name: b, secret: { file: ami.txt } }\n  - { name: c }\n  - { name: d }\n',
      {
        argv: ['--settings', join(folder, 'app/companion.yaml'), '--asterisk.3.secret', '!file ami.txt'],
        env: { COMPANION_ASTERISK__2__SECRET__FILE: join(folder, 'app/ami.txt') },
      },
    );
    expect(settings.asterisk.map(({ secret }) => secret)).toEqual(Array(4).fill('from file'));
  });

  test('the authority’s certificate is read', async () => {
    await write('app/ca.pem', '-----BEGIN CERTIFICATE-----\nx\n');
    const settings = await loadYaml('asterisk: [{ name: a, secret: s, tls: { ca: ca.pem } }]\n');
    expect(settings.asterisk[0]?.tls).toEqual({ ca: '-----BEGIN CERTIFICATE-----\nx', verify: true });
  });

  test('what is not there is said once, with the nearest name', async () => {
    await write('app/secrets.yaml', 'ami_secret: hunter2\n');
    const error = await refusal(
      loadYaml(
        'asterisk:\n  - name: a\n    secret: !secret ami_secrt\n  - name: b\n    secret: !file gone.txt\n',
      ),
    );
    expect(error.problems).toMatchObject([
      { path: 'asterisk.0.secret', nearest: '!secret ami_secret', source: 'companion.yaml:3' },
      { path: 'asterisk.1.secret', value: 'the file gone.txt', source: 'companion.yaml:5' },
    ]);
    expect(error.message).not.toContain('hunter2');
  });
});

describe('mistakes', () => {
  test('are all said at once, with place, value, what is allowed and the nearest key', async () => {
    const content = [
      'asterik: []',
      'asterisk:',
      '  - name: home',
      '    port: 70000',
      '    secrt: x',
      'mqtt: { url: "http://broker", usernam: u }',
      'log_level: loud',
    ].join('\n');
    const error = await refusal(
      loadYaml(content, { env: { COMPANION_HTPP__PORT: '1', COMPANION_HTTP__PORT: 'x' } }),
    );
    expect(error.message.split('\n').slice(0, 3)).toEqual([
      '9 problems in the settings:',
      '  COMPANION_HTPP__PORT: unknown key. Did you mean COMPANION_HTTP__PORT? Allowed: the keys of docs/settings.md (environment)',
      '  log_level: "loud" is not allowed. Allowed: one of trace, debug, info, warn, error (companion.yaml:7)',
    ]);
    expect(error.problems.map(({ path, nearest, source }) => [path, nearest, source])).toEqual([
      ['COMPANION_HTPP__PORT', 'COMPANION_HTTP__PORT', 'environment'],
      ['log_level', undefined, 'companion.yaml:7'],
      ['asterisk.0.port', undefined, 'companion.yaml:4'],
      ['asterisk.0.secret', undefined, 'companion.yaml:3'],
      ['asterisk.0.secrt', 'secret', 'companion.yaml:5'],
      ['mqtt.url', undefined, 'companion.yaml:6'],
      ['mqtt.usernam', 'username', 'companion.yaml:6'],
      ['http.port', undefined, 'COMPANION_HTTP__PORT'],
      ['asterik', 'asterisk', 'companion.yaml:1'],
    ]);
  });

  test('inside a mapping where true and false would do as well are told one by one', async () => {
    const content = `asterisk: [{ name: a, secret: s, tls: { servrname: pbx, verify: maybe } }]\n`;
    expect((await problems(loadYaml(content))).map(({ path, nearest }) => [path, nearest])).toEqual([
      ['asterisk.0.tls.verify', undefined],
      ['asterisk.0.tls.servrname', 'servername'],
    ]);
  });

  test.each([
    ['phones: [{ endpoint: PJSIP/1, pbx: homee }]', 'phones.0.pbx'],
    ['phones: [{ endpoint: pjsip/1 }]', 'phones.0.endpoint'],
    ['phones: [{ endpoint: "PJSIP/1&PJSIP/2" }]', 'phones.0.endpoint'],
    [
      'ring_groups: [{ name: A, extension: "600" }, { name: B, extension: "600" }]',
      'ring_groups.1.extension',
    ],
    ['ring_groups: [{ name: A, extension: "600", pbx: homee }]', 'ring_groups.0.pbx'],
    ['ring_groups: [{ name: A, extension: "600&700" }]', 'ring_groups.0.extension'],
    ['conferences: [{ room: "1" }, { room: "1", name: Two }]', 'conferences.1.room'],
    ['conferences: [{ room: "1,admin_user" }]', 'conferences.0.room'],
    ['conferences: [{ room: "1", user_profile: "a,b" }]', 'conferences.0.user_profile'],
    ['conferences: [{ room: "1", record_folder: recordings }]', 'conferences.0.record_folder'],
    ['doorbells: [{ name: A b, endpoint: PJSIP/1 }, { name: a-B, endpoint: PJSIP/2 }]', 'doorbells.1.name'],
    ['mailboxes: [{ mailbox: "1,2" }]', 'mailboxes.0.mailbox'],
    ['voicemail: { spool: /x, pbx: homee }', 'voicemail.pbx'],
    ['mqtt: { username: u }', 'mqtt.username'],
    ['http: { token: "two words" }', 'http.token'],
    [
      'doorbells: [{ name: A, endpoint: PJSIP/1, open: { http: { url: "http://d", headers: { X: "a\\r\\nY: b" } } } }]',
      'doorbells.0.open.http.headers.X',
    ],
    [
      'doorbells: [{ name: A, endpoint: PJSIP/1, open: { http: { url: "http://d", headers: { X: "5 €" } } } }]',
      'doorbells.0.open.http.headers.X',
    ],
    [
      'doorbells: [{ name: A, endpoint: PJSIP/1, open: { http: { url: "http://d", headers: { "A b": c } } } }]',
      'doorbells.0.open.http.headers.A b',
    ],
    [
      'doorbells: [{ name: A, endpoint: PJSIP/1, open: { http: { url: "http://u:5%@d" } } }]',
      'doorbells.0.open.http.url',
    ],
    [
      'doorbells: [{ name: A, endpoint: PJSIP/1, open: { http: { url: "http://d", body: x } } }]',
      'doorbells.0.open.http.body',
    ],
    ['home_assistant: { url: "http://ha:8123" }', 'home_assistant.token'],
    ['id: "my id"', 'id'],
  ])('%s', async (line, path) => {
    expect((await problems(loadYaml(`${PBX}${line}\n`))).map((problem) => problem.path)).toEqual([path]);
  });

  test('two PBXs of one name', async () => {
    const found = await problems(loadYaml('asterisk: [{ name: a, secret: x }, { name: a, secret: y }]\n'));
    expect(found).toMatchObject([{ path: 'asterisk.1.name', value: '"a"' }]);
  });

  test('a list with a gap', async () => {
    expect(await problems(load({ argv: ['--asterisk.1.name', 'x'] }))).toMatchObject([
      { path: '--asterisk.1.name', kind: 'conflict' },
    ]);
  });

  test('a file that is not there, or not YAML, hides no other words behind it', async () => {
    expect(await problems(load({ argv: ['--settings', 'gone.yaml'] }))).toMatchObject([
      { path: '', source: '--settings' },
    ]);
    expect(await problems(loadYaml('asterisk:\n\t- x\n'))).toMatchObject([
      { path: '', kind: 'unreadable', source: 'companion.yaml:2' },
    ]);
    expect(await problems(loadYaml('id: a\nid: b\n'))).toMatchObject([
      { path: '', allowed: 'each key once in a mapping', source: 'companion.yaml:2' },
    ]);
  });

  test('flags', async () => {
    const argv = ['--htp.port', '1', '--no-card', '--http.port', '--demo', 'stray', '--phones', '[oops'];
    expect((await problems(load({ argv }))).map(({ path, nearest }) => [path, nearest])).toEqual([
      ['--htp.port', '--http.port'],
      ['--no-card', '--no-cards'],
      ['--http.port', undefined],
      ['', undefined],
      ['--phones', undefined],
    ]);
  });

  test('notices are no mistakes', async () => {
    expect((await loadYaml(`${PBX}http: { token: short }\n`)).notices).toEqual([
      expect.stringContaining('http.token'),
    ]);
    expect((await loadYaml(`${PBX}http: { token: 0123456789abcdef }\n`)).notices).toEqual([]);
  });
});

test('whatever is in the file, the answer is settings or problems', async () => {
  const key = fc.constantFrom(
    'asterisk',
    'mqtt',
    'http',
    'doorbells',
    'phones',
    'open',
    'name',
    'tls',
    '__proto__',
    'x',
  );
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      scalar,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie('tree')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(tree, async (content) => {
      const loading = loadYaml(JSON.stringify(content));
      await loading.catch((error: unknown) => expect(error).toBeInstanceOf(SettingsError));
    }),
    { numRuns: 300 },
  );
});

describe('no problem shows a secret', () => {
  const SECRET = 'hunter2-xyz';
  test.each([
    ['an unknown key', `asterisk: [{ name: a, secrt: ${SECRET} }]`],
    ['a secret of the wrong kind', `asterisk: [{ name: a, secret: [${SECRET}] }]`],
    ['a text where a PBX belongs', `asterisk: [${SECRET}]`],
    ['a text where the list belongs', `asterisk: ${SECRET}`],
    ['an address with a login', `${PBX}mqtt: { url: "http://u:${SECRET}@broker" }`],
    ['a broken address with a login', `${PBX}mqtt: { url: "u:${SECRET}@broker" }`],
    [
      'a door’s address',
      `${PBX}doorbells: [{ name: D, endpoint: PJSIP/1, open: { http: { url: "${SECRET}" } } }]`,
    ],
    [
      'a door’s header',
      `${PBX}doorbells: [{ name: D, endpoint: PJSIP/1, open: { http: { url: "http://d", headers: { A: [${SECRET}] } } } }]`,
    ],
    ['a door’s code', `${PBX}doorbells: [{ name: D, endpoint: PJSIP/1, open: { dtmf: ${SECRET} } }]`],
    ['a token', `${PBX}http: { token: "${SECRET} ${SECRET}" }`],
    ['YAML with a mistake', `asterisk: [{ name: a, secret: "${SECRET} }]\nx: ]`],
    ['YAML with a loose text', `asterisk: [] ${SECRET}`],
    ['an unknown tag', `asterisk: [{ name: a, secret: [!nope ${SECRET}] }]`],
  ])('%s', async (_what, content) => {
    expect(JSON.stringify((await refusal(loadYaml(content))).problems)).not.toContain(SECRET);
  });

  test.each([
    ['a mistyped flag', { argv: ['--asterisk.0.secrt', SECRET] }],
    ['a stray argument', { argv: [SECRET] }],
    ['a flag with a gap', { argv: ['--asterisk.3.secret', SECRET] }],
    ['a mistyped variable', { env: { COMPANION_ASTERISK__0__SECRT: SECRET } }],
    ['broken JSON', { env: { COMPANION_ASTERISK: `[{"secret":"${SECRET}` } }],
  ])('%s', async (_what, options) => {
    const error = await refusal(load(options));
    expect(error.message).not.toContain(SECRET);
    expect(JSON.stringify(error.problems)).not.toContain(SECRET);
  });
});
