import { amount, text } from './checks.js';
import { optional, withDefault } from './variable.js';

/** What checkpoint notes read. Not among `VARIABLES` until each has its reader. */
export const LATER_VARIABLES = {
  SEAL_EVERY_SECONDS: withDefault(amount(86_400), '60', 'Seconds between two checkpoint notes over a log that grows.'),
  SEAL_ORIGIN: optional(
    text(),
    'The origin line of checkpoint notes; without it, the host of the issuer with which the log was opened.',
  ),
} as const;
