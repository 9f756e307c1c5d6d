import { expect, it } from 'vitest';
import { crossCheck } from '../../src/settings/checks.ts';

const asterisk = [{ name: 'home' }, { name: 'annex' }];

it.each([
  ['doorbells', 'name', ['Front door', 'front-door'], 'a name that no other doorbell of the PBX has'],
  ['conferences', 'room', ['1', '1'], 'a room that no other entry of the PBX has'],
  ['groups', 'name', ['All phones', 'all  phones'], 'a name that no other group of the PBX has'],
  ['queues', 'queue', ['support', 'support'], 'a queue that no other entry of the PBX has'],
  ['ring_groups', 'extension', ['600', '600'], 'an extension that no other ring group of the PBX has'],
])('what %s have once for each PBX is refused the second time', (list, key, [one, alike], allowed) => {
  // The first PBX is meant where none is named.
  const entries = [{ [key]: one }, { [key]: one, pbx: 'annex' }, {}, {}, { [key]: alike, pbx: 'home' }];
  expect(crossCheck({ asterisk, [list]: entries })).toEqual([
    { path: `${list}.4.${key}`, value: JSON.stringify(alike), allowed },
  ]);
});
