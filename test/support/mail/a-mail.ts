import { randomUUID } from 'node:crypto';
import type { Mail } from '../../../src/processors/ports.js';

/** A mail as the mailer writes it. */
export function aMail(of: Partial<Mail> = {}): Mail {
  const link = `https://auth.example.com/verify#code=${randomUUID()}.${'c'.repeat(43)}`;
  return {
    messageId: `<${randomUUID()}@auth.example.com>`,
    from: 'Accounts <no-reply@example.com>',
    to: 'ada@example.com',
    subject: 'Confirm your e-mail address',
    text: `Confirm this address:\n${link}\n`,
    html: `<p>Confirm <a href="${link}">this address</a>.</p>`,
    ...of,
  };
}
