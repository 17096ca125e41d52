import { describe, expect, it } from '@jest/globals';
import { displayText } from '../../src/security/device-name.js';

describe('a name that is shown', () => {
  it.each([
    ['Work laptop', 'Work laptop'],
    ['  Work laptop\t\n', 'Work laptop'],
    ['\u00a0\u3000', null],
    ['   ', null],
    ['\u2800 \u2800', null],
    ['\u2803\u2800\u2811', '\u2803\u2800\u2811'],
    ['', null],
    ['Jose\u0301', 'Jos\u00e9'],
    ['מחשב נייד', 'מחשב נייד'],
    ['حاسوب محمول', 'حاسوب محمول'],
    ['می\u200cخواهم', 'می\u200cخواهم'],
    ['क्\u200dष', 'क्\u200dष'],
    ['👩\u200d💻', '👩\u200d💻'],
    ['👩🏽\u200d💻 phone', '👩🏽\u200d💻 phone'],
    ['🏳\ufe0f\u200d🌈', '🏳\ufe0f\u200d🌈'],
    ['❤\ufe0f\u200d🔥', '❤\ufe0f\u200d🔥'],
    [
      '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
      '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
    ],
    ['<b>"quoted" & \'sons\'</b>', '<b>"quoted" & \'sons\'</b>'],
  ])('%j is %j', (text, value) => {
    expect(displayText(text, 100)).toEqual({ ok: true, value });
  });

  it.each([
    'Work\u202etuo dengis saw 93 live',
    ...[0x202a, 0x202b, 0x202c, 0x202d, 0x2066, 0x2067, 0x2068, 0x2069, 0x200e, 0x200f, 0x061c].map(
      (mark) => `a${String.fromCodePoint(mark)}b`,
    ),
    'a\u0000b',
    'a\nb',
    'a\u001b[31mb',
    'a\u007fb',
    'a\u0085b',
    'a\u200bb',
    'a\u2060b',
    'a\ufeffb',
    'a\u00adb',
    'a\u2028b',
    'a\u2029b',
    'a\ud800b',
    'a\u3164b',
    'a\u{e0061}b',
    '\u200d',
    'a\u200d',
    'a \u200d b',
    'a\u200d\u200db',
  ])('%j is refused', (text) => {
    expect(displayText(text, 100)).toEqual({ ok: false, reason: 'forbidden_characters' });
  });

  it('is counted in characters, without the blanks around it', () => {
    expect(displayText(` ${'💻'.repeat(100)} `, 100)).toEqual({ ok: true, value: '💻'.repeat(100) });
    expect(displayText('💻'.repeat(101), 100)).toEqual({ ok: false, reason: 'too_long' });
    expect(displayText('e\u0301'.repeat(100), 100)).toMatchObject({ ok: true });
    expect(displayText('abc', 2)).toEqual({ ok: false, reason: 'too_long' });
  });
});
