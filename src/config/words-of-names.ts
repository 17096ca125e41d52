/** Words that people use for one another, as the one that stands for all of them. */
const SAME: Readonly<Record<string, string>> = {
  ...alike('duration', 'MS MILLISECOND SEC SECOND MINS MINUTE HR HOUR DAY WEEK AGE TTL LIFETIME'),
  ...alike('address', 'URL URI DSN'),
  ...alike('place', 'FILE PATH DIR DIRECTORY FOLDER'),
  ...alike('MONGO', 'MONGO MONGODB'),
  ...alike('EVENTSTORE', 'EVENTSTORE EVENTSTOREDB ESDB KURRENT KURRENTDB'),
  ...alike('EXPIRE', 'EXPIRE EXPIRY EXPIRATION EXPIR'),
};
const FILLERS = new Set(['PER', 'AND', 'IN', 'OF', 'THE']);
/** What kind of value a name has. A name of one word is near to ours only if no more than this is missing. */
const KINDS = new Set(['duration', 'address', 'place']);
/** Names that hold a part of ours and belong to others: Windows sets the first, and many programs have the rest. */
const FOREIGN = new Set(['PUBLIC', 'DATA', 'KEY', 'KEYS', 'ACCESS_TOKEN']);

/**
 * Which of our names has the same words as another name, but for their order, plurals, units and the like, or but for one word
 * that is missing or too many; null if none has.
 */
export function sameWords(name: string, ours: readonly string[]): string | null {
  if (FOREIGN.has(name)) return null;
  const given = wordsOf(name);
  let best: { readonly name: string; readonly score: number } | null = null;
  for (const one of ours) {
    const difference = differenceOf(given, wordsOf(one));
    // MAX_SESSIONS begins one of ours, and has two words of another.
    const score = difference * 2 - (one.startsWith(name) ? 1 : 0);
    if (score < (best?.score ?? Infinity)) best = { name: one, score };
  }
  return best?.name ?? null;
}

/** How many words two names do not share, if these may be the same name: 0 or 1. `Infinity` if not. */
function differenceOf(given: readonly string[], ours: readonly string[]): number {
  const missing = ours.filter((word) => !given.includes(word));
  const extra = given.filter((word) => !ours.includes(word));
  if (ours.length < 2 || missing.length + extra.length > 1) return Infinity;
  if (missing.length + extra.length === 0) return 0;
  if (given[0] !== ours[0]) return Infinity;
  return given.length > 1 || missing.every((word) => KINDS.has(word)) ? 1 : Infinity;
}

function wordsOf(name: string): string[] {
  const words = name.replace('CONNECTION_STRING', 'URL').split('_').map(stem);
  return [...new Set(words.map((word) => SAME[word] ?? word))].filter((word) => word !== '' && !FILLERS.has(word));
}

/** `PROXIES`, `TRUSTED` and `DAYS` as `PROXY`, `TRUST` and `DAY`. */
function stem(word: string): string {
  if (word.length < 4) return word;
  if (word.endsWith('IES')) return `${word.slice(0, -3)}Y`;
  if (word.endsWith('ED')) return word.slice(0, -2);
  // Not of ACCESS.
  return word.endsWith('S') && !word.endsWith('SS') && word !== 'MINS' ? word.slice(0, -1) : word;
}

function alike(word: string, others: string): Record<string, string> {
  return Object.fromEntries(others.split(' ').map((other) => [other, word]));
}
