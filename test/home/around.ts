import type { LoggedCall } from '../../src/actions/index.ts';
import { CLOSED } from '../../src/home/entities/doorbells.ts';
import type { Surroundings } from '../../src/home/entities/index.ts';
import { NOW } from './fake-pbx.ts';

export const LOGGED: LoggedCall = {
  pbx: 'home',
  call: '1764000000.1',
  began: NOW,
  answered: NOW,
  ended: NOW,
  seconds: 12,
  from: { number: '8000', name: 'Doorbell' },
  to: { number: '600', name: '' },
  by: 'Kitchen',
  doorbell: 'Front door',
  outcome: 'answered',
  notes: [{ time: NOW, kind: 'opened', who: 'Anna', what: 'dtmf' }],
};

/** What devices show besides the PBX's state, as tests have it unless they say otherwise. */
export const AROUND: Surroundings = {
  companion: 'c1',
  language: () => 'en',
  firstPbx: 'home',
  opens: () => true,
  door: () => CLOSED,
  history: { problem: null, newest: () => [LOGGED] },
  choice: () => null,
};
