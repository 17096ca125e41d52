/** Words that say nothing, together with each other and with those of a context neither. */
const EMPTY_WORDS = 'password passwort qwerty welcome letmein iloveyou administrator'.split(' ');

/** Words that many passwords are made of, with nothing but digits and marks beside them. Two different ones are a choice. */
const COMMON_WORDS = `
  passwd passcode passphrase kennwort geheim motdepasse contraseña contrasena senha parola пароль
  admin root username guest test testing login logon secret private changeme default temporary
  trustno loveyou hello hallo hola bonjour привет schatz whatever nothing qwertz azerty asdf asdfgh zxcv zxcvbn
  system server database computer internet company office windows
  dragon monkey master shadow sunshine princess football baseball basketball soccer hockey superman batman spiderman pokemon
  starwars killer hunter ranger freedom flower angel baby tigger buster ginger pepper cookie banana cheese chocolate orange
  purple yellow silver golden diamond eagle tiger mustang ferrari corvette harley yankees liverpool chelsea arsenal barcelona
  samsung google facebook michael michelle jordan jessica jennifer charlie daniel ashley thomas andrew joshua matthew robert
  anthony jonathan hannah maggie nicole george summer winter spring autumn sommer january february march april june july
  august september october november december monday tuesday wednesday thursday friday saturday sunday
`
  .trim()
  .split(/\s+/);

/** What people write for a letter. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  ...{ a: 'a4@', b: 'b8', e: 'e3', g: 'g9', i: 'i1!|', l: 'l1!|', o: 'o0', s: 's5$', t: 't7+', z: 'z2' },
};

interface Word {
  readonly length: number;
  readonly pattern: RegExp;
}

const EMPTY = EMPTY_WORDS.flatMap(wordsOf);
const COMMON = COMMON_WORDS.map(wordsOf);

/**
 * What is left of a text without words that make nothing better of it, read forwards or backwards and with digits or marks for letters:
 * without the empty words and those of a context, and without each common word alone. Text and context are in lower case and
 * without blanks.
 */
export function restsWithoutWords(text: string, context: readonly string[]): readonly string[] {
  // Longest first: the email is one word, not its domain with something beside it.
  const empty = [...EMPTY, ...context.flatMap(wordsOf)].sort((one, other) => other.length - one.length);
  return [empty, ...COMMON].map((words) => without(text, words)).filter((rest) => rest !== text);
}

function without(text: string, words: readonly Word[]): string {
  return words.reduce((left, { pattern }) => left.replace(pattern, unlessNumber), text);
}

function wordsOf(word: string): Word[] {
  const characters = Array.from(word);
  return [characters, characters.toReversed()].map((letters) => ({
    length: letters.length,
    pattern: new RegExp(letters.map(lookalikesOf).join(''), 'gu'),
  }));
}

function lookalikesOf(character: string): string {
  const alike = LOOKALIKES[character];
  // By its number: a context holds whatever characters an address or a name may have.
  return alike === undefined ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : `[${alike}]`;
}

/** A number that looks like a word by chance stays. */
function unlessNumber(found: string): string {
  return /[\p{L}\p{M}]/u.test(found) ? '' : found;
}
