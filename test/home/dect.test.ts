/** How DECT bases and their handsets look. */
import { expect, it } from 'vitest';
import { deviceOf } from '../../src/home/entities/index.ts';
import { AROUND } from './around.ts';
import { house } from './fake-pbx.ts';

const handset = (row: object) => {
  const pbx = house();
  pbx.base({ id: 'pjsip_2001' });
  pbx.handset({ id: 'garden', name: 'Garden', ...row });
  return deviceOf(pbx, 'handset', 'garden', AROUND);
};

it('shows the state of a handset with all that is known of its call', () => {
  const device = handset({
    state: 'ringing',
    caller: { name: '<b>Door</b> 🔔', number: '8000' },
    since: Date.parse('2026-11-24T10:00:00Z'),
    until: Date.parse('2026-11-24T10:00:46Z'),
    lastCaller: { name: 'Door', number: '8000', time: '2026-11-24T10:00:00.000Z', outcome: 'ringing' },
    missed: 2,
  });
  expect(device?.state.values).toEqual({ state: 'ringing', last_caller: 'Door', missed_calls: 2 });
  expect(device?.state.attributes).toEqual({
    state: {
      companion: 'c1',
      pbx: 'home',
      handset: 'garden',
      base: 'Quicktone',
      line: 'PJSIP/2001',
      digit: '3',
      extensions: ['1103'],
      mailbox: '03@default',
      caller_name: '<b>Door</b> 🔔',
      caller_number: '8000',
      all: false,
      since: '2026-11-24T10:00:00.000Z',
      until: '2026-11-24T10:00:46.000Z',
    },
    last_caller: {
      caller_name: 'Door',
      caller_number: '8000',
      time: '2026-11-24T10:00:00.000Z',
      outcome: 'ringing',
    },
  });
});

it('does not take the ids of the phone that a handset’s own line is as well', () => {
  expect(handset({})).toMatchObject({ name: 'Garden', slug: 'garden' });
  expect(handset({ digit: null, line: 'PJSIP/2002' })).toMatchObject({
    name: 'Garden DECT',
    slug: 'garden_dect',
    modelId: 'PJSIP/2002',
  });
});
