/**
 * The app's image, built from the real Dockerfile and run. The registries of its bases are out of reach here, so
 * stand-ins carry their names: image/node and image/base-debian say what each of them is and is not.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { copyFile, cp, link, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Lock } from './stack/lock.ts';
import { command, commandInSight, isRunning, needPrograms, until } from './stack/machine.ts';
import { LAB_SOURCE, type Place, REPO } from './stack/place.ts';
import { MARK, Service } from './stack/service.ts';
import { mirror } from './stack/tree.ts';

const SUITE = 'trixie';
const PACKAGES = ['ca-certificates', 'curl', 'execline', 'jq', 's6', 'tzdata'];
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
/** Another lab may be making the same images. Seconds */
const BUILD_WAIT = 900;

/** What the image says of itself, as `buildah inspect` gives it. */
export interface ImageConfig {
  readonly Entrypoint: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** The image in a storage of its own, which holds the stand-ins from one run to the next. */
export class Image implements AsyncDisposable {
  readonly #place: Place;
  readonly #storage: string;
  readonly #name: string;
  readonly #containers: RunningImage[] = [];

  private constructor(place: Place, storage: string, name: string) {
    this.#place = place;
    this.#storage = storage;
    this.#name = name;
  }

  /** Builds it from the work tree: the Dockerfile's own `npm ci` and `npm run build`. */
  static async build(place: Place): Promise<Image> {
    await needPrograms({ buildah: 'buildah', mmdebstrap: 'mmdebstrap' });
    const storage = await standIns(place);
    await removeLeftovers(storage);
    const name = `${NAME}:${process.pid}`;
    const { version } = JSON.parse(await readFile(join(REPO, 'package.json'), 'utf8'));
    await build(storage, name, REPO, [
      '--build-arg',
      `BUILD_VERSION=${version}`,
      '--build-arg',
      'BUILD_ARCH=amd64',
    ]);
    return new Image(place, storage, name);
  }

