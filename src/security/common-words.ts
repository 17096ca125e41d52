/** Words that many passwords are made of, with a number, a mark or each other beside them. */
const COMMON_WORDS = `
  password passwd passcode passphrase pass passwort kennwort geheim motdepasse contraseña contrasena senha parola пароль
  admin administrator root user username guest test testing login logon secret private changeme change default temp temporary
  welcome letmein trustno iloveyou loveyou love lovely hello hallo hola bonjour привет schatz whatever nothing qwerty qwertz
  azerty asdf asdfgh zxcv zxcvbn qaz wsx abc access system server database computer internet company office windows
  dragon monkey master shadow sunshine princess football baseball basketball soccer hockey superman batman spiderman pokemon
  starwars killer hunter ranger freedom flower angel baby tigger buster ginger pepper cookie banana cheese chocolate orange
  purple yellow silver golden diamond eagle tiger mustang ferrari corvette harley yankees liverpool chelsea arsenal barcelona
  samsung google facebook michael michelle jordan jessica jennifer charlie daniel ashley thomas andrew joshua matthew robert
  anthony jonathan hannah maggie nicole george summer winter spring autumn sommer january february march april june july
  august september october november december monday tuesday wednesday thursday friday saturday sunday
`
  .trim()
  .split(/\s+/);

/** What stands between such words, and makes nothing better of them. */
const FILLERS = /my|your|our|the|this|that|is|are|me|it|and|for|to|of|in|on|so|no|not|new|old|very|mein|ist/g;

/** What people write for a letter. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  ...{ a: 'a4@', b: 'b8', e: 'e3', g: 'g9', i: 'i1!|', l: 'l1!|', o: 'o0', s: 's5$', t: 't7+', z: 'z2' },
};

interface Word {
  readonly length: number;
  readonly pattern: RegExp;
}

const COMMON = COMMON_WORDS.flatMap(wordsOf);

/**
 * What is left of a text without common words and those of a context, read forwards or backwards and with digits or marks for
 * letters; null if it has none of them. Text and context are in lower case and without blanks.
 */
export function restWithoutWords(text: string, context: readonly string[]): string | null {
  // Longest first: the email is one word, not its domain with something beside it.
  const words = [...COMMON, ...context.flatMap(wordsOf)].sort((one, other) => other.length - one.length);
  const rest = words.reduce((left, { pattern }) => left.replace(pattern, unlessNumber), text);
  return rest === text ? null : rest.replace(FILLERS, '');
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
