/**
 * An Asterisk without a module, mirrored into Home Assistant: its subject is not there, one line in the log says so, and
 * everything else is as it was.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskSettings, Companion } from './companion.ts';
import type { HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';

interface Row {
  readonly module: string;
  /** Unique ids of its entities, behind the companion's and the PBX's own. */
  readonly entities: RegExp;
  readonly says: string;
  /** An action of the subject, and the error that it answers meanwhile. */
  readonly refused: readonly [action: string, fields: object, error: object];
}

const ROWS: readonly Row[] = [
  {
    module: 'app_queue',
    entities: /^queue(_member)?-/,
    says: 'This Asterisk has no app_queue loaded: no queues',
    refused: ['queue_pause', { queue: 'support', member: 'Attic' }, { code: 'not_found', field: 'queue' }],
  },
  {
    module: 'app_confbridge',
    entities: /^conference-/,
    says: 'This Asterisk has no app_confbridge loaded: no conferences',
    refused: [
      'conference_kick',
      { conference: 'Family', member: 'all' },
      { code: 'not_found', field: 'conference' },
    ],
  },
  {
    module: 'app_voicemail',
    entities: /^voicemail-/,
    says: 'This Asterisk has no app_voicemail loaded, or the AMI user may not list its users: no mailboxes',
    refused: ['list_messages', { mailbox: 'Kitchen' }, { code: 'not_found', field: 'mailbox' }],
  },
  {
    module: 'res_parking',
    entities: /^parking-/,
    says: 'This Asterisk has no res_parking loaded: no parking lots',
    refused: ['retrieve', { phone: 'Kitchen', lot: 'default' }, { code: 'not_found', field: 'lot' }],
  },
  {
    module: 'res_manager_presencestate',
    entities: /^phone-\w+-(presence|presence_status|presence_message|do_not_disturb)$/,
    says: 'This Asterisk has no res_manager_presencestate loaded: no presence',
    refused: [
      'set_presence',
      { phone: 'Kitchen', state: 'away' },
      { code: 'unavailable', message: expect.stringContaining('res_manager_presencestate') },
    ],
  },
  {
    module: 'app_mixmonitor',
    entities: /^(phone-\w+-record|recording-.*)$/,
    says: 'This Asterisk has no app_mixmonitor loaded: calls cannot be recorded',
    refused: [
      'record',
      { phone: 'Kitchen' },
      { message: expect.stringMatching(/app_mixmonitor has to be loaded|in no call/) },
    ],
  },
];

/** Devices that say whose they are, for the cards to find them. */
const KINDS = [
  'conference',
  'dect',
  'doorbell',
  'handset',
  'parking',
  'phone',
  'queue',
  'queue_member',
  'recording',
  'voicemail',
];

const PROBLEM = 'binary_sensor.asterisk_annex_problem';

interface Registered {
  readonly entity_id: string;
  readonly unique_id: string;
}

let lab: Lab;
let hass: HassClient;
let companion: Companion;
let modules: string;
/** All that there is with all modules: entity ids by what their unique ids say. */
let all: Map<string, string>;

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  modules = join(lab.asterisk('annex').dir, 'etc', 'modules.d', 'missing.conf');
  await mkdir(join(modules, '..'), { recursive: true });
  companion = await Companion.start(lab, {
    asterisk: [asteriskSettings(lab, 'annex')],
    conferences: [{ room: 'family', name: 'Family' }],
    dect: [{ name: 'Quicktone', line: 'PJSIP/2001', handsets: [{ name: 'Hall', digit: 3 }] }],
  });
  await hass.waitForState(PROBLEM, 'off', 20);
  await companion.scripts();
  await until('entities of each module', async () => {
    const ids = [...(await registered()).keys()];
    return ROWS.every(({ entities }) => ids.some((id) => entities.test(id)));
  });
  all = await settled();
}, 60_000);
afterAll(async () => {
  await companion?.stop();
  await rm(modules, { force: true });
  await lab.asterisk('annex').stop();
  await lab.asterisk('annex').start();
  await lab.stop();
}, 60_000);

