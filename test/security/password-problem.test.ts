import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { commonPasswordsOf, fileOf, sourceList } from '../../scripts/build/common-passwords.js';
import { contextWordsOf } from '../../src/security/email-address.js';
import { passwordProblem, type PasswordProblem } from '../../src/security/password-problem.js';

const context = contextWordsOf('ada.l@mail.example.com', 'Ada Lovelace');
const problem = (password: string, minLength = 12): PasswordProblem | null =>
  passwordProblem(password, { minLength, context });

describe('the list of common passwords', () => {
  const file = readFileSync(new URL('../../../lists/common-passwords.txt', import.meta.url), 'utf8');
  const entries = file.split('\n').filter((entry) => entry !== '');

  it('is what its script makes of the package’s list', () => {
    const passwords = commonPasswordsOf(sourceList());
    expect(entries).toEqual(passwords);
    // Compared without showing a difference of half a megabyte.
    expect(file === fileOf(passwords)).toBe(true);
  });

  it('has enough entries of the lengths that are asked for', () => {
    for (const length of [12, 15])
      expect(entries.filter((entry) => entry.length >= length).length).toBeGreaterThanOrEqual(3_000);
  });

  it('has each entry refused', () => {
    const accepted = entries.filter((_, index) => index % 97 === 0).filter((entry) => problem(entry) !== 'too_common');
    expect(accepted).toEqual([]);
  });

  it('is made of prepared entries, each once, without those that are too short', () => {
    expect(commonPasswordsOf('short\nPASSWORD1234\r\npassword1234\nｐａｓｓｗｏｒｄ１２３４\nanother long one\n')).toEqual([
      'another long one',
      'password1234',
    ]);
  });
});

describe('a new password', () => {
  it.each([
    'correct horse battery',
    'Tr0ub4dour&3xyz',
    'mit ada zum mond',
    'ada-correct-horse',
    'lovelace wrote programs',
    'exemplary',
    'ada 8319 2750 6148 3902',
    'пароль от ноутбука',
    '🐎🔋📎🍎🌙🧷🪁🧵🚲🎈🪐🧂',
    'x7$kQ9!vLp2w',
    '748291650372',
    '735714009135',
    'a secret garden of mine',
    'horse 8319 horse 9174 6120',
    'a7391a826402',
    'compass and sextant',
  ])('%j is accepted', (password) => {
    expect(problem(password, 9)).toBeNull();
  });

  it.each([
    'password1234',
    'PASSWORD1234',
    'ｐａｓｓｗｏｒｄ１２３４',
    'Password2031!!',
    'qwertyuiop123',
    '            ',
    '\u3000'.repeat(12),
    'aaaaaaaaaaaa',
    'aaaaaaaaaaab',
    '111111111111a',
    'xaaaaaaaaaaay',
    'abcdefghijkx',
    '💻'.repeat(11) + '🐎',
    '💻'.repeat(12),
    'abababababab',
    'abc1abc1abc1a',
    '123456789012',
    '987654321098',
    'abcdefghijkl',
    'zyxwvutsrqponm',
    'qwertzuiopasdf',
    '1qaz2wsx3edc',
    'abc123abc123',
    '!@#$%^&*()_+',
    'admin1234567',
    'adminadminadmin',
    'changemechangeme',
    'changeme1234',
    'secret123456',
    'dragon123456',
    'p4ssw0rd1234',
    'P@$$w0rd!2031',
    'pass\u200bword1234',
    'pass\u00adword1234',
    '\u200b'.repeat(12),
    'p a s s w o r d 1 2 3 4',
    'w e l c o m e 2 0 3 1',
    'drowssap1234',
    'horsehorsehorse',
    'Horse horse-horse 7',
  ])('%j is too common', (password) => {
    expect(problem(password)).toBe('too_common');
  });

  it.each([
    'ada.l@mail.example.com',
    'ADA.L@MAIL.EXAMPLE.COM',
    'ada.l@mail.example.com1',
    'mail.example.com',
    'examplecomada1',
    'mailexamplecom',
    'adalmailexamplecom',
    'example.com-2031',
    'ada2024ada2024',
    'adaadaadaada',
    'Ada!Lovelace',
    'Ada Lovelace',
    'lovelace1815',
    'lovelace-lovelace',
    '2024lovelace',
    'lovelace123456789012',
    'tokenledger1234',
    'TokenLedger!',
    '*tokenledger*',
    'ada@tokenledger',
    'example2024!!',
    'password-ada-2024',
    'moc.elpmaxe.liam@l.ada',
    'ecalevol1815',
    'l0v3l4c3-1815',
    'a d a l o v e l a c e',
    'tok\u200denledger!!',
  ])('%j is too common for this user', (password) => {
    expect(problem(password)).toBe('too_common');
  });

  it.each(['jose12345678', 'José12345678', 'munozmunoz24', 'MUÑOZ-2031-!', 'munchen20312'])(
    '%j is too common for a José Muñoz in München: names are typed with accents and without',
    (password) => {
      const words = contextWordsOf('jm@xn--mnchen-3ya.example', 'José Muñoz');
      expect(passwordProblem(password, { minLength: 12, context: words })).toBe('too_common');
    },
  );

  it('is compared with any address and name, whatever characters they have', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(text, text, text, (local, name, password) => {
        const words = contextWordsOf(`${local}@mail.example.com`, name);
        expect([null, 'too_common']).toContain(passwordProblem(password, { minLength: 0, context: words }));
      }),
    );
    const odd = contextWordsOf("o'hara+{x}|y*-(z)^$.\\[a]@example.com", null);
    expect(passwordProblem("o'hara+{x}|y*-(z)^$.\\[a]1", { minLength: 12, context: odd })).toBe('too_common');
  });

  it('is nobody else’s matter: another user may have it', () => {
    expect(passwordProblem('lovelace1815', { minLength: 12, context: [] })).toBeNull();
  });

  it('is counted in characters as it is hashed', () => {
    expect(problem('short')).toBe('too_short');
    expect(problem('💻🐎'.repeat(5))).toBe('too_short');
    expect(problem('e\u0301xtra-short')).toBe('too_short');
    expect(problem('')).toBe('too_short');
    expect(problem('correct horse', 15)).toBe('too_short');
    expect(problem(`${'x7$kQ9!v'.repeat(16)}y`)).toBe('too_long');
    expect(problem('x7$kQ9!v'.repeat(16))).toBeNull();
  });
});
