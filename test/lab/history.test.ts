/** The call log, on real calls: what is in it, how quickly it comes, and what survives a kill and a full disk. */
import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { CallPage } from '../../src/actions/index.ts';
import { AmiClient } from '../../src/ami/index.ts';
import { type CallRow, Database } from '../../src/history/database.ts';
import { Companion } from './companion.ts';
import type { HassClient } from './stack/hass-client.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';

const run = promisify(execFile);

let lab: Lab;
let hass: HassClient;
let companion: Companion;
let kitchen: Phone;
let folder: string;

beforeAll(async () => {
  lab = Lab.attach();
  hass = lab.homeAssistant.as('admin');
  kitchen = await lab.phone('6001');
  folder = join(lab.place.run, 'call-log');
  await mkdir(folder, { recursive: true });
  fill(join(folder, 'calls.sqlite'), 10_000);
  companion = await Companion.start(lab, { data_dir: folder });
  await hass.waitForState('sensor.front_door_state', 'idle', 20);
  // One of the last scripts that are brought.
  await companion.scripts();
});
afterAll(async () => {
  await companion?.stop();
  await kitchen?.stop();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => lab.asterisk().hangUpAll());

/** Calls of the last days, one every half minute. */
function fill(file: string, calls: number): void {
  const database = new Database(file);
  const now = Date.now();
  const rows = Array.from({ length: calls }, (_, number): CallRow => {
    const began = now - (calls - number) * 30_000;
    return {
      pbx: 'home',
      call: `filler.${number}`,
      began,
      answered: began + 4_000,
      ended: began + 20_000,
      seconds: 16,
      from: { number: `555${number}`, name: `Caller ${number}` },
      to: { number: '600', name: '' },
      by: 'Kitchen',
      doorbell: null,
      outcome: 'answered',
    };
  });
  database.write(rows, []);
  database.close();
}

async function history(query = ''): Promise<CallPage & { problem: string | null }> {
  return (await companion.http<CallPage & { problem: string | null }>('GET', `/api/history${query}`)).body;
}

it('has a visitor who was answered and let in, with who asked, and one whom nobody answered', async () => {
  {
    await using press = await lab.doorbell('8000').press('600');
    await kitchen.answer();
    await press.waitFor('answered');
    const wall = lab.homeAssistant.as('wall');
    await wall.callService('script.asterisk_open_door', { doorbell: 'Front door' }, { respond: true });
    await press.waitForDigits('#9');
    await press.hangUp();
  }
  await hass.waitForState('sensor.front_door_state', 'idle');
  {
    await using press = await lab.doorbell('8000').press('600', { giveUpAfter: 1 });
    await press.waitFor('cancelled');
  }
  await hass.waitForState('sensor.front_door_state', 'idle');
  await until('both calls to have ended in the log', async () => {
    const { calls } = await history('?limit=2');
    return calls.every((call) => call.doorbell === 'Front door' && call.outcome !== 'running');
  });
  const [missed, answered] = (await history('?limit=2')).calls;
  expect(answered).toMatchObject({
    pbx: 'home',
    from: { number: '8000', name: 'Doorbell' },
    to: { number: '600' },
    by: 'Kitchen',
    outcome: 'answered',
    notes: [{ kind: 'opened', who: 'Wall', what: 'dtmf' }],
  });
  expect(Date.parse(answered?.ended ?? '')).toBeGreaterThanOrEqual(Date.parse(answered?.answered ?? ''));
  expect(missed).toMatchObject({ outcome: 'missed', by: '', seconds: 0, answered: null });
  expect(missed?.notes).toContainEqual(expect.objectContaining({ kind: 'missed', who: 'Kitchen' }));
});

it('shows the latest calls in Home Assistant, and sets the missed ones back', async () => {
  const last = await hass.waitForState('sensor.asterisk_home_last_call', 'Doorbell');
  const calls = last.attributes.calls as object[];
  expect(calls).toHaveLength(10);
  expect(calls.slice(0, 2)).toMatchObject([{ outcome: 'missed' }, { outcome: 'answered', by: 'Kitchen' }]);
  await hass.waitForState('binary_sensor.asterisk_home_call_log', 'off');
  await hass.waitForState('sensor.kitchen_missed_calls', ({ state }) => Number(state) > 0);
  const wall = lab.homeAssistant.as('wall');
  const reset = await wall.callService(
    'script.asterisk_reset_missed',
    { phone: 'Kitchen' },
    { respond: true },
  );
  expect(reset).toMatchObject({ ok: true, result: { phones: 1 } });
  await hass.waitForState('sensor.kitchen_missed_calls', '0');
  const page = await wall.callService(
    'script.asterisk_call_history',
    { outcome: 'missed', limit: 1 },
    { respond: true },
  );
  expect(page).toMatchObject({
    ok: true,
    result: { calls: [{ outcome: 'missed', doorbell: 'Front door' }] },
  });
});

it('gives pages and finds names among 10,000 calls, the newest 50 within 20 ms', async () => {
  const took: number[] = [];
  for (let round = 0; round < 21; round += 1) {
    const began = performance.now();
    expect((await history()).calls).toHaveLength(50);
    took.push(performance.now() - began);
  }
  const median = took.sort((a, b) => a - b)[10] ?? Number.POSITIVE_INFINITY;
  console.log(`newest 50 of 10,000 calls over HTTP: median ${median.toFixed(1)} ms`);
  expect(median).toBeLessThan(20);
  const first = await history('?limit=30');
  const second = await history(`?limit=30&before=${first.next}`);
  const both = [...first.calls, ...second.calls].map(({ call }) => call);
  expect(new Set(both).size).toBe(60);
  expect((await history('?search=Caller%204711')).calls).toMatchObject([{ call: 'filler.4711' }]);
  const wrong = await companion.http<{ error: { message: string } }>('GET', '/api/history?limit=0');
  expect(wrong.status).toBe(400);
  expect(wrong.body.error.message).toContain('limit');
});

it('loses no call that had ended a second before it was killed', async () => {
  const { host, port, username, secret } = lab.asterisk().ami;
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const ami = new AmiClient({ host, port, username, secret, tls: false, log: quiet });
  const ended = new Map<string, number>();
  ami.listen({
    Hangup: ({ Channel, Linkedid }) => {
      if (Channel.startsWith('PJSIP/6002')) ended.set(Linkedid, Date.now());
    },
  });
  ami.start();
  await until('the second link', () => ami.status.state === 'up');
  await using caller = await lab.phone('6002', { answer: 'auto' });
  expect(caller.user).toBe('6002');
  for (let round = 0; round < 3; round += 1) {
    ended.clear();
    let ringing = true;
    const calls = (async () => {
      while (ringing)
        await ami
          .originate({
            Action: 'Originate',
            Channel: 'PJSIP/6002',
            Application: 'Wait',
            Data: '0.1',
            Timeout: 5_000,
            Async: 'true',
          })
          .catch(() => undefined);
    })();
    await until('some calls to have ended', () => ended.size >= 8, { seconds: 30 });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await companion.kill();
    const killed = Date.now();
    ringing = false;
    await calls;
    await companion.launch();
    await until('the PBX', async () => (await history('?limit=1')).calls.length === 1);
    const logged = new Map((await history('?limit=500')).calls.map((call) => [call.call, call]));
    const due = [...ended].filter(([, at]) => at < killed - 1_000).map(([call]) => call);
    expect(due.length).toBeGreaterThan(3);
    const missing = due.filter((call) => (logged.get(call)?.outcome ?? 'running') === 'running');
    expect(missing).toEqual([]);
  }
  await ami.stop();
});

it('stops the log alone when the disk is full, says so, and goes on when there is room', async () => {
  await companion.stop();
  const small = join(lab.place.run, 'small-disk');
  await mkdir(small, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', small]);
  const own = await Companion.start(lab, { data_dir: small, scripts: false });
  try {
    await hass.waitForState('sensor.front_door_state', 'idle', 20);
    await run('sh', ['-c', 'dd if=/dev/zero of="$0/filler" bs=1k 2>/dev/null || true', small]);
    await using press = await lab.doorbell('8000').press('600');
    await hass.waitForState('sensor.front_door_state', 'ringing');
    const problem = await hass.waitForState('binary_sensor.asterisk_home_call_log', 'on', 20);
    expect(problem.attributes.reason).toMatch(/full/);
    await press.hangUp();
    await hass.waitForState('sensor.front_door_state', 'idle');
    await rm(join(small, 'filler'));
    await hass.waitForState('binary_sensor.asterisk_home_call_log', 'off', 30);
    const { body } = await own.http<CallPage>('GET', '/api/history');
    expect(body.calls).toMatchObject([{ doorbell: 'Front door', outcome: 'missed' }]);
    const said = (await own.log()).filter(({ msg }) => /call log cannot be written/.test(msg));
    expect(said).toHaveLength(1);
  } finally {
    await own.stop();
    await run('umount', [small]);
    await companion.launch();
  }
});
