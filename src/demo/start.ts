import { type AmiLogin, DemoAsterisk } from './asterisk.ts';
import { DemoBroker } from './broker.ts';
import { demoSettings } from './settings.ts';

export interface DemoOptions {
  /** How many phones the pretend Asterisk has; default 4. */
  readonly phones?: number;
  /** AMI's port; default 0: a free one. */
  readonly port?: number;
}

/** The demo while it runs. */
export interface Demo {
  readonly ami: AmiLogin;
  readonly mqttUrl: string;
  /** Settings that fit it: see {@link demoSettings}. */
  readonly settings: ReturnType<typeof demoSettings>;
  /** A visitor presses the doorbell. False: somebody is at it already. */
  ring(): boolean;
  stop(): Promise<void>;
}

/** ms until the first visitor comes, and from each to the next. */
const FIRST_VISITOR_MS = 5000;
const VISITORS_MS = 60_000;

/** Starts a pretend Asterisk and a broker. A visitor presses the doorbell soon, and then every minute. */
export async function startDemo({ phones = 4, port = 0 }: DemoOptions = {}): Promise<Demo> {
  const asterisk = await new DemoAsterisk({ phones, port }).start();
  const broker = await new DemoBroker().start();
  asterisk.enliven();
  asterisk.ringEvery(VISITORS_MS, FIRST_VISITOR_MS);
  return {
    ami: asterisk.ami,
    mqttUrl: broker.url,
    settings: demoSettings(asterisk.ami, broker.url),
    ring: () => asterisk.ring(),
    async stop() {
      await asterisk.stop();
      await broker.stop();
    },
  };
}
