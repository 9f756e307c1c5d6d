import { expect, it } from 'vitest';
import { CLASSES } from '../../src/ami/index.ts';
import { problemOf, Rights } from '../../src/pbx/rights.ts';

const ALL = [...Object.keys(CLASSES), 'QueueStatus'];
const may = (actions: readonly string[], reads: readonly string[] | null = null) => ({
  actions: new Set(actions),
  missingActions: [],
  reads: reads && new Set(reads),
});
/** All that a user without a class may do. */
const without = (missing: string) =>
  may(
    ALL.filter((action) => {
      const classes = (CLASSES as Record<string, readonly string[]>)[action] ?? ['any'];
      return classes.some((each) => each !== missing);
    }),
  );

function speaker() {
  const said: string[] = [];
  const say = (_facts: object, message: string) => void said.push(message);
  return { said, rights: new Rights({ debug() {}, info: say, warn: say, error: say }) };
}

it.each(['originate', 'call', 'system', 'agent', 'user'])('say once that %s is missing', (missing) => {
  const { said, rights } = speaker();
  rights.look(without(missing));
  rights.look(without(missing));
  expect(said).toEqual([
    expect.stringMatching(
      new RegExp(`^The AMI user lacks the write class ${missing}, so .*: in manager.conf, add ${missing} to`),
    ),
  ]);
  rights.look(may(ALL));
  rights.look(without(missing));
  expect(said).toHaveLength(2);
});

it('say nothing of a user who may do all, of classes that others stand in for, and before a login', () => {
  const { said, rights } = speaker();
  for (const given of [null, may(ALL), without('reporting'), without('config'), without('command')])
    rights.look(given);
  expect(said).toEqual([]);
});

it('take a module that is not loaded for no missing class', () => {
  const { said, rights } = speaker();
  rights.look(may(ALL.filter((action) => !action.startsWith('Queue'))));
  expect(said).toEqual([]);
});

it('say once which events do not come', () => {
  const { said, rights } = speaker();
  rights.look(may(ALL, ['all']));
  rights.look(may(ALL, ['call', 'system', 'user', 'agent', 'dtmf', 'dialplan']));
  expect(said).toEqual([]);
  rights.look(may(ALL, ['system', 'agent']));
  expect(said).toEqual([
    expect.stringMatching(/^The AMI user lacks the read class call, so .*add call to its read classes/),
    expect.stringMatching(/^The AMI user lacks the read class user, so .*add user to its read classes/),
    expect.stringMatching(/^The AMI user lacks the read class dtmf, so .*add dtmf to its read classes/),
    expect.stringMatching(/^The AMI user lacks the read class dialplan, so .*add dialplan to its/),
  ]);
  expect(problemOf(may(ALL, ['system', 'user']))).toBe(said[0]);
});

it('are a problem where hardly anything works', () => {
  expect(problemOf(without('call'))).toMatch(/^The AMI user lacks the write class call, so /);
  expect([problemOf(without('agent')), problemOf(may(ALL)), problemOf(null)]).toEqual([null, null, null]);
});
