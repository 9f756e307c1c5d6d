import { describe, expect, it } from 'vitest';
import { partyState, plain, slugOf, stateText } from '../../src/home/entities/text.ts';
import { quoted } from '../../src/home/link/notices.ts';

describe('a text from a caller', () => {
  it('becomes one line', () => {
    expect(plain(' a\r\nb\tc\u0000d\u0085e\u2028f ')).toBe('a b c d e f');
  });

  it('is cut at 255 characters, and never within one', () => {
    expect(plain('x'.repeat(300))).toBe('x'.repeat(255));
    expect([...plain('🔔'.repeat(300))]).toEqual(Array(255).fill('🔔'));
  });

  it.each(['', ' ', 'unknown', 'Unavailable', 'NONE'])('%j is no state that says something', (text) => {
    expect(stateText(text)).toBeNull();
  });

  it('is the name of a party, else its number', () => {
    expect(partyState({ name: 'Anna', number: '6001' })).toBe('Anna');
    expect(partyState({ name: 'unknown', number: '6001' })).toBe('6001');
    expect(partyState({ name: '', number: '' })).toBeNull();
    expect(partyState(null)).toBeNull();
  });
});

describe('the start of an entity id', () => {
  it.each([
    ['Front door', 'doorbell_front_door', 'front_door'],
    ['Küche  1', 'phone_pjsip_6001', 'kuche_1'],
    ['6001', 'phone_pjsip_6001', 'phone_6001'],
    ['Дверь', 'doorbell_x1', 'doorbell_x1'],
    ['--', 'phone_a', 'phone_a'],
  ])('of %j is made of what can be written so', (name, fallback, slug) => {
    expect(slugOf(name, fallback)).toBe(slug);
  });
});

it('a text in a notice is one line, and nothing of it Markdown or a link', () => {
  expect(quoted('Ann\n===\n<b> [x](https://evil.example) a@b.example')).toBe(
    'Ann &#61;&#61;&#61; &#60;b&#62; &#91;x&#93;&#40;https&#58;//evil&#46;example&#41; a&#64;b&#46;example',
  );
});
