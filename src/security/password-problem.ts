import { isInCommonList } from './common-passwords.js';
import { restsWithoutWords } from './common-words.js';
import { MAX_PASSWORD_CHARACTERS, passwordLength } from './passwords.js';

export type PasswordProblem = 'too_short' | 'too_long' | 'too_common';

/** What a new password is checked against. */
export interface PasswordRules {
  /** In characters (code points). */
  readonly minLength: number;
  /** Words of this user and product, prepared (src/security/email-address.ts `contextWordsOf`). */
  readonly context: readonly string[];
}

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
/** So many characters beside runs make a password of them. */
const MIN_BESIDE_RUNS = 3;
/** A piece of up to so many characters, repeated, is no password. */
const MAX_REPEATED = 4;
/** Digits and marks beside known words count as a password of their own from so many on. */
const MIN_REST = 12;

/**
 * What is wrong with a new password, or null. Length is counted as for hashing. Common are: an entry of the list, blanks,
 * one character, a short piece or a word repeated, runs along the keyboard or the alphabet with a character or two beside them, and common words and words of the
 * context with nothing but digits, marks and each other beside them. All of that is compared after NFKC and in lower case (NIST SP
 * 800-63B §3.1.1.2), without what cannot be seen, and with and without blanks.
 */
export function passwordProblem(password: string, { minLength, context }: PasswordRules): PasswordProblem | null {
  const length = passwordLength(password);
  if (length < minLength) return 'too_short';
  if (length > MAX_PASSWORD_CHARACTERS) return 'too_long';
  return isCommon(prepared(password), context.map(withoutBlanks)) ? 'too_common' : null;
}

/** As it is compared: NFKC, in lower case, without invisible characters. */
function prepared(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '');
}

function withoutBlanks(text: string): string {
  return prepared(text).replace(/\p{White_Space}/gu, '');
}

function isCommon(text: string, context: readonly string[]): boolean {
  const compact = withoutBlanks(text);
  // A line break inside the password would match two entries of the list, which are common all the more.
  if (isInCommonList(text) || isInCommonList(compact)) return true;
  return isSimple(compact) || isRepeatedWord(compact) || isMadeOfWords(compact, context);
}

function isSimple(text: string): boolean {
  return isRepeated(text) || isMadeOfRuns(text);
}

/** Whether the text is one word over and over, with few digits and marks beside it. */
function isRepeatedWord(text: string): boolean {
  const others = Array.from(text.matchAll(/[^\p{L}\p{M}]/gu)).length;
  return others < MIN_REST && /^[^\p{L}]*(\p{L}{3,}?)(?:[^\p{L}]*\1)+[^\p{L}]*$/u.test(text);
}

/** Whether the text is one short piece over and over; the last time it may be cut off. */
function isRepeated(text: string): boolean {
  const characters = Array.from(text);
  return Array.from({ length: MAX_REPEATED }, (_, index) => index + 1).some((size) =>
    characters.every((character, index) => character === characters[index % size]),
  );
}

/** Whether the text has hardly anything but runs along rows, and repeated characters. */
function isMadeOfRuns(text: string): boolean {
  let rest = text;
  let others = 0;
  while (rest !== '' && others < MIN_BESIDE_RUNS) {
    const length = runLength(rest);
    if (length < MIN_RUN) others += 1;
    rest = rest.slice(length < MIN_RUN ? firstLength(rest) : length);
  }
  return others < MIN_BESIDE_RUNS;
}

function firstLength([first = '']: string): number {
  return first.length;
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
  return restsWithoutWords(text, context).some(
    (rest) => !/[\p{L}\p{M}]/u.test(rest) && (Array.from(rest).length < MIN_REST || isSimple(rest)),
  );
}
