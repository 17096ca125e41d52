import { z } from 'zod';
import { amount } from './checks.js';
import { optional, withDefault } from './variable.js';

/** What concerns the checkpoint notes. */
export const SEAL_VARIABLES = {
  SEAL_EVERY_SECONDS: withDefault(amount(86_400), '60', 'Seconds between two checkpoint notes over a log that grows.'),
  SEAL_ORIGIN: optional(
    z
      .string()
      .transform((value) => value.trim())
      .refine(
        // What the libraries of notes refuse in a name: white space, control characters, what is no UTF-8, and +.
        (value) => /^[^\s+\p{Cc}\p{Cs}]+$/u.test(value) && !value.includes('://') && !value.endsWith('/'),
        'must be a URL without scheme and trailing slash, without blanks, control characters and +',
      ),
    'What the log is called in its checkpoint notes, unique to it; without it, the host of the issuer with which the log was ' +
      'opened. Never change it for a log in use.',
  ),
} as const;
