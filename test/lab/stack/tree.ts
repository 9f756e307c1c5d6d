import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Lock } from './lock.ts';
import { command, commandInSight, needPrograms } from './machine.ts';
import type { Place } from './place.ts';

/** Debian's testing: the only release that has Asterisk and the Python that Home Assistant needs. */
const SUITE = 'forky';

const PACKAGES = [
  'asterisk',
  'baresip-core',
  'ca-certificates',
  'curl',
  'ffmpeg',
  'g++',
  'iproute2',
  'libturbojpeg0',
  'mosquitto',
  'mosquitto-clients',
  'nodejs',
  'npm',
  'openssl',
  'procps',
  'python3',
  'python3-dev',
  'python3-venv',
  'sip-tester',
  'sox',
];

/** Seconds to wait for another lab that is making the same tree. */
const BUILD_WAIT = 900;

/**
 * Makes a mount namespace of its own for the program, so that the mounts end with it, however it ends, and
 * several labs can use one tree: /lab is the run's folder, /tmp is the program's own.
 */
const ENTER = `
set -e
tree=$1 run=$2 cwd=$3; shift 3
mount --bind /proc "$tree/proc"
mount --rbind /dev "$tree/dev"
mount --bind "$run" "$tree/lab"
mount -t tmpfs tmpfs "$tree/tmp"
cd "$tree"
exec chroot "$tree" /usr/bin/env -C "$cwd" "$@"
`;

/** Where the run's folder is seen from within the tree. */
export const RUN_IN_TREE = '/lab';

/** A Debian system in a folder: Asterisk, mosquitto, sipp, baresip, and the Python for Home Assistant. */
export class Tree {
  /** The folder, seen from the machine. */
  readonly dir: string;
  readonly #run: string;

  private constructor(dir: string, run: string) {
    this.dir = dir;
    this.#run = run;
  }

  /** The tree of a place that {@link Tree.make} has made before. */
  static at(place: Place): Tree {
    return new Tree(folder(place), place.run);
  }

  /** Gives the cached tree, made first if need be (about a minute, 1.2 GB). */
  static async make(place: Place): Promise<Tree> {
    const dir = folder(place);
    await mkdir(place.run, { recursive: true });
    if (!existsSync(marker(dir))) {
      using _lock = await Lock.take(join(place.cache, 'tree.lock'), 'The making of the tree', BUILD_WAIT);
      if (!existsSync(marker(dir))) await build(place, dir);
    }
    await copyHostFiles(dir);
    return Tree.at(place);
  }

  /**
   * The command line that runs a program inside the tree. The process keeps its pid through all of it, so
   * signals reach the program itself.
   */
  argv(
    program: readonly string[],
    { cwd = '/', env = {} }: { cwd?: string; env?: Record<string, string> } = {},
  ): string[] {
    const variables = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8', ...env };
    const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    return [
      ...['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', ENTER, 'lab'],
      ...[this.dir, this.#run, cwd, ...settings, ...program],
    ];
  }

  /** Runs a program inside the tree to its end and gives its standard output. */
  async run(
    program: readonly string[],
    options: { cwd?: string; env?: Record<string, string>; timeout?: number } = {},
  ): Promise<string> {
    const { timeout, ...where } = options;
    return command(this.argv(program, where), timeout === undefined ? {} : { timeout });
  }
}

function folder(place: Place): string {
  const key = createHash('sha256')
    .update([SUITE, ...PACKAGES].join(' '))
    .digest('hex')
    .slice(0, 12);
  return join(place.cache, `tree-${key}`);
}

/** Lies beside the tree and says that it is whole. */
function marker(dir: string): string {
  return `${dir}.complete`;
}

async function build(place: Place, dir: string): Promise<void> {
  await needPrograms({ mmdebstrap: 'mmdebstrap' });
  for (const name of await readdir(place.cache)) {
    if (name.startsWith('tree-')) await rm(join(place.cache, name), { recursive: true, force: true });
  }
  const part = `${dir}.part`;
  await commandInSight([
    'mmdebstrap',
    '--variant=minbase',
    '--aptopt=APT::Install-Recommends "false"',
    // The mirror may be a snapshot whose release file is past its date.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    `--include=${PACKAGES.join(',')}`,
    SUITE,
    part,
    await mirror(),
  ]);
  await mkdir(join(part, RUN_IN_TREE), { recursive: true });
  await rename(part, dir);
  await writeFile(marker(dir), `${SUITE}: ${PACKAGES.join(' ')}\n`);
}

/** The Debian mirror that this machine's own apt sources name. */
export async function mirror(): Promise<string> {
  await needIndex();
  const targets = await command(['apt-get', 'indextargets', '--format', '$(ORIGIN)|$(LABEL)|$(REPO_URI)']);
  const found = targets.split('\n').find((line) => line.startsWith('Debian|Debian|'));
  if (!found) throw new Error("this machine's apt sources name no Debian mirror");
  return found.slice('Debian|Debian|'.length);
}

/** Origin and label are known only once apt has read the mirror's release files. */
async function needIndex(): Promise<void> {
  const targets = await command(['apt-get', 'indextargets', '--format', '$(ORIGIN)']);
  if (!targets.split('\n').includes('Debian')) await commandInSight(['apt-get', '-q', 'update']);
}

/** What the tree needs of the machine to reach package registries: names and certificates. */
async function copyHostFiles(dir: string): Promise<void> {
  for (const file of ['/etc/resolv.conf', '/etc/hosts', '/etc/ssl/certs/ca-certificates.crt']) {
    await copyFile(file, join(dir, file));
  }
}
