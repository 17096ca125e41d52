import { amount, connectionString, httpUrl, text } from './checks.js';
import { optional, secret, withDefault } from './variable.js';

/** What mail and OAuth clients read. Not among `VARIABLES` until each has its reader. */
export const LATER_VARIABLES = {
  SMTP_URL: secret(
    connectionString(/^smtps?:\/\/./, 'smtp:// or smtps://'),
    'SMTP_URL',
    'The mail server, a connection string (`smtps://user:password@host`); without it mails are files in DATA_DIR/outbox.',
  ),
  MAIL_FROM: withDefault(text(), 'tokenledger@localhost', 'The sender of mails.'),
  PUBLIC_URL: optional(httpUrl(), 'Where links in mails lead; without it, ISSUER.'),
  RESET_CODE_MINUTES: withDefault(amount(24 * 60), '15', 'Minutes in which a code to reset a password is valid.'),
  VERIFY_CODE_HOURS: withDefault(amount(24 * 365), '24', 'Hours in which a code to verify an address is valid.'),
  OAUTH_CLIENTS_FILE: optional(text(), 'The file of OAuth clients, JSON.'),
} as const;
