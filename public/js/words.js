// @ts-check
/** How the page says things to people. */

/** @type {ReadonlyMap<string, string>} */
const ERRORS = new Map([
  ['invalid_credentials', 'The address or the password is wrong.'],
  ['email_taken', 'There is an account with this address already. Sign in instead.'],
  [
    'validation_failed',
    'Please check what you entered: a valid address, and 12 to 128 characters of password to register.',
  ],
  ['too_many_requests', 'Too many attempts. Please wait a while before you try again.'],
  ['token_reused', 'Somebody else has used this session. It was ended to protect you: sign in again.'],
  ['token_revoked', 'You were signed out.'],
  ['token_expired', 'You were signed out because the session was not used for long.'],
  ['token_invalid', 'Please sign in again.'],
  ['signed_out', 'Your session has ended. Please sign in again.'],
  ['not_found', 'That device was signed out already.'],
  ['not_yet_visible', 'The list is not up to date yet. Please reload in a moment.'],
]);
const UNAVAILABLE = 'The server cannot do this at the moment. Please try again shortly.';
const UNREACHABLE = 'The server cannot be reached. Are you online?';

/** What went wrong, in words. @param {unknown} error */
export const wordsOf = (error) => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ERRORS.get(code) ?? (error instanceof TypeError ? UNREACHABLE : UNAVAILABLE);
};

/** What each event means, and how it is marked. @type {ReadonlyMap<string, readonly [kind: string, words: string]>} */
const EVENTS = new Map([
  ['TokenIssued', ['begin', 'Signed in']],
  ['TokenRotated', ['use', 'Refreshed']],
  ['TokenRedelivered', ['again', 'Answer lost, given again']],
  ['TokenReuseDetected', ['theft', 'An old token was used: theft']],
  ['TokenRevoked', ['end', 'Signed out']],
  ['TokenExpired', ['end', 'Expired']],
]);

/** @param {string} type */
export const eventWords = (type) => EVENTS.get(type) ?? ['use', type];

const AGENTS = /** @type {const} */ ([
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /\bOPR\/(\d+)/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /(?:Chrome|Chromium|CriOS)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari\//],
]);
const SYSTEMS = /** @type {const} */ ([
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
]);

/** A browser's name for itself, as people call it; what is no known browser stays as it is. @param {string | null} agent */
export const agentWords = (agent) => {
  if (agent === null) return 'Unknown browser';
  const browser = AGENTS.find(([, pattern]) => pattern.test(agent));
  if (!browser) return agent;
  const version = browser[1].exec(agent)?.[1];
  const system = SYSTEMS.find(([, pattern]) => pattern.test(agent));
  return `${browser[0]} ${version}${system ? ` on ${system[0]}` : ''}`;
};

/** @param {string | null} agent */
export const isPhone = (agent) => /\b(?:Mobile|Android|iPhone|iPad)\b/.test(agent ?? '');

const minutes = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const seconds = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** @param {string} instant @param {boolean} [exact] to the second */
export const dateWords = (instant, exact = false) => (exact ? seconds : minutes).format(new Date(instant));

const UNITS = /** @type {const} */ ([
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
]);

/** How much time is left, in its two largest units. @param {number} milliseconds */
export const durationWords = (milliseconds) => {
  let left = Math.max(0, Math.ceil(milliseconds / 1000));
  if (left === 0) return 'ended';
  const parts = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.join(' ');
};