  async config(): Promise<ImageConfig> {
    const text = await command(buildah(this.#storage, ['inspect', '--type', 'image', this.#name]));
    return (JSON.parse(text) as { Docker: { config: ImageConfig } }).Docker.config;
  }

  /**
   * Starts a container: the image's entrypoint with these folders and variables.
   * @param volumes folder of the machine → place in the container
   */
  async run(
    volumes: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<RunningImage> {
    const container = (await command(buildah(this.#storage, ['from', '--pull-never', this.#name]))).trim();
    const running = new RunningImage(this.#place, this.#storage, container);
    this.#containers.push(running);
    const { Entrypoint } = await this.config();
    await running.launch(Entrypoint, volumes, env);
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const container of this.#containers) await container.remove();
    await command(buildah(this.#storage, ['rmi', '--force', this.#name]));
  }
}

/** A container of the image. Its network is the machine's, as the app's is. */
export class RunningImage {
  readonly #place: Place;
  readonly #service: Service;
  readonly #storage: string;
  readonly #container: string;

  constructor(place: Place, storage: string, container: string) {
    this.#place = place;
    this.#service = new Service(place, container);
    this.#storage = storage;
    this.#container = container;
  }

  async launch(
    program: readonly string[],
    volumes: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>>,
  ): Promise<void> {
    const mounts = Object.entries(volumes).flatMap(([from, to]) => ['--volume', `${from}:${to}`]);
    // The mark lets the lab find what would be left behind.
    const marked = { ...env, [MARK]: this.#place.run };
    const variables = Object.entries(marked).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    await this.#service.launch(
      buildah(this.#storage, [
        'run',
        ...ISOLATION,
        ...mounts,
        ...variables,
        this.#container,
        '--',
        ...program,
      ]),
    );
  }

  get running(): boolean {
    return this.#service.pid !== undefined;
  }

  async log(): Promise<string> {
    return readFile(this.#service.log, 'utf8');
  }

  /** Waits until the image's own health check is content. */
  async healthy(check: readonly string[]): Promise<void> {
    const argv = buildah(this.#storage, ['run', ...ISOLATION, this.#container, '--', ...check]);
    await this.#service.ready(
      () =>
        command(argv).then(
          () => true,
          () => false,
        ),
      30,
    );
  }

  /** The process that has this program name, in the container. */
  async process(program: string): Promise<number> {
    return until(`${program} in the container`, () => {
      const { pid } = this.#service;
      return pid === undefined ? undefined : descendants(pid).find((child) => programOf(child) === program);
    });
  }

  /** SIGTERM to the container's first process, as the Supervisor's stop is; gives the ms until all is gone. */
  async stop(): Promise<number> {
    const { pid } = this.#service;
    if (pid === undefined) throw new Error(`the container does not run:\n${this.#service.lastWords()}`);
    const all = [pid, ...descendants(pid)];
    const began = Date.now();
    process.kill(await this.process('s6-svscan'), 'SIGTERM');
    await until('the container’s end', () => all.every((one) => !isRunning(one)), { seconds: 15 });
    return Date.now() - began;
  }

  /** Waits for the container's own end. */
  async ended(seconds = 15): Promise<void> {
    await until('the container’s end', () => !this.running, { seconds });
  }

  async remove(): Promise<void> {
    if (this.running) await this.stop();
    await command(buildah(this.#storage, ['rm', this.#container]));
  }
}

/** With the pid of the process that built it as its tag. */
const NAME = 'localhost/asterisk-companion';
const ISOLATION = ['--isolation', 'chroot'] as const;

/** No overlay: the lab's own file system may be one. */
function buildah(storage: string, args: readonly string[]): string[] {
  const folders = ['--root', join(storage, 'root'), '--runroot', join(storage, 'run')];
  return ['buildah', ...folders, '--storage-driver', 'vfs', ...args];
}

async function build(
  storage: string,
  name: string,
  context: string,
  more: readonly string[] = [],
): Promise<void> {
  // Docker's own format, since the other has no health checks.
  const options = [...ISOLATION, '--format', 'docker', '--pull-never', '--quiet', ...more];
  await command(buildah(storage, ['bud', ...options, '--tag', name, context]), { timeout: 600_000 });
}

/** What processes have left that were killed. */
async function removeLeftovers(storage: string): Promise<void> {
  const images = await command(buildah(storage, ['images', '--format', '{{.Name}}:{{.Tag}}']));
  for (const image of images.split('\n')) {
    const [name, tag] = image.split(/:(?=[^:]*$)/);
    if (name === NAME && !isRunning(Number(tag))) await command(buildah(storage, ['rmi', '--force', image]));
  }
}

/** The storage with the stand-ins in it, made first if need be (half a minute). */
async function standIns(place: Place): Promise<string> {
  const bases = basesOf(await readFile(join(REPO, 'Dockerfile'), 'utf8'));
  const parts = [
    'node/Containerfile',
    'base-debian/Containerfile',
    'base-debian/init',
    'base-debian/with-contenv',
  ];
  const texts = parts.map((part) => readFileSync(join(LAB_SOURCE, 'image', part), 'utf8'));
  const key = createHash('sha256')
    .update([SUITE, ...PACKAGES, ...bases.values(), ...texts].join('\n'))
    .digest('hex')
    .slice(0, 12);
  const storage = join(place.cache, `image-${key}`);
  await mkdir(place.cache, { recursive: true });
  using _lock = await Lock.take(
    join(place.cache, 'image.lock'),
    'The making of the stand-in images',
    BUILD_WAIT,
  );
  if (existsSync(storage)) return storage;
  const part = `${storage}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  const tar = join(part, 'debian.tar');
  await commandInSight([
    'mmdebstrap',
    '--variant=minbase',
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Check-Valid-Until "false"',
    `--include=${PACKAGES.join(',')}`,
    SUITE,
    tar,
    await mirror(),
  ]);
  for (const [folder, name] of bases) {
    const context = join(part, folder);
    await cp(join(LAB_SOURCE, 'image', folder), context, { recursive: true });
    await link(tar, join(context, 'debian.tar'));
    await copyFile(CERTIFICATES, join(context, 'ca-certificates.crt'));
    if (folder === 'node') await addNode(context);
    await build(part, name, context);
    await rm(context, { recursive: true });
  }
  await rm(tar);
  await rename(part, storage);
  return storage;
}

/** Stand-in → the name that the Dockerfile knows it by. */
function basesOf(dockerfile: string): ReadonlyMap<string, string> {
  const names = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, name = '']) => name);
  return new Map(names.map((name) => [name.includes('/node:') ? 'node' : 'base-debian', name]));
}

/** The pinned Node from the project's own dependencies, and the npm of this machine. */
async function addNode(context: string): Promise<void> {
  await copyFile(join(REPO, 'node_modules/node/bin/node'), join(context, 'node'));
  const modules = (await command(['npm', 'root', '--global'])).trim();
  await cp(join(modules, 'npm'), join(context, 'npm'), { recursive: true, dereference: true });
}

function descendants(pid: number): number[] {
  const children = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && parentOf(Number(name)) === pid,
  );
  return children.flatMap((child) => [Number(child), ...descendants(Number(child))]);
}

function parentOf(pid: number): number | undefined {
  const line = readProc(pid, 'status').match(/^PPid:\t(\d+)$/m);
  return line ? Number(line[1]) : undefined;
}

/** By the file that runs: Node gives its process a name of its own. */
function programOf(pid: number): string {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return '';
  }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
