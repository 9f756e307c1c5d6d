import { describe, expect, it } from 'vitest';
import { subscriptionFor, varSetFilter } from '../../src/ami/mask.ts';

describe('subscriptionFor', () => {
  it('always has what the client itself needs, and no flood unasked', () => {
    expect(subscriptionFor([])).toEqual({ classes: ['system', 'call'], withoutVarSet: false });
  });

  it('adds the classes of what is heard', () => {
    expect(subscriptionFor(['UserEvent', 'Hangup', 'DTMFEnd', 'CoreShowChannel'])).toEqual({
      classes: ['system', 'call', 'user', 'dtmf'],
      withoutVarSet: false,
    });
    expect(subscriptionFor(['Newexten']).withoutVarSet).toBe(true);
    expect(subscriptionFor(['Newexten', 'VarSet']).withoutVarSet).toBe(false);
  });
});

describe('varSetFilter', () => {
  it.each([
    '22.1.0',
    '22.7.0',
    '20.11.1',
    '20.17.0',
    '21.6.0',
    '21.12.0',
    '23.1.0',
    '',
    'GIT-master-1',
    'certified/20.7',
  ])('adds none where that could crash Asterisk, or nobody knows: %s', (version) => {
    expect(varSetFilter(version)).toBeNull();
  });

  it.each(['22.8.0', '22.10.1', '20.18.0', '23.2.0', '24.0.0'])(
    'goes by the name where it can: %s',
    (version) => {
      expect(varSetFilter(version)).toMatchObject({ MatchCriteria: 'action(exclude),name(VarSet)' });
    },
  );

  it.each(['22.0.0', '20.10.1', '21.5.0', '18.9.0'])('searches the text on older ones: %s', (version) => {
    expect(varSetFilter(version)).toMatchObject({ Filter: '!Event: VarSet' });
  });
});
