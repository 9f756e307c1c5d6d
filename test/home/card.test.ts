import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeHomeAssistant } from './fake-home-assistant.ts';
import { makeHome } from './setup.ts';

let ha: FakeHomeAssistant;
let folder: string;
let file: string;
let wwwDir: string;
let made: ReturnType<typeof makeHome> | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'card-'));
  file = join(folder, 'cards.js');
  wwwDir = join(folder, 'config', 'www');
  await writeFile(file, 'one');
  ha = new FakeHomeAssistant();
  await ha.start();
  const list = () => (ha.resources === 'yaml' ? [] : ha.resources);
  const change =
    (edit: (rows: { id: string; type: string; url: string }[], message: Record<string, unknown>) => void) =>
    (message: Record<string, unknown>) => {
      if (ha.resources === 'yaml') throw ['unknown_command', 'Unknown command.'];
      edit(ha.resources, message);
      return null;
    };
  ha.commands['lovelace/resources'] = () => list();
  ha.commands['lovelace/resources/create'] = change((rows, { url, res_type }) =>
    rows.push({ id: 'new', type: String(res_type), url: String(url) }),
  );
  ha.commands['lovelace/resources/update'] = change((rows, { resource_id, url }) => {
    const row = rows.find(({ id }) => id === resource_id);
    if (row !== undefined) row.url = String(url);
  });
  ha.commands['lovelace/resources/delete'] = change((rows, { resource_id }) =>
    rows.splice(
      rows.findIndex(({ id }) => id === resource_id),
      1,
    ),
  );
});

afterEach(async () => {
  await made?.home.stop();
  made = null;
  await ha.stop();
  await rm(folder, { recursive: true });
});

function start(www: string | null = wwwDir) {
  made = makeHome({ homeAssistant: { url: ha.url, token: 'good' }, card: { file, wwwDir: www } });
  made.home.start();
  return made;
}

const OURS = '/local/asterisk-companion/cards.js';
const other = { id: 'x', type: 'module', url: '/local/other.js' };

it('copies the file and names it with its hash', async () => {
  await mkdir(wwwDir, { recursive: true });
  ha.resources = [other];
  const { log } = start();
  await vi.waitFor(() => expect(ha.resources).toHaveLength(2));
  expect(ha.resources).toEqual([
    other,
    {
      id: 'new',
      type: 'module',
      url: expect.stringMatching(/^\/local\/asterisk-companion\/cards\.js\?v=[0-9a-f]{8}$/),
    },
  ]);
  expect(await readFile(join(wwwDir, 'asterisk-companion', 'cards.js'), 'utf8')).toBe('one');
  expect(log.of('warn')).toEqual([]);
});

it('updates its resource and removes doubles of it', async () => {
  await mkdir(wwwDir, { recursive: true });
  ha.resources = [
    { id: 'a', type: 'module', url: `${OURS}?v=old` },
    other,
    { id: 'b', type: 'module', url: OURS },
  ];
  start();
  await vi.waitFor(() => expect(ha.resources).toHaveLength(2));
  await vi.waitFor(() =>
    expect(ha.resources[0]).toMatchObject({ id: 'a', url: expect.not.stringContaining('old') }),
  );
  expect(ha.resources[1]).toEqual(other);
});

it('asks for a restart where it had to make www', async () => {
  const { log } = start();
  await vi.waitFor(() => expect(JSON.stringify(ha.called)).toContain('Restart Home Assistant once'));
  expect(log.of('warn').join()).toContain('Restart Home Assistant once');
});

it('says which lines to add where resources are kept in YAML', async () => {
  await mkdir(wwwDir, { recursive: true });
  ha.resources = 'yaml';
  start();
  await vi.waitFor(() => expect(JSON.stringify(ha.called)).toContain(`- url: ${OURS}?v=`));
});

it('says why it cannot where the folder is not mapped', async () => {
  const { log } = start(null);
  await vi.waitFor(() => expect(log.of('info').join()).toContain('is not mapped'));
});
