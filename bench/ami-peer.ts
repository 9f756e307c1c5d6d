/**
 * One measurement in a process of its own: `ami-peer.ts CLIENT PORT all|none`. Says `ready` once logged in, and after
 * each run of events how many of them it saw. The first run only warms up.
 */
import { createRequire } from 'node:module';
import { AmiClient, EVENTS, type EventHandlers } from '../src/ami/index.ts';

/** Calls `ready` once logged in. `seen`: for each event, with its Uniqueid; `last`: on the last one. */
type Start = (
  port: number,
  all: boolean,
  ready: () => void,
  seen: (id: string) => void,
  last: () => void,
) => void;

/** An event of any kind, in the spelling of whoever read it. */
type Loose = Readonly<Record<string, string | undefined>>;

const require = createRequire(import.meta.url);

const login = { host: '127.0.0.1', username: 'bench', secret: 'bench' };

const ours: Start = (port, all, ready, seen, last) => {
  const client = new AmiClient({ ...login, port, tls: false });
  const names = Object.keys(EVENTS).filter((name) => name !== 'Shutdown' && name !== 'FullyBooted');
  const every = Object.fromEntries(names.map((name) => [name, (event: Loose) => seen(event.Uniqueid ?? '')]));
  if (all) client.listen(every as EventHandlers);
  client.listen({ Shutdown: last });
  client.onStatus(({ state }) => {
    if (state === 'up') ready();
  });
  client.start();
};

const asteriskManager: Start = (port, all, ready, seen, last) => {
  const ami = require('asterisk-manager')(undefined);
  Object.assign(ami.options, { port, ...login, password: login.secret, events: true });
  ami.connect(port, login.host, () => ami.login(() => ready()));
  const count = (event: Loose) => {
    if (event.event !== 'FullyBooted' && event.event !== 'Shutdown') seen(event.uniqueid ?? '');
  };
  if (all) ami.on('managerevent', count);
  ami.on('shutdown', last);
};

const yana: Start = (port, all, ready, seen, last) => {
  // it calls util.isArray, which Node has dropped
  require('node:util').isArray ??= Array.isArray;
  const Yana = require('yana');
  const ami = new Yana({
    host: login.host,
    port,
    login: login.username,
    password: login.secret,
    events: true,
  });
  const count = (event: Loose) => {
    if (event.Event !== 'FullyBooted' && event.Event !== 'Shutdown') seen(event.Uniqueid ?? '');
  };
  if (all) ami.on('event', count);
  ami.on('Shutdown', last);
  ami.connect(ready);
};

const CLIENTS: Readonly<Record<string, Start>> = { ours, 'asterisk-manager': asteriskManager, yana };

const [name = '', port = '', what = ''] = process.argv.slice(2);
const start = CLIENTS[name];
if (start === undefined) throw new Error(`no client ${name}`);

let runs = 0;
let events = 0;
let check = 0;
let heapMb: number[] = [];

/** Events between two looks at the heap. */
const LOOK = 300_000;

start(
  Number(port),
  what === 'all',
  () => process.send?.('ready'),
  (id) => {
    events++;
    check += id.length;
    if (events % LOOK === 0) heapMb.push(heap());
  },
  () => {
    const peakRssMb = process.resourceUsage().maxRSS / 1024;
    process.send?.({ events, check, peakRssMb, heapMb });
    if (++runs === 2) process.disconnect();
    events = 0;
    check = 0;
    heapMb = [];
  },
);

process.on('disconnect', () => process.exit());

function heap(): number {
  if (process.env.BENCH_HEAP === undefined) return 0;
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
