/** What the Supervisor reads: config.yaml and the files beside it. */
import { glob, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadSettings } from '../../src/settings/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string) => readFile(join(root, name), 'utf8');
const readYaml = async (name: string) => parse(await read(name));

type OptionType = string | readonly OptionType[] | { readonly [key: string]: OptionType };
interface Config {
  readonly slug: string;
  readonly version: string;
  readonly schema: Readonly<Record<string, OptionType>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}
const config = (await readYaml('config.yaml')) as Config;
const manifest = JSON.parse(await read('package.json'));

/** Home Assistant's developer documentation, "App configuration", and nothing else. */
const KNOWN_KEYS = new Set(
  `name version slug description arch machine url startup webui boot ports ports_description host_network host_ipc
  host_dbus host_pid host_uts devices homeassistant hassio_role hassio_api homeassistant_api docker_api privileged
  full_access apparmor map environment audio video gpio usb uart udev devicetree kernel_modules stdin legacy options
  schema image timeout tmpfs discovery services auth_api ingress ingress_port ingress_entry ingress_stream panel_icon
  panel_title panel_admin backup backup_pre backup_post backup_exclude stage init watchdog realtime journald
  breaking_versions ulimits`.split(/\s+/),
);

describe('config.yaml', () => {
  test('has no key that the Supervisor does not know', () => {
    expect(Object.keys(config).filter((key) => !KNOWN_KEYS.has(key))).toEqual([]);
  });

  test('is rated 7: 5, +2 for ingress, +1 for the AppArmor profile, -1 for the host’s network', async () => {
    const points = [
      5,
      config.ingress === true ? 2 : 0,
      (await stat(join(root, 'apparmor.txt'))).isFile() && config.apparmor !== false ? 1 : 0,
      config.host_network === true ? -1 : 0,
    ];
    expect(points.reduce((sum, point) => sum + point)).toBe(7);
    const costly = [
      'privileged',
      'full_access',
      'docker_api',
      'hassio_role',
      'host_pid',
      'host_uts',
      'kernel_modules',
    ];
    expect(costly.filter((key) => config[key] !== undefined)).toEqual([]);
  });

  test('has the version of package.json, and so has the image', async () => {
    expect(config.version).toBe(manifest.version);
    expect(await read('Dockerfile')).toContain(`ARG BUILD_VERSION=${manifest.version}\n`);
  });

  test('is the only one that the store finds in the repository', async () => {
    const skipped = new Set(['node_modules', 'rootfs', 'dist']);
    const names = glob('**/config.{yaml,yml,json}', { cwd: root, exclude: (name) => skipped.has(name) });
    const found: string[] = [];
    for await (const name of names) found.push(name);
    expect(found).toEqual(['config.yaml']);
  });

  test('gives each option a type, and each that is not optional a default', () => {
    const { schema, options } = config;
    expect(Object.keys(options).filter((key) => !(key in schema))).toEqual([]);
    const optional = (type: OptionType) => typeof type === 'string' && type.endsWith('?');
    const needed = Object.entries(schema).filter(([, type]) => !optional(type));
    expect(needed.map(([key]) => key).filter((key) => !(key in options))).toEqual([]);
  });
});

/** An option's type in words of the Supervisor (supervisor/addons/options.py). */
const TYPE =
  /^(bool|email|url|port|str|password|int|float|match|list)(\((?:(?<from>[\d.]*),(?<to>[\d.]*)|(?<text>.+))\))?\??$/;

/** Whether the Supervisor takes a value for it; where it says no more than that, anything. */
function fits(type: OptionType, value: unknown): boolean {
  if (Array.isArray(type)) return Array.isArray(value) && value.every((item) => fits(type[0], item));
  if (typeof type === 'object') {
    const types = type as Readonly<Record<string, OptionType>>;
    return Object.entries(value as object).every(([key, item]) => fits(types[key] ?? '', item));
  }
  const { from = '', to = '', text = '' } = TYPE.exec(String(type))?.groups ?? {};
  if (/^(int|float)/.test(String(type)))
    return typeof value === 'number' && value >= Number(from) && value <= Number(to || Infinity);
  if (String(type).startsWith('match')) return new RegExp(text).test(String(value));
  return String(type).startsWith('list') ? text.split('|').includes(String(value)) : true;
}

