import { beforeEach, expect, it } from 'vitest';
import { VARIABLES } from '../../src/ami/mask.ts';
import { Announcements } from '../../src/pbx/announcements.ts';
import { Groups } from '../../src/pbx/groups.ts';
import type { Happening } from '../../src/pbx/happenings.ts';

const happenings: Happening[] = [];
let announcements: Announcements;

beforeEach(() => {
  happenings.length = 0;
  announcements = new Announcements({
    pbx: 'home',
    now: () => Date.parse('2026-11-24T10:00:00Z'),
    happened: (happening: Happening) => happenings.push(happening),
  } as never);
});

const hear = (name: 'VarSet' | 'Hangup', event: object) => announcements.on[name]?.(event as never);
const status = (Uniqueid: string, Value: string) =>
  hear('VarSet', { Variable: 'PLAYBACKSTATUS', Value, Uniqueid });

it('knows of the calls that it follows whether they were played, and how they ended', () => {
  const forget = announcements.expect('a.1');
  expect([announcements.played('a.1'), announcements.cause('a.1')]).toEqual([undefined, undefined]);
  hear('VarSet', { Variable: 'DIALSTATUS', Value: 'SUCCESS', Uniqueid: 'a.1' });
  expect(announcements.played('a.1')).toBeUndefined();
  status('a.1', 'FAILED');
  status('b.1', 'SUCCESS');
  hear('Hangup', { Cause: '17', Uniqueid: 'a.1' });
  expect([announcements.played('a.1'), announcements.cause('a.1')]).toEqual([false, 17]);
  expect(announcements.played('b.1')).toBeUndefined();
  forget();
  expect([announcements.played('a.1'), announcements.cause('a.1')]).toEqual([undefined, undefined]);
});

it('is told by Asterisk of the one variable that it needs', () => {
  expect(VARIABLES).toContain('PLAYBACKSTATUS');
});

it('tells what became of an announcement', () => {
  const kitchen = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };
  const phones = [{ ...kitchen, state: 'confirmed', digit: '1' }];
  announcements.ended({ type: 'confirmed', who: 'Anna', digit: '1', by: kitchen, phones });
  expect(happenings).toEqual([
    {
      time: '2026-11-24T10:00:00.000Z',
      pbx: 'home',
      subject: 'announcement',
      type: 'confirmed',
      who: 'Anna',
      digit: '1',
      by: kitchen,
      phones,
    },
  ]);
});

it('finds groups by id and name, whatever the case', () => {
  const groups = new Groups([
    { name: 'Erdgeschoß', phones: ['PJSIP/6001'] },
    { name: 'attic', phones: [] },
  ]);
  const [first] = groups.all();
  expect(first?.id).toMatch(/^[a-z0-9_]+$/);
  expect(groups.get(first?.id ?? '')).toBe(first);
  expect(groups.find('erdgeschoß')).toBe(first);
  expect(groups.find('Attic')?.id).toBe('attic');
  expect(new Groups([{ name: 'First floor', phones: [] }]).all()[0]?.id).toBe('first_floor');
  expect(groups.find('cellar')).toBeUndefined();
});
