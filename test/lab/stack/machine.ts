import { execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a command to its end and gives its standard output.
 * @throws with the command's last words when it ends with another code than 0.
 */
export async function command(argv: readonly string[], options: { timeout?: number } = {}): Promise<string> {
  const [file = '', ...args] = argv;
  try {
    const { stdout } = await run(file, args, { maxBuffer: 64 << 20, timeout: options.timeout ?? 0 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const words = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n');
    throw new Error(`${argv.join(' ')} failed: ${words || (error as Error).message}`, { cause: error });
  }
}

/** Runs a long command whose output a person should see. */
export async function commandInSight(argv: readonly string[]): Promise<void> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { stdio: ['ignore', 2, 2] });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}`);
}

let aptUpdated = false;

/**
 * Installs the Debian packages of this machine whose programs are missing.
 * @param programs program → the package that has it
 */
export async function needPrograms(programs: Readonly<Record<string, string>>): Promise<void> {
  const missing: string[] = [];
  for (const [program, pack] of Object.entries(programs)) {
    await command(['sh', '-c', 'command -v "$0"', program]).catch(() => missing.push(pack));
  }
  if (missing.length === 0) return;
  const apt = ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=600', '-o', 'Acquire::Retries=3'];
  if (!aptUpdated) await commandInSight([...apt, 'update']);
  aptUpdated = true;
  await commandInSight([...apt, 'install', '--no-install-recommends', ...missing]);
}

/** Whether a process runs: one that has ended but was not yet waited for does not. */
export function isRunning(pid: number): boolean {
  const stat = processStat(pid);
  if (!stat) return false;
  // A killed program's first thread may be dead while others still hold its sockets.
  return !['Z', 'X'].includes(stat.state) || stat.threads > 1;
}

/** When a process began, in the kernel's own ticks: with the pid, a name that no later process has. */
export function startedAt(pid: number): string | undefined {
  return processStat(pid)?.started;
}

/** Whether a stopped process has come to a stop in all its threads: the signal takes a moment. */
export function standsStill(pid: number): boolean {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.every((thread) => processStat(`${pid}/task/${thread}`)?.state === 'T');
}

function processStat(pid: number | string): { state: string; threads: number; started: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name stands in brackets and may hold blanks: count the fields behind it (proc(5)).
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', threads: Number(fields[17]), started: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/**
 * Asks `probe` again and again until it gives something, and returns that.
 * @param what finishes the sentence "waited N s for …" of the error
 * @throws when `seconds` have passed; the error carries the probe's last one, if it threw.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  { seconds = 10, everyMs = 50 }: { seconds?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const end = Date.now() + seconds * 1000;
  let cause: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== null && found !== false) return found;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (Date.now() >= end) {
      const why = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`waited ${seconds} s for ${what}${why}`, { cause });
    }
    await delay(everyMs);
  }
}

/** Makes sure that nobody listens on a TCP port of 127.0.0.1, so that what answers there is ours. */
export async function needFreePort(port: number, wanted: string): Promise<void> {
  try {
    await until(`port ${port} to be free`, () => isFree(port), { seconds: 3 });
  } catch (error) {
    throw new Error(
      `port ${port}, wanted for ${wanted}, is taken: end what listens there, or set LAB_PORT_BASE=100`,
      { cause: error },
    );
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen({ host: '127.0.0.1', port });
  await once(server, 'listening');
  await new Promise((done) => server.close(done));
  return true;
}

/** A port of 127.0.0.1 that is free now, over TCP and UDP. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = createSocket('udp4');
  try {
    socket.bind({ address: '127.0.0.1', port, exclusive: true });
    await once(socket, 'listening');
    return port;
  } catch {
    return await freePort();
  } finally {
    socket.close();
    server.close();
  }
}

/** A free port whose next one is free as well: where a SIP phone listens for TLS. */
export async function freePortPair(): Promise<number> {
  const port = await freePort();
  const server = createServer();
  server.listen({ host: '127.0.0.1', port: port + 1 });
  try {
    await once(server, 'listening');
    return port;
  } catch {
    return await freePortPair();
  } finally {
    server.close();
  }
}
