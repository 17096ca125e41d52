import { z } from 'zod';
import { httpUrl } from './checks.js';
import { optional, secret } from './variable.js';

/** What the operator's tool reads elsewhere than in the configuration of a server. */
export const TOOL_VARIABLES = {
  TOKENLEDGER_URL: optional(httpUrl(), 'The operations listener of a server whose DATA_DIR the tool cannot see.'),
  TOKENLEDGER_OPERATOR_TOKEN: secret(
    // What a header can carry: an error of the HTTP client would quote anything else.
    z
      .string()
      .transform((value) => value.trim())
      .refine((value) => /^[\x21-\x7e]+$/.test(value), 'must be the token of operator.json in the DATA_DIR of that server'),
    'TOKENLEDGER_OPERATOR_TOKEN',
    'The token that the server asks the tool for.',
  ),
} as const;
