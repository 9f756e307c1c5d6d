import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Directory } from '../../src/names/directory.ts';

it('names a number by the first source that knows it', () => {
  const directory = new Directory();
  directory.set('phone_book', [
    ['1', 'Book'],
    ['2', 'Book'],
    ['3', 'Book'],
  ]);
  directory.set('persons', [
    ['1', 'Person'],
    ['2', 'Person'],
  ]);
  directory.set('settings', [['1', 'Settings']]);
  expect(['1', '2', '3', '4'].map((number) => directory.find(number))).toEqual([
    'Settings',
    'Person',
    'Book',
    undefined,
  ]);
});

it('forgets what a source said before, also of numbers that were asked for', () => {
  const directory = new Directory();
  directory.set('persons', [['1', 'Anna']]);
  expect(directory.find('1')).toBe('Anna');
  directory.set('persons', []);
  expect(directory.find('1')).toBeUndefined();
});

it.each([
  ['+49 (170) 123-45', '004917012345'],
  ['0170/12345', '+4917012345'],
  ['+4917012345', '0170 12345'],
  ['tel:+49-170-12345', '+4917012345'],
])('takes %s and %s for the same number', (written, called) => {
  const directory = new Directory('+49');
  directory.set('settings', [[written, 'Anna']]);
  expect(directory.find(called)).toBe('Anna');
});

it('keeps extensions that begin with a 0 apart where no country is given', () => {
  const directory = new Directory();
  directory.set('settings', [['0170', 'Attic']]);
  expect(directory.find('0170')).toBe('Attic');
  expect(directory.find('+49170')).toBeUndefined();
});

it('takes anything for a number and gives no name for what it was not told', () => {
  const directory = new Directory('49');
  directory.set('settings', [['6001', 'Kitchen']]);
  fc.assert(
    fc.property(fc.string(), (text) => {
      const found = directory.find(text);
      return found === undefined || (found === 'Kitchen' && text.includes('6001'));
    }),
  );
});
