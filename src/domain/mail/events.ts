import type { Happening } from '../event.js';

/**
 * What became of a mail: taken by the mail server, refused for good, or given up (`expired`): its code or its time was over, or its
 * address had its share of mails of that kind.
 */
export const MAIL_OUTCOMES = ['sent', 'refused', 'expired'] as const;
export type MailOutcome = (typeof MAIL_OUTCOMES)[number];

/** In the mail's own stream, expecting no stream: so a mail is settled once. */
export type MailSent = Happening<'MailSent', { readonly outcome: MailOutcome }>;
export type MailEvent = MailSent;
