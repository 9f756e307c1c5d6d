/** Settings in, companion up, signals, exit code. */
import { readFileSync } from 'node:fs';
import pino from 'pino';
import pretty from 'pino-pretty';
import { Companion } from './companion.ts';
import { helpText, loadSettings, type Settings, SettingsError } from './settings/index.ts';

/** ms that a stop may take before the process leaves all the same. */
const STOP_TIME = 4500;

/** Exit codes. `SETTINGS`: nothing was started, because what was asked for is wrong. */
const EXIT = { DONE: 0, FAILED: 1, SETTINGS: 2 } as const;

const argv = process.argv.slice(2);
const version = versionOf();

if (argv.includes('--help')) console.log(helpText());
else if (argv.includes('--version')) console.log(version);
else await run();

async function run(): Promise<void> {
  const settings = await settingsOrExit();
  // A person reads this log, in a terminal or in the app's log tab.
  const people = process.stdout.isTTY || process.env.SUPERVISOR_TOKEN !== undefined;
  const log = pino(
    { level: settings.log_level, base: null },
    people
      ? pretty({ ignore: 'room', messageFormat: '{if room}{room}: {end}{msg}', sync: true })
      : pino.destination({ sync: true }),
  );
  const companion = new Companion(settings, { log, version, env: process.env });
  const starting = new AbortController();
  const stop = (code: number) => {
    if (starting.signal.aborted) return;
    starting.abort();
    void leave(companion, log, code);
  };
  process.on('SIGTERM', () => stop(EXIT.DONE));
  process.on('SIGINT', () => stop(EXIT.DONE));
  // What is not foreseen ends the process: the Supervisor or the container starts it anew.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'Stopped by an error that nobody foresaw; please report it with this line');
    stop(EXIT.FAILED);
  });
  try {
    await companion.start(starting.signal);
  } catch (error) {
    if (starting.signal.aborted) return;
    log.fatal({ err: error }, 'Could not start');
    stop(EXIT.FAILED);
  }
}

async function leave(companion: Companion, log: pino.Logger, code: number): Promise<void> {
  process.exitCode = code;
  setTimeout(() => {
    log.warn({ after: STOP_TIME }, 'Something would not stop in time; leaving without it');
    process.exit();
  }, STOP_TIME).unref();
  await companion.stop();
  log.info('Stopped');
  process.exit();
}

async function settingsOrExit(): Promise<Settings> {
  try {
    return await loadSettings({ argv, env: process.env });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exit(EXIT.SETTINGS);
  }
}

/** From package.json; the bundle has it beside itself, too. */
function versionOf(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
