import { expect, it } from 'vitest';
import { entitiesPage } from '../../src/home/docs.ts';
import { deviceOf, SUBJECTS } from '../../src/home/entities/index.ts';
import { AROUND } from './around.ts';
import { wholeHouse } from './fake-pbx.ts';

const IDS = {
  pbx: 'home',
  doorbell: 'front_door',
  ring_group: '600',
  parking: 'default',
  conference: 'family',
  phone: 'pjsip_6001',
  voicemail: '6001_default',
  recording: 'recordings',
  dect: 'pjsip_2001',
  handset: 'pjsip_2001_3',
  blf: 'default',
  device_state: 'custom',
  queue: 'support',
  queue_member: 'support__pjsip_6001',
} as const;

it('docs/entities.md says what there is', async () => {
  const pbx = wholeHouse();
  const devices = SUBJECTS.map((subject) => deviceOf(pbx, subject, IDS[subject], AROUND)).filter(
    (device) => device !== null,
  );
  expect(devices).toHaveLength(SUBJECTS.length);
  await expect(entitiesPage(devices)).toMatchFileSnapshot('../../docs/entities.md');
});
