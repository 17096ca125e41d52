// @ts-check
/** A theft in the words of the operator's tool (src/audit/theft-words.ts), without a judgement on who is who. */
import { atMostWords, fullWords } from './utc-words.js';

/** @typedef {import('./audit-api.js').Theft} Theft */

/** What a mark says beside its shape. @type {Readonly<Record<Theft['label'], string>>} */
export const LABELS = { stolen: 'Theft', lost_response: 'Answer lost', concurrent_client: 'Asked twice' };

/** @type {Readonly<Record<Theft['label'], string>>} */
export const VERDICTS = {
  stolen: 'This session was held by two. Take it for stolen.',
  lost_response:
    'This is most likely no theft: one program did not get an answer and asked again, too late or without saying that it was the same request.',
  concurrent_client:
    'This is most likely no theft: one program asked twice at the same time, for example from two windows.',
};

/** @param {Theft} theft */
export const seenWords = ({ detected_at: at, generation }) => {
  const shown = generation === 0 ? 'the key of the sign-in' : `the key of renewal ${generation}`;
  return `Seen on ${fullWords(Date.parse(at))}: ${shown} was shown a second time.`;
};

/** Which keys somebody held; 0 is the one of the sign-in. @param {import('./audit-api.js').Holder} holder */
export const heldWords = ({ generations }) => {
  const first = generations[0] ?? 0;
  const last = generations.at(-1) ?? first;
  if (first === 0) return last === 0 ? 'the key of the sign-in' : `the keys from the sign-in to renewal ${last}`;
  return first === last ? `the key of renewal ${first}` : `the keys of renewals ${first} to ${last}`;
};

/** How long a second holder could act; null if that is not to be feared. @param {Theft} theft */
export const exposureWords = ({ label, exposed_from: from, exposed_to: to }) => {
  if (label !== 'stolen' || from === null) return null;
  const since = fullWords(Date.parse(from));
  if (to === null)
    return `A second holder can have acted since ${since}, and still can: the session goes on. End it, and let the password be changed.`;
  const longest = atMostWords(Date.parse(to) - Date.parse(from));
  return `A second holder can have acted from ${since} until ${fullWords(Date.parse(to))}, for ${longest} at most.`;
};
