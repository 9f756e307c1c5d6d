import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { needFreePort, standsStill, until } from './machine.ts';
import { LAB_SOURCE, type Place, portOf, rtpRange } from './place.ts';
import { Service } from './service.ts';
import { RUN_IN_TREE, type Tree } from './tree.ts';

const TEMPLATES = join(LAB_SOURCE, 'asterisk');

/** The secret of every AMI user and the password of every SIP endpoint. */
export const SECRET = 'mypassword';

/** How to log in to an Asterisk of the lab. */
export interface AmiAddress {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly tlsPort: number;
  /** The file of the certificate authority that the TLS port's certificate comes from. Its name: localhost. */
  readonly ca: string;
  /** All rights of the TECH7Fox app's user. `listener` (no originate) and `noreport` have the same secret. */
  readonly username: 'admin';
  readonly secret: string;
}

/** A real Asterisk. Its configuration comes from the templates in test/lab/asterisk. */
export class Asterisk {
  readonly name: string;
  readonly ami: AmiAddress;
  /** UDP port of PJSIP. */
  readonly sipPort: number;
  /** UDP port at which it looks for its DECT bases. */
  readonly dectPort: number;
  /** Its folder: etc, log, spool …; `log/full.log` has what it said. */
  readonly dir: string;
  readonly #tree: Tree;
  readonly #service: Service;
  readonly #rtp: { start: number; end: number };
  readonly #within: string;
  /** UDP ports of chan_iax2: its own, and the second Asterisk's. */
  readonly #iaxPorts: readonly [own: number, annex: number];

  /** @param index its number in the lab, from 0: it fixes the ports */
  constructor(place: Place, tree: Tree, name: string, index: number) {
    this.name = name;
    this.dir = join(place.run, 'asterisk', name);
    this.sipPort = portOf(place, 'sip', index);
    this.dectPort = portOf(place, 'dect', index);
    this.ami = {
      host: '127.0.0.1',
      port: portOf(place, 'ami', index),
      tlsPort: portOf(place, 'amiTls', index),
      ca: join(this.dir, 'tls', 'ca.pem'),
      username: 'admin',
      secret: SECRET,
    };
    this.#tree = tree;
    this.#service = new Service(place, `asterisk-${name}`);
    this.#rtp = rtpRange(place, index);
    this.#iaxPorts = [portOf(place, 'iax', index), portOf(place, 'iax', 1)];
    this.#within = `${RUN_IN_TREE}/asterisk/${name}`;
  }

  /** Whether its process is there. */
  get running(): boolean {
    return this.#service.pid !== undefined;
  }

  /** The pid, for a test's own signals. */
  get pid(): number | undefined {
    return this.#service.pid;
  }

  /** Starts it and waits until it has booted fully. Its database and files of an earlier start are kept. */
  async start(): Promise<void> {
    await needFreePort(this.ami.port, `AMI of Asterisk ${this.name}`);
    await this.#prepare();
    const program = ['asterisk', '-f', '-C', this.#config];
    await this.#service.launch(this.#tree.argv(program, { cwd: this.#within }));
    await this.#service.ready(
      async () => (await this.rx('core waitfullybooted')).includes('fully booted'),
      30,
    );
  }

  /** Stops it as an init system would. */
  async stop(): Promise<void> {
    await this.#service.stop();
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#service.kill();
  }

  /** Stops its process in its tracks (SIGSTOP): sockets stay open, nothing answers. Done when every thread stands. */
  async freeze(): Promise<void> {
    const { pid } = this;
    this.#service.signal('SIGSTOP');
    if (pid !== undefined) await until('Asterisk to stand still', () => standsStill(pid));
  }

  /** Lets a frozen one go on. */
  thaw(): void {
    this.#service.signal('SIGCONT');
  }

  /** Runs a command of its console and gives what it prints. */
  async rx(command: string): Promise<string> {
    return this.#tree.run(['asterisk', '-C', this.#config, '-rx', command], { timeout: 20_000 });
  }

  /**
   * Adds dialplan for the length of a test: a file of `dialplan.d`, loaded at once. A section
   * `[default](+)` adds to the context of all endpoints.
   */
  async dialplan(name: string, text: string): Promise<AsyncDisposable> {
    const file = join(this.dir, 'etc', 'dialplan.d', `${name}.conf`);
    await writeFile(file, text);
    await this.rx('dialplan reload');
    return {
      [Symbol.asyncDispose]: async () => {
        await rm(file, { force: true });
        if (this.running) await this.rx('dialplan reload');
      },
    };
  }

  /** Hangs up every call and waits until no channel is left. */
  async hangUpAll(): Promise<void> {
    await this.rx('channel request hangup all');
    await until('the channels to end', async () =>
      (await this.rx('core show channels count')).includes('0 active channels'),
    );
  }

  get #config(): string {
    return `${this.#within}/etc/asterisk.conf`;
  }

  async #prepare(): Promise<void> {
    for (const folder of ['etc/dialplan.d', 'lib/keys', 'spool', 'run', 'log', 'cache', 'moh', 'tls']) {
      await mkdir(join(this.dir, folder), { recursive: true });
    }
    // As in the TECH7Fox app, all that the templates do not say is Asterisk's own sample.
    await cp(join(this.#tree.dir, 'etc/asterisk'), join(this.dir, 'etc'), { recursive: true });
    const values: Record<string, string> = {
      name: this.name,
      dir: this.#within,
      triplet: await this.#triplet(),
      ami_port: String(this.ami.port),
      ami_tls_port: String(this.ami.tlsPort),
      sip_port: String(this.sipPort),
      dect_port: String(this.dectPort),
      iax_port: String(this.#iaxPorts[0]),
      annex_iax_port: String(this.#iaxPorts[1]),
      rtp_start: String(this.#rtp.start),
      rtp_end: String(this.#rtp.end),
    };
    for (const file of await readdir(TEMPLATES, { recursive: true })) {
      if (!file.endsWith('.conf')) continue;
      const template = await readFile(join(TEMPLATES, file), 'utf8');
      const text = template.replaceAll(/@(\w+)@/g, (_whole, key: string) => {
        const value = values[key];
        if (value === undefined) throw new Error(`${file} has @${key}@, which nothing fills`);
        return value;
      });
      await writeFile(join(this.dir, 'etc', file), text);
    }
    await this.#makeCertificate();
    const tone = ['synth', '20', 'sine', '440', 'vol', '0.2'];
    await this.#tree.run([
      'sox',
      '-n',
      '-r',
      '8000',
      '-b',
      '16',
      '-c',
      '1',
      `${this.#within}/moh/tone.wav`,
      ...tone,
    ]);
  }

  /** The machine's name in Debian's library paths, as in x86_64-linux-gnu. */
  async #triplet(): Promise<string> {
    const libraries = await readdir(join(this.#tree.dir, 'usr/lib'));
    const found = libraries.find((name) => name.endsWith('-linux-gnu'));
    if (!found) throw new Error('the tree has no library folder');
    return found;
  }

  /** An authority of its own and a certificate for localhost and 127.0.0.1. */
  async #makeCertificate(): Promise<void> {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
    const cwd = `${this.#within}/tls`;
    await this.#tree.run(
      ['openssl', 'req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Lab CA'],
      { cwd },
    );
    await this.#tree.run(
      [
        ...['openssl', 'req', '-x509', ...key, '-keyout', 'server.key', '-out', 'server.pem'],
        ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-subj', '/CN=localhost'],
        ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-addext', 'basicConstraints=CA:FALSE'],
      ],
      { cwd },
    );
  }
}
