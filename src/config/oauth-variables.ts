import { text } from './checks.js';
import { optional } from './variable.js';

/** What concerns OAuth clients. */
export const OAUTH_VARIABLES = {
  OAUTH_CLIENTS_FILE: optional(
    text(),
    'The file of registered OAuth clients, JSON: `[{client_id, client_secret_hash?, roles?, origins?}]`. Every other `client_id` is a ' +
      'public client.',
  ),
} as const;
