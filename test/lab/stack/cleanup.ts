import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isRunning, until } from './machine.ts';
import type { Place } from './place.ts';
import { MARK } from './service.ts';

/**
 * Waits for the lab's owner to end, however it ends, and then does what it can no longer do itself: ends the
 * run's processes and removes its folder.
 */
const WATCH = `
tail --pid="$1" -f /dev/null
for environ in $(grep -lsxz "${MARK}=$2" /proc/[0-9]*/environ); do
  pid=\${environ#/proc/}; kill -9 "\${pid%/environ}" 2>/dev/null
done
rm -rf "$2" "$3"
`;

/** Ends every process that belongs to a run, its children included, and removes what the run wrote. */
export async function sweep(place: Place): Promise<void> {
  const pids = processesOf(place);
  for (const pid of pids) tryKill(pid);
  await until('leftover processes to end', () => pids.every((pid) => !isRunning(pid)));
  await rm(place.run, { recursive: true, force: true });
}

/** The processes that carry the run's mark. */
export function processesOf(place: Place): number[] {
  const mark = `${MARK}=${place.run}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => Number(pid) !== process.pid && environment(pid).includes(mark))
    .map(Number);
}

/** Sees to it that nothing is left behind even if this process is killed. Returns the way to call it off. */
export function watchOver(place: Place, lockFile: string): () => void {
  const watcher = spawn('sh', ['-c', WATCH, 'lab-watch', String(process.pid), place.run, lockFile], {
    detached: true,
    stdio: 'ignore',
  });
  watcher.unref();
  return () => {
    if (watcher.pid !== undefined) process.kill(-watcher.pid, 'SIGKILL');
  };
}

function environment(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
