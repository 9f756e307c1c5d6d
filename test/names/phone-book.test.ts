import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PhoneBooks, readPhoneBook } from '../../src/names/phone-book.ts';

const read = (text: string) => [...readPhoneBook(text)];

it('reads vCards of version 3 and 4, folded lines and several numbers included', () => {
  const cards = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'FN:Anna Müller\\, Dr.',
    'TEL;TYPE=CELL:+49 170 1',
    'TEL;TYPE=HOME:+49 30',
    '  2',
    'END:VCARD',
    'BEGIN:VCARD',
    'VERSION:4.0',
    'FN:Bob "B" 🚪',
    'TEL;VALUE=uri;TYPE="voice,home":tel:+1-555-3;ext=5',
    'END:VCARD',
    '',
  ];
  expect(read(cards.join('\r\n'))).toEqual([
    ['+49 170 1', 'Anna Müller, Dr.'],
    ['+49 30 2', 'Anna Müller, Dr.'],
    ['+1-555-3', 'Bob "B" 🚪'],
  ]);
});

it('goes on behind a card that is broken', () => {
  const text =
    'BEGIN:VCARD\nVERSION:3.0\nFN;;;:::\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nFN:Bob\nTEL:5\nEND:VCARD\n';
  expect(read(text)).toEqual([['5', 'Bob']]);
});

it.each([
  [
    'a plain table',
    'Name,Number\nAnna,+49 170 1\n"Bob, B",5\n',
    [
      ['+49 170 1', 'Anna'],
      ['5', 'Bob, B'],
    ],
  ],
  ['semicolons and a mark', '\uFEFFName;Telefon\nAnna;7\n', [['7', 'Anna']]],
  [
    'an export of Google’s',
    'First Name,Last Name,Phone 1 - Label,Phone 1 - Value\nAnna,Müller,Mobile,1 ::: 2\n',
    [
      ['1', 'Anna Müller'],
      ['2', 'Anna Müller'],
    ],
  ],
  [
    'no headings',
    '6001,Kitchen\nOffice,6002\n',
    [
      ['6001', 'Kitchen'],
      ['6002', 'Office'],
    ],
  ],
])('reads %s', (_what, text, expected) => {
  expect(read(text).filter(([number]) => number !== '')).toEqual(expected);
});

it('says that it finds no names', () => {
  expect(() => read('just some text\n')).toThrow(/no column with names/);
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phone-book-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('reads a file again when it has changed, and keeps what it had when it cannot be read', async () => {
  const file = join(folder, 'book.csv');
  const taken: unknown[] = [];
  const warned: string[] = [];
  const log = { info: () => {}, warn: (_facts: object, words: string) => void warned.push(words) };
  await writeFile(file, 'Name,Number\nAnna,1\n');
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const books = new PhoneBooks([file], (numbers) => taken.push([...numbers]), log);
  await books.start();
  const next = async (until: () => void) => {
    vi.advanceTimersByTime(20_000);
    await vi.waitFor(until);
  };
  await writeFile(file, 'Name,Number\nBob,22\n');
  await utimes(file, 1, 1);
  await next(() => expect(taken).toEqual([[['1', 'Anna']], [['22', 'Bob']]]));
  await rm(file);
  await next(() => expect(warned).toHaveLength(1));
  vi.advanceTimersByTime(20_000);
  expect(taken).toHaveLength(2);
  books.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
