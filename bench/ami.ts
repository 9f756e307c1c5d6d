/**
 * Events per second from a loopback socket into typed messages, beside two public clients: same bytes, same
 * generator, each client in a fresh process and subscribed in its own normal way. `npm run bench:ami`; exit code 1
 * when a goal is missed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { EVENTS_PER_CALL } from './ami-load.ts';

const EVENTS = 300_000;
/** Events that each client gets before it is measured. */
const WARM_UP = 300_000;
const LONG = 3_000_000;
const ROUNDS = 3;
const PEERS = ['ours', 'asterisk-manager', 'yana'] as const;

type Peer = (typeof PEERS)[number];
type What = 'all' | 'none';

interface Result {
  readonly perSecond: number;
  readonly events: number;
  readonly check: number;
  readonly peakRssMb: number;
  readonly heapMb: readonly number[];
}

const generator = fork(new URL('ami-server.ts', import.meta.url));
const [port] = (await once(generator, 'message')) as [number];

async function measure(peer: Peer, what: What, events: number, heap = false): Promise<Result> {
  const child = fork(new URL('ami-peer.ts', import.meta.url), [peer, String(port), what], {
    execArgv: ['--expose-gc', '--no-deprecation'],
    env: { ...process.env, ...(heap ? { BENCH_HEAP: '1' } : {}) },
  });
  await next(child);
  const warm = next(child);
  generator.send(WARM_UP);
  await warm;
  const began = performance.now();
  const answer = next(child);
  generator.send(events);
  const result = (await answer) as Omit<Result, 'perSecond'>;
  const seconds = (performance.now() - began) / 1000;
  await once(child, 'exit');
  return { ...result, perSecond: events / seconds };
}

async function next(child: ChildProcess): Promise<unknown> {
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('a measured process ended early'))),
  ])) as [unknown];
  return message;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

async function compare(what: What): Promise<Map<Peer, { perSecond: number; peakRssMb: number }>> {
  const all = new Map<Peer, Result[]>(PEERS.map((peer) => [peer, []]));
  // in turns, so that a busy moment of the machine does not hit one client alone
  for (let round = 0; round < ROUNDS; round++) {
    for (const peer of PEERS) all.get(peer)?.push(await measure(peer, what, EVENTS));
  }
  const results = [...all.values()].flat();
  const expected = what === 'all' ? EVENTS : 0;
  for (const { events, check } of results) {
    if (events !== expected || check !== results[0]?.check) {
      throw new Error(`the clients did not see the same: ${events} of ${expected} events, check ${check}`);
    }
  }
  return new Map(
    [...all].map(([peer, runs]) => [
      peer,
      {
        perSecond: median(runs.map((run) => run.perSecond)),
        peakRssMb: Math.max(...runs.map((run) => run.peakRssMb)),
      },
    ]),
  );
}

const TITLES: Readonly<Record<What, string>> = {
  all: 'into messages that somebody hears',
  none: 'that nobody hears',
};

/** How many times as fast as a peer this client has to be. */
const GOALS: readonly { readonly what: What; readonly peer: Peer; readonly times: number }[] = [
  { what: 'all', peer: 'asterisk-manager', times: 8 },
  { what: 'all', peer: 'yana', times: 4 },
  { what: 'none', peer: 'asterisk-manager', times: 30 },
];

let missed = 0;
const say = (text: string) => process.stdout.write(`${text}\n`);

say(`${EVENTS} events (calls of ${EVENTS_PER_CALL} events), median of ${ROUNDS}, ${cpus().length} cores`);
for (const what of ['all', 'none'] as const) {
  const results = await compare(what);
  const own = results.get('ours')?.perSecond ?? 0;
  say(`\nEvents ${TITLES[what]}`);
  say(`${'client'.padEnd(18)}${'events/s'.padStart(12)}${'ours is'.padStart(10)}${'peak RSS'.padStart(12)}`);
  for (const [peer, { perSecond, peakRssMb }] of results) {
    const ratio = `${(own / perSecond).toFixed(1)}x`;
    const columns = [Math.round(perSecond).toLocaleString('en').padStart(12), ratio.padStart(10)];
    say(`${peer.padEnd(18)}${columns.join('')}${`${Math.round(peakRssMb)} MB`.padStart(12)}`);
  }
  for (const goal of GOALS.filter((candidate) => candidate.what === what)) {
    const times = own / (results.get(goal.peer)?.perSecond ?? 0);
    const met = times >= goal.times;
    if (!met) missed++;
    say(`goal: ${goal.times}x ${goal.peer}: ${met ? 'met' : 'MISSED'} (${times.toFixed(1)}x)`);
  }
}

const long = await measure('ours', 'all', LONG, true);
const [first = 0] = long.heapMb;
const most = Math.max(...long.heapMb);
const flat = most - first < 4;
if (!flat) missed++;
say(`\n${LONG} events, heap after a collection every 300,000: ${first.toFixed(1)} to ${most.toFixed(1)} MB`);
say(`peak RSS ${Math.round(long.peakRssMb)} MB; flat: ${flat ? 'yes' : 'NO'}`);

generator.kill();
process.exitCode = missed === 0 ? 0 : 1;
