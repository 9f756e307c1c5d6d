import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { deviceOf, idsOf, SUBJECTS } from '../../../src/home/entities/index.ts';
import { discoveryOf } from '../../../src/home/mqtt/discovery.ts';
import { Topics } from '../../../src/home/mqtt/topics.ts';
import { AROUND } from '../../home/around.ts';
import { wholeHouse } from '../../home/fake-pbx.ts';
import { placeFromEnvironment } from '../stack/place.ts';
import { Tree } from '../stack/tree.ts';
import { homeAssistantVenv } from '../stack/venv.ts';

const topics = new Topics({ companion: 'c1', baseTopic: 'asterisk', discoveryPrefix: 'homeassistant' });
const origin = { companion: 'c1', version: '0.1.0', configurationUrl: 'homeassistant://config/app/asterisk' };

/** One of each device that we describe, as it is sent. */
function everyDevice(): object[] {
  const pbx = wholeHouse();
  return SUBJECTS.flatMap((subject) =>
    idsOf(pbx, subject).map((id) => {
      const device = deviceOf(pbx, subject, id, AROUND);
      if (device === null) throw new Error(`there is no ${subject} ${id}`);
      return JSON.parse(JSON.stringify(discoveryOf(device, topics, origin)));
    }),
  );
}

/** What Home Assistant's schemas have against these payloads. */
async function problemsOf(payloads: readonly object[]): Promise<string[]> {
  const place = placeFromEnvironment();
  const tree = await Tree.make(place);
  const venv = await homeAssistantVenv(place, tree);
  const script = await readFile(new URL('./check_schemas.py', import.meta.url), 'utf8');
  const [file = '', ...args] = tree.argv([`${venv}/bin/python`, '-c', script]);
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(payloads));
  const [problems] = await Promise.all([json(child.stdout), once(child, 'close')]);
  return problems as string[];
}

describe("Home Assistant's schemas", () => {
  it('know every key of every component', async () => {
    const devices = everyDevice();
    expect(devices.length).toBeGreaterThanOrEqual(SUBJECTS.length);
    expect(await problemsOf(devices)).toEqual([]);
  });

  it('would say so if they did not', async () => {
    const [hub] = everyDevice() as [{ cmps: Record<string, object>; dev: object }];
    const typo = structuredClone(hub);
    typo.cmps.version = { ...typo.cmps.version, stat_class: 'measurement' };
    const strange = { ...structuredClone(hub), sw: '1' };
    expect(await problemsOf([typo, strange])).toEqual([
      'Asterisk home version: stat_class is unknown',
      expect.stringContaining("not a valid option at 'sw'"),
    ]);
  });
});
