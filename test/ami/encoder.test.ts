import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeAction } from '../../src/ami/encoder.ts';
import { AmiInputError } from '../../src/ami/index.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('a\r\nAction: Originate', '\n\n', 'x\0', '\r', ': ', ',', '"', '\\', '🚪\r\n'),
);

const action = fc.record(
  {
    Action: fc.constant('Originate'),
    Channel: hostile,
    CallerID: hostile,
    Timeout: fc.integer(),
    Codecs: fc.array(hostile, { maxLength: 3 }),
    Variable: fc.dictionary(hostile, hostile, { maxKeys: 4 }),
    Headers: fc.dictionary(hostile, hostile, { maxKeys: 4 }),
  },
  { requiredKeys: ['Action'] },
);

describe('encodeAction', () => {
  it('writes the headers in order, with the ActionID', () => {
    const text = encodeAction(
      { Action: 'Park', Channel: 'PJSIP/1-2', Timeout: 5000, Parkinglot: undefined },
      'n-1',
    );
    expect(text).toBe('Action: Park\r\nActionID: n-1\r\nChannel: PJSIP/1-2\r\nTimeout: 5000\r\n\r\n');
  });

  it('never lets a value end its line, whatever it is', () => {
    let refused = 0;
    fc.assert(
      fc.property(action, (input) => {
        let text: string;
        try {
          text = encodeAction(input, 'n-1');
        } catch (error) {
          expect(error).toBeInstanceOf(AmiInputError);
          refused++;
          return;
        }
        const lines = text.split('\r\n');
        const count = Object.entries(input).reduce(
          (sum, [, value]) =>
            sum + (Array.isArray(value) || typeof value !== 'object' ? 1 : Object.keys(value).length),
          1,
        );
        expect(lines).toHaveLength(count + 2);
        expect(lines.slice(-2)).toEqual(['', '']);
        for (const line of lines) expect(line).not.toMatch(/[\r\n\0]/);
        for (const line of lines.slice(0, -2)) expect(line).toMatch(/^[^:]+: /);
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(0);
  });

  it.each([
    ['Channel', { Channel: 'a\r\nAction: Logoff' }, /Channel: it contains a carriage return/],
    ['Channel', { Channel: 'a\nb' }, /a line feed/],
    ['Channel', { Channel: 'a\0b' }, /a NUL/],
    ['Variable.A', { Variable: { A: 'x\ny' } }, /a line feed/],
    ['Headers.who', { Headers: { who: 'x\ny' } }, /a line feed/],
    ['Headers.a: b', { Headers: { 'a: b': 'x' } }, /is no name for a header/],
    ['Headers.ActionID', { Headers: { ActionID: 'x' } }, /keeps for itself/],
    ['Variable.A=B', { Variable: { 'A=B': 'x' } }, /is no name for a variable/],
    ['Exten', { Exten: 'é'.repeat(600) }, /makes a line of 1207 bytes/],
    ['Timeout', { Timeout: Number.NaN }, /neither text nor a number/],
    ['Exten', { Exten: true }, /neither text nor a number/],
  ])('refuses %s and names it', (field, input, message) => {
    const encode = () => encodeAction({ Action: 'Originate', ...input }, 'n-1');
    expect(encode).toThrow(message);
    expect(encode).toThrow(expect.objectContaining({ code: 'input', field }));
  });

  it('shows a refused value shortened, and a secret not at all', () => {
    const long = catchInput({ Action: 'Hangup', Channel: `\n${'x'.repeat(500)}` });
    expect(long.value).toHaveLength(41);
    const secret = catchInput({ Action: 'Login', Username: 'u', Secret: 'hunter2\n' });
    expect(secret.field).toBe('Secret');
    expect(JSON.stringify([secret.message, secret.value])).not.toContain('hunter2');
  });

  it('takes a line of 1022 bytes and no more', () => {
    const fits = 'x'.repeat(1022 - 'Channel: '.length);
    expect(encodeAction({ Action: 'Hangup', Channel: fits }, 'n')).toContain(fits);
    expect(() => encodeAction({ Action: 'Hangup', Channel: `${fits}x` }, 'n')).toThrow(/line of 1023 bytes/);
  });

  it('takes 128 headers and no more', () => {
    const variables = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`V${i}`, '1']));
    expect(encodeAction({ Action: 'Originate', Variable: variables(126) }, 'n').split('\r\n')).toHaveLength(
      130,
    );
    expect(() => encodeAction({ Action: 'Originate', Variable: variables(127) }, 'n')).toThrow(/129 headers/);
  });

  it('takes an ActionID of 64 characters and no more', () => {
    expect(encodeAction({ Action: 'Ping' }, 'i'.repeat(64))).toContain('i'.repeat(64));
    expect(() => encodeAction({ Action: 'Ping' }, 'i'.repeat(65))).toThrow(AmiInputError);
  });

  it('brings any variable through what Asterisk does to it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (value) => {
        fc.pre(!/[\r\n\0]/.test(value));
        const text = encodeAction({ Action: 'Originate', Variable: { NAME: value } }, 'n');
        const header = text.split('\r\n').find((line) => line.startsWith('Variable: ')) ?? '';
        expect(separate(header.slice('Variable: '.length))).toEqual([`NAME=${value}`]);
      }),
    );
  });
});

/** Asterisk's `__ast_app_separate_args` with `remove_chars` (main/app.c). */
function separate(text: string): string[] {
  const parts = [''];
  let [paren, bracket, quote] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (character === ',' && paren === 0 && bracket === 0 && !quote) {
      parts.push('');
      continue;
    }
    if (character === '(') paren++;
    else if (character === ')') paren = Math.max(0, paren - 1);
    else if (character === '[') bracket++;
    else if (character === ']') bracket = Math.max(0, bracket - 1);
    else if (character === '"') {
      quote = !quote;
      continue;
    } else if (character === '\\') {
      parts[parts.length - 1] += text[++i] ?? '';
      continue;
    }
    parts[parts.length - 1] += character;
  }
  return parts;
}

function catchInput(input: object): AmiInputError {
  try {
    encodeAction(input, 'n');
  } catch (error) {
    return error as AmiInputError;
  }
  throw new Error('it was not refused');
}
