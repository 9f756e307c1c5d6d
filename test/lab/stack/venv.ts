import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Lock } from './lock.ts';
import { commandInSight } from './machine.ts';
import { LAB_SOURCE, type Place } from './place.ts';
import type { Tree } from './tree.ts';

/** The Home Assistant under test. */
export const HOME_ASSISTANT_VERSION = '2026.11.0';

/** What the lab configures (test/lab/homeassistant/configuration.yaml), and what those import unsaid. */
const INTEGRATIONS = [
  'analytics',
  'api',
  'automation',
  'config',
  'conversation',
  'counter',
  'frontend',
  'hassio',
  'history',
  'input_boolean',
  'input_button',
  'input_text',
  'logbook',
  'mobile_app',
  'mqtt',
  'script',
];

/** Faster compression, as in Core's own image: it warns when they are missing. */
const EXTRAS = ['zlib-ng', 'isal'];

/** Seconds to wait for another lab that is installing the same. */
const INSTALL_WAIT = 900;

/** uv, because pip takes minutes; Home Assistant's own constraints, because without them nothing resolves. */
const INSTALL = `
set -e
venv=$1 version=$2 list=$3 extras=$4; shift 4
rm -rf "$venv" /opt/uv
python3 -m venv /opt/uv
/opt/uv/bin/pip install --quiet uv
/opt/uv/bin/pip download --quiet --no-deps -d /tmp/wheel "homeassistant==$version"
python3 -m zipfile -e /tmp/wheel/homeassistant-*.whl /tmp/wheel/content
core=/tmp/wheel/content/homeassistant
python3 -c "$list" $core/components "$@" > /tmp/requirements.txt
/opt/uv/bin/uv venv --python /usr/bin/python3 "$venv"
/opt/uv/bin/uv pip install --system-certs --python "$venv/bin/python" --compile-bytecode \\
  --constraint $core/package_constraints.txt --requirement /tmp/requirements.txt "homeassistant==$version" $extras
rm -rf /opt/uv /root/.cache/uv
`;

/** Gives the path of Home Assistant's Python environment within the tree, installed first if need be. */
export async function homeAssistantVenv(place: Place, tree: Tree): Promise<string> {
  const list = await readFile(join(LAB_SOURCE, 'stack', 'requirements.py'), 'utf8');
  const recipe = [INSTALL, HOME_ASSISTANT_VERSION, list, EXTRAS.join(' '), ...INTEGRATIONS];
  const key = createHash('sha256').update(recipe.join('\n')).digest('hex').slice(0, 12);
  const venv = `/opt/homeassistant-${key}`;
  const marker = join(tree.dir, `${venv}.complete`);
  if (existsSync(marker)) return venv;
  using _lock = await Lock.take(
    join(place.cache, 'venv.lock'),
    'The installation of Home Assistant',
    INSTALL_WAIT,
  );
  if (existsSync(marker)) return venv;
  const [script, ...args] = recipe as [string, ...string[]];
  await commandInSight(tree.argv(['sh', '-c', script, 'install', venv, ...args]));
  await writeFile(marker, `${HOME_ASSISTANT_VERSION}\n`);
  return venv;
}
