import { amount, amountOrNone, cron, httpUrl, oneOf, text, whole } from './checks.js';
import { optional, withDefault } from './variable.js';

// A hundred years: beyond it dates stop being what everybody can read.
export const MAX_DAYS = 36_500;

/** What concerns tokens, sessions and accounts. */
export const TOKEN_VARIABLES = {
  REFRESH_TOKEN_EXPIRE_DAYS: withDefault(
    amount(MAX_DAYS),
    '7',
    'Days after which a session that is not used expires; at most SESSION_MAX_DAYS.',
  ),
  SESSION_MAX_DAYS: withDefault(amount(MAX_DAYS), '90', 'Days after which a session expires however often it is used.'),
  ACCESS_TOKEN_EXPIRE_MINUTES: withDefault(amount(24 * 60), '30', 'Minutes an access token is valid.'),
  ACCESS_TOKEN_ALGORITHM: withDefault(
    oneOf(['EdDSA', 'ES256', 'RS256']),
    'EdDSA',
    'The algorithm that signs access tokens: `EdDSA`, `ES256` or `RS256`.',
  ),
  REFRESH_GRACE_SECONDS: withDefault(
    amountOrNone(3_600),
    '30',
    'Seconds in which the previous refresh token may be presented again.',
  ),
  EXPIRY_SWEEP_CRON: withDefault(
    cron(),
    '0 * * * *',
    'When the expiry sweep runs, as a cron expression; it also runs once at the start.',
  ),
  RETENTION_DAYS: withDefault(amount(MAX_DAYS), '30', 'Days an ended session stays in the read model.'),
  MAX_SESSIONS_PER_USER: withDefault(
    whole(1, 100_000),
    '100',
    'Sessions a user may have; one more sign-in ends the one that was issued first.',
  ),
  REGISTRATION: withDefault(
    oneOf(['open', 'closed']),
    'open',
    'Whether anybody may register (`open`) or nobody (`closed`).',
  ),
  PASSWORD_MIN_LENGTH: withDefault(whole(12, 128), '12', 'The fewest characters of a new password; never less than 12.'),
  RESET_CODE_MINUTES: withDefault(amount(24 * 60), '15', 'Minutes in which a code to reset a password is valid.'),
  VERIFY_CODE_HOURS: withDefault(amount(24 * 365), '24', 'Hours in which a code to verify an address is valid.'),
  ISSUER: optional(
    // The cookie's Path is of it, and there a semicolon is the end (RFC 6265 §4.1.1).
    httpUrl().refine((url) => !url.includes(';'), 'must be a URL without a semicolon; write it as %3B'),
    'The issuer (`iss`) of all tokens, the http or https URL that clients use. Without it the one with which the log was ' +
      'opened, at the first start `http://HOST:PORT` with the port that listens. Required when HOST is not a loopback address.',
  ),
  AUDIENCE: withDefault(text(), 'tokenledger', 'The audience (`aud`) of access tokens.'),
} as const;
