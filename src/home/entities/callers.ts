/** What shows who called: the same for a phone and for a DECT handset. */
import type { Entity } from './model.ts';

export const CALLERS: readonly Entity[] = [
  {
    platform: 'sensor',
    key: 'last_caller',
    name: 'Last caller',
    icon: 'mdi:phone-incoming',
    attributes: true,
  },
  {
    platform: 'sensor',
    key: 'missed_calls',
    name: 'Missed calls',
    icon: 'mdi:phone-missed',
    stateClass: 'measurement',
    unit: 'calls',
  },
];
