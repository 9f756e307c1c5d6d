import { setImmediate } from 'node:timers/promises';
import { vi } from 'vitest';
import { AmiClient, type AmiLog, type AmiOptions, type AmiStatus } from '../../src/ami/index.ts';
import { FakeAsterisk } from './fake-asterisk.ts';

export const SECRET = 'hunter2-is-secret';

/** ms that pass at a time, and how often sockets are looked after in between. */
const STEP = 500;
const TURNS = 10;

interface LogLine {
  readonly level: keyof AmiLog;
  readonly fields: object;
  readonly message: string;
}

/** A client and the Asterisk that it is made for; `await using` stops both. */
export class Harness implements AsyncDisposable {
  readonly asterisk: FakeAsterisk;
  readonly client: AmiClient;
  readonly log: LogLine[] = [];
  /** Every status announced, oldest first. */
  readonly statuses: AmiStatus[] = [];
  /** What the client takes for the time, ms. */
  time = 1_763_949_000_000;

  private constructor(asterisk: FakeAsterisk, options: Partial<AmiOptions>) {
    this.asterisk = asterisk;
    const log = (level: keyof AmiLog) => (fields: object, message: string) => {
      this.log.push({ level, fields, message });
    };
    this.client = new AmiClient({
      host: '127.0.0.1',
      port: asterisk.port,
      username: 'admin',
      secret: SECRET,
      tls: false,
      log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
      now: () => this.time,
      random: () => 0,
      ...options,
    });
    this.client.onStatus((status) => this.statuses.push(status));
  }

  static async make(options: Partial<AmiOptions> = {}, asterisk?: FakeAsterisk): Promise<Harness> {
    return new Harness(asterisk ?? (await FakeAsterisk.start()), options);
  }

  /** With the client already up. */
  static async up(options: Partial<AmiOptions> = {}, asterisk?: FakeAsterisk): Promise<Harness> {
    const harness = await Harness.make(options, asterisk);
    harness.client.start();
    await harness.until((status) => status.state === 'up');
    return harness;
  }

  /** The next status (the present one included) that is so. */
  until(wanted: (status: AmiStatus) => boolean): Promise<AmiStatus> {
    if (wanted(this.client.status)) return Promise.resolve(this.client.status);
    return new Promise((resolve) => {
      const off = this.client.onStatus((status) => {
        if (!wanted(status)) return;
        off();
        resolve(status);
      });
    });
  }

  /** The next announcement of a state, the present one not counted. */
  next(state: AmiStatus['state']): Promise<AmiStatus> {
    return new Promise((resolve) => {
      const off = this.client.onStatus((status) => {
        if (status.state !== state) return;
        off();
        resolve(status);
      });
    });
  }

  /** Lets time pass, and what it sets off reach the other side on the way; fake timers must be on. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP) {
      const step = Math.min(left, STEP);
      this.time += step;
      await vi.advanceTimersByTimeAsync(step);
      for (let turn = 0; turn < TURNS; turn++) await setImmediate();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.stop();
    await this.asterisk.stop();
  }
}

/** Fake `setTimeout` for as long as this is in scope; sockets go on as ever. */
export function fakeTimers(): Disposable {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return { [Symbol.dispose]: () => void vi.useRealTimers() };
}
