import { type ActionAnswer, createRegistry, type Registry } from '../../src/actions/index.ts';
import { AmiClient, SlowLink } from '../../src/ami/index.ts';
import { Pbx } from '../../src/pbx/index.ts';
import type { PbxOptions } from '../../src/pbx/model.ts';
import { actionPorts } from '../actions/ports.ts';
import type { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';

/** The product's rooms from the wire to the actions, within the test, as any of the lab's AMI users. */
export class House implements AsyncDisposable {
  readonly ami: AmiClient;
  readonly pbx: Pbx;
  /** What its log said, debugging aside. */
  readonly lines: string[] = [];
  readonly #slow: SlowLink;
  readonly #registry: Registry;

  constructor(lab: Lab, username: string, options: Partial<PbxOptions> = {}) {
    const { host, port, secret } = lab.asterisk().ami;
    const say = (_facts: object, line: string) => void this.lines.push(line);
    const log = { debug() {}, info: say, warn: say, error: say };
    const login = { host, port, username, secret, tls: false, log } as const;
    this.ami = new AmiClient(login);
    this.#slow = new SlowLink(login, this.ami);
    const all = { id: 'home', phones: [], doorbells: [], ...options };
    this.pbx = new Pbx(all, this.ami, log, null, Date.now, this.#slow);
    this.#registry = createRegistry(actionPorts({ pbxes: [this.pbx], log }));
  }

  async start(): Promise<this> {
    this.pbx.start();
    this.ami.start();
    await until('the PBX to be known', () => this.pbx.status.up, { seconds: 30 });
    return this;
  }

  run(action: string, fields: object): Promise<ActionAnswer> {
    return this.#registry.run(action, fields, { via: 'api', name: 'lab' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pbx.stop();
    await Promise.all([this.#slow.stop(), this.ami.stop()]);
  }
}
