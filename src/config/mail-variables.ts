import { connectionUrl, httpUrl, mailbox } from './checks.js';
import { optional, secret, withDefault } from './variable.js';

/** What concerns mails. */
export const MAIL_VARIABLES = {
  SMTP_URL: secret(
    connectionUrl(/^smtps?:\/\/./, 'smtp:// or smtps://', 'smtp://user:password@host:587 or smtps://user:password@host'),
    'SMTP_URL',
    'The mail server, a connection string (`smtps://user:password@host`); without it mails are files in DATA_DIR/outbox.',
  ),
  MAIL_FROM: withDefault(mailbox(), 'tokenledger@localhost', 'The sender of mails.'),
  PUBLIC_URL: optional(
    httpUrl(),
    'Where links in mails lead; without it, ISSUER, and without both, where the server listens.',
  ),
} as const;
