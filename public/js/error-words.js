// @ts-check
import { waitWords } from './time-words.js';

/** What the server's codes mean to people. @type {ReadonlyMap<string, string>} */
const ERRORS = new Map([
  ['invalid_credentials', 'The address or the password is wrong.'],
  ['account_disabled', 'This account has been disabled. Ask those who run this server.'],
  ['registration_closed', 'New accounts cannot be made here. Ask those who run this server.'],
  ['validation_failed', 'Please check what you entered.'],
  [
    'token_reused',
    'Your session was used in two places, so it was ended to keep your account safe. Sign in again to see where.',
  ],
  ['token_revoked', 'You were signed out.'],
  [
    'token_expired',
    'Your session has expired: it was not used for long, or it had lasted as long as a session may. Please sign in again.',
  ],
  ['token_invalid', 'Please sign in again.'],
  ['signed_out', 'Your session has ended. Please sign in again.'],
  ['forbidden', 'Your account may not do this any more.'],
  ['conflict', 'The account has changed meanwhile. Please reload.'],
  ['not_found', 'That device was signed out already.'],
  ['not_yet_visible', 'The list is not up to date yet. Please reload in a moment.'],
]);
/** A list of passwords, and the user's own name and address, are refused alike. */
export const TOO_COMMON = 'Many people use this password, or it is made of your name or address. Please take another one.';
const UNAVAILABLE = 'The server cannot do this at the moment. Please try again shortly.';
const UNREACHABLE = 'The server cannot be reached. Are you online?';

/** @param {unknown} error @returns {string} */
export const codeOf = (error) => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** How long the server asks to wait: "in 15 minutes". @param {unknown} error */
const retryWords = (error) => {
  const seconds = error instanceof Error && 'retryAfterSeconds' in error ? Number(error.retryAfterSeconds) : 0;
  return seconds > 0 ? waitWords(seconds) : 'in a few minutes';
};

/** What went wrong, in words. @param {unknown} error @param {string} [tooMany] what there was too much of */
export const wordsOf = (error, tooMany = 'Too many attempts') => {
  const code = codeOf(error);
  if (code === 'too_many_requests') return `${tooMany}. Please try again ${retryWords(error)}.`;
  const known = ERRORS.get(code);
  if (known) return known;
  if (error instanceof DOMException ? error.name === 'TimeoutError' : error instanceof TypeError) return UNREACHABLE;
  return UNAVAILABLE;
};
