import { isInCommonList } from './common-passwords.js';
import { MAX_PASSWORD_CHARACTERS, passwordLength } from './passwords.js';

export type PasswordProblem = 'too_short' | 'too_long' | 'too_common';

/** What a new password is checked against. */
export interface PasswordRules {
  /** In characters (code points). */
  readonly minLength: number;
  /** Words of this user and product, prepared (src/security/email-address.ts `contextWordsOf`). */
  readonly context: readonly string[];
}

/** Words that many passwords are made of, with a number or a mark beside them. */
const COMMON_WORDS = [
  'password',
  'passwort',
  'passw0rd',
  'p@ssw0rd',
  'qwerty',
  'welcome',
  'letmein',
  'iloveyou',
  'administrator',
];
/** Rows of characters that people run along, forwards or backwards. */
const ROWS = [
  '01234567890123456789012345678901234567890',
  'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz',
  "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopüasdfghjklöäyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '!"§$%&/()=!@#$%^&*()_+',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/',
];
const RUNS = [...ROWS, ...ROWS.map((row) => Array.from(row).reverse().join(''))];
/** Fewer neighbours in a row than this are chance. */
const MIN_RUN = 3;
/** A piece of up to so many characters, repeated, is no password. */
const MAX_REPEATED = 4;
/** Digits and marks beside known words count as a password of their own from so many on. */
const MIN_REST = 12;

/**
 * What is wrong with a new password, or null. Length is counted as for hashing. Common are: an entry of the list, blanks,
 * one character or a short piece repeated, runs along the keyboard or the alphabet, and words of the context with nothing
 * but digits, marks and each other beside them. All of that is compared after NFKC and in lower case (NIST SP 800-63B §3.1.1.2).
 */
export function passwordProblem(password: string, { minLength, context }: PasswordRules): PasswordProblem | null {
  const length = passwordLength(password);
  if (length < minLength) return 'too_short';
  if (length > MAX_PASSWORD_CHARACTERS) return 'too_long';
  const prepared = password.normalize('NFKC').toLowerCase();
  return isCommon(prepared, context) ? 'too_common' : null;
}

function isCommon(prepared: string, context: readonly string[]): boolean {
  // A line break inside the password would match two entries of the list, which are common all the more.
  return isInCommonList(prepared) || isSimple(prepared) || isMadeOfWords(prepared, context);
}

function isSimple(text: string): boolean {
  return text.trim() === '' || isRepeated(text) || isMadeOfRuns(text);
}

/** Whether the text is one short piece over and over; the last time it may be cut off. */
function isRepeated(text: string): boolean {
  const characters = Array.from(text);
  return Array.from({ length: MAX_REPEATED }, (_, index) => index + 1).some((size) =>
    characters.every((character, index) => character === characters[index % size]),
  );
}

/** Whether the text has nothing but runs along rows, and repeated characters. */
function isMadeOfRuns(text: string): boolean {
  let rest = text;
  while (rest !== '') {
    const length = runLength(rest);
    if (length < MIN_RUN) return false;
    rest = rest.slice(length);
  }
  return true;
}

/** How far the text begins with a run, in code units. */
function runLength(text: string): number {
  const [first = ''] = text;
  let same = 0;
  while (text.startsWith(first, same) && same < text.length) same += first.length;
  let along = 0;
  while (along < text.length && RUNS.some((run) => run.includes(text.slice(0, along + 1)))) along += 1;
  return Math.max(same, along);
}

/** Whether the text is words that are known of this user or common, with digits and marks beside them at most. */
function isMadeOfWords(text: string, context: readonly string[]): boolean {
  // Longest first: the email is one word, not its domain with something beside it.
  const words = [...context, ...COMMON_WORDS].filter((word) => word !== '').sort((one, other) => other.length - one.length);
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), text);
  if (rest === text || /[\p{L}\p{M}]/u.test(rest)) return false;
  return Array.from(rest).length < MIN_REST || isSimple(rest);
}
