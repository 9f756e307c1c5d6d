import { expect, it } from 'vitest';
import { entitiesPage } from '../../src/home/docs.ts';
import { CLOSED } from '../../src/home/entities/doorbells.ts';
import { deviceOf, SUBJECTS } from '../../src/home/entities/index.ts';
import { house } from './fake-pbx.ts';

const IDS = { pbx: 'home', doorbell: 'front_door', parking: 'default', phone: 'pjsip_6001' } as const;

it('docs/entities.md says what there is', async () => {
  const around = {
    companion: 'c1',
    language: () => 'en',
    firstPbx: 'home',
    opens: () => true,
    door: () => CLOSED,
    choice: () => null,
  };
  const pbx = house();
  const devices = SUBJECTS.map((subject) => deviceOf(pbx, subject, IDS[subject], around)).filter(
    (device) => device !== null,
  );
  expect(devices).toHaveLength(4);
  await expect(entitiesPage(devices)).toMatchFileSnapshot('../../docs/entities.md');
});
