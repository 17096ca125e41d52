// @ts-check
/** How the page says things to people. */

const ERRORS = {
  invalid_credentials: 'The address or the password is wrong.',
  email_taken: 'There is an account with this address already. Sign in instead.',
  validation_failed: 'Please check what you entered: a valid address, and 12 to 128 characters of password to register.',
  too_many_requests: 'Too many attempts. Please wait a while before you try again.',
  token_reused: 'Somebody else has used this session. It was ended to protect you: sign in again.',
  token_revoked: 'You were signed out.',
  token_expired: 'You were signed out because the session was not used for long.',
  token_invalid: 'Please sign in again.',
  signed_out: 'Please sign in.',
  not_found: 'That device was signed out already.',
  unavailable: 'The server cannot do this at the moment. Please try again shortly.',
  not_yet_visible: 'The list is not up to date yet. Please reload in a moment.',
};

/** What went wrong, in words. @param {unknown} error */
export const wordsOf = (error) => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = /** @type {Record<string, string>} */ (ERRORS)[code];
  if (known) return known;
  return error instanceof TypeError ? 'The server cannot be reached. Are you online?' : ERRORS.unavailable;
};

/** What each event means, and how it is marked. @type {Record<string, [kind: string, words: string]>} */
const EVENTS = {
  TokenIssued: ['begin', 'Signed in'],
  TokenRotated: ['use', 'Refreshed'],
  TokenRedelivered: ['use', 'Answer was lost, given again'],
  TokenReuseDetected: ['theft', 'An old token was used: theft'],
  TokenRevoked: ['end', 'Signed out'],
  TokenExpired: ['end', 'Expired'],
};

/** @param {string} type */
export const eventWords = (type) => EVENTS[type] ?? ['use', type];

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** @param {string} instant */
export const dateWords = (instant) => moment.format(new Date(instant));

const UNITS = /** @type {const} */ ([
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
]);

/** How much time is left, in its two largest units. @param {number} milliseconds */
export const durationWords = (milliseconds) => {
  let seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds === 0) return 'ended';
  const parts = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.join(' ');
};
