import { describe, expect, it } from 'vitest';
import { filterFor, othersThan, subscriptionFor, VARIABLES } from '../../src/ami/mask.ts';

describe('subscriptionFor', () => {
  it('always has what the client itself needs, and no flood unasked', () => {
    expect(subscriptionFor([])).toEqual({ classes: ['system', 'call'], spared: [] });
  });

  it('adds the classes of what is heard', () => {
    expect(subscriptionFor(['UserEvent', 'Hangup', 'DTMFEnd', 'CoreShowChannel'])).toEqual({
      classes: ['system', 'call', 'user', 'dtmf'],
      spared: [],
    });
    expect(subscriptionFor(['Newexten']).spared).toEqual(['VarSet']);
    expect(subscriptionFor(['VarSet']).spared).toEqual(['Newexten', 'other variables']);
    expect(subscriptionFor(['Newexten', 'VarSet']).spared).toEqual(['other variables']);
  });
});

describe('filterFor', () => {
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
    expect(filterFor('VarSet', version)).toBeNull();
  });

  it.each(['22.8.0', '22.10.1', '20.18.0', '23.2.0', '24.0.0'])(
    'goes by the name where it can: %s',
    (version) => {
      expect(filterFor('VarSet', version)).toMatchObject({ MatchCriteria: 'action(exclude),name(VarSet)' });
    },
  );

  it.each(['22.0.0', '20.10.1', '21.5.0', '18.9.0'])('searches the text on older ones: %s', (version) => {
    expect(filterFor('VarSet', version)).toMatchObject({ Filter: '!Event: VarSet' });
  });

  it('tells the variables that are read from all others, without a pattern for "not"', () => {
    const others = new RegExp(`^${othersThan(['DIALSTATUS', 'DIALED', 'X'])}`);
    for (const name of ['DIALSTATUS', 'DIALED', 'X']) expect(others.test(name)).toBe(false);
    for (const name of ['DIALEND', 'ANSWEREDTIME', 'DIAMOND', '__X', 'dialstatus'])
      expect(others.test(name)).toBe(true);
    expect(filterFor('other variables', '22.10.1')).toEqual({
      Action: 'Filter',
      Operation: 'Add',
      MatchCriteria: 'action(exclude),name(VarSet),header(Variable),method(regex)',
      Filter: `^${othersThan(VARIABLES)}`,
    });
    expect(filterFor('other variables', '22.0.0')?.Filter).toMatch(/^!Event: VarSet\.\*Variable: \(/);
  });
});
