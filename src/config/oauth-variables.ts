import { oneOf, text } from './checks.js';
import { optional, withDefault } from './variable.js';

/** What concerns OAuth clients. */
export const OAUTH_VARIABLES = {
  OAUTH_CLIENTS_FILE: optional(
    text(),
    'The file of registered OAuth clients, JSON: `[{client_id, client_secret_hash?, roles?, origins?}]`. Every other `client_id` is a ' +
      'public client.',
  ),
  DPOP_NONCE: withDefault(
    oneOf(['off', 'required']),
    'off',
    'Whether each DPoP proof needs a nonce of this server (`required`, RFC 9449 §8) or none (`off`).',
  ),
} as const;
