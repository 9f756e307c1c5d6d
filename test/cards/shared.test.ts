import { describe, expect, it } from 'vitest';
import { ServerClock } from '../../addon/cards/shared/clock.ts';
import { plain } from '../../addon/cards/shared/text.ts';
import { duration, instant } from '../../addon/cards/shared/time.ts';
import { words } from '../../addon/cards/words/index.ts';
import { hassOf } from './fixtures.ts';

describe('duration', () => {
  it.each([
    [0, '0:00'],
    [999, '0:00'],
    [1000, '0:01'],
    [65_000, '1:05'],
    [600_000, '10:00'],
    [3_599_999, '59:59'],
    [3_600_000, '1:00:00'],
    [3_725_000, '1:02:05'],
    [-5000, '0:00'],
  ])('says %i ms as %s', (ms, said) => expect(duration(ms)).toBe(said));
});

describe('instant', () => {
  it('reads ISO 8601 and nothing else', () => {
    expect(instant('2026-11-24T12:00:00+01:00')).toBe(Date.parse('2026-11-24T11:00:00Z'));
    expect(instant('soon')).toBeNull();
    expect(instant(null)).toBeNull();
    expect(instant(1764000000)).toBeNull();
  });
});

describe('plain', () => {
  it('takes out what breaks a line, and leaves what a name may have', () => {
    expect(plain('a\r\nb\u0000c')).toBe('a b c');
    expect(plain('\u202Egnol\u2066')).toBe('gnol');
    expect(plain('<b>Ana & "Zoë" 👩‍👦</b>')).toBe('<b>Ana & "Zoë" 👩‍👦</b>');
  });

  it('knows numbers for texts, and nothing else', () => {
    expect(plain(701)).toBe('701');
    expect(plain(null)).toBe('');
    expect(plain({ toString: () => 'x' })).toBe('');
  });
});

describe('words', () => {
  it('speaks the language of a tag, and English elsewhere', () => {
    expect(words('de-CH').retrieve).toBe('Annehmen');
    expect(words('fr').callsWaiting(2)).toBe('2 appels en attente');
    expect(words('nl').callsWaiting(1)).toBe('1 gesprek wacht');
    expect(words('tlh').retrieve).toBe('Retrieve');
    expect(words(undefined).retrieve).toBe('Retrieve');
  });

  it('labels the same fields of the editor in every language', () => {
    const fields = Object.keys(words('en').form);
    for (const language of ['de', 'es', 'fr', 'nl']) {
      expect(Object.keys(words(language).form)).toEqual(fields);
      expect(Object.keys(words(language).phoneStates)).toEqual(Object.keys(words('en').phoneStates));
    }
  });
});

describe('ServerClock', () => {
  const answering = (date: Date) => {
    const headers = new Headers({ date: date.toUTCString() });
    return hassOf([], { fetchWithAuth: () => Promise.resolve({ headers } as Response) });
  };
  const away = (clock: ServerClock) => Math.round((clock.now() - Date.now()) / 1000);

  it('runs by the server when the browser is minutes off', async () => {
    const clock = new ServerClock();
    expect(await clock.compare(answering(new Date(Date.now() + 180_000)))).toBe(true);
    expect(away(clock)).toBeGreaterThanOrEqual(179);
    expect(away(clock)).toBeLessThanOrEqual(181);
  });

  it('also when the browser is ahead', async () => {
    const clock = new ServerClock();
    await clock.compare(answering(new Date(Date.now() - 180_000)));
    expect(away(clock)).toBeLessThan(-178);
  });

  it('leaves a clock alone that is right but for rounding', async () => {
    const clock = new ServerClock();
    expect(await clock.compare(answering(new Date(Date.now() + 900)))).toBe(false);
    expect(away(clock)).toBe(0);
  });

  it('asks once, not at every second', async () => {
    let asked = 0;
    const hass = hassOf([], {
      fetchWithAuth: () => {
        asked++;
        return Promise.reject(new Error('offline'));
      },
    });
    const clock = new ServerClock();
    expect(await clock.compare(hass)).toBe(false);
    await clock.compare(hass);
    expect(asked).toBe(1);
  });

  it('is never behind what the server has already stamped', () => {
    const clock = new ServerClock();
    clock.passed(Date.now() + 60_000);
    expect(away(clock)).toBe(60);
    clock.passed(Date.now() + 30_000);
    expect(away(clock)).toBe(60);
    clock.passed(null);
    expect(away(clock)).toBe(60);
  });
});