describe('options', () => {
  test('have types that the Supervisor knows, in rows that hold no further ones', () => {
    const single = (type: OptionType) => typeof type === 'string' && TYPE.test(type);
    const wrong = Object.entries(config.schema).filter(([, type]) => {
      const inner = Array.isArray(type) ? type[0] : type;
      return typeof inner === 'object'
        ? !(Object.values(inner) as OptionType[]).every(single)
        : !single(inner);
    });
    expect(wrong).toEqual([]);
  });

  /** A value that the option's type takes. */
  const SAMPLES: Readonly<Record<string, unknown>> = {
    name: 'door',
    host: '127.0.0.1',
    endpoint: 'PJSIP/8000',
    answer_on: 'PJSIP/6001, PJSIP/6002',
    extensions: '444',
    phones: 'PJSIP/6001, PJSIP/6002',
    pbx: 'door',
    port: 5038,
    open_method: 'POST',
    url: 'mqtt://broker',
    language: 'de',
    log_level: 'debug',
    http_token: '0123456789abcdef',
    record_folder: '/media/asterisk',
    mailbox: '6001@default',
    recordings_beep: 15,
    recordings_dir: '/media/asterisk/recordings',
    phone: 'PJSIP/6001',
    tls_ca: '-----BEGIN CERTIFICATE-----',
    base: 'door',
    interface: 'Local/6001@from-queue/n',
    digit: '3',
    line: 'PJSIP/2001',
    no_answer_from: 30,
    no_answer_to: 33.5,
    ring_time: 25,
    penalty: 2,
    history_days: 30,
    person: 'person.anna',
    numbers: '6002, +49 170 1234567',
  };

  /** Every option of a mapping, but of the ways to open a door only the digits, and so for a handset. */
  function filled(types: Readonly<Record<string, OptionType>>): Record<string, unknown> {
    const otherWays = ['open_entity', 'open_action', 'open_url', 'open_method', 'open_body', 'open_call'];
    if ('digit' in types) otherWays.push('line');
    const entries = Object.entries(types).filter(([key]) => !otherWays.includes(key) && key !== 'demo');
    return Object.fromEntries(entries.map(([key, type]) => [key, value(key, type)]));
  }

  function value(key: string, type: OptionType): unknown {
    if (Array.isArray(type)) return [value(key, type[0])];
    if (typeof type === 'object') return filled(type as Readonly<Record<string, OptionType>>);
    if (String(type).startsWith('url')) return 'http://192.168.1.5:8098';
    if (key in SAMPLES) return SAMPLES[key];
    const list = /^list\(([^)|]+)/.exec(type as string);
    return list
      ? key === 'open_without_call'
        ? 'call'
        : list[1]
      : String(type).startsWith('bool')
        ? true
        : '12';
  }

  test('are all settings', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'options-'));
    try {
      const optionsFile = join(folder, 'options.json');
      const options = filled(config.schema);
      expect(Object.entries(options).filter(([key, it]) => !fits(config.schema[key] ?? '', it))).toEqual([]);
      await writeFile(optionsFile, JSON.stringify(options));
      const settings = await loadSettings({ argv: [], env: {}, optionsFile });
      expect(settings.doorbells[0]).toMatchObject({
        answer_on: ['PJSIP/6001', 'PJSIP/6002'],
        open: { kind: 'dtmf', digits: '12', withoutCall: { dial: '12' } },
      });
      expect(settings.mailboxes[0]).toMatchObject({ mailbox: '6001@default', phone: 'PJSIP/6001' });
      expect(settings.voicemail.spool).toBe('12');
      expect(settings.groups[0]).toMatchObject({ phones: ['PJSIP/6001', 'PJSIP/6002'] });
      expect(settings.http.token).toBe('0123456789abcdef');
      expect(settings.dect[0]).toMatchObject({
        line: 'PJSIP/2001',
        no_answer: [30, 33.5],
        handsets: [{ digit: '3', ring_time: 25, extensions: ['444'] }],
      });
      expect(settings.queues[0]).toMatchObject({
        queue: '12',
        members: [{ phone: 'PJSIP/6001', penalty: 2, permission: 'none', control: 'none' }],
      });
      expect(settings.parking[0]).toMatchObject({ lot: '12', phones: ['PJSIP/6001', 'PJSIP/6002'] });
      expect(settings.names.persons).toEqual({ 'person.anna': ['6002', '+49 170 1234567'] });
      expect(settings.history.days).toBe(30);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('have a name and a description in English, and no other has', async () => {
    const { configuration } = await readYaml('translations/en.yaml');
    expect(Object.keys(configuration)).toEqual(expect.arrayContaining(Object.keys(config.schema)));
    expect(Object.keys(configuration)).toHaveLength(Object.keys(config.schema).length);
    for (const [key, type] of Object.entries(config.schema)) {
      const { name, description, fields = {} } = configuration[key];
      expect([name, description]).toEqual([expect.any(String), expect.any(String)]);
      const inner = Array.isArray(type) ? type[0] : type;
      const nested = typeof inner === 'object' ? Object.keys(inner) : [];
      expect(Object.keys(fields).toSorted()).toEqual(nested.toSorted());
      for (const field of nested) expect(fields[field].name).toEqual(expect.any(String));
    }
  });
});

test('apparmor.txt has one profile, named as the app', async () => {
  const profiles = (await read('apparmor.txt')).match(/^profile \S+/gm);
  expect(profiles).toEqual([`profile ${config.slug}`]);
});

test('the image’s bases are pinned, its Node is the project’s', async () => {
  const bases = [...(await read('Dockerfile')).matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
  expect(bases).toEqual([
    `docker.io/library/node:${manifest.devDependencies.node}-trixie-slim`,
    expect.stringMatching(/^ghcr\.io\/home-assistant\/base-debian:trixie-\d{4}\.\d{2}\.\d+$/),
  ]);
});

test('the service’s scripts can be run', async () => {
  for (const name of [
    'etc/s6-overlay/s6-rc.d/companion/run',
    'etc/s6-overlay/s6-rc.d/companion/finish',
    'usr/bin/companion-healthy',
  ]) {
    expect((await stat(join(root, 'rootfs', name))).mode & 0o111).toBe(0o111);
  }
});

test.each([
  ['icon.png', 128, 128],
  ['logo.png', 250, 100],
])('%s has the size that the store asks for', async (name, width, height) => {
  const png = await readFile(join(root, name));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([width, height]);
});