/** Entities of the PBX in Home Assistant, by `<subject>-<id>-<key>`. */
async function registered(): Promise<Map<string, string>> {
  const entries = await hass.ws<Registered[]>({ type: 'config/entity_registry/list' });
  return new Map(
    entries.flatMap(({ unique_id, entity_id }) => {
      const [, rest] = /-annex-(\w+-\w+-\w+)$/.exec(unique_id) ?? [];
      return rest === undefined ? [] : [[rest, entity_id] as const];
    }),
  );
}

/** The same, when two looks have found no difference. */
async function settled(): Promise<Map<string, string>> {
  let last = '';
  return until(
    'Home Assistant to have all entities',
    async () => {
      const now = await registered();
      const same = [...now.keys()].sort().join();
      if (same === last) return now;
      last = same;
      return undefined;
    },
    { everyMs: 1000 },
  );
}

/** What the log has said of modules that are not loaded, from a line on. */
async function said(from: number): Promise<string[]> {
  const lines = (await companion.log()).slice(from).filter(({ level }) => Number(level) >= 30);
  return lines
    .map(({ msg }) => msg)
    .filter((msg) => /This Asterisk has no|modules are not loaded|may not|lacks/.test(msg));
}

/** How what Home Assistant has differs from all but the entities of some modules, each with a state. */
async function differences(rows: readonly Row[]): Promise<Readonly<Record<string, readonly string[]>>> {
  const [now, states] = await Promise.all([registered(), hass.states()]);
  const stateOf = new Map(states.map(({ entity_id, state }) => [entity_id, state]));
  const wanted = new Set([...all.keys()].filter((id) => !rows.some(({ entities }) => entities.test(id))));
  // One that comes again may have another entity id: those of a test file before this one are free by then.
  const broken = (id: string) => [undefined, 'unavailable'].includes(stateOf.get(now.get(id) ?? ''));
  return {
    missing: [...wanted].filter(broken),
    left: [...all].filter(([id, entity]) => !wanted.has(id) && stateOf.has(entity)).map(([id]) => id),
    tooMany: [...now.keys()].filter((id) => !wanted.has(id)),
  };
}

/** Waits until Home Assistant has exactly the entities of all others. */
async function expectAllBut(rows: readonly Row[]): Promise<void> {
  const none = { missing: [], left: [], tooMany: [] };
  await expect.poll(() => differences(rows), { timeout: 30_000, interval: 100 }).toEqual(none);
  expect((await hass.getState(PROBLEM))?.state).toBe('off');
}

async function expectRefused({ refused: [action, fields, error] }: Row): Promise<void> {
  expect(await hass.callService(`script.asterisk_${action}`, { ...fields }, { respond: true })).toMatchObject(
    { ok: false, error },
  );
}

it('says of every kind of device whose it is', async () => {
  const kinds = new Map([...all].map(([id, entity]) => [entity, id.split('-')[0]]));
  const said = async () => {
    const own = (await hass.states()).filter(({ attributes }) => 'companion' in attributes);
    const lines = own.map(({ entity_id, attributes: { companion, pbx } }) =>
      [kinds.get(entity_id) ?? entity_id, companion, pbx].join(' '),
    );
    return [...new Set(lines)].sort();
  };
  const wanted = KINDS.map((kind) => `${kind} asterisk annex`);
  await expect.poll(said, { timeout: 10_000, interval: 100 }).toEqual(wanted);
});

it.each(ROWS)(
  '$module is unloaded, and loaded again',
  async (row) => {
    const annex = lab.asterisk('annex');
    const from = (await companion.log()).length;
    await annex.rx(`module unload -f ${row.module}.so`);
    await expectAllBut([row]);
    expect(await said(from)).toEqual([row.says]);
    await expectRefused(row);
    await annex.rx(`module load ${row.module}.so`);
    await expectAllBut([]);
    expect(await said(from)).toEqual([row.says]);
  },
  90_000,
);

it('all of them are missing from the start', async () => {
  const annex = lab.asterisk('annex');
  const from = (await companion.log()).length;
  await annex.stop();
  await writeFile(modules, ROWS.map(({ module }) => `noload => ${module}.so\n`).join(''));
  await annex.start();
  await expectAllBut(ROWS);
  expect((await said(from)).sort()).toEqual(ROWS.map(({ says }) => says).sort());
  for (const row of ROWS) await expectRefused(row);
}, 90_000);
