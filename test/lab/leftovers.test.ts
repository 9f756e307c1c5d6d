import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processesOf } from './stack/cleanup.ts';
import { until } from './stack/machine.ts';
import { LAB_SOURCE, type Place, placeFromEnvironment } from './stack/place.ts';

const mine = placeFromEnvironment();
/** A second lab beside the one that this test runs in, on ports that no other lab of this machine uses now. */
const other = [900, 800, 700, 600, 500, 400, 300, 200, 100, 0]
  .map((offset) => placeFromEnvironment({ ...process.env, LAB_PORT_BASE: String(offset) }))
  .find((place) => !existsSync(place.run)) as Place;

/** Runs `up.ts` and collects what it says. */
function up(portBase: number, ...args: string[]): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, [join(LAB_SOURCE, 'up.ts'), ...args], {
    // Whoever runs the tests may wait for a lab; the second one here is not to.
    env: { ...process.env, LAB_PORT_BASE: String(portBase), LAB_WAIT: '0' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text += chunk;
    });
  }
  return { child, said: () => text };
}

test('a second lab on the same ports is told who holds them', async () => {
  const { child, said } = up(mine.offset, '--broker');
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(said()).toMatch(/The lab at port base \d+ is held by process \d+ \(.*\) since .*LAB_WAIT=seconds/);
});

test.each(['SIGINT', 'SIGKILL'] as const)('a lab that gets %s leaves nothing', async (signal) => {
  const { child, said } = up(other.offset, '--asterisk', '--broker');
  const closed = once(child, 'close');
  await until('the second lab', () => said().includes('The lab is up'), { seconds: 30 });
  expect(processesOf(other).length).toBeGreaterThanOrEqual(2);
  child.kill(signal);
  await closed;
  await until('its folder to go', () => !existsSync(other.run));
  await until('its processes to go', () => processesOf(other).length === 0);
  expect(await readFile('/proc/mounts', 'utf8')).not.toContain(other.cache);
});
